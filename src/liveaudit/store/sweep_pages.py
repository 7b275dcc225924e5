"""Sweeps as people look at them: how far all of them are, a page of them, and asking for them once more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, FromClause, ScalarSelect, case, func, select, text, tuple_

from liveaudit.store import codec, sweeps
from liveaudit.store.schema import due, due_causes
from liveaudit.store.schema import sweeps as table
from liveaudit.store.schema_health import NOT_LISTED, UNDER_WAY
from liveaudit.store.sweeps import DEMAND, Asked, Place, Sweep, sweep_of

MOST_AT_ONCE = 5_000
"""Places that are asked for in one transaction."""


class Part(StrEnum):
    """Which sweeps are meant."""

    UNDER_WAY = "under way"
    """Asked for, or not over yet."""
    NOT_LISTED = "not listed"
    """Those that could not list something."""
    ALL = "all"


_CONDITIONS = {Part.UNDER_WAY: [text(f"({UNDER_WAY})")], Part.NOT_LISTED: [text(NOT_LISTED)], Part.ALL: []}


@dataclass(frozen=True, slots=True)
class Which:
    """Which places are meant; empty fields mean all."""

    account: str = ""
    region: str = ""
    service: str = ""

    def conditions(self) -> list[Any]:
        """The same for a query."""
        given = {"account": self.account, "region": self.region, "service": self.service}
        return [table.c[name] == value for name, value in given.items() if value]


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the places under way, how many are where; ``found``: the resources that they made due, ``waiting``: those of
    them not yet audited; ``since``: since when the first of them is asked for (Unix seconds)."""

    asked: int = 0
    listing: int = 0
    auditing: int = 0
    found: int = 0
    waiting: int = 0
    since: float | None = None

    @property
    def places(self) -> int:
        """All that are under way."""
        return self.asked + self.listing + self.auditing

    @property
    def audited(self) -> int:
        """The resources that are done."""
        return max(0, self.found - self.waiting)


def progress(connection: Connection, which: Which | None = None) -> Progress:
    """How far the sweeps are that are under way."""
    chosen = [text(f"({UNDER_WAY})"), *(which or Which()).conditions()]
    asked = table.c.began_at.is_(None) | (table.c.asked_at > table.c.began_at)

    def number(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = connection.execute(
        select(
            number(asked),
            number(~asked & table.c.listed_at.is_(None)),
            number(~asked & table.c.listed_at.is_not(None)),
            func.coalesce(func.sum(case((~asked, table.c.found), else_=0)), 0),
            func.min(table.c.asked_at),
        ).where(*chosen)
    ).one()
    causes = select(table.c.cause).where(*chosen, ~asked)
    waiting = select(func.count()).select_from(due_causes).where(due_causes.c.cause_id.in_(causes))
    waits = int(connection.execute(waiting).scalar_one())
    return Progress(int(row[0]), int(row[1]), int(row[2]), int(row[3]), waits, row[4])


def page(
    connection: Connection,
    which: Which,
    *,
    part: Part = Part.ALL,
    after: Place | None = None,
    limit: int = 100,
) -> list[Sweep]:
    """The places from ``after`` on, by account, region and service, each with its last sweep."""
    keys = (table.c.account, table.c.region, table.c.service)
    query = select(table, _waiting(table).label("waiting")).where(*_CONDITIONS[part], *which.conditions())
    if after is not None:
        query = query.where(tuple_(*keys) > (after.account, after.region, after.service))
    rows = connection.execute(query.order_by(*keys).limit(limit))
    return [sweep_of(row, row.waiting) for row in rows]


def _waiting(of: FromClause) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(due_causes.join(due, due.c.resource_id == due_causes.c.resource_id))
        .where(due_causes.c.cause_id == of.c.cause)
        .scalar_subquery()
    )


def newest(
    connection: Connection, which: Which | None = None, *, part: Part = Part.ALL, limit: int = 1000
) -> list[Sweep]:
    """Places with their last sweeps, so many at most: those under way first, then those that ended last."""
    first = case((text(f"({UNDER_WAY})"), 0), else_=1)
    last = func.coalesce(table.c.ended_at, table.c.asked_at)
    chosen = (
        select(table, first.label("first_of_all"), last.label("last_of_all"))
        .where(*_CONDITIONS[part], *(which or Which()).conditions())
        .order_by(first, last.desc(), table.c.account, table.c.region, table.c.service)
        .limit(limit)
        .subquery()
    )
    # what waits is counted of these alone
    query = select(chosen, _waiting(chosen).label("waiting")).order_by(
        chosen.c.first_of_all,
        chosen.c.last_of_all.desc(),
        chosen.c.account,
        chosen.c.region,
        chosen.c.service,
    )
    return [sweep_of(row, row.waiting) for row in connection.execute(query)]


def count(connection: Connection, which: Which, *, most: int | None = None, part: Part = Part.ALL) -> int:
    """How many places are meant, counted up to ``most``."""
    conditions = (*_CONDITIONS[part], *which.conditions())
    chosen = select(table.c.account).where(*conditions).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(chosen)).scalar_one())


def accounts(connection: Connection, which: Which) -> list[str]:
    """The accounts that have such places."""
    query = select(table.c.account).where(*which.conditions()).distinct().order_by(table.c.account)
    return list(connection.execute(query).scalars())


def ask_again(connection: Connection, account: str, which: Which, *, partition: str, now: float) -> int:
    """Ask for the sweeps of an account's places that are meant, as somebody wants them. Returns how many these are.

    A place is known here from its enrolment on, so nothing has to be looked up.
    """
    query = (
        select(table.c.region, table.c.service, table.c.regions)
        .where(*which.conditions(), table.c.account == account)
        .order_by(table.c.region, table.c.service)
        .limit(MOST_AT_ONCE)
    )
    by_regions: dict[str, list[tuple[str, str]]] = {}
    for region, service, regions in connection.execute(query):
        by_regions.setdefault(regions, []).append((region, service))
    number = 0
    for regions, places in sorted(by_regions.items()):
        asked = Asked(partition, account, tuple(places), tuple(codec.load(regions)), DEMAND)
        number += sweeps.ask(connection, asked, now)
    return number
