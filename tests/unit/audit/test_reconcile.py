"""What a verdict does to a finding: every pair."""

from __future__ import annotations

import pytest

from liveaudit.audit.reconcile import next_status, responsible, status_when_gone
from liveaudit.model import Cause, FindingStatus, Outcome

F, O = FindingStatus, Outcome  # noqa: E741


@pytest.mark.parametrize(
    ("standing", "outcome", "moved"),
    [
        (None, O.FAIL, F.NEW),
        (None, O.PASS, None),
        (None, O.UNKNOWN, None),
        (None, O.NOT_APPLICABLE, None),
        (F.NEW, O.FAIL, None),
        (F.NEW, O.PASS, F.RESOLVED),
        (F.NEW, O.NOT_APPLICABLE, F.RESOLVED),
        (F.NEW, O.UNKNOWN, None),
        (F.REOPENED, O.FAIL, None),
        (F.REOPENED, O.PASS, F.RESOLVED),
        (F.REOPENED, O.UNKNOWN, None),
        (F.RESOLVED, O.FAIL, F.REOPENED),
        (F.RESOLVED, O.PASS, None),
        (F.RESOLVED, O.UNKNOWN, None),
        (F.ARCHIVED, O.FAIL, F.REOPENED),
        (F.ARCHIVED, O.PASS, None),
        (F.FALSE_POSITIVE, O.FAIL, None),
        (F.FALSE_POSITIVE, O.PASS, None),
        (F.SUPPRESSED, O.FAIL, None),
        (F.SUPPRESSED, O.PASS, None),
    ],
)
def test_next_status(standing: FindingStatus | None, outcome: Outcome, moved: FindingStatus | None) -> None:
    assert next_status(standing, outcome) == moved


@pytest.mark.parametrize("standing", list(FindingStatus))
def test_when_gone(standing: FindingStatus) -> None:
    assert status_when_gone(standing) == (F.ARCHIVED if standing in (F.NEW, F.REOPENED) else None)


def test_only_changes_of_the_policys_sections_are_responsible() -> None:
    causes = [
        Cause("1", "event", frozenset({"acl"}), change={"time": "2", "name": "PutBucketAcl"}),
        Cause("2", "event", frozenset({"tags"}), change={"time": "3", "name": "PutBucketTagging"}),
        Cause("3", "event", frozenset(), change={"time": "1", "name": "CreateBucket"}),
        Cause("4", "sweep"),
    ]
    assert [each["name"] for each in responsible(causes, frozenset({"acl"}))] == [
        "CreateBucket",
        "PutBucketAcl",
    ]
    assert len(responsible(causes, None)) == 3
