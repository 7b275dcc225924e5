"""What an AWS error means for an audit: denied, throttled, not reachable, unsupported, or an answer in itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from liveaudit.model import LiveauditError


class Kind(StrEnum):
    """Five different reasons why there is no value."""

    DENIED = "denied"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED = "unsupported"
    ANSWER = "answer"

    @property
    def passing(self) -> bool:
        """Whether asking again later may help."""
        return self in (Kind.THROTTLED, Kind.UNAVAILABLE)


class AwsCallError(LiveauditError):
    """An AWS call gave no value. ``code`` is AWS's own, or the name of the local failure."""

    def __init__(self, kind: Kind, code: str, message: str, operation: str) -> None:
        super().__init__(f"{operation}: {code}: {message}"[:500])
        self.kind = kind
        self.code = code
        self.message = message
        self.operation = operation


_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthorizationError",
        "NotAuthorized",
        "UnauthorizedAccess",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "AuthFailure",
        "OptInRequired",
        "AllAccessDisabled",
    }
)
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
_UNSUPPORTED = frozenset(
    {
        "NotImplemented",
        "NotImplementedException",
        "UnknownOperation",
        "UnknownOperationException",
        "InvalidAction",
    }
)
_UNAVAILABLE = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
        "RequestTimeout",
        "503",
        "500",
    }
)


def kind_of(code: str, status: int) -> Kind:
    """What an error code with its HTTP status means. Codes of no known class are answers: "no such bucket"."""
    if code in _THROTTLED or status == 429:
        return Kind.THROTTLED
    if code in _DENIED or (status in (401, 403) and not code.startswith("NoSuch")):
        return Kind.DENIED
    if code in _UNSUPPORTED or status == 501:
        return Kind.UNSUPPORTED
    if code in _UNAVAILABLE or status >= 500:
        return Kind.UNAVAILABLE
    return Kind.ANSWER


def from_response(response: Mapping[str, Any], operation: str) -> AwsCallError:
    """The error that botocore's ``ClientError.response`` tells of."""
    error = response.get("Error", {})
    code = str(error.get("Code", "")) or "Unknown"
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return AwsCallError(kind_of(code, status), code, str(error.get("Message", "")), operation)
