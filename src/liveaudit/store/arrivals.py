"""The last event of every account and region, and about how many came in the last hour: one row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, case, select

from liveaudit.store.dialects import dialect_of, greatest, insert_for
from liveaudit.store.schema import arrivals

HOUR = 3600
Place = tuple[str, str]
"""An account and a region."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Events of one account and region. ``made_at``: when the newest change was made, ``taken_at``: when an event was taken
    in last (Unix seconds). ``seen``: how many."""

    made_at: float
    taken_at: float
    seen: int = 1

    def and_also(self, other: Arrived) -> Arrived:
        """Both together."""
        return Arrived(
            max(self.made_at, other.made_at), max(self.taken_at, other.taken_at), self.seen + other.seen
        )


@dataclass(frozen=True, slots=True)
class Last:
    """What stands of one account and region. ``last_hour`` is an estimate: the events of this hour by the clock, and of the
    hour before as many as its part counts that is not an hour ago yet."""

    account: str
    region: str
    made_at: float
    taken_at: float
    seen: int
    last_hour: float


@lru_cache
def _adding(dialect: str) -> Any:
    statement = insert_for(dialect, arrivals)
    given, stands = statement.excluded, arrivals.c
    same, next_one, older = (
        given.hour == stands.hour,
        given.hour == stands.hour + 1,
        given.hour < stands.hour,
    )
    return statement.on_conflict_do_update(
        index_elements=["account", "region"],
        set_={
            "made_at": greatest(dialect, stands.made_at, given.made_at),
            "taken_at": greatest(dialect, stands.taken_at, given.taken_at),
            "seen": stands.seen + given.seen,
            "hour": greatest(dialect, stands.hour, given.hour),
            "this_hour": case((same | older, stands.this_hour + given.this_hour), else_=given.this_hour),
            "hour_before": case((same | older, stands.hour_before), (next_one, stands.this_hour), else_=0),
        },
    )


def add(connection: Connection, arrived: Mapping[Place, Arrived]) -> None:
    """Add events that were taken in, by account and region; in the order of their keys."""
    if arrived:
        connection.execute(
            _adding(dialect_of(connection)),
            [
                {
                    "account": account,
                    "region": region,
                    "made_at": each.made_at,
                    "taken_at": each.taken_at,
                    "seen": each.seen,
                    "hour": int(each.taken_at // HOUR),
                    "this_hour": each.seen,
                    "hour_before": 0,
                }
                for (account, region), each in sorted(arrived.items())
            ],
        )


def list_last(connection: Connection, *, now: float, account: str = "") -> list[Last]:
    """What stands, by account and region; of one account where it is named."""
    query = select(arrivals).order_by(arrivals.c.account, arrivals.c.region)
    if account:
        query = query.where(arrivals.c.account == account)
    rows = connection.execute(query)
    return [
        Last(row.account, row.region, row.made_at, row.taken_at, row.seen, _last_hour(row, now))
        for row in rows
    ]


def _last_hour(row: Any, now: float) -> float:
    hours_ago = int(now // HOUR) - int(row.hour)
    left_of_the_one_before = 1.0 - (now % HOUR) / HOUR
    if hours_ago <= 0:
        return float(row.this_hour + row.hour_before * left_of_the_one_before)
    return float(row.this_hour * left_of_the_one_before) if hours_ago == 1 else 0.0


def together(arrived: Iterable[tuple[Place, Arrived]]) -> dict[Place, Arrived]:
    """Events by account and region."""
    found: dict[Place, Arrived] = {}
    for place, each in arrived:
        found[place] = each.and_also(found[place]) if place in found else each
    return found
