"""Quarantined messages and counters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from liveaudit.store import codec
from liveaudit.store.schema import counters, quarantine
from liveaudit.store.work import dialect_of, insert_for


def keep(
    connection: Connection, *, message_id: str, queue: str, at: float, reason: str, detail: str, body: str
) -> None:
    """Put a message into quarantine, once, however often it is delivered."""
    connection.execute(
        insert_for(dialect_of(connection), quarantine)
        .values(
            message_id=message_id,
            queue=queue,
            at=at,
            reason=reason,
            detail=codec.storable(detail),
            body=codec.storable(body),
        )
        .on_conflict_do_nothing()
    )


def list_quarantine(connection: Connection, *, reason: str = "", limit: int = 1000) -> list[dict[str, Any]]:
    """The messages in quarantine, the latest first."""
    query = select(quarantine).order_by(quarantine.c.id.desc()).limit(limit)
    if reason:
        query = query.where(quarantine.c.reason == reason)
    return [dict(row) for row in connection.execute(query).mappings()]


def count_quarantine(connection: Connection) -> dict[str, int]:
    """How many messages are in quarantine, by reason."""
    query = select(quarantine.c.reason, func.count()).group_by(quarantine.c.reason)
    return {row[0]: row[1] for row in connection.execute(query)}


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
