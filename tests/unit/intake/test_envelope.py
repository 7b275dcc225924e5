"""Envelopes: what is taken in, and what is kept out with its reason."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from liveaudit.intake.envelope import Flaw, IntakeError, decode_message, decode_record
from liveaudit.model import Event

GOOD: dict[str, Any] = {
    "version": "0",
    "id": "c0ffee00-0000-4000-8000-000000000001",
    "detail-type": "AWS API Call via CloudTrail",
    "source": "aws.s3",
    "account": "111111111111",
    "time": "2026-11-20T10:00:02Z",
    "region": "eu-west-1",
    "resources": [],
    "detail": {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:ann",
            "arn": "arn:aws:sts::111111111111:assumed-role/Admin/ann",
            "accountId": "111111111111",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111111111111:role/Admin"}},
        },
        "eventTime": "2026-11-20T10:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketAcl",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2",
        "requestParameters": {"bucketName": "photos", "acl": ""},
        "responseElements": None,
        "eventID": "e-1",
        "readOnly": False,
        "recipientAccountId": "111111111111",
        "managementEvent": True,
        "eventCategory": "Management",
    },
}


def _with(path: str, value: Any) -> str:
    changed = copy.deepcopy(GOOD)
    node = changed
    *parents, last = path.split("/")
    for key in parents:
        node = node[key]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return json.dumps(changed)


def test_good_envelope() -> None:
    event = decode_message(json.dumps(GOOD))
    assert isinstance(event, Event)
    assert (event.source, event.name, event.account, event.region) == (
        "s3.amazonaws.com",
        "PutBucketAcl",
        "111111111111",
        "eu-west-1",
    )
    assert event.actor.issuer == "arn:aws:iam::111111111111:role/Admin"
    assert event.actor.source_ip == "198.51.100.7"
    assert event.request == {"bucketName": "photos", "acl": ""}
    assert event.response == {}
    assert event.bus_time is not None
    assert (event.bus_time - event.time).total_seconds() == 2


@pytest.mark.parametrize(
    ("body", "flaw", "field"),
    [
        ("", Flaw.MALFORMED, ""),
        ("{", Flaw.MALFORMED, ""),
        ("[]", Flaw.MALFORMED, ""),
        ("null", Flaw.MALFORMED, ""),
        ("[" * 100_000, Flaw.MALFORMED, ""),
        ('{"a":' * 50_000, Flaw.MALFORMED, ""),
        ("\udcff", Flaw.MALFORMED, ""),
        ("x" * 1_200_000, Flaw.MALFORMED, ""),
        (_with("detail-type", "EC2 Instance State-change Notification"), Flaw.NOT_UNDERSTOOD, "detail-type"),
        (_with("source", "my.app"), Flaw.MALFORMED, "source"),
        (_with("account", "123"), Flaw.MALFORMED, "account"),
        (_with("account", "222222222222"), Flaw.MALFORMED, "detail.recipientAccountId"),
        (_with("detail", ...), Flaw.MALFORMED, ""),
        (_with("detail", []), Flaw.MALFORMED, "detail"),
        (_with("detail/eventID", ...), Flaw.MALFORMED, "detail"),
        (_with("detail/eventID", ""), Flaw.MALFORMED, "detail.eventID"),
        (_with("detail/eventID", "x" * 500), Flaw.MALFORMED, "detail.eventID"),
        (_with("detail/eventName", "Put Bucket; drop"), Flaw.MALFORMED, "detail.eventName"),
        (_with("detail/eventSource", "evil.example"), Flaw.MALFORMED, "detail.eventSource"),
        (_with("detail/awsRegion", "../../etc"), Flaw.MALFORMED, "detail.awsRegion"),
        (_with("detail/eventTime", "yesterday"), Flaw.MALFORMED, "detail.eventTime"),
        (_with("detail/eventTime", "2026-11-20T10:00:00"), Flaw.MALFORMED, "detail.eventTime"),
        (_with("detail/eventTime", "0001-01-01T00:00:00+14:00"), Flaw.MALFORMED, "detail.eventTime"),
        (_with("detail/requestParameters", [1]), Flaw.MALFORMED, "detail.requestParameters"),
        (_with("detail/resources", ["x"]), Flaw.MALFORMED, "detail.resources"),
    ],
)
def test_refused_with_its_reason(body: str, flaw: Flaw, field: str) -> None:
    with pytest.raises(IntakeError) as raised:
        decode_message(body)
    assert raised.value.flaw == flaw
    assert raised.value.field == field


def test_data_events_say_so() -> None:
    record = {**GOOD["detail"], "managementEvent": False}
    del record["eventCategory"]
    assert decode_record(json.dumps(record)).category == "Data"


def test_account_of_old_records_is_the_callers() -> None:
    record = dict(GOOD["detail"])
    del record["recipientAccountId"]
    assert decode_record(json.dumps(record)).account == "111111111111"


def test_what_a_service_did_by_itself_is_taken_in() -> None:
    rotated = copy.deepcopy(GOOD)
    rotated["detail-type"] = "AWS Service Event via CloudTrail"
    rotated["source"] = "aws.kms"
    rotated["detail"] |= {
        "userIdentity": {"accountId": "111111111111", "invokedBy": "AWS Internal"},
        "eventSource": "kms.amazonaws.com",
        "eventName": "RotateKey",
        "eventType": "AwsServiceEvent",
        "requestParameters": None,
        "resources": [{"ARN": "arn:aws:kms:eu-west-1:111111111111:key/k", "type": "AWS::KMS::Key"}],
    }
    event = decode_message(json.dumps(rotated))
    assert isinstance(event, Event)
    assert (event.source, event.name) == ("kms.amazonaws.com", "RotateKey")
