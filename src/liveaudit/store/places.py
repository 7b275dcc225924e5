"""How each account and region fares, in figures: what the health matrix is made of.

Each figure comes from one question for all places; none goes through findings or verdicts but for those that are UNKNOWN.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, case, func, select, text

from liveaudit.store import arrivals, codec, health, place_latencies
from liveaudit.store.arrivals import Last
from liveaudit.store.health import DueRows, Place
from liveaudit.store.place_latencies import Slowness
from liveaudit.store.schema import budgets, misses, resources, sweeps
from liveaudit.store.schema_health import NOT_LISTED, THROTTLED

MISSED_WITHIN = 7 * 86_400.0
"""Seconds for which a change that no event brought counts against its place."""
NO_ROWS = DueRows()


@dataclass(frozen=True, slots=True)
class Swept:
    """The sweeps of a place, one a service: how many there are, how many are asked for or under way, and when the oldest
    that is over ended (Unix seconds)."""

    services: int = 0
    running: int = 0
    oldest: float | None = None


NO_SWEEPS = Swept()


@dataclass(slots=True)
class Fares:
    """One account and region. ``last``: its last event; ``slowness``: of its changes; ``missed``: changes of late that no
    event brought; ``unknown``: UNKNOWN verdicts by kind of reason; ``not_listed``: what a sweep could not list, with the
    reason; ``throttled_at``: when AWS throttled our calls last."""

    account: str
    region: str
    last: Last | None = None
    due: DueRows = NO_ROWS
    slowness: Slowness | None = None
    missed: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    not_listed: dict[str, str] = field(default_factory=dict)
    swept: Swept = NO_SWEEPS
    throttled_at: float | None = None


def read_places(connection: Connection, *, now: float, account: str = "") -> dict[Place, Fares]:
    """Every account and region of which anything is known; those of one account where it is named."""
    found: dict[Place, Fares] = {}

    def of(place: Place) -> Fares:
        fares = found.get(place)
        if fares is None:
            fares = found[place] = Fares(*place)
        return fares

    for place, swept in _swept(connection, account).items():
        of(place).swept = swept
    for last in arrivals.list_last(connection, now=now, account=account):
        of((last.account, last.region)).last = last
    for place, rows in health.due_rows(connection, now=now, account=account).items():
        of(place).due = rows
    for place, slowness in place_latencies.read(connection, account=account).items():
        of(place).slowness = slowness
    for (owner, region, kind), number in health.unknown_verdicts(connection, account=account).items():
        of((owner, region)).unknown[kind] = number
    for place, number in _missed(connection, now - MISSED_WITHIN, account).items():
        of(place).missed = number
    for place, failed in _not_listed(connection, account).items():
        of(place).not_listed = dict(failed)
    for place, at in _throttled(connection, account).items():
        of(place).throttled_at = at
    return found


def _of(table: Any, account: str) -> list[Any]:
    return [table.c.account == account] if account else []


def _swept(connection: Connection, account: str) -> dict[Place, Swept]:
    under_way = case((sweeps.c.ended_at.is_(None) | (sweeps.c.asked_at > sweeps.c.began_at), 1), else_=0)
    query = (
        select(
            sweeps.c.account,
            sweeps.c.region,
            func.count(),
            func.sum(under_way),
            func.min(sweeps.c.ended_at),
        )
        .where(*_of(sweeps, account))
        .group_by(sweeps.c.account, sweeps.c.region)
    )
    return {
        (owner, region): Swept(services, running, oldest)
        for owner, region, services, running, oldest in connection.execute(query)
    }


def _missed(connection: Connection, since: float, account: str) -> dict[Place, int]:
    query = (
        select(resources.c.account, resources.c.region, func.count())
        .select_from(misses.join(resources, resources.c.id == misses.c.resource_id))
        .where(misses.c.counted_at >= since, misses.c.late_at.is_(None), *_of(misses, account))
        .group_by(resources.c.account, resources.c.region)
    )
    return {(owner, region): number for owner, region, number in connection.execute(query)}


def _not_listed(connection: Connection, account: str) -> dict[Place, Mapping[str, str]]:
    query = select(sweeps.c.account, sweeps.c.region, sweeps.c.failed)
    found: dict[Place, dict[str, str]] = defaultdict(dict)
    for owner, region, failed in connection.execute(query.where(text(NOT_LISTED), *_of(sweeps, account))):
        found[owner, region].update(codec.load(failed))
    return dict(found)


def _throttled(connection: Connection, account: str) -> dict[Place, float]:
    query = (
        select(budgets.c.account, budgets.c.region, func.max(budgets.c.throttled_at))
        .where(text(THROTTLED), *_of(budgets, account))
        .group_by(budgets.c.account, budgets.c.region)
    )
    return {(owner, region): at for owner, region, at in connection.execute(query)}
