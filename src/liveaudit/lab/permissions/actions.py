"""The IAM actions that authorise a call, where they are not simply its own name. Pure.

Source: AWS Service Authorization Reference, "Actions, resources, and condition keys" (and, for S3, its table "API
operations"). A test holds every action named here, and those of every operation of the services that the lab knows
well, against the table inside cfn-lint.
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIXES: Mapping[str, str] = {
    "apigatewayv2": "apigateway",
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "mturk": "mechanicalturk",
    "iot-jobs-data": "iotjobsdata",
}
"""botocore's services whose IAM prefix is not the name that they are signed with."""

NOT_AUTHORISED = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})
"""Calls that everybody with credentials may make. Source: STS API Reference, "Permissions" of these operations."""

_BY_VERB = ("apigateway", "apigatewayv2")
"""API Gateway's actions are the HTTP methods; the resource is the path."""
_VERBS = {"GET": "GET", "HEAD": "GET", "POST": "POST", "PUT": "PUT", "PATCH": "PATCH", "DELETE": "DELETE"}

_SAME_FOR_ALL: dict[str, dict[str, tuple[str, ...]]] = {
    "dynamodb": {
        "BatchExecuteStatement": ("dynamodb:PartiQLSelect", "dynamodb:PartiQLUpdate"),
        "ExecuteStatement": ("dynamodb:PartiQLSelect",),
        "ExecuteTransaction": ("dynamodb:PartiQLSelect", "dynamodb:PartiQLUpdate"),
        "TransactGetItems": ("dynamodb:GetItem",),
        "TransactWriteItems": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
    },
    "kms": {"ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo")},
    "lambda": {
        "GetLayerVersionByArn": ("lambda:GetLayerVersion",),
        "Invoke": ("lambda:InvokeFunction",),
        "InvokeWithResponseStream": ("lambda:InvokeFunction",),
    },
    "s3": {
        "CompleteMultipartUpload": ("s3:PutObject",),
        "CopyObject": ("s3:PutObject",),
        "CreateMultipartUpload": ("s3:PutObject",),
        "DeleteBucketAnalyticsConfiguration": ("s3:PutAnalyticsConfiguration",),
        "DeleteBucketCors": ("s3:PutBucketCORS",),
        "DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
        "DeleteBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
        "DeleteBucketInventoryConfiguration": ("s3:PutInventoryConfiguration",),
        "DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
        "DeleteBucketMetricsConfiguration": ("s3:PutMetricsConfiguration",),
        "DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
        "DeleteBucketReplication": ("s3:PutReplicationConfiguration",),
        "DeleteBucketTagging": ("s3:PutBucketTagging",),
        "DeleteObjects": ("s3:DeleteObject",),
        "DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
        "GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
        "GetBucketAnalyticsConfiguration": ("s3:GetAnalyticsConfiguration",),
        "GetBucketCors": ("s3:GetBucketCORS",),
        "GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
        "GetBucketIntelligentTieringConfiguration": ("s3:GetIntelligentTieringConfiguration",),
        "GetBucketInventoryConfiguration": ("s3:GetInventoryConfiguration",),
        "GetBucketLifecycle": ("s3:GetLifecycleConfiguration",),
        "GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
        "GetBucketMetricsConfiguration": ("s3:GetMetricsConfiguration",),
        "GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
        "GetBucketReplication": ("s3:GetReplicationConfiguration",),
        "GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
        "GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
        "HeadBucket": ("s3:ListBucket",),
        "HeadObject": ("s3:GetObject",),
        "ListBucketAnalyticsConfigurations": ("s3:GetAnalyticsConfiguration",),
        "ListBucketIntelligentTieringConfigurations": ("s3:GetIntelligentTieringConfiguration",),
        "ListBucketInventoryConfigurations": ("s3:GetInventoryConfiguration",),
        "ListBucketMetricsConfigurations": ("s3:GetMetricsConfiguration",),
        "ListBuckets": ("s3:ListAllMyBuckets",),
        "ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
        "ListObjectVersions": ("s3:ListBucketVersions",),
        "ListObjects": ("s3:ListBucket",),
        "ListObjectsV2": ("s3:ListBucket",),
        "ListParts": ("s3:ListMultipartUploadParts",),
        "PutBucketAccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
        "PutBucketAnalyticsConfiguration": ("s3:PutAnalyticsConfiguration",),
        "PutBucketCors": ("s3:PutBucketCORS",),
        "PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
        "PutBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
        "PutBucketInventoryConfiguration": ("s3:PutInventoryConfiguration",),
        "PutBucketLifecycle": ("s3:PutLifecycleConfiguration",),
        "PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
        "PutBucketMetricsConfiguration": ("s3:PutMetricsConfiguration",),
        "PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
        "PutBucketReplication": ("s3:PutReplicationConfiguration",),
        "PutObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
        "PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
        "SelectObjectContent": ("s3:GetObject",),
        "UploadPart": ("s3:PutObject",),
        "UploadPartCopy": ("s3:PutObject",),
    },
    "s3control": {
        "DeletePublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
        "GetPublicAccessBlock": ("s3:GetAccountPublicAccessBlock",),
        "PutPublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
    },
    "sns": {"PublishBatch": ("sns:Publish",)},
    "sqs": {
        "ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
        "DeleteMessageBatch": ("sqs:DeleteMessage",),
        "SendMessageBatch": ("sqs:SendMessage",),
    },
    "wafv2": {"GetWebACLForResource": ("wafv2:GetWebACLForResource", "wafv2:GetWebACL")},
}


def prefix_of(service: str, signing_name: str) -> str:
    """The IAM prefix of botocore's ``service``, which is signed as ``signing_name``."""
    return PREFIXES.get(service, signing_name)


def actions_of(service: str, signing_name: str, operation: str, method: str = "GET") -> tuple[str, ...]:
    """The IAM actions that the call itself needs (what it passes on, such as a role, not counted).

    ``operation`` empty: a call that nobody recognised, allowed only where everything of the service is.
    """
    prefix = prefix_of(service, signing_name)
    if service in _BY_VERB:
        return (f"apigateway:{_VERBS.get(method.upper(), method.upper())}",)
    named = _SAME_FOR_ALL.get(service, {}).get(operation)
    return named or (f"{prefix}:{operation or 'UnknownOperation'}",)


def named_actions() -> frozenset[str]:
    """Every action that stands in the tables above."""
    return frozenset(
        action for rows in _SAME_FOR_ALL.values() for actions in rows.values() for action in actions
    ) | {f"apigateway:{verb}" for verb in _VERBS.values()}
