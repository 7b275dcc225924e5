"""Route 53: its table and its policies."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import identify
from liveaudit.model import Outcome
from liveaudit.services.route53.resources import zone as zone_type
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
SOURCE = "route53.amazonaws.com"
ZONE = ("AWS::Route53::HostedZone", "Z0123456789ABC")
LOG_ID = "47e5ebd8-2a5d-4b2c-8a1d-5b1f2a3c4d5e"
LOG = ("AWS::Route53::QueryLoggingConfig", LOG_ID)
LOGGING = "route53_public_hosted_zones_cloudwatch_logging_enabled"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/route53/example.com"
CONFIG = {"Id": LOG_ID, "HostedZoneId": ZONE[1], "CloudWatchLogsLogGroupArn": GROUP}
PUBLIC = {"Name": "example.com.", "Config": {"PrivateZone": False}}


@pytest.mark.parametrize(
    ("zone", "query_logging", "query_logs", "outcome"),
    [
        (PUBLIC, [CONFIG], {LOG_ID: CONFIG}, PASS),
        (PUBLIC, [], {}, FAIL),
        # It was deleted by its own id since the zone was read.
        (PUBLIC, [CONFIG], {LOG_ID: None}, FAIL),
        ({"Name": "example.com."}, [], {}, FAIL),
        ({"Name": "corp.", "Config": {"PrivateZone": True}}, [], {}, NONE),
    ],
)
def test_logging(judged: Judged, zone: Any, query_logging: Any, query_logs: Any, outcome: Outcome) -> None:
    verdict = judged(LOGGING, zone=zone, query_logging=query_logging, query_logs=query_logs)
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("zone", "query_logging", "query_logs"),
    [
        ([], [], {}),
        (PUBLIC, {}, {}),
        (PUBLIC, [{}], {}),
        (PUBLIC, [], []),
        ({"Config": {"PrivateZone": "no"}}, [], {}),
        (PUBLIC, [CONFIG], {LOG_ID: {}}),
    ],
)
def test_another_shape_is_unknown(judged: Judged, zone: Any, query_logging: Any, query_logs: Any) -> None:
    verdict = judged(LOGGING, odd=True, zone=zone, query_logging=query_logging, query_logs=query_logs)
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "expected"),
    [
        (
            "CreateHostedZone",
            {"name": "example.com", "callerReference": "r"},
            {"hostedZone": {"id": f"/hostedzone/{ZONE[1]}"}, "changeInfo": {"id": "/change/C1"}},
            {ZONE},
        ),
        ("DeleteHostedZone", {"id": ZONE[1]}, {"changeInfo": {"id": "/change/C1"}}, {ZONE}),
        ("UpdateHostedZoneComment", {"id": ZONE[1], "comment": "c"}, None, {ZONE}),
        ("ChangeResourceRecordSets", {"hostedZoneId": ZONE[1]}, {"changeInfo": {"id": "/change/C1"}}, {ZONE}),
        (
            "ChangeTagsForResource",
            {"resourceType": "hostedzone", "resourceId": ZONE[1]},
            None,
            {ZONE},
        ),
        (
            "CreateQueryLoggingConfig",
            {"hostedZoneId": ZONE[1], "cloudWatchLogsLogGroupArn": GROUP},
            {"queryLoggingConfig": {"id": LOG_ID, "hostedZoneId": ZONE[1]}},
            {ZONE, LOG},
        ),
        ("DeleteQueryLoggingConfig", {"id": LOG_ID}, None, {LOG}),
    ],
)
def test_the_event_names_it(name: str, request_parameters: Any, response: Any, expected: Any) -> None:
    assert what(told(SOURCE, name, request_parameters, response, region="us-east-1")) == expected


def test_tags_of_a_health_check_are_none_of_a_zone() -> None:
    given = {"resourceType": "healthcheck", "resourceId": "47e5ebd8-2a5d-4b2c-8a1d-5b1f2a3c4d5e"}
    found = told(SOURCE, "ChangeTagsForResource", given, region="us-east-1")
    assert what(found) == set()
    assert "health check" in found.reason


def test_the_listing_and_the_events_come_to_the_same_zone() -> None:
    listed = identify(zone_type, f"/hostedzone/{ZONE[1]}", "aws", "111122223333", "us-east-1")
    assert listed is not None
    assert listed.id == ZONE[1]


def test_every_recorded_change_is_placed() -> None:
    assert recorded(SOURCE)[0] == []


def test_of_records_only_what_leads_somewhere_is_kept() -> None:
    answer = [
        {
            "Name": "www.example.com.",
            "Type": "A",
            "ResourceRecords": [{"Value": "192.0.2.2"}, {"Value": "192.0.2.1"}],
        },
        {"Name": "example.com.", "Type": "TXT", "ResourceRecords": [{"Value": '"verification=hunter2"'}]},
        {"Name": "example.com.", "Type": "A", "AliasTarget": {"DNSName": "d1.cloudfront.net."}},
    ]
    assert section_value(zone_type.sections["records"], answer) == [
        {
            "Name": "example.com.",
            "Type": "A",
            "SetIdentifier": "",
            "Values": [],
            "Alias": "d1.cloudfront.net.",
        },
        {
            "Name": "www.example.com.",
            "Type": "A",
            "SetIdentifier": "",
            "Values": ["192.0.2.1", "192.0.2.2"],
            "Alias": "",
        },
    ]
