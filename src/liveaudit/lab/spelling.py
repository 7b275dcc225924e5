"""From botocore's names and values to CloudTrail's. Pure.

CloudTrail writes down the service's own wire form rather than the API reference's names. What is known of it comes from
recorded events and the CloudTrail User Guide; where nothing is known, the common rule applies: every name of a structure
starts with a lower-case letter, at every depth, and keys of maps stay as they are.
EC2 and S3 have modules of their own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

REDACTED = "HIDDEN_DUE_TO_SECURITY_REASONS"
MASKED = "****"

_EVENT_NAMES = {
    ("s3", "DeletePublicAccessBlock"): "DeleteBucketPublicAccessBlock",
    ("s3", "PutBucketAccelerateConfiguration"): "PutAccelerateConfiguration",
    ("s3", "PutBucketLifecycleConfiguration"): "PutBucketLifecycle",
    ("s3", "PutBucketNotificationConfiguration"): "PutBucketNotification",
    ("s3", "PutObjectLockConfiguration"): "PutBucketObjectLockConfiguration",
    ("s3", "PutPublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "DeleteAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "PutAccountPublicAccessBlock",
}
_LAMBDA_DATE = re.compile(r"^/(20\d\d)-(\d\d)-(\d\d)/")
_LAMBDA_LAST_DATED = "20181031"
_LAMBDA_V2 = {
    "AddPermission",
    "RemovePermission",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
    "TagResource",
    "UntagResource",
}
_SOURCES = {"mq": "amazonmq", "s3control": "s3", "sesv2": "ses", "amp": "aps", "logs": "logs"}
_UPPER_CASE = {
    "mwaa",
    "synthetics",
    "connect",
    "securityhub",
    "databrew",
    "route53profiles",
    "resource-groups",
}
_UNWRAPPED = {"rds", "neptune", "docdb", "redshift", "elasticache"}
_PATH_NAMES_KEPT = {"apigateway"}
_BODY_APART = {"apigateway"}
"""What is in the body stands in a structure named for the operation. Source: recorded events of REST APIs."""
_KEYS = {("secretsmanager", "ARN"): "arn"}
_REMOVED = {
    "iam": {
        "Base32StringSeed",
        "NewPassword",
        "OldPassword",
        "Password",
        "QRCodePNG",
        "SecretAccessKey",
        "ServicePassword",
    },
    "kms": {"Plaintext"},
    "lambda": {"ZipFile", "Variables"},
    "secretsmanager": {"SecretBinary", "SecretString"},
    "sts": {"SecretAccessKey"},
}
_MASKED = {"AuthToken", "MasterUserPassword", "MasterPassword", "AdminPassword"}
_HIDDEN = {("ssm", "PutParameter"): {"Value"}}
_IAM_ERRORS = {
    "NoSuchEntity": "NoSuchEntityException",
    "EntityAlreadyExists": "EntityAlreadyExistsException",
    "DeleteConflict": "DeleteConflictException",
    "LimitExceeded": "LimitExceededException",
    "MalformedPolicyDocument": "MalformedPolicyDocumentException",
    "InvalidInput": "InvalidInputException",
}


def event_name(service: str, operation: str, uri: str = "/") -> str:
    """CloudTrail's name of a call. ``uri``: botocore's ``requestUri``, from which Lambda's date suffix comes."""
    if named := _EVENT_NAMES.get((service, operation)):
        return named
    if service == "lambda" and (found := _LAMBDA_DATE.match(uri)):
        date = "".join(found.groups())
        if date <= _LAMBDA_LAST_DATED:
            return f"{operation}{date}{'v2' if operation in _LAMBDA_V2 else ''}"
    return operation


def event_source(service: str, signing_name: str) -> str:
    """CloudTrail's ``eventSource``: the service's IAM prefix as a host."""
    return f"{_SOURCES.get(service, signing_name)}.amazonaws.com"


def error_code(service: str, code: str) -> str:
    """CloudTrail's ``errorCode`` for the code on the wire."""
    if service == "ec2":
        return f"Client.{code}"
    return _IAM_ERRORS.get(code, code) if service == "iam" else code


def lower_first(name: str) -> str:
    """``DBInstanceArn`` to ``dBInstanceArn``."""
    return name[:1].lower() + name[1:]


def timestamp(moment: dt.datetime) -> str:
    """As CloudTrail writes a time within parameters and responses: ``Jul 10, 2023 12:23:05 PM``."""
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment.year} {hour}:{moment:%M:%S %p}"


def request_parameters(
    service: str, operation: str, shape: Any, params: Mapping[str, Any]
) -> dict[str, Any] | None:
    """``requestParameters`` of a call. ``shape``: botocore's input shape, ``params``: its decoded parameters.

    None when there are none, as CloudTrail does.
    """
    if shape is None or not params:
        return None
    if service in _BODY_APART:
        return _body_apart(service, operation, shape, params)
    return _structure(service, operation, shape, params) or None


def _body_apart(service: str, operation: str, shape: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    def spelled(*, in_body: bool) -> dict[str, Any]:
        chosen = {
            name: value
            for name, value in params.items()
            if (shape.members[name].serialization.get("location") is None) == in_body
        }
        return _structure(service, operation, shape, chosen)

    body = spelled(in_body=True)
    wrapped = {f"{lower_first(operation)}Input": body} if body else {}
    return {**spelled(in_body=False), **wrapped, "template": False}


def response_elements(
    service: str, operation: str, shape: Any, answer: Mapping[str, Any]
) -> dict[str, Any] | None:
    """``responseElements`` of a successful call. ``shape``: botocore's output shape."""
    content = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    if shape is None or not content:
        return None
    if service in _UNWRAPPED and len(shape.members) == 1:
        (name, inner) = next(iter(shape.members.items()))
        if inner.type_name == "structure":
            return _structure(service, operation, inner, content.get(name) or {}) or None
    return _structure(service, operation, shape, content) or None


def _structure(service: str, operation: str, shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    for name, inner in value.items():
        member = shape.members.get(name)
        if member is None or inner is None:
            continue
        key = _key(service, name, member)
        if name in _REMOVED.get(service, ()):
            continue
        if name in _MASKED:
            spelled[key] = MASKED
        elif name in _HIDDEN.get((service, operation), ()) or member.metadata.get("sensitive"):
            spelled[key] = REDACTED
        elif member.type_name == "blob":
            continue
        else:
            spelled[key] = _value(service, operation, member, inner)
    return spelled


def _key(service: str, name: str, member: Any) -> str:
    if service in _UPPER_CASE:
        return name
    if key := _KEYS.get((service, name)):
        return key
    if member.serialization.get("location") == "uri" and service not in _PATH_NAMES_KEPT:
        return lower_first(member.serialization.get("name", name))
    return lower_first(name)


def _value(service: str, operation: str, shape: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        if shape.type_name == "map":
            return {str(key): _value(service, operation, shape.value, inner) for key, inner in value.items()}
        if shape.type_name == "structure":
            return _structure(service, operation, shape, value)
        return dict(value)
    if isinstance(value, list):
        member = shape.member if shape.type_name == "list" else shape
        return [_value(service, operation, member, inner) for inner in value]
    if isinstance(value, dt.datetime):
        return timestamp(value)
    if isinstance(value, bytes):
        return REDACTED
    return value
