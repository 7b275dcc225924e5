"""Which API calls CloudTrail puts on the event bus: those that change configuration, and no others.

Sources: CloudTrail User Guide ("Logging management events", "Logging data events"), EventBridge User Guide ("AWS service
events delivered via CloudTrail": read-only management events are not delivered).
"""

from __future__ import annotations

import re

_READS = re.compile(
    r"(Describe|Get|List|Head|BatchGet|BatchDescribe|Search|Lookup|Query|Scan|Select|Test|Validate|Check|Estimate|"
    r"Simulate|Preview|Detect|View|Discover|Count|Filter|Retrieve|Is)(?=[A-Z0-9]|$)"
)
_READS_BY_NAME = {
    "iam": {
        "GenerateCredentialReport",
        "GenerateServiceLastAccessedDetails",
        "GenerateOrganizationsAccessReport",
    },
    "sts": {
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "AssumeRoot",
        "DecodeAuthorizationMessage",
    },
    "cloudtrail": {"StartQuery", "CancelQuery"},
    "logs": {"StartQuery", "StopQuery"},
}
_WRITES_BY_NAME = {("sts", "GetFederationToken")}
_DATA = {
    "cloudwatch": {"PutMetricData"},
    "dynamodb": {
        "BatchExecuteStatement",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "PutItem",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    },
    "events": {"PutEvents", "PutPartnerEvents"},
    "firehose": {"PutRecord", "PutRecordBatch"},
    "kinesis": {"PutRecord", "PutRecords", "SubscribeToShard"},
    "kms": {
        "Decrypt",
        "DeriveSharedSecret",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GenerateRandom",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    },
    "lambda": {"Invoke", "InvokeAsync", "InvokeWithResponseStream"},
    "logs": {"CreateLogStream", "DeleteLogStream", "PutLogEvents"},
    "s3": {"CreateSession", "AbortMultipartUpload", "CompleteMultipartUpload", "CreateMultipartUpload"},
    "sns": {"Publish", "PublishBatch"},
    "sqs": {
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
    },
    "ssm": {"PutComplianceItems", "PutInventory", "UpdateInstanceInformation"},
    "xray": {"PutTelemetryRecords", "PutTraceSegments"},
}
_S3_OBJECT_LOCK = "PutObjectLockConfiguration"

GLOBAL_SERVICES = frozenset({"iam", "cloudfront", "route53", "organizations", "account", "shield", "waf"})
"""Services whose events arrive in us-east-1 only."""

POLLING = frozenset(
    {
        "ReceiveMessage",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
    }
)
"""The calls that a worker makes to SQS for ever, whatever the audit costs: they are not counted."""


def is_read(service: str, operation: str) -> bool:
    """Whether ``operation`` (botocore's names) only reads, as CloudTrail's ``readOnly`` says."""
    if (service, operation) in _WRITES_BY_NAME:
        return False
    return bool(_READS.match(operation)) or operation in _READS_BY_NAME.get(service, ())


def is_data(service: str, operation: str) -> bool:
    """Whether ``operation`` is a data event, or noise that nobody may subscribe to."""
    if operation in _DATA.get(service, ()):
        return True
    if service != "s3":
        return False
    return ("Object" in operation or "Part" in operation) and operation != _S3_OBJECT_LOCK


def becomes_event(service: str, operation: str) -> bool:
    """Whether a call of ``operation`` is put on the account's default event bus."""
    return not is_read(service, operation) and not is_data(service, operation)


def event_region(service: str, region: str) -> str:
    """Where the event arrives, for services other than S3 (whose events follow the bucket)."""
    return "us-east-1" if service in GLOBAL_SERVICES else region
