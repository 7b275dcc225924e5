"""How a control stands: what is not judged is never a pass."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from liveaudit.frameworks.framework import Control, Kind
from liveaudit.frameworks.state import State, Tally, state_of
from liveaudit.model import Outcome

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
GOOD, BAD, ODD = Tally({PASS: 3, NOT_APPLICABLE: 1}), Tally({PASS: 2, FAIL: 1}, 1), Tally({UNKNOWN: 1})


def control(*policies: str, kind: Kind = Kind.AUTOMATED) -> Control:
    return Control("1", "one", kind, policies)


@pytest.mark.parametrize(
    ("tallies", "state", "findings"),
    [
        ({"a": GOOD, "b": GOOD}, State.PASS, 0),
        ({"a": GOOD, "b": Tally({NOT_APPLICABLE: 1})}, State.PASS, 0),
        ({"a": GOOD, "b": BAD}, State.FAIL, 1),
        ({"a": BAD, "b": Tally({FAIL: 4}, 4)}, State.FAIL, 5),
        ({"a": ODD, "b": BAD}, State.FAIL, 1),
        ({"b": BAD}, State.FAIL, 1),
        ({"a": GOOD, "b": ODD}, State.UNKNOWN, 0),
        ({"b": ODD}, State.UNKNOWN, 0),
        ({"a": GOOD, "b": Tally({UNKNOWN: 1}, 1)}, State.FAIL, 1),
        ({"a": GOOD, "b": Tally({FAIL: 1})}, State.FAIL, 0),
        ({"a": GOOD}, State.NO_DATA, 0),
        ({"a": GOOD, "b": Tally()}, State.NO_DATA, 0),
        ({}, State.NO_DATA, 0),
        ({"c": BAD}, State.NO_DATA, 0),
    ],
)
def test_the_state_follows_from_the_verdicts(
    tallies: Mapping[str, Tally], state: State, findings: int
) -> None:
    found = state_of(control("a", "b"), {"a", "b", "c"}, tallies)
    assert (found.state, found.findings) == (state, findings)
    assert found.failing == tuple(each for each in ("a", "b") if tallies.get(each, Tally()).fails)


@pytest.mark.parametrize(
    ("kind", "policies", "state"),
    [
        (Kind.MANUAL, (), State.MANUAL),
        (Kind.AUTOMATED, (), State.NOT_COVERED),
        (Kind.MANUAL, ("b",), State.NOT_COVERED),
        (Kind.AUTOMATED, ("b",), State.NOT_COVERED),
        (Kind.MANUAL, ("a",), State.PASS),
        (Kind.AUTOMATED, ("a", "b"), State.PASS),
    ],
)
def test_what_is_not_built_is_not_a_pass(kind: Kind, policies: tuple[str, ...], state: State) -> None:
    found = state_of(control(*policies, kind=kind), {"a"}, {"a": GOOD, "b": GOOD})
    assert found.state == state
    assert found.missing == tuple(each for each in policies if each == "b")
