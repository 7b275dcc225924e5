"""Messages in hand: stored and then deleted; or, when that cannot be, given back to their queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from liveaudit.aws.errors import AwsCallError
from liveaudit.intake.queues import Queue
from liveaudit.intake.sort import Message
from liveaudit.intake.take import Intake
from liveaudit.store.engines import StoreUnavailableError

log = structlog.get_logger(__name__)

GIVING_BACK = 5.0
"""Seconds that giving back may take; after that the queue's visibility timeout does it."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What a poller has received from one queue. ``stopping``: set when nothing may be waited for any more.

    While the store is away, the messages are kept in hand and tried again every ``wait`` seconds: given back, they
    would be received again and again until they count as dead letters.
    """

    intake: Intake
    queue: Queue
    stopping: asyncio.Event
    wait: float
    on_error: Callable[[str, Exception], None] = lambda _what, _error: None

    async def take(self, messages: Sequence[Message], on_due: Callable[[], None] = lambda: None) -> None:
        """Take the messages in. Raises AwsCallError when they are stored but not deleted: they come again."""
        try:
            while not await self._stored(messages, on_due):
                if self.stopping.is_set():
                    await self._give_back(messages)
                    return
                await self._pause()
        except asyncio.CancelledError:
            await self._give_back(messages)
            raise

    async def _stored(self, messages: Sequence[Message], on_due: Callable[[], None]) -> bool:
        try:
            await self.intake.take(messages, self.queue, on_due)
        except StoreUnavailableError as error:
            log.warning(
                "messages not stored", queue=self.queue.name, messages=len(messages), error=str(error)
            )
            self.on_error("store", error)
            return False
        return True

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), self.wait)
        except TimeoutError:
            return

    async def _give_back(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        try:
            await asyncio.wait_for(self.queue.give_back(messages), GIVING_BACK)
        except (AwsCallError, TimeoutError) as error:
            log.warning("messages not given back, they come again", queue=self.queue.name, error=str(error))
        else:
            log.info("messages given back", queue=self.queue.name, messages=len(messages))
