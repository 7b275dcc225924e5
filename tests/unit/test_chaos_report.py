"""The report of a run with kills sees what it is there to see."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.chaos.report import Report, wrong_in

NEW, RESOLVED, REOPENED = "new", "resolved", "reopened"


def history(*statuses: str | None) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(previous=before, status=after)
        for before, after in zip((None, *statuses), statuses, strict=False)
    ]


def finding(status: str, opened: int) -> SimpleNamespace:
    return SimpleNamespace(policy="p", resource_id=1, status=status, times_opened=opened)


def test_a_history_that_goes_on_from_itself_is_right() -> None:
    assert wrong_in(finding(REOPENED, 2), history(NEW, RESOLVED, REOPENED)) == []


@pytest.mark.parametrize(
    ("now", "moves"),
    [
        (finding(NEW, 1), history(NEW, NEW)),
        (finding(NEW, 2), history(NEW, NEW)),
        (finding(NEW, 1), []),
        (finding(RESOLVED, 1), history(NEW)),
        (finding(NEW, 2), history(NEW)),
        (finding(RESOLVED, 1), [*history(NEW), SimpleNamespace(previous=REOPENED, status=RESOLVED)]),
        (finding(REOPENED, 2), [*history(NEW), SimpleNamespace(previous=RESOLVED, status=REOPENED)]),
    ],
)
def test_a_move_too_many_or_too_few_is_seen(now: SimpleNamespace, moves: list[SimpleNamespace]) -> None:
    assert wrong_in(now, moves)


def test_every_broken_promise_is_told() -> None:
    report = Report(
        sent=1,
        died=[1],
        doubled=["p on 1"],
        lost=[("p", "t", "r")],
        invented=[("q", "t", "r")],
        other_verdicts=["x"],
        due_left=1,
        quarantined={"malformed": 1},
    )
    assert len(report.broken) == 8
    assert Report().broken == []
