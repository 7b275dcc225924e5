"""Looks at the receiver's queues now and then and puts down what AWS counts, so that whoever shows it asks nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from liveaudit.aws.caller import Caller
from liveaudit.provision.installation import Installation
from liveaudit.provision.queue_state import queue_states
from liveaudit.store import queue_looks
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.queue_looks import QueueLook

log = structlog.get_logger(__name__)
EVERY = 60.0
"""Seconds between two looks, of all workers together: AWS bills each."""


@dataclass(slots=True)
class QueueWatch:
    """Of many workers one looks at a time; two that look at once do no harm. ``installation``: whose queues now;
    ``clock``: Unix seconds."""

    database: Database
    caller: Caller
    installation: Callable[[], Installation]
    clock: Callable[[], float]
    every: float = EVERY
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def run(self) -> None:
        """Look until it is cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailableError as error:
                log.warning("queues not looked at", error=str(error))
            await self.pause(self.every)

    async def look(self) -> bool:
        """Look, if nobody has just done so. Returns whether it was done."""
        last = await self.database.read(queue_looks.newest)
        if last is not None and self.clock() - last < self.every / 2:
            return False
        current = self.installation()
        states = await queue_states(self.caller, current, current.regions)
        now = self.clock()
        looks = [
            QueueLook(
                f"{region}/{current.queue}",
                now,
                state.waiting,
                state.in_flight,
                state.dead_letters,
                state.exists,
                state.reason,
            )
            for region, state in states.items()
        ]
        await self.database.write(lambda connection: queue_looks.put_down(connection, looks, now))
        return True
