"""A worker's sign of life: its row, and what it measured since the last one, in one transaction every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import Connection

from liveaudit.store import finding_counts, heartbeats, meter
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.heartbeats import EVERY, Heartbeat
from liveaudit.store.meter import Meter

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Pulse:
    """``clock`` gives Unix seconds; ``worker``: who and where; what it has in hand is told with each beat."""

    database: Database
    clock: Callable[[], float]
    worker: Heartbeat
    meter: Meter = field(default_factory=Meter)
    every: float = EVERY
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def run(self, now_is: Callable[[Heartbeat], Heartbeat]) -> None:
        """Beat until it is cancelled. ``now_is`` puts in what the worker polls and has in hand."""
        while True:
            await self.beat(now_is(self.worker))
            await self.pause(self.every)

    async def beat(self, worker: Heartbeat) -> None:
        """Once. While the store is away, what was measured is kept for the next time."""
        now = self.clock()
        alive = replace(worker, seen_at=now)
        await self._put_down(lambda connection: heartbeats.beat(connection, alive), now)
        await self._fold()

    async def _fold(self) -> None:
        """Fold what was counted since into the counts of findings: all of it, one write after the other."""
        try:
            while await self.database.write(finding_counts.fold) == finding_counts.FOLDED_AT_ONCE:
                continue
        except StoreUnavailableError as error:
            log.warning("counts not folded", error=str(error))

    async def end(self) -> None:
        """The worker has stopped in order."""
        await self._put_down(lambda connection: heartbeats.end(connection, self.worker.id), self.clock())

    async def _put_down(self, sign: Callable[[Connection], None], now: float) -> None:
        measured = self.meter.fresh()

        def write(connection: Connection) -> None:
            sign(connection)
            meter.put_down(connection, measured, now)

        try:
            await self.database.write(write)
        except StoreUnavailableError as error:
            self.meter.give_back(measured)
            log.warning("no sign of life stored", error=str(error))
