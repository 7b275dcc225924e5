"""CloudTrail's table: which resources an event names."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import Relevance, match
from liveaudit.services.cloudtrail.resources import service
from liveaudit.services.s3.resources import service as s3_service
from tests.support.events import ACCOUNT, REGION, event, named, unplaced

CATALOG = Catalog([service, s3_service])
TRAIL, SETTINGS = "AWS::CloudTrail::Trail", "AWS::CloudTrail::AccountSettings"
ARN = "arn:aws:cloudtrail:us-west-2:111122223333:trail/main"
WHOLE = (SETTINGS, ACCOUNT, "global", frozenset({"trails"}))


def of_trail(*sections: str, region: str = REGION) -> tuple[str, str, str, frozenset[str]]:
    return (TRAIL, "main", region, frozenset(sections))


@pytest.mark.parametrize(
    ("name", "request_parameters", "targets"),
    [
        ("CreateTrail", {"name": "main", "s3BucketName": "logs"}, {of_trail(), WHOLE}),
        ("DeleteTrail", {"name": "main"}, {of_trail(), WHOLE}),
        ("UpdateTrail", {"name": "main"}, {of_trail("trail", "cloudwatch_delivery"), WHOLE}),
        ("StartLogging", {"name": "main"}, {of_trail("status", "cloudwatch_delivery"), WHOLE}),
        (
            "StopLogging",
            {"name": ARN},
            {of_trail("status", "cloudwatch_delivery", region="us-west-2"), WHOLE},
        ),
        ("PutEventSelectors", {"trailName": "main"}, {of_trail("event_selectors", "trail")}),
        (
            "PutInsightSelectors",
            {"trailName": ARN},
            {of_trail("insight_selectors", "trail", region="us-west-2")},
        ),
        ("AddTags", {"resourceId": ARN}, {of_trail("tags", region="us-west-2")}),
    ],
)
def test_the_event_names_its_resources(name: str, request_parameters: Any, targets: Any) -> None:
    assert named(match(CATALOG, event("cloudtrail", name, request_parameters))) == targets


def test_tags_of_an_event_data_store_are_none_of_ours() -> None:
    store = {"resourceId": "arn:aws:cloudtrail:us-west-2:111122223333:eventdatastore/1f2e"}
    assert match(CATALOG, event("cloudtrail", "AddTags", store)).relevance == Relevance.IGNORED


def test_a_trail_stands_on_its_log_bucket() -> None:
    found = {(section, own) for section, kind, own in CATALOG.dependents("AWS::S3::Bucket") if kind == TRAIL}
    assert {
        ("acl", "log_bucket_acl"),
        ("policy_document", "log_bucket_policy_document"),
        ("public_access_block", "log_bucket_public_access_block"),
        ("logging", "log_bucket_logging"),
    } <= found
    assert ("event_selectors", SETTINGS, "event_selectors") in CATALOG.dependents(TRAIL)


def test_every_recorded_change_has_a_row_or_a_reason() -> None:
    assert unplaced(CATALOG, "cloudtrail") == []
