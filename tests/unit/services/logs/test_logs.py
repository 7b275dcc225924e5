"""CloudWatch Logs: which groups an event names, and who may use them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import Relevance, match
from liveaudit.model import Outcome
from liveaudit.services.logs.resources import service
from tests.support.events import REGION, event, named, unplaced
from tests.unit.services.conftest import Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
CATALOG = Catalog([service])
GROUP, SETTINGS = "AWS::Logs::LogGroup", "AWS::Logs::RegionSettings"
ARN = "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web"


def of(*sections: str) -> tuple[str, str, str, frozenset[str]]:
    return (GROUP, "/app/web", REGION, frozenset(sections))


@pytest.mark.parametrize(
    ("name", "request_parameters", "targets"),
    [
        ("CreateLogGroup", {"logGroupName": "/app/web"}, {of()}),
        ("DeleteLogGroup", {"logGroupName": "/app/web"}, {of()}),
        ("PutRetentionPolicy", {"logGroupName": "/app/web", "retentionInDays": 7}, {of("log_group")}),
        ("AssociateKmsKey", {"logGroupName": "/app/web", "kmsKeyId": "k"}, {of("log_group")}),
        ("DisassociateKmsKey", {"resourceIdentifier": ARN}, {of("log_group")}),
        ("PutDataProtectionPolicy", {"logGroupIdentifier": ARN}, {of("log_group")}),
        ("PutDataProtectionPolicy", {"logGroupIdentifier": "/app/web"}, {of("log_group")}),
        ("PutMetricFilter", {"logGroupName": "/app/web", "filterName": "f"}, {of("metric_filters")}),
        ("TagResource", {"resourceArn": ARN}, {of("tags")}),
        ("TagLogGroup", {"logGroupName": "/app/web"}, {of("tags")}),
        (
            "PutResourcePolicy",
            {"policyName": "p"},
            {(SETTINGS, REGION, REGION, frozenset({"resource_policies"}))},
        ),
        (
            "PutResourcePolicy",
            {"resourceArn": ARN},
            {of("resource_policies"), (SETTINGS, REGION, REGION, frozenset({"resource_policies"}))},
        ),
    ],
)
def test_the_event_names_its_group(name: str, request_parameters: Any, targets: Any) -> None:
    assert named(match(CATALOG, event("logs", name, request_parameters))) == targets


def test_tags_of_a_destination_are_none_of_ours() -> None:
    of_destination = {"resourceArn": "arn:aws:logs:eu-west-1:111122223333:destination:d"}
    assert match(CATALOG, event("logs", "TagResource", of_destination)).relevance == Relevance.IGNORED


def test_every_recorded_change_has_a_row_or_a_reason() -> None:
    assert unplaced(CATALOG, "logs") == []


def policy(principal: Any, resource: str = "*", **more: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "logs:PutLogEvents",
        "Resource": resource,
    }
    document = {"Version": "2012-10-17", "Statement": [{**statement, **more}]}
    return {"policyName": "p", "policyDocument": json.dumps(document)}


SERVICE = {"Service": "route53.amazonaws.com"}
OWN: dict[str, Any] = {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}


@pytest.mark.parametrize(
    ("of_region", "of_group", "outcome"),
    [
        ([], [], PASS),
        ([policy(SERVICE)], [], PASS),
        ([policy("*")], [], FAIL),
        ([policy({"AWS": "*"}, f"{ARN}:*")], [], FAIL),
        ([policy("*", ARN)], [], FAIL),
        ([policy("*", "arn:aws:logs:*:*:log-group:/app/*")], [], FAIL),
        # Prowler takes every policy of the region for the group's
        ([policy("*", "arn:aws:logs:eu-west-1:111122223333:log-group:/other:*")], [], PASS),
        ([policy("*", **OWN)], [], PASS),
        ([], [policy("*", f"{ARN}:*")], FAIL),
        ([policy(SERVICE), policy("*")], [], FAIL),
        ([{"policyName": "p", "policyDocument": "{"}], [], UNKNOWN),
        ([{"policyName": "p"}], [], PASS),
    ],
)
def test_who_may_use_a_group(judged: Judged, of_region: Any, of_group: Any, outcome: Outcome) -> None:
    verdict = judged(
        "cloudwatch_log_group_not_publicly_accessible",
        resource_id="/app/web",
        region_resource_policies=of_region,
        resource_policies=of_group,
    )
    assert verdict.outcome == outcome


RETENTION = "cloudwatch_log_group_retention_policy_specific_days_enabled"
KEY = "cloudwatch_log_group_kms_encryption_enabled"


@pytest.mark.parametrize(
    ("policy_id", "group", "outcome"),
    [
        # no retention: kept for ever
        (RETENTION, {}, PASS),
        (RETENTION, {"retentionInDays": 365}, PASS),
        (RETENTION, {"retentionInDays": 3653}, PASS),
        (RETENTION, {"retentionInDays": 364}, FAIL),
        (RETENTION, {"retentionInDays": 1}, FAIL),
        (KEY, {"kmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1"}, PASS),
        (KEY, {}, FAIL),
    ],
)
def test_how_a_group_is_kept(judged: Judged, policy_id: str, group: Any, outcome: Outcome) -> None:
    assert judged(policy_id, log_group={"logGroupName": "/app/web", **group}).outcome == outcome


@pytest.mark.parametrize(
    ("policy_id", "odd"), [(RETENTION, {"retentionInDays": "7"}), (RETENTION, 7), (KEY, {"kmsKeyId": 7})]
)
def test_a_group_of_another_shape_is_unknown(judged: Judged, policy_id: str, odd: Any) -> None:
    assert judged(policy_id, odd=True, log_group=odd).outcome == UNKNOWN
