"""The workers that there are: a row each, written again every few seconds, taken away by one that stops in order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema import workers

EVERY = 5.0
"""Seconds between two beats."""
VANISHED_AFTER = 30.0
"""Seconds without a beat after which a worker counts as vanished: killed, cut off, or its machine gone."""
FORGOTTEN_AFTER = 7 * 86_400.0
_COLUMNS = ("host", "pid", "version", "since", "seen_at", "queues", "messages")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A worker. ``since``, ``seen_at``: Unix seconds; ``queues``: what it polls; ``messages``: how
    many of theirs it has in hand."""

    id: str
    host: str
    pid: int
    version: str
    since: float
    seen_at: float
    queues: tuple[str, ...] = ()
    messages: int = 0

    def vanished(self, now: float) -> bool:
        """Whether it has been silent for too long to be alive."""
        return now - self.seen_at > VANISHED_AFTER


def beat(connection: Connection, heart: Heartbeat) -> None:
    """Write a worker's row, and drop those of workers that vanished long ago."""
    row = {name: getattr(heart, name) for name in _COLUMNS}
    connection.execute(
        upsert(dialect_of(connection), workers, ("id",), _COLUMNS),
        {
            **row,
            "id": heart.id,
            "host": codec.storable(heart.host)[:255],
            "queues": codec.dump(list(heart.queues)),
        },
    )
    connection.execute(delete(workers).where(workers.c.seen_at < heart.seen_at - FORGOTTEN_AFTER))


def end(connection: Connection, worker_id: str) -> None:
    """A worker has stopped in order: nobody is to miss it."""
    connection.execute(delete(workers).where(workers.c.id == worker_id))


def list_workers(connection: Connection) -> list[Heartbeat]:
    """All workers, the longest at work first."""
    rows = connection.execute(select(workers).order_by(workers.c.since, workers.c.id)).mappings()
    return [Heartbeat(**{**row, "queues": tuple(codec.load(row["queues"]))}) for row in rows]
