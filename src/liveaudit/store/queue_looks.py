"""The receiver's queues as AWS counted them when a worker looked last: a row each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, select

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema_health import queue_looks

FORGOTTEN_AFTER = 86_400.0
"""Seconds after which a queue at which nobody looks any more is not told of."""
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class QueueLook:
    """A queue (region and name). ``at``: when it was looked at (Unix seconds). ``reason``: why nothing is known, else empty;
    ``present``: it exists."""

    queue: str
    at: float
    waiting: int = 0
    in_flight: int = 0
    dead_letters: int = 0
    present: bool = True
    reason: str = ""


def newest(connection: Connection) -> float | None:
    """When anybody looked last."""
    at = connection.execute(select(func.max(queue_looks.c.at))).scalar()
    return None if at is None else float(at)


def put_down(connection: Connection, looks: Iterable[QueueLook], now: float) -> None:
    """Write what was seen; queues at which nobody has looked for long are dropped."""
    rows = [
        {
            **asdict(each),
            "present": int(each.present),
            "reason": codec.storable(each.reason)[:_LONGEST_REASON],
        }
        for each in sorted(looks, key=lambda look: look.queue)
    ]
    if rows:
        overwritten = tuple(name for name in rows[0] if name != "queue")
        connection.execute(upsert(dialect_of(connection), queue_looks, ("queue",), overwritten), rows)
    connection.execute(delete(queue_looks).where(queue_looks.c.at < now - FORGOTTEN_AFTER))


def list_looks(connection: Connection) -> list[QueueLook]:
    """All queues, by name."""
    rows = connection.execute(select(queue_looks).order_by(queue_looks.c.queue)).mappings()
    return [QueueLook(**{**row, "present": bool(row["present"])}) for row in rows]
