"""Changes of covered services that no row of the catalog knows or places: by event name, with what was done instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import gaps


@dataclass(frozen=True, slots=True)
class Gap:
    """An event name that came ``seen`` times. ``done``: what was done for the last one. Unix seconds."""

    source: str
    name: str
    reason: str
    done: str
    seen: int = 1
    first_at: float = 0.0
    last_at: float = 0.0


def note(connection: Connection, found: Iterable[Gap], now: float) -> None:
    """Count gaps by their names."""
    by_name: dict[tuple[str, str], Gap] = {}
    for each in found:
        before = by_name.get((each.source, each.name))
        by_name[each.source, each.name] = (
            each if before is None else replace(each, seen=each.seen + before.seen)
        )
    if by_name:
        connection.execute(
            _noting(dialect_of(connection)),
            [
                {
                    "source": each.source,
                    "name": each.name,
                    "seen": each.seen,
                    "first_at": now,
                    "last_at": now,
                    "reason": codec.storable(each.reason),
                    "done": each.done,
                }
                for _, each in sorted(by_name.items())
            ],
        )


@lru_cache
def _noting(dialect: str) -> Any:
    statement = insert_for(dialect, gaps)
    given = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["source", "name"],
        set_={
            "seen": gaps.c.seen + given.seen,
            "last_at": given.last_at,
            "reason": given.reason,
            "done": given.done,
        },
    )


def list_gaps(connection: Connection, *, limit: int = 1000) -> list[Gap]:
    """The gaps, the most frequent first."""
    query = select(gaps).order_by(gaps.c.seen.desc(), gaps.c.source, gaps.c.name).limit(limit)
    return [Gap(**row) for row in connection.execute(query).mappings()]
