"""What holds for every policy: what cannot be read or understood is UNKNOWN, never a verdict."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.audit.judge import judge
from liveaudit.audit.reading import Reading, ResourceReading, State
from liveaudit.model import Outcome, Resource
from liveaudit.policies.policy import Context, Policy
from liveaudit.services import load

CATALOG, POLICIES = load()
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def judged(policy: Policy, sections: dict[str, Reading]) -> tuple[Outcome, str, list[Exception]]:
    account = "111111111111"
    region = "global" if CATALOG.types[policy.type].is_global else "eu-west-1"
    reading = ResourceReading(Resource("aws", account, region, policy.type, "it"), sections)
    raised: list[Exception] = []
    verdicts = judge(
        [policy],
        reading,
        now=NOW,
        context=Context(frozenset({account})),
        report=lambda _policy, _reading, error: raised.append(error),
    )
    return verdicts[policy.id].outcome, verdicts[policy.id].reason, raised


def _id(value: Any) -> str:
    return f"{value.id}-{value.type.rpartition(':')[2]}" if isinstance(value, Policy) else str(value)


@pytest.mark.parametrize("policy", POLICIES.all(), ids=_id)
def test_an_unread_section_is_unknown_with_its_reason(policy: Policy) -> None:
    for unread in sorted(policy.sections):
        sections = {name: Reading(State.ABSENT) for name in policy.sections}
        sections[unread] = Reading(State.UNKNOWN, reason=f"{unread} was denied")
        assert judged(policy, sections) == (Outcome.UNKNOWN, f"{unread} was denied", [])


@pytest.mark.parametrize("nonsense", ["nonsense", 7, [7], {"Unheard": [None]}], ids=repr)
@pytest.mark.parametrize("policy", POLICIES.all(), ids=_id)
def test_an_answer_of_another_shape_never_breaks_a_policy(policy: Policy, nonsense: Any) -> None:
    outcome, reason, raised = judged(
        policy, {name: Reading(State.VALUE, nonsense) for name in policy.sections}
    )
    assert raised == []
    assert reason or outcome == Outcome.PASS
    if isinstance(nonsense, str | int):
        assert outcome in (Outcome.UNKNOWN, Outcome.FAIL), "nonsense is not a pass"
