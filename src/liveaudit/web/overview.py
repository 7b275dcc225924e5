"""What the first page tells: what is open, how it moves, how fast, and whether all is well."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from heapq import nlargest
from operator import itemgetter
from typing import Any

from liveaudit.health.rules import Trouble, summary, troubles
from liveaudit.model import Severity, responsible_one
from liveaudit.store import latencies, moves, queue_looks
from liveaudit.store.health import read_figures
from liveaudit.web.console import Console
from liveaudit.web.health.enrolled import enrolled
from liveaudit.web.health.system import level_of, seen_of
from liveaudit.web.kept import Kept

HOURS = 24
FRESH = 2.0
"""Seconds that figures stand."""
MOST_ACCOUNTS = 8
NEWEST = 12
SEVERITIES = tuple(each.value for each in Severity)
_WHOLE_WAY = "made-stored"


@dataclass(frozen=True, slots=True)
class Overview:
    """Open findings by severity and by service; of each of the last hours the findings opened and closed, and the latency's
    p50 and p95 in seconds (None: there was none); the accounts with the most events of the last hour; what is wrong."""

    at: float
    by_severity: dict[str, int]
    by_service: list[tuple[str, dict[str, int]]]
    hours: list[int]
    opened: list[int]
    closed: list[int]
    p50: list[float | None]
    p95: list[float | None]
    latency: tuple[float, float] | None
    accounts: list[tuple[str, float]]
    level: str
    summary: str
    troubles: list[Trouble]
    unknown: int
    due: int

    @property
    def open(self) -> int:
        """All that are open."""
        return sum(self.by_severity.values())


def kept_overview(console: Console) -> Kept[Overview]:
    """The overview of a console, kept between requests."""
    kept: Kept[Overview] = console.shared.setdefault("overview", Kept(partial(_reckon, console), FRESH))
    return kept


def newest_moves(console: Console, most: int = NEWEST) -> list[dict[str, Any]]:
    """The findings that moved last, each with the ``cause`` that it is put down to and its ``actor``."""
    found = console.database.read_now(partial(moves.newest, most=most))
    for each in found:
        change = responsible_one(each["changes"])
        actor = change.get("actor") or {}
        each["cause"] = change.get("name") or change.get("kind") or ""
        each["actor"] = actor.get("arn") or actor.get("type") or ""
    return found


def _reckon(console: Console) -> Overview:
    now = console.clock()
    read = console.database.read_now
    figures = read(partial(read_figures, now=now, hours=HOURS))
    this_hour = int(now // moves.HOUR)
    hours = list(range(this_hour - HOURS + 1, this_hour + 1))
    moved = read(partial(moves.by_hour, since=hours[0] * moves.HOUR))
    measured = read(partial(latencies.read_by_hour, hop=_WHOLE_WAY, hours=hours))
    found = troubles(seen_of(enrolled(console), figures, read(queue_looks.list_looks)))
    by_severity = dict.fromkeys(SEVERITIES, 0)
    by_service: dict[str, Counter[str]] = {}
    for (severity, type_name), number in figures.open_findings.items():
        by_severity[severity] = by_severity.get(severity, 0) + number
        known = console.catalog.types.get(type_name)
        service = known.service if known is not None else type_name
        by_service.setdefault(service, Counter())[severity] += number
    events: dict[str, float] = {}
    for each in figures.last:
        events[each.account] = events.get(each.account, 0.0) + each.last_hour
    whole = figures.latencies.by_hop.get(_WHOLE_WAY)
    p50, p95 = (whole.quantile(share) if whole is not None else None for share in (0.5, 0.95))
    return Overview(
        at=now,
        by_severity=by_severity,
        by_service=sorted(
            ((name, dict(counts)) for name, counts in by_service.items()),
            key=lambda each: (-each[1].get("critical", 0), -each[1].get("high", 0), -sum(each[1].values())),
        ),
        hours=[each * moves.HOUR for each in hours],
        opened=[moved.opened[each] for each in hours],
        closed=[moved.closed[each] for each in hours],
        p50=[_at(measured.get(each), 0.5) for each in hours],
        p95=[_at(measured.get(each), 0.95) for each in hours],
        latency=None if p50 is None or p95 is None else (p50.at, p95.at),
        accounts=[
            (each, number)
            for each, number in nlargest(MOST_ACCOUNTS, events.items(), key=itemgetter(1))
            if number > 0
        ],
        level=level_of(found),
        summary=summary(found),
        troubles=found,
        unknown=sum(figures.unknown.values()),
        due=sum(each.late + each.sweeping for each in figures.due.values()),
    )


def _at(measured: latencies.Histogram | None, share: float) -> float | None:
    found = measured.quantile(share) if measured is not None else None
    return None if found is None else found.at
