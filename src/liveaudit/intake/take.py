"""The way in: what was received is stored, and only then deleted from its queue. Of workers and of the proof alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.envelope import Flaw
from liveaudit.intake.queues import Queue
from liveaudit.intake.sort import Message, Rejected, Sorted, fault, sort_messages
from liveaudit.store import gaps, hellos, quarantine, records, work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError
from liveaudit.store.meter import Meter
from liveaudit.store.pace import PACE, Pace
from liveaudit.store.quarantine import Kept
from liveaudit.store.work import Due

log = structlog.get_logger(__name__)


def store_sorted(connection: Connection, batch: Sorted, now: float, pace: Pace = PACE) -> Counter[str]:
    """Write due work, quarantine, arrived hellos and counters of one batch of messages.

    Returns how many older messages had to leave quarantine for these, by reason.
    """
    if batch.due:
        work.add_due(connection, batch.due, now, pace=pace)
    gaps.note(connection, batch.gaps, now)
    counts = Counter(batch.counts)
    if batch.hellos:
        counts["hellos", "awaited"] = hellos.arrive(connection, batch.hellos, now)
    dropped = quarantine.keep(connection, map(_kept, batch.rejected), now)
    for reason, number in dropped.items():
        counts["quarantine dropped", reason] = number
    records.count_up(connection, +counts)
    return dropped


def _kept(rejected: Rejected) -> Kept:
    message = rejected.message
    return Kept(message.id, message.queue, message.sent, rejected.flaw.value, rejected.detail, message.body)


@dataclass(slots=True)
class Intake:
    """Takes messages in. ``enrolled``: whose events are taken; ``own_roles``: account to the ARN of our role in it.

    ``pace``: how long the events of a resource that keeps changing wait. ``probe`` is told of every step, for tests
    that kill. ``meter`` counts what came; ``told`` hears what became due of it, and when that was stored.
    """

    database: Database
    catalog: Catalog
    enrolled: Set[str]
    clock: Callable[[], float]
    probe: Callable[[str], None] = lambda _step: None
    own_roles: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = PACE
    meter: Meter = field(default_factory=Meter)
    told: Callable[[Sequence[Due], float], None] = lambda _due, _stored: None

    async def take(
        self, messages: Sequence[Message], queue: Queue, on_due: Callable[[], None] = lambda: None
    ) -> None:
        """Store what the messages ask for; only then delete them. ``on_due`` is called when something became due.

        Raises StoreUnavailableError when nothing is stored, and AwsCallError when what is stored was not deleted.
        """
        if not messages:
            return
        self.probe("received")
        batch = self._sort(messages)
        self.probe("sorted")
        await self._store(batch, messages)
        self.probe("queued")
        if batch.due:
            on_due()
        await queue.delete(messages)
        self.probe("deleted")

    def _sort(self, messages: Sequence[Message]) -> Sorted:
        return sort_messages(self.catalog, self.enrolled, messages, self.own_roles)

    async def _store(self, batch: Sorted, messages: Sequence[Message]) -> None:
        """Store a batch. A message that cannot be stored is found and put into quarantine, and holds up no other."""
        try:
            dropped = await self.database.write(
                lambda connection: store_sorted(connection, batch, self.clock(), self.pace)
            )
        except StoreError:
            raise
        except Exception as error:
            if len(messages) > 1:
                for each in messages:
                    await self._store(self._sort([each]), [each])
                return
            if any(each.flaw == Flaw.FAULT for each in batch.rejected):
                raise
            poison = Sorted()
            poison.reject(messages[0], Flaw.FAULT, fault(error))
            await self._store(poison, messages)
            return
        stored = self.clock()
        self.meter.taken_in(batch.seen, stored)
        self.told(batch.due, stored)
        for rejected in batch.rejected:
            if rejected.flaw == Flaw.FAULT:
                log.error("message not taken in", message=rejected.message.id, error=rejected.detail)
        if dropped:
            log.warning("quarantine is full: its oldest messages are dropped", dropped=dict(dropped))
