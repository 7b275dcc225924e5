"""What verdicts, people and exemptions do to a finding: every pair."""

from __future__ import annotations

import pytest

from liveaudit.model import FindingStatus, Outcome
from liveaudit.store.life import (
    Decision,
    NotPossibleError,
    by_exemption,
    by_person,
    decided,
    next_status,
    status_when_gone,
    status_when_retired,
)

F, O, D = FindingStatus, Outcome, Decision  # noqa: E741 - short for the table below
ANN, BOB = by_person("ann"), by_person("bob")
ONE, TWO = by_exemption(1), by_exemption(2)


@pytest.mark.parametrize(
    ("standing", "outcome", "moved"),
    [
        (None, O.FAIL, F.NEW),
        (None, O.PASS, None),
        (None, O.UNKNOWN, None),
        (None, O.NOT_APPLICABLE, None),
        *((each, O.UNKNOWN, None) for each in F),
        *((each, O.FAIL, None) for each in F if not each.is_closed),
        (F.RESOLVED, O.FAIL, F.REOPENED),
        (F.ARCHIVED, O.FAIL, F.REOPENED),
        *(
            (each, outcome, F.RESOLVED)
            for each in (F.NEW, F.REOPENED, F.IN_REVIEW)
            for outcome in (O.PASS, O.NOT_APPLICABLE)
        ),
        *(
            (each, outcome, None)
            for each in (F.RESOLVED, F.ARCHIVED, F.FALSE_POSITIVE, F.SUPPRESSED)
            for outcome in (O.PASS, O.NOT_APPLICABLE)
        ),
    ],
)
def test_next_status(standing: FindingStatus | None, outcome: Outcome, moved: FindingStatus | None) -> None:
    assert next_status(standing, outcome) == moved


def test_what_an_exemption_suppresses_is_resolved_when_the_policy_holds() -> None:
    assert next_status(F.SUPPRESSED, O.PASS, ONE) == F.RESOLVED
    assert next_status(F.SUPPRESSED, O.FAIL, ONE) is None
    assert next_status(F.SUPPRESSED, O.UNKNOWN, ONE) is None
    assert next_status(F.SUPPRESSED, O.PASS, ANN) is None
    assert next_status(F.FALSE_POSITIVE, O.PASS, ANN) is None


@pytest.mark.parametrize("standing", list(FindingStatus))
def test_when_gone(standing: FindingStatus) -> None:
    closed = standing in (F.RESOLVED, F.ARCHIVED)
    assert status_when_gone(standing) == (None if closed else F.ARCHIVED)


@pytest.mark.parametrize("standing", list(FindingStatus))
def test_when_the_policy_judges_it_no_longer(standing: FindingStatus) -> None:
    assert status_when_retired(standing, ANN) == (F.ARCHIVED if standing.is_open else None)
    exempted = standing == F.SUPPRESSED
    assert status_when_retired(standing, ONE) == (F.ARCHIVED if standing.is_open or exempted else None)


@pytest.mark.parametrize(
    ("standing", "held", "decision", "by", "outcome", "moved"),
    [
        (F.NEW, "", D.REVIEW, ANN, O.FAIL, F.IN_REVIEW),
        (F.NEW, "", D.FALSE_POSITIVE, ANN, O.FAIL, F.FALSE_POSITIVE),
        (F.REOPENED, "", D.SUPPRESS, ANN, O.FAIL, F.SUPPRESSED),
        (F.IN_REVIEW, ANN, D.SUPPRESS, BOB, O.FAIL, F.SUPPRESSED),
        (F.IN_REVIEW, ANN, D.REVIEW, BOB, O.FAIL, None),
        (F.FALSE_POSITIVE, ANN, D.SUPPRESS, BOB, O.PASS, F.SUPPRESSED),
        (F.SUPPRESSED, ANN, D.FALSE_POSITIVE, ANN, O.FAIL, F.FALSE_POSITIVE),
        (F.SUPPRESSED, ANN, D.SUPPRESS, BOB, O.FAIL, None),
        # a person takes over what an exemption holds: from then on it stays without that exemption
        (F.SUPPRESSED, ONE, D.SUPPRESS, ANN, O.FAIL, F.SUPPRESSED),
        (F.SUPPRESSED, ONE, D.FALSE_POSITIVE, ANN, O.FAIL, F.FALSE_POSITIVE),
        (F.IN_REVIEW, ANN, D.REOPEN, BOB, O.FAIL, F.NEW),
        (F.FALSE_POSITIVE, ANN, D.REOPEN, BOB, O.FAIL, F.REOPENED),
        (F.SUPPRESSED, ANN, D.REOPEN, ANN, O.UNKNOWN, F.REOPENED),
        (F.SUPPRESSED, ANN, D.REOPEN, ANN, O.PASS, F.RESOLVED),
        (F.FALSE_POSITIVE, ANN, D.REOPEN, ANN, O.NOT_APPLICABLE, F.RESOLVED),
        (F.FALSE_POSITIVE, ANN, D.REOPEN, ANN, None, F.ARCHIVED),
        (F.NEW, "", D.REOPEN, ANN, O.FAIL, None),
        # exemptions take what is open, keep off what people decided, and let go of their own
        (F.NEW, "", D.SUPPRESS, ONE, O.FAIL, F.SUPPRESSED),
        (F.IN_REVIEW, ANN, D.SUPPRESS, ONE, O.FAIL, F.SUPPRESSED),
        (F.SUPPRESSED, ONE, D.SUPPRESS, ONE, O.FAIL, None),
        (F.SUPPRESSED, ONE, D.SUPPRESS, TWO, O.FAIL, None),
        (F.SUPPRESSED, ANN, D.SUPPRESS, ONE, O.FAIL, None),
        (F.FALSE_POSITIVE, ANN, D.SUPPRESS, ONE, O.FAIL, None),
        (F.SUPPRESSED, ONE, D.REOPEN, ONE, O.FAIL, F.REOPENED),
        (F.SUPPRESSED, ONE, D.REOPEN, TWO, O.FAIL, None),
        (F.SUPPRESSED, ANN, D.REOPEN, ONE, O.FAIL, None),
        (F.IN_REVIEW, ANN, D.REOPEN, ONE, O.FAIL, None),
    ],
)
def test_decided(
    standing: FindingStatus,
    held: str,
    decision: Decision,
    by: str,
    outcome: Outcome | None,
    moved: FindingStatus | None,
) -> None:
    assert decided(standing, decision, by=by, decided_by=held, outcome=outcome) == moved


@pytest.mark.parametrize(
    ("standing", "held", "decision", "by", "told"),
    [
        *((each, "", decision, ANN, "opens again") for each in (F.RESOLVED, F.ARCHIVED) for decision in D),
        (F.FALSE_POSITIVE, ANN, D.REVIEW, ANN, "reopen it first"),
        (F.SUPPRESSED, ONE, D.REOPEN, ANN, "exemption"),
        (F.SUPPRESSED, ONE, D.REVIEW, ONE, "nothing else"),
    ],
)
def test_what_is_refused(standing: FindingStatus, held: str, decision: Decision, by: str, told: str) -> None:
    with pytest.raises(NotPossibleError, match=told):
        decided(standing, decision, by=by, decided_by=held, outcome=O.FAIL)


def test_back_from_review_it_is_what_it_was() -> None:
    assert decided(F.IN_REVIEW, D.REOPEN, by=ANN, outcome=O.FAIL, times_opened=2) == F.REOPENED
