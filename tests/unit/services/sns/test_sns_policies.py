"""The policies of SNS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import ACCOUNT, Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
PARTNER, STRANGER = "222222222222", "999999999999"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders"
ENCRYPTED = "sns_topics_kms_encryption_at_rest_enabled"
PUBLIC = "sns_topics_not_publicly_accessible"
FOREIGN = "sns_topic_cross_account_access"
HTTP = "sns_subscription_not_using_http_endpoints"


def attributes(principal: Any, condition: Any = None, action: str = "SNS:Publish") -> dict[str, str]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": TOPIC}
    if condition is not None:
        statement["Condition"] = condition
    return {"TopicArn": TOPIC, "Policy": json.dumps({"Version": "2008-10-17", "Statement": [statement]})}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"KmsMasterKeyId": "alias/aws/sns"}, PASS),
        ({"KmsMasterKeyId": ""}, FAIL),
        ({}, FAIL),
    ],
)
def test_encryption(judged: Judged, given: Any, outcome: Outcome) -> None:
    assert judged(ENCRYPTED, attributes=given).outcome is outcome


@pytest.mark.parametrize(
    ("principal", "condition", "outcome"),
    [
        ("*", None, FAIL),
        ({"AWS": "*"}, None, FAIL),
        # the policy that SNS gives a new topic, of before and of now
        ({"AWS": "*"}, {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}, PASS),
        ({"AWS": "*"}, {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}, PASS),
        ({"AWS": "*"}, {"StringLike": {"AWS:SourceOwner": "*"}}, FAIL),
        ({"AWS": "*"}, {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:{ACCOUNT}:*"}}, PASS),
        ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, PASS),
        # where messages go to is not who may ask for them
        ({"AWS": "*"}, {"StringLike": {"sns:Endpoint": "*@example.com"}}, FAIL),
        ({"AWS": "*"}, {"StringEquals": {"sns:Protocol": "https"}}, FAIL),
        ({"AWS": f"arn:aws:iam::{STRANGER}:root"}, None, PASS),
        ({"Service": "s3.amazonaws.com"}, None, PASS),
    ],
)
def test_public(judged: Judged, principal: Any, condition: Any, outcome: Outcome) -> None:
    assert judged(PUBLIC, attributes=attributes(principal, condition)).outcome is outcome


@pytest.mark.parametrize(
    ("principal", "condition", "outcome"),
    [
        ("*", None, FAIL),
        ({"AWS": "*"}, {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}, PASS),
        ({"AWS": "*"}, {"StringEquals": {"AWS:SourceOwner": STRANGER}}, FAIL),
        ({"AWS": [ACCOUNT, PARTNER]}, None, PASS),
        ({"AWS": [ACCOUNT, STRANGER]}, None, FAIL),
    ],
)
def test_foreign_accounts(judged: Judged, principal: Any, condition: Any, outcome: Outcome) -> None:
    verdict = judged(FOREIGN, trusted=[PARTNER], attributes=attributes(principal, condition))
    assert verdict.outcome is outcome


def test_a_topic_without_a_policy_lets_nobody_in(judged: Judged) -> None:
    assert judged(PUBLIC, attributes={}).outcome is PASS
    assert judged(FOREIGN, attributes={}).outcome is PASS


@pytest.mark.parametrize(
    ("protocol", "outcome"),
    [("http", FAIL), ("https", PASS), ("sqs", PASS), ("email", PASS), (None, UNKNOWN)],
)
def test_protocols(judged: Judged, protocol: Any, outcome: Outcome) -> None:
    assert judged(HTTP, subscription={"TopicArn": TOPIC, "Protocol": protocol}).outcome is outcome


@pytest.mark.parametrize("policy", [ENCRYPTED, PUBLIC, FOREIGN])
@pytest.mark.parametrize("given", [{"Policy": 7, "KmsMasterKeyId": 7}, [], "x"])
def test_another_shape_is_unknown(judged: Judged, policy: str, given: Any) -> None:
    assert judged(policy, odd=True, attributes=given).outcome is UNKNOWN
