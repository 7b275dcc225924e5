"""What a trail gives, and who has to do what where there is none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from liveaudit.provision.preflight.check import Check, Outcome
from liveaudit.provision.preflight.trails import Trails, selected
from tests.support.answers import Answers, answered, denied
from tests.support.installations import SHOP, installation

SOURCES = frozenset({"s3.amazonaws.com", "kms.amazonaws.com"})


def basic(**more: Any) -> dict[str, Any]:
    return {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True} | more]}


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
DATA = {"Field": "eventCategory", "Equals": ["Data"]}
NONE = "does not record management events that write"


@pytest.mark.parametrize(
    ("answer", "gap", "partly"),
    [
        (basic(), "", ""),
        (basic(ReadWriteType="WriteOnly"), "", ""),
        (basic(ReadWriteType="ReadOnly"), NONE, ""),
        (basic(IncludeManagementEvents=False), NONE, ""),
        (basic(ExcludeManagementEventSources=["rdsdata.amazonaws.com"]), "", ""),
        (basic(ExcludeManagementEventSources=["kms.amazonaws.com"]), "", "leaves out kms.amazonaws.com"),
        ({}, NONE, ""),
        (advanced(MANAGEMENT), "", ""),
        (advanced(DATA), NONE, ""),
        (advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}), NONE, ""),
        (advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}), "", ""),
        (
            advanced(
                MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "x.amazonaws.com"]}
            ),
            "",
            "leaves out kms.amazonaws.com",
        ),
        (
            advanced(MANAGEMENT, {"Field": "eventName", "Equals": ["PutBucketAcl"]}),
            "",
            "records only some management events (by eventName)",
        ),
        (
            {
                "AdvancedEventSelectors": [
                    *advanced(DATA)["AdvancedEventSelectors"],
                    *advanced(MANAGEMENT)["AdvancedEventSelectors"],
                ]
            },
            "",
            "",
        ),
    ],
)
def test_what_selectors_let_through(answer: dict[str, Any], gap: str, partly: str) -> None:
    found = selected("t", answer, SOURCES)
    assert (found.gap, found.partly) == (gap, partly)


def trail(name: str, home: str = "us-east-1") -> dict[str, Any]:
    return {"Name": name, "TrailARN": f"arn:aws:cloudtrail:{home}:{SHOP}:trail/{name}", "HomeRegion": home}


def check(answers: dict[str, Any], *regions: str) -> tuple[list[Check], Answers]:
    cloud = Answers(answers)
    given = installation()
    trails = Trails(cloud, given, given.account(SHOP), SOURCES)

    async def run() -> list[Check]:
        return list(await asyncio.gather(*(trails.check(each) for each in regions or ("us-east-1",))))

    return asyncio.run(run()), cloud


def test_a_trail_of_all_regions_is_asked_about_once() -> None:
    everywhere = {"trailList": [trail("org")]}
    checks, cloud = check(
        {"DescribeTrails": everywhere, "GetTrailStatus": {"IsLogging": True}, "GetEventSelectors": basic()},
        "us-east-1",
        "eu-south-1",
    )
    assert {each.outcome for each in checks} == {Outcome.OK}
    assert cloud.calls == {
        (SHOP, "us-east-1", "cloudtrail:DescribeTrails"): 1,
        (SHOP, "eu-south-1", "cloudtrail:DescribeTrails"): 1,
        (SHOP, "us-east-1", "cloudtrail:GetTrailStatus"): 1,
        (SHOP, "us-east-1", "cloudtrail:GetEventSelectors"): 1,
    }


def test_no_trail() -> None:
    ((found,), _) = check({"DescribeTrails": {"trailList": []}}, "eu-south-1")
    assert found.outcome is Outcome.FAILED
    assert "no trail covers this region" in found.reason
    assert found.who == f"the owner of account {SHOP} (shop)"


def test_a_trail_that_is_off_comes_with_the_command_that_starts_it() -> None:
    answers = {
        "DescribeTrails": {"trailList": [trail("a; rm -rf ~")]},
        "GetTrailStatus": {"IsLogging": False},
    }
    ((found,), _) = check(answers)
    assert found.outcome is Outcome.FAILED
    assert found.command == (
        f"aws cloudtrail start-logging --name 'arn:aws:cloudtrail:us-east-1:{SHOP}:trail/a; rm -rf ~' "
        "--region us-east-1"
    )


def test_one_good_trail_is_enough() -> None:
    answers = {
        "DescribeTrails": {"trailList": [trail("off"), trail("on")]},
        "GetTrailStatus": lambda _a, _r, params: {"IsLogging": params["Name"].endswith("/on")},
        "GetEventSelectors": basic(),
    }
    ((found,), _) = check(answers)
    assert (found.outcome, found.reason) == (Outcome.OK, "trail on")


def test_what_is_left_out_is_a_warning() -> None:
    answers = {
        "DescribeTrails": {"trailList": [trail("t")]},
        "GetTrailStatus": {"IsLogging": True},
        "GetEventSelectors": basic(ExcludeManagementEventSources=["kms.amazonaws.com"]),
    }
    ((found,), _) = check(answers)
    assert (found.outcome, found.reason) == (Outcome.WARNING, "trail t leaves out kms.amazonaws.com")


def test_what_cannot_be_seen_is_unknown_with_its_reason() -> None:
    ((found,), _) = check({"DescribeTrails": denied()})
    assert found.outcome is Outcome.UNKNOWN
    assert "DescribeTrails was denied" in found.reason
    assert "liveaudit iam --account" in found.command
    organization = denied(
        message="User: x is not authorized with an explicit deny in a service control policy"
    )
    ((found,), _) = check({"DescribeTrails": organization})
    assert (found.who, found.command) == ("whoever administers the AWS organization", "")
    answers = {
        "DescribeTrails": {"trailList": [trail("t")]},
        "GetTrailStatus": answered("TrailNotFoundException"),
    }
    ((found,), _) = check(answers)
    assert found.outcome is Outcome.UNKNOWN
    assert "could not be looked at: GetTrailStatus failed (TrailNotFoundException" in found.reason
