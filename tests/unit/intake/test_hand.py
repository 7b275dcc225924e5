"""What is in hand is stored, or given back; while the store is away it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.intake.hand import Hand
from liveaudit.intake.queues import MemoryQueue
from liveaudit.intake.sort import Message
from liveaudit.store.engines import StoreUnavailableError


@dataclass
class Store:
    """Stands for an intake: ``away`` times the store gives no answer; ``hangs``: it never does."""

    away: int = 0
    hangs: bool = False
    taken: list[str] = field(default_factory=list)

    async def take(
        self, messages: Sequence[Message], queue: MemoryQueue, _on_due: Callable[[], None]
    ) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            self.away -= 1
            raise StoreUnavailableError("away")
        self.taken += [message.id for message in messages]
        await queue.delete(messages)


class Refusing(MemoryQueue):
    async def give_back(self, messages: Sequence[Message]) -> None:
        raise AwsCallError(Kind.DENIED, "AccessDenied", "no", "ChangeMessageVisibilityBatch")


def queue_of(kind: type[MemoryQueue] = MemoryQueue) -> MemoryQueue:
    queue = kind()
    queue.put("a", message_id="a")
    queue.put("b", message_id="b")
    return queue


def hand(store: Any, queue: MemoryQueue, stopping: asyncio.Event, told: list[str] | None = None) -> Hand:
    def on_error(what: str, _error: Exception) -> None:
        if told is not None:
            told.append(what)

    return Hand(store, queue, stopping, 0.001, on_error)


async def left(queue: MemoryQueue) -> int:
    return len(await queue.receive())


def test_while_the_store_is_away_messages_are_kept_and_tried_again() -> None:
    async def run() -> None:
        queue, store, told = queue_of(), Store(away=3), list[str]()
        await hand(store, queue, asyncio.Event(), told).take(await queue.receive())
        assert (store.taken, told) == (["a", "b"], ["store"] * 3)
        assert await left(queue) == 0

    asyncio.run(run())


def test_who_stops_while_the_store_is_away_gives_them_back() -> None:
    async def run() -> None:
        queue, store, stopping = queue_of(), Store(away=10**6), asyncio.Event()
        messages = await queue.receive()
        assert await left(queue) == 0
        taking = asyncio.create_task(hand(store, queue, stopping).take(messages))
        await asyncio.sleep(0)
        stopping.set()
        await taking
        assert store.taken == []
        assert await left(queue) == 2

    asyncio.run(run())


def test_who_is_broken_off_gives_them_back() -> None:
    async def run(kind: type[MemoryQueue]) -> int:
        queue, store = queue_of(kind), Store(hangs=True)
        taking = asyncio.create_task(hand(store, queue, asyncio.Event()).take(await queue.receive()))
        await asyncio.sleep(0)
        taking.cancel()
        await asyncio.wait([taking])
        assert taking.cancelled()
        return await left(queue)

    assert asyncio.run(run(MemoryQueue)) == 2
    assert asyncio.run(run(Refusing)) == 0, "refused: they come when their visibility timeout is over"
