"""Messages that were not understood: kept with the reason and the raw body, until they are, or are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import quarantine

MOST_PER_REASON = 5000
"""How many messages are kept of each reason; beyond that the oldest are dropped, and counted."""
_LONGEST_DETAIL = 2000


@dataclass(frozen=True, slots=True)
class Kept:
    """A message to keep. ``sent``: when it came to its queue (Unix seconds); ``reason``: why it is kept."""

    message_id: str
    queue: str
    sent: float
    reason: str
    detail: str
    body: str


@dataclass(frozen=True, slots=True)
class Which:
    """Which messages are meant; empty fields mean all. Times are Unix seconds of their arrival."""

    ids: tuple[int, ...] = ()
    reason: str = ""
    queue: str = ""
    before: float | None = None
    after: float | None = None


@lru_cache
def _keeping(dialect: str) -> Any:
    return insert_for(dialect, quarantine).on_conflict_do_nothing()


def keep(
    connection: Connection, messages: Iterable[Kept], now: float, *, most: int = MOST_PER_REASON
) -> Counter[str]:
    """Put messages into quarantine, each once, however often it is delivered. Returns how many old ones were dropped.

    ``most``: of each reason so many are kept.
    """
    given = sorted(messages, key=lambda each: each.message_id)
    if not given:
        return Counter()
    connection.execute(
        _keeping(dialect_of(connection)),
        [
            {
                "message_id": each.message_id,
                "queue": each.queue,
                "sent": each.sent,
                "at": now,
                "reason": each.reason,
                "detail": codec.storable(each.detail[:_LONGEST_DETAIL]),
                "body": codec.storable(each.body),
            }
            for each in given
        ],
    )
    dropped: Counter[str] = Counter()
    for reason in sorted({each.reason for each in given}):
        held = connection.execute(_COUNT.where(quarantine.c.reason == reason)).scalar_one()
        if held > most:
            dropped[reason] = _drop_oldest(connection, reason, held - most)
    return dropped


_COUNT = select(func.count()).select_from(quarantine)


def _drop_oldest(connection: Connection, reason: str, number: int) -> int:
    oldest = (
        select(quarantine.c.id)
        .where(quarantine.c.reason == reason)
        .order_by(quarantine.c.id)
        .limit(number)
        # what another worker drops right now is not waited for
        .with_for_update(skip_locked=True)
    )
    chosen = connection.execute(oldest).scalars().all()
    return connection.execute(delete(quarantine).where(quarantine.c.id.in_(chosen))).rowcount


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.ids:
        conditions.append(quarantine.c.id.in_(which.ids))
    if which.reason:
        conditions.append(quarantine.c.reason == which.reason)
    if which.queue:
        conditions.append(quarantine.c.queue == which.queue)
    if which.before is not None:
        conditions.append(quarantine.c.at < which.before)
    if which.after is not None:
        conditions.append(quarantine.c.at >= which.after)
    return conditions


def list_quarantine(
    connection: Connection, which: Which | None = None, *, limit: int = 1000
) -> list[dict[str, Any]]:
    """The messages in quarantine that match, the latest first, as rows."""
    query = select(quarantine).where(*_conditions(which or Which()))
    rows = connection.execute(query.order_by(quarantine.c.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


def newest(
    connection: Connection, which: Which, *, before_id: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Those that match with an id below ``before_id``, the latest first: as rows with the ``size`` of the body in its place."""
    columns = [each for each in quarantine.c if each.name != "body"]
    query = select(*columns, func.length(quarantine.c.body).label("size")).where(*_conditions(which))
    if before_id is not None:
        query = query.where(quarantine.c.id < before_id)
    rows = connection.execute(query.order_by(quarantine.c.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


def ids(connection: Connection, which: Which, *, most: int) -> list[int]:
    """The ids of those that match, the oldest first, ``most`` of them."""
    query = select(quarantine.c.id).where(*_conditions(which)).order_by(quarantine.c.id).limit(most)
    return list(connection.execute(query).scalars())


def page(connection: Connection, which: Which, *, after_id: int, limit: int) -> list[dict[str, Any]]:
    """Those that match with an id above ``after_id``, the oldest first: to go through them all."""
    query = select(quarantine).where(quarantine.c.id > after_id, *_conditions(which))
    rows = connection.execute(query.order_by(quarantine.c.id).limit(limit))
    return [dict(row) for row in rows.mappings()]


def count_quarantine(connection: Connection) -> dict[str, int]:
    """How many messages are in quarantine, by reason."""
    query = select(quarantine.c.reason, func.count()).group_by(quarantine.c.reason)
    return {row[0]: row[1] for row in connection.execute(query)}


def take_out(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Remove messages. Returns the ids of those that were still there: whoever removes one may act on it."""
    gone = delete(quarantine).where(quarantine.c.id.in_(ids)).returning(quarantine.c.id)
    return sorted(connection.execute(gone).scalars())


def purge(connection: Connection, which: Which) -> int:
    """Remove the messages that match for good. Returns how many."""
    return connection.execute(delete(quarantine).where(*_conditions(which))).rowcount


def give_reason(connection: Connection, row_id: int, reason: str, detail: str) -> None:
    """A message stays, for another reason than before."""
    connection.execute(
        update(quarantine)
        .where(quarantine.c.id == row_id)
        .values(reason=reason, detail=codec.storable(detail[:_LONGEST_DETAIL]))
    )
