"""How far sweeps are, added up in the database by account and region: there may be hundreds of thousands of places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, and_, case, cast, func, select

from liveaudit.store import codec
from liveaudit.store.schema import due_causes, sweeps

_CAUSES = ("sweep:", "sweep;")
"""Causes of sweeps lie between these: the second has the next character at its end."""


@dataclass(frozen=True, slots=True)
class Total:
    """The services that are swept in an account and region: how many, how many have begun and ended, what they found."""

    account: str
    region: str
    places: int
    begun: int
    ended: int
    found: int
    failed: int
    """Services of which something could not be listed."""


@dataclass(frozen=True, slots=True)
class NotListed:
    """A type that could not be listed in a sweep, and why."""

    account: str
    region: str
    type: str
    reason: str


def totals(connection: Connection) -> list[Total]:
    """By account and region."""
    begun = and_(sweeps.c.began_at.is_not(None), sweeps.c.asked_at <= sweeps.c.began_at)
    ended = and_(begun, sweeps.c.ended_at.is_not(None))

    def number(condition: Any) -> Any:
        return cast(func.sum(case((condition, 1), else_=0)), Integer)

    query = (
        select(
            sweeps.c.account,
            sweeps.c.region,
            func.count(),
            number(begun),
            number(ended),
            cast(func.sum(sweeps.c.found), Integer),
            number(sweeps.c.failed != "{}"),
        )
        .group_by(sweeps.c.account, sweeps.c.region)
        .order_by(sweeps.c.account, sweeps.c.region)
    )
    return [Total(*row) for row in connection.execute(query)]


def waiting(connection: Connection) -> int:
    """Resources that sweeps have found and that are not audited yet."""
    low, high = _CAUSES
    query = select(func.count()).where(due_causes.c.cause_id >= low, due_causes.c.cause_id < high)
    return int(connection.execute(query).scalar_one())


def not_listed(connection: Connection, most: int = 500) -> list[NotListed]:
    """What could not be listed."""
    query = (
        select(sweeps.c.account, sweeps.c.region, sweeps.c.failed)
        .where(sweeps.c.failed != "{}")
        .order_by(sweeps.c.account, sweeps.c.region, sweeps.c.service)
        .limit(most)
    )
    found = [
        NotListed(row.account, row.region, name, str(reason))
        for row in connection.execute(query)
        for name, reason in codec.load(row.failed).items()
    ]
    return found[:most]
