"""How long changes take to their verdicts, by account and region: one row each, in a few steps.

Of the last two hours by the clock in which there were any; a place in which nothing changes keeps what it had, with the
hour, so the table grows with the accounts and regions alone.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, select

from liveaudit.store.dialects import dialect_of, greatest, insert_for
from liveaudit.store.schema_health import HOUR_BEFORE, STEPS, THIS_HOUR, place_latencies

HOUR = 3600
Place = tuple[str, str]
"""An account and a region."""


@dataclass(frozen=True, slots=True)
class Slowness:
    """Changes of one account and region by how long they took: ``counts`` by step. ``hour``: the newest they are of."""

    hour: int
    counts: tuple[int, ...]

    @property
    def seen(self) -> int:
        """How many there are."""
        return sum(self.counts)

    @property
    def until(self) -> float:
        """When the newest hour ended or will end (Unix seconds)."""
        return float((self.hour + 1) * HOUR)

    def within(self, share: float) -> float | None:
        """The seconds within which ``share`` of them (0 to 1) were done: the upper bound of a step. None: longer than all."""
        rank, below = share * self.seen, 0
        for bound, number in zip(STEPS, self.counts, strict=False):
            below += number
            if below >= rank:
                return bound
        return None


def steps(seconds: Iterable[float]) -> list[int]:
    """Latencies counted by step."""
    found = [0] * (len(STEPS) + 1)
    for each in seconds:
        found[bisect.bisect_left(STEPS, each)] += 1
    return found


@lru_cache
def _adding(dialect: str) -> Any:
    statement = insert_for(dialect, place_latencies)
    given, stands = statement.excluded, place_latencies.c
    stays, next_one = given.hour <= stands.hour, given.hour == stands.hour + 1
    changes: dict[str, ColumnElement[Any]] = {"hour": greatest(dialect, stands.hour, given.hour)}
    for now, before in zip(THIS_HOUR, HOUR_BEFORE, strict=True):
        changes[now] = case((stays, stands[now] + given[now]), else_=given[now])
        changes[before] = case((stays, stands[before]), (next_one, stands[now]), else_=0)
    return statement.on_conflict_do_update(index_elements=["account", "region"], set_=changes)


def add(connection: Connection, measured: Mapping[Place, Iterable[int]], now: float) -> None:
    """Add counts by step to the hour of ``now`` (Unix seconds); in the order of their keys."""
    if measured:
        connection.execute(
            _adding(dialect_of(connection)),
            [
                {
                    "account": account,
                    "region": region,
                    "hour": int(now // HOUR),
                    **dict(zip(THIS_HOUR, counts, strict=True)),
                }
                for (account, region), counts in sorted(measured.items())
            ],
        )


def read(connection: Connection, *, account: str = "") -> dict[Place, Slowness]:
    """What stands, by account and region; of one account where it is named."""
    query = select(place_latencies)
    if account:
        query = query.where(place_latencies.c.account == account)
    return {(row[0], row[1]): _slowness(row) for row in connection.execute(query)}


_WIDTH = len(THIS_HOUR)


def _slowness(row: Row[Any]) -> Slowness:
    values = list(row)
    now, before = values[3 : 3 + _WIDTH], values[3 + _WIDTH :]
    return Slowness(values[2], tuple(map(sum, zip(now, before, strict=True))))
