"""The lab's LookupEvents, held against what AWS says of it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from liveaudit.lab.answers import CallRefused
from liveaudit.lab.event_history import EventHistory

ACCOUNT, REGION = "111111111111", "us-east-1"


def record(number: int, second: int = 0, **given: Any) -> dict[str, Any]:
    return {
        "eventID": f"event-{number}",
        "eventName": "PutBucketAcl",
        "eventSource": "s3.amazonaws.com",
        "eventTime": f"2027-01-15T08:00:{second:02}Z",
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
        "readOnly": False,
        "userIdentity": {"type": "IAMUser", "userName": "ann", "accessKeyId": "AKIA1"},
        "resources": [{"type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::b-{number}"}],
        **given,
    }


class World:
    """A history of so many events, and its clock."""

    def __init__(self, number: int = 3, delay: float = 0.0) -> None:
        self.now = 0.0
        self.history = EventHistory(lambda: delay, lambda: self.now)
        for each in range(number):
            self.history.add(record(each, each % 60))

    def ask(self, *, region: str = REGION, **params: Any) -> dict[str, Any]:
        return self.history._looked_up(ACCOUNT, region, params)

    def ids(self, **params: Any) -> list[str]:
        return [each["EventId"] for each in self.ask(**params)["Events"]]


def by(key: str, value: str) -> dict[str, Any]:
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def test_the_newest_come_first_each_with_its_record() -> None:
    world = World()
    world.history.add(record(9, 2))
    assert world.ids() == ["event-9", "event-2", "event-1", "event-0"]
    event = world.ask()["Events"][1]
    assert json.loads(event["CloudTrailEvent"]) == record(2, 2)
    assert (event["Username"], event["AccessKeyId"], event["ReadOnly"]) == ("ann", "AKIA1", "false")
    assert event["Resources"] == [{"ResourceType": "AWS::S3::Bucket", "ResourceName": "arn:aws:s3:::b-2"}]
    assert world.ids(region="eu-west-1") == []


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("EventId", "event-1", ["event-1"]),
        ("EventName", "PutBucketAcl", ["event-2", "event-1", "event-0"]),
        ("ReadOnly", "true", []),
        ("Username", "ann", ["event-2", "event-1", "event-0"]),
        ("AccessKeyId", "AKIA1", ["event-2", "event-1", "event-0"]),
        ("ResourceName", "arn:aws:s3:::b-0", ["event-0"]),
        ("ResourceType", "AWS::EC2::Instance", []),
        ("EventSource", "ec2.amazonaws.com", []),
    ],
)
def test_one_attribute_can_be_asked_for(key: str, value: str, found: list[str]) -> None:
    assert World().ids(**by(key, value)) == found


def test_pages_are_of_fifty_at_most_and_their_tokens_go_with_the_question() -> None:
    world = World(60)
    first = world.ask()
    assert len(first["Events"]) == 50
    rest = world.ask(NextToken=first["NextToken"])
    assert len(rest["Events"]) == 10
    assert "NextToken" not in rest
    assert len({each["EventId"] for each in [*first["Events"], *rest["Events"]]}) == 60
    with pytest.raises(CallRefused, match="another call"):
        world.ask(NextToken=first["NextToken"], **by("Username", "ann"))


def test_times_bound_it() -> None:
    at = dt.datetime(2027, 1, 15, 8, 0, 1, tzinfo=dt.UTC)
    assert World().ids(StartTime=at) == ["event-2", "event-1"]
    assert World().ids(EndTime=at) == ["event-1", "event-0"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"NextToken": "x"}, "InvalidNextTokenException"),
        (by("Color", "red"), "InvalidLookupAttributesException"),
        (by("EventId", ""), "InvalidLookupAttributesException"),
        (
            {"LookupAttributes": 2 * by("EventId", "a")["LookupAttributes"]},
            "InvalidLookupAttributesException",
        ),
        (
            {
                "StartTime": dt.datetime(2027, 1, 2, tzinfo=dt.UTC),
                "EndTime": dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
            },
            "InvalidTimeRangeException",
        ),
    ],
)
def test_what_aws_refuses_is_refused(params: dict[str, Any], code: str) -> None:
    with pytest.raises(CallRefused) as refused:
        World().ask(**params)
    assert refused.value.refusal.code == code


def test_it_may_be_late() -> None:
    world = World(delay=60.0)
    assert world.ids() == []
    world.now = 61.0
    assert len(world.ids()) == 3
