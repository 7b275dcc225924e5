"""An error as the called service would send it. Pure.

Sources: the protocols' error formats in botocore's parsers, and each service's "Common errors".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that is not let through."""

    code: str
    message: str
    status: int


def denied(service: str, protocol: str, operation: str, caller: str, iam_prefix: str) -> Refusal:
    """What IAM's refusal looks like in this service."""
    text = (
        f"User: {caller} is not authorized to perform: {iam_prefix}:{operation} "
        f"because no identity-based policy allows the {iam_prefix}:{operation} action"
    )
    return refused(service, protocol, text)


def refused(service: str, protocol: str, text: str) -> Refusal:
    """A refusal of IAM's with this text, in the service's own form."""
    if service == "ec2":
        return Refusal(
            "UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403
        )
    if protocol in ("json", "rest-json"):
        return Refusal("AccessDeniedException", text, 400 if protocol == "json" else 403)
    return Refusal("AccessDenied", text, 403)


def throttled(service: str, protocol: str) -> Refusal:
    """What too many calls look like in this service."""
    if service == "s3":
        return Refusal("SlowDown", "Please reduce your request rate.", 503)
    if service == "ec2":
        return Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
    if service == "lambda":
        return Refusal("TooManyRequestsException", "Rate Exceeded.", 429)
    if protocol == "json":
        return Refusal("ThrottlingException", "Rate exceeded", 400)
    if protocol == "rest-json":
        return Refusal("ThrottlingException", "Rate exceeded", 429)
    return Refusal("Throttling", "Rate exceeded", 400)


def render(
    refusal: Refusal, service: str, protocol: str, request_id: str
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of the answer."""
    code, text = escape(refusal.code), escape(refusal.message)
    headers = [("x-amzn-RequestId", request_id), ("x-amz-request-id", request_id)]
    if protocol in ("json", "rest-json"):
        content = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
        body = json.dumps({"__type": refusal.code, "message": refusal.message})
        headers.append(("x-amzn-ErrorType", refusal.code))
    else:
        content = "text/xml"
        if service == "ec2":
            body = (
                f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
                f"<RequestID>{request_id}</RequestID></Response>"
            )
        elif service == "s3":
            body = f"<Error><Code>{code}</Code><Message>{text}</Message><RequestId>{request_id}</RequestId></Error>"
        else:
            body = (
                f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            )
    encoded = body.encode()
    headers += [("Content-Type", content), ("Content-Length", str(len(encoded)))]
    return refusal.status, headers, encoded
