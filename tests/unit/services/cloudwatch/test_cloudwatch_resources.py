"""CloudWatch's table: which alarms an event names, and what is kept of a region's."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import Relevance, match
from liveaudit.services.cloudwatch.resources import service
from liveaudit.services.cloudwatch.shapes import telling_alarms
from tests.support.events import REGION, event, named, unplaced

CATALOG = Catalog([service])
ALARM, SETTINGS = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::RegionSettings"
WHOLE = (SETTINGS, REGION, REGION, frozenset({"alarms"}))
ARN = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:ops"


def of(name: str, *sections: str) -> tuple[str, str, str, frozenset[str]]:
    return (ALARM, name, REGION, frozenset(sections))


@pytest.mark.parametrize(
    ("name", "request_parameters", "targets"),
    [
        ("PutMetricAlarm", {"alarmName": "cpu"}, {of("cpu"), WHOLE}),
        ("DeleteAlarms", {"alarmNames": ["cpu", "disk"]}, {of("cpu"), of("disk"), WHOLE}),
        ("DisableAlarmActions", {"alarmNames": ["cpu"]}, {of("cpu", "alarm"), WHOLE}),
        ("TagResource", {"resourceARN": ARN, "tags": []}, {of("cpu", "tags")}),
    ],
)
def test_the_event_names_its_alarms(name: str, request_parameters: Any, targets: Any) -> None:
    assert named(match(CATALOG, event("monitoring", name, request_parameters))) == targets


def test_tags_of_a_rule_are_none_of_ours() -> None:
    of_rule = {"resourceARN": "arn:aws:cloudwatch:eu-west-1:111122223333:insight-rule/r"}
    assert match(CATALOG, event("monitoring", "TagResource", of_rule)).relevance == Relevance.IGNORED


def test_of_a_regions_alarms_is_kept_who_is_told_of_what() -> None:
    plain = {
        "AlarmName": "b",
        "Namespace": "CIS",
        "MetricName": "m",
        "StateValue": "OK",
        "AlarmActions": [TOPIC],
    }
    expression = {
        "AlarmName": "a",
        "ActionsEnabled": False,
        "Metrics": [
            {"Id": "e", "Expression": "m1 + m2"},
            {"Id": "m1", "MetricStat": {"Metric": {"Namespace": "CIS", "MetricName": "one"}, "Stat": "Sum"}},
        ],
    }
    assert telling_alarms([plain, expression]) == [
        {
            "AlarmName": "a",
            "ActionsEnabled": False,
            "AlarmActions": [],
            "Metrics": [{"Namespace": "CIS", "MetricName": "one"}],
        },
        {
            "AlarmName": "b",
            "ActionsEnabled": True,
            "AlarmActions": [TOPIC],
            "Metrics": [{"Namespace": "CIS", "MetricName": "m"}],
        },
    ]


def test_every_recorded_change_has_a_row_or_a_reason() -> None:
    assert unplaced(CATALOG, "monitoring") == []
