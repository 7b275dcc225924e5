"""The way in: what was received is stored, and only then deleted from its queue. Of workers and of the proof alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import Connection

from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.queues import Queue
from liveaudit.intake.sort import Message, Sorted, sort_messages
from liveaudit.store import hellos, records, work
from liveaudit.store.database import Database


def store_sorted(connection: Connection, batch: Sorted, now: float) -> None:
    """Write due work, quarantine, arrived hellos and counters of one batch of messages."""
    if batch.due:
        work.add_due(connection, batch.due, now)
    for each in batch.rejected:
        records.keep(
            connection,
            message_id=each.message.id,
            queue=each.message.queue,
            at=now,
            reason=each.flaw.value,
            detail=each.detail,
            body=each.message.body,
        )
    counts = Counter(batch.counts)
    if batch.hellos:
        counts["hellos", "awaited"] = hellos.arrive(connection, batch.hellos, now)
    records.count_up(connection, +counts)


@dataclass(slots=True)
class Intake:
    """Takes messages in. ``enrolled``: whose events are taken. ``probe`` is told of every step, for tests that kill."""

    database: Database
    catalog: Catalog
    enrolled: Set[str]
    clock: Callable[[], float]
    probe: Callable[[str], None] = lambda _step: None

    async def take(
        self, messages: Sequence[Message], queue: Queue, on_due: Callable[[], None] = lambda: None
    ) -> None:
        """Store what the messages ask for; only then delete them. ``on_due`` is called when something became due."""
        if not messages:
            return
        self.probe("received")
        batch = sort_messages(self.catalog, self.enrolled, messages)
        self.probe("sorted")
        await self.database.write(lambda connection: store_sorted(connection, batch, self.clock()))
        self.probe("queued")
        if batch.due:
            on_due()
        await queue.delete(messages)
        self.probe("deleted")
