"""What a run with kills came to: figures, and the promises that were broken."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from liveaudit.model import FindingStatus
from liveaudit.store import quarantine, schema

OF_MESSAGES = ("changes", "failed calls", "ignored", "unmapped", "own", "elsewhere", "hellos", "quarantined")
"""Counters of which each message is counted in one."""
Found = tuple[str, str, str]
"""Policy, type and id."""


@dataclass
class Report:
    """See the lines that it tells. ``killed_at``: the last step that each killed worker had reached."""

    seconds: float = 0.0
    drained_in: float = 0.0
    changes: int = 0
    refused: int = 0
    sent: int = 0
    workers: int = 0
    killed_at: Counter[str] = field(default_factory=Counter)
    died: list[int] = field(default_factory=list)
    """Exit codes of workers that ended by themselves, or not well when they were told to stop."""
    steps: Counter[str] = field(default_factory=Counter)
    leases_left: int = 0
    """Leases that killed workers held, each of which somebody had to take over."""
    counters: Mapping[tuple[str, str], int] = field(default_factory=dict)
    findings: int = 0
    open: int = 0
    transitions: int = 0
    doubled: list[str] = field(default_factory=list)
    lost: list[Found] = field(default_factory=list)
    invented: list[Found] = field(default_factory=list)
    other_verdicts: list[str] = field(default_factory=list)
    unknown: int = 0
    due_left: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """The promises that do not hold."""
        told: dict[str, object] = {
            "messages lost": max(0, self.sent - self.stored.total()),
            "workers that ended by themselves, by exit code": self.died,
            "transitions doubled": self.doubled,
            "findings lost": self.lost,
            "findings that should not be": self.invented,
            "verdicts unlike the sweep's": self.other_verdicts,
            "due rows left": self.due_left,
            "messages in quarantine": self.quarantined,
        }
        return [f"{what}: {value}" for what, value in told.items() if value]

    @property
    def stored(self) -> Counter[str]:
        """How many messages were stored, by what they were; one that came again is counted again."""
        found: Counter[str] = Counter()
        for (name, _), number in self.counters.items():
            if name in OF_MESSAGES:
                found[name] += number
        return found

    def lines(self) -> list[str]:
        """The report for a reader."""
        rows: list[tuple[str, object]] = [
            ("seconds under load, then until all was done", f"{self.seconds:.0f}, {self.drained_in:.0f}"),
            ("workers killed with SIGKILL, of so many", f"{self.killed_at.total()} of {self.workers}"),
            ("killed after their step", _told(self.killed_at)),
            ("changes made in the account (refused by it)", f"{self.changes} ({self.refused})"),
            ("events sent to the queue, with duplicates", self.sent),
            (
                "messages stored, with what came again after kills",
                f"{self.stored.total()} ({_told(self.stored)})",
            ),
            ("audits stored", self.steps["stored"]),
            ("audits begun and not stored", self.steps["claimed"] - self.steps["stored"]),
            ("leases of the killed taken over", self.leases_left),
            ("findings (open)", f"{self.findings} ({self.open})"),
            ("transitions", self.transitions),
            ("transitions doubled", len(self.doubled)),
            ("findings lost", len(self.lost)),
            ("findings that should not be", len(self.invented)),
            (
                "verdicts unlike the sweep's (unknown ones left out)",
                f"{len(self.other_verdicts)} ({self.unknown})",
            ),
            ("due rows left", self.due_left),
            ("messages in quarantine", sum(self.quarantined.values())),
        ]
        return [f"{name:52} {value}" for name, value in rows]


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.most_common()) or "none"


def read_store(connection: Connection, report: Report) -> None:
    """Take findings, transitions, what is left due and what is in quarantine out of the store."""
    rows = connection.execute(select(schema.findings)).all()
    report.findings = len(rows)
    report.open = sum(FindingStatus(row.status).is_open for row in rows)
    moves = connection.execute(select(schema.transitions).order_by(schema.transitions.c.id)).all()
    report.transitions = len(moves)
    by_finding = {row.id: row for row in rows}
    for finding, given in itertools.groupby(sorted(moves, key=_finding_and_id), lambda row: row.finding_id):
        report.doubled += wrong_in(by_finding[finding], list(given))
    report.due_left = len(
        connection.execute(select(schema.due.c.resource_id).where(schema.due.c.looking == 0)).all()
    )
    report.quarantined = quarantine.count_quarantine(connection)


def _finding_and_id(row: Any) -> tuple[str, int]:
    return row.finding_id, row.id


def wrong_in(finding: Any, moves: Iterable[Any]) -> list[str]:
    """What is wrong with a finding's history: every move goes on from the last one, to something else, and ends here."""
    status: str | None = None
    opened = 0
    wrong = []
    for move in moves:
        if move.status == status or move.previous != status:
            wrong.append(
                f"{finding.policy} on {finding.resource_id}: {status}, then {move.previous} to {move.status}"
            )
        status = move.status
        opened += FindingStatus(move.status).is_open
    if (status, opened) != (finding.status, finding.times_opened):
        wrong.append(
            f"{finding.policy} on {finding.resource_id}: {finding.status}, opened {finding.times_opened} times, "
            f"after a history of {opened} that ends {status}"
        )
    return wrong
