"""Every read is tried once, on what is there, and a refusal is noted with AWS's words."""

from __future__ import annotations

import asyncio
from typing import Any

from liveaudit.audit.tries import Tried, Tries
from tests.support.fake import ACCOUNT, CATALOG, POLICIES, REGION, FakeAws


def tried(aws: FakeAws, **more: Any) -> Tried:
    return asyncio.run(Tries(CATALOG, POLICIES, aws).run("aws", ACCOUNT, REGION, **more))


def world() -> FakeAws:
    aws = FakeAws()
    aws.widgets = {"w": {"Color": "blue", "Crates": ["c"], "Keys": {"k": 1}}, "x": {"Color": "red"}}
    aws.crates = {"c": []}
    return aws


def test_every_read_is_tried_once() -> None:
    aws = world()
    assert tried(aws) == dict.fromkeys(
        (
            ("fake", operation)
            for operation in (
                "GetSettings",
                "GetCrate",
                "ListLabels",
                "ListCrates",
                "DescribeWidgets",
                "GetLock",
                "ListKeys",
                "GetKeyUse",
                "ListWidgets",
            )
        ),
        "",
    )
    assert aws.counts["GetLock"] == 1, "of two widgets one is enough"


def test_a_refusal_is_noted_and_the_rest_goes_on() -> None:
    aws = world()
    aws.deny("ListWidgets")
    aws.deny("ListLabels")
    found = tried(aws)
    assert found["fake", "ListWidgets"] == found["fake", "ListLabels"] == "AccessDenied: no"
    assert found["fake", "GetSettings"] == ""
    assert ("fake", "GetLock") not in found, "no widget to try it on"


def test_what_is_throttled_is_not_known() -> None:
    aws = world()
    aws.throttle("ListCrates")
    assert ("fake", "ListCrates") not in tried(aws)


def test_one_listing_of_a_service_is_enough_when_not_everything_is_asked_for() -> None:
    aws = world()
    assert tried(aws, every=False) == {("fake", "ListCrates"): ""}
    assert tried(aws, services=("other",)) == {}
