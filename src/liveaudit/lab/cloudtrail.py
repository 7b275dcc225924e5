"""From an API call and its answer to a CloudTrail record, and from the record to the event that carries it.

Source: CloudTrail User Guide, "CloudTrail record contents"; EventBridge User Guide, "AWS service events delivered via
CloudTrail".
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.lab import management, spelling, spelling_ec2, spelling_s3
from liveaudit.lab.calls import Call
from liveaudit.lab.delivery import Envelope
from liveaudit.lab.eventbridge import envelope

DETAIL_TYPE = "AWS API Call via CloudTrail"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended."""

    answer: Mapping[str, Any]
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the changed resource is: the region whose bus gets the event, and the S3 bucket with its owner."""

    region: str
    bucket: str = ""
    bucket_owner: str = ""


def record(call: Call, params: Mapping[str, Any], outcome: Outcome, place: Place) -> dict[str, Any]:
    """The CloudTrail record of ``call``."""
    failed = bool(outcome.error_code)
    environ = call.environ
    uri = call.model.http.get("requestUri", "/")
    written: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": dict(call.identity.user_identity),
        "eventTime": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": spelling.event_source(call.service, call.signing_name),
        "eventName": spelling.event_name(call.service, call.operation, uri),
        "awsRegion": place.region,
        "sourceIPAddress": environ.get("REMOTE_ADDR", "127.0.0.1"),
        "userAgent": f"[{environ.get('HTTP_USER_AGENT', '')}]",
        "requestParameters": None,
        "responseElements": None,
        "requestID": call.request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": place.bucket_owner or call.account,
        "eventCategory": "Management",
    }
    if failed:
        written["errorCode"] = spelling.error_code(call.service, outcome.error_code)
        written["errorMessage"] = outcome.error_message
    if not failed or not _is_refusal(outcome.error_code):
        written["requestParameters"] = _request_parameters(call, params, place)
    if not failed:
        written["responseElements"] = _response_elements(call, outcome.answer)
    if place.bucket and not failed:
        written["resources"] = spelling_s3.resources(place.bucket, place.bucket_owner or call.account)
    return written


def event(written: Mapping[str, Any]) -> Envelope:
    """The EventBridge event that carries a record."""
    return envelope(
        str(uuid.uuid4()),
        DETAIL_TYPE,
        f"aws.{str(written['eventSource']).removesuffix('.amazonaws.com')}",
        written["recipientAccountId"],
        written["awsRegion"],
        written["eventTime"],
        [],
        written,
    )


def home_region(call: Call, bucket_region: str = "") -> str:
    """Where the event of ``call`` arrives: a bucket's region, us-east-1 for global services, else the call's."""
    return bucket_region or management.event_region(call.service, call.region)


def _is_refusal(code: str) -> bool:
    return code.startswith(
        ("AccessDenied", "Unauthorized", "Throttl", "RequestLimit", "SlowDown", "TooManyRequests")
    )


def _request_parameters(call: Call, params: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
    if call.service in ("s3", "s3control"):
        return _s3_parameters(call, params, place)
    shape = call.model.input_shape
    if call.service == "ec2":
        return spelling_ec2.request_parameters(call.operation, shape, params)
    return spelling.request_parameters(call.service, call.operation, shape, params)


def _s3_parameters(call: Call, params: Mapping[str, Any], place: Place) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in call.request.headers.items()}
    query = {
        name: value for name, value in call.request.args.items() if not name.lower().startswith("x-amz-")
    }
    region = place.region
    if call.service == "s3":
        bucket = params.get("Bucket", "")
        host = f"{bucket}.s3.{region}.amazonaws.com"
        return spelling_s3.request_parameters(bucket, host, query, headers, call.body)
    host = f"{call.account}.s3-control.{region}.amazonaws.com"
    if call.operation.endswith("PublicAccessBlock"):
        query["publicAccessBlock"] = ""
    named = {
        spelling.lower_first(name): value
        for name, value in params.items()
        if isinstance(value, str) and name not in ("AccountId", "Policy")
    }
    return {**named, **spelling_s3.request_parameters("", host, query, headers, call.body)}


def _response_elements(call: Call, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    if call.service in ("s3", "s3control"):
        return None
    shape = call.model.output_shape
    if call.service == "ec2":
        return spelling_ec2.response_elements(call.operation, shape, answer, call.request_id)
    return spelling.response_elements(call.service, call.operation, shape, answer)
