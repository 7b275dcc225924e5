"""The way of an operation through accounts and regions: order, concurrency, tolerance."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.lab.stacks.intrinsics import TemplateError
from liveaudit.lab.stacks.rollout import Preferences, Rollout, Target

ACCOUNTS = ("1", "2", "3", "4")
REGIONS = ("us-east-1", "eu-west-1")
TARGETS = [(account, region) for region in REGIONS for account in ACCOUNTS]


def rollout(**preferences: Any) -> Rollout:
    return Rollout.over(TARGETS, Preferences.parse(preferences))


def run(way: Rollout, failing: set[Target] | None = None) -> list[list[Target]]:
    """Everything that may run at once, step by step, until nothing is left; what was cancelled is left out."""
    steps = []
    while begun := list(way.begin()):
        steps.append(begun)
        for target in begun:
            way.end(target, target in (failing or set()))
    return steps


def test_the_defaults_go_one_by_one() -> None:
    assert run(rollout()) == [[target] for target in TARGETS]


def test_regions_in_their_order() -> None:
    steps = run(
        rollout(RegionOrder=["eu-west-1"], MaxConcurrentPercentage=100, FailureTolerancePercentage=100)
    )
    assert [{region for _, region in step} for step in steps] == [{"eu-west-1"}, {"us-east-1"}]


def test_everything_at_once() -> None:
    steps = run(
        rollout(
            RegionConcurrencyType="PARALLEL",
            MaxConcurrentPercentage=100,
            FailureTolerancePercentage=100,
            ConcurrencyMode="SOFT_FAILURE_TOLERANCE",
        ),
        failing=set(TARGETS),
    )
    assert len(steps) == 1
    assert sorted(steps[0]) == sorted(TARGETS)


def test_everything_failed_and_nothing_exceeded() -> None:
    way = rollout(FailureTolerancePercentage=100, MaxConcurrentPercentage=100)
    assert run(way, failing=set(TARGETS))
    assert not way.exceeded
    assert way.finished


def test_one_failure_stops_it_by_default() -> None:
    way = rollout()
    assert run(way, failing={("2", "us-east-1")}) == [[("1", "us-east-1")], [("2", "us-east-1")]]
    assert way.exceeded
    assert len(list(way.cancel())) == 6
    assert way.finished


def test_strict_concurrency_goes_down_with_the_failures() -> None:
    way = rollout(MaxConcurrentCount=4, FailureToleranceCount=2)
    first = list(way.begin())
    assert len(first) == 3
    way.end(first[0], failed=True)
    assert list(way.begin()) == []
    way.end(first[1], failed=False)
    assert len(list(way.begin())) == 1


def test_soft_concurrency_does_not() -> None:
    way = rollout(MaxConcurrentCount=4, FailureToleranceCount=1, ConcurrencyMode="SOFT_FAILURE_TOLERANCE")
    assert len(list(way.begin())) == 4


def test_tolerance_is_for_each_region() -> None:
    way = rollout(FailureToleranceCount=1, RegionConcurrencyType="PARALLEL", MaxConcurrentCount=2)
    run(way, failing={("1", "us-east-1"), ("1", "eu-west-1")})
    assert not way.exceeded


@pytest.mark.parametrize(
    ("percentage", "accounts", "tolerated", "at_once"), [(50, 5, 2, 2), (10, 5, 0, 1), (100, 5, 5, 5)]
)
def test_percentages_round_down(percentage: int, accounts: int, tolerated: int, at_once: int) -> None:
    soft = Preferences(concurrent_percentage=percentage, tolerance_percentage=percentage, soft=True)
    assert soft.tolerance(accounts) == tolerated
    assert soft.concurrency(accounts, 0) == at_once


@pytest.mark.parametrize(
    "given",
    [
        {"MaxConcurrentCount": 1, "MaxConcurrentPercentage": 1},
        {"FailureToleranceCount": 0, "FailureTolerancePercentage": 0},
        {"MaxConcurrentCount": 0},
        {"FailureTolerancePercentage": 101},
        {"RegionConcurrencyType": "DIAGONAL"},
        {"ConcurrencyMode": "HARD"},
    ],
)
def test_preferences_that_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TemplateError):
        Preferences.parse(given)
