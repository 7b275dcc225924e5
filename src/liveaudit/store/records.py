"""Counters: what happened how often, by name and label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import counters


def count_up(connection: Connection, counts: Mapping[tuple[str, str], int]) -> None:
    """Add to counters, by (name, label)."""
    if counts:
        connection.execute(
            _counting(dialect_of(connection)),
            [{"name": name, "label": label, "value": counts[name, label]} for name, label in sorted(counts)],
        )


@lru_cache
def _counting(dialect: str) -> Any:
    statement = insert_for(dialect, counters)
    return statement.on_conflict_do_update(
        index_elements=["name", "label"], set_={"value": counters.c.value + statement.excluded.value}
    )


def read_counters(connection: Connection, names: Iterable[str] | None = None) -> dict[tuple[str, str], int]:
    """The counters, by (name, label)."""
    query = select(counters)
    if names is not None:
        query = query.where(counters.c.name.in_(list(names)))
    return {(row.name, row.label): row.value for row in connection.execute(query)}
