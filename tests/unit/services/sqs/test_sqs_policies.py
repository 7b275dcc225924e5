"""The policies of SQS; liveaudit's own queue is one of those that are judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import ACCOUNT, Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
PARTNER, STRANGER = "222222222222", "999999999999"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
PUBLIC = "sqs_queues_not_publicly_accessible"
FOREIGN = "sqs_queue_cross_account_access"
ENCRYPTED = "sqs_queues_server_side_encryption_enabled"


def attributes(*statements: dict[str, Any]) -> dict[str, str]:
    return {
        "QueueArn": QUEUE,
        "Policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)}),
    }


def allow(principal: Any, condition: Any = None, **more: Any) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": QUEUE}
    return found | ({} if condition is None else {"Condition": condition}) | more


OF_A_TOPIC = {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders"}}


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        (allow("*"), FAIL),
        (allow({"AWS": ["*"]}, Action="sqs:*"), FAIL),
        (allow("*", OF_A_TOPIC), PASS),
        (allow("*", {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}), FAIL),
        (allow("*", {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:{ACCOUNT}:*"}}), PASS),
        (allow("*", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}), PASS),
        (allow("*", {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}), FAIL),
        (allow("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), FAIL),
        (allow("*", {"Bool": {"aws:SecureTransport": "true"}}), FAIL),
        (allow({"AWS": STRANGER}), PASS),
        (allow({"Service": "events.amazonaws.com"}), PASS),
    ],
)
def test_public(judged: Judged, statement: Any, outcome: Outcome) -> None:
    assert judged(PUBLIC, attributes=attributes(statement)).outcome is outcome


def test_a_deny_for_all_others_keeps_them_out(judged: Judged) -> None:
    deny = allow("*", {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}, Effect="Deny", Action="sqs:*")
    assert judged(PUBLIC, attributes=attributes(allow("*"), deny)).outcome is PASS


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        (allow({"AWS": ACCOUNT}), PASS),
        (allow({"AWS": f"arn:aws:iam::{PARTNER}:root"}), PASS),
        (allow({"AWS": STRANGER}), FAIL),
        (allow("*", OF_A_TOPIC), PASS),
        (allow("*", {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{STRANGER}:x"}}), FAIL),
    ],
)
def test_foreign_accounts(judged: Judged, statement: Any, outcome: Outcome) -> None:
    assert judged(FOREIGN, trusted=[PARTNER], attributes=attributes(statement)).outcome is outcome


def test_a_queue_without_a_policy_lets_nobody_in(judged: Judged) -> None:
    assert judged(PUBLIC, attributes={}).outcome is PASS
    assert judged(FOREIGN, attributes={}).outcome is PASS


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"KmsMasterKeyId": "alias/aws/sqs", "SqsManagedSseEnabled": "false"}, PASS),
        ({"SqsManagedSseEnabled": "true"}, PASS),
        ({"SqsManagedSseEnabled": "false"}, FAIL),
        ({"KmsMasterKeyId": ""}, FAIL),
        ({}, FAIL),
    ],
)
def test_encryption(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(ENCRYPTED, attributes=given).outcome is outcome


@pytest.mark.parametrize("policy", [PUBLIC, FOREIGN, ENCRYPTED])
@pytest.mark.parametrize("given", [{"Policy": 7, "SqsManagedSseEnabled": "perhaps"}, [], "x"])
def test_another_shape_is_unknown(judged: Judged, policy: str, given: Any) -> None:
    assert judged(policy, odd=True, attributes=given).outcome is UNKNOWN
