"""What moves, told to all who listen, as it happens.

One task looks at the store while anybody listens. A listener knows the number of the last transition it was told, and
goes on from there when its connection was lost, so it misses none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

import structlog
from fastapi.responses import StreamingResponse

from liveaudit.store import findings
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.web.problems import Problem

log = structlog.get_logger(__name__)
LOOK_EVERY = 0.25
"""Seconds between two looks at the store."""
LOOK_AGAIN = 2.0
"""Seconds until the next look at a store that did not answer."""
PING_EVERY = 15.0
"""Seconds of silence after which a line is sent, so that what stands between keeps the connection."""
MOST_LISTENERS = 500
MOST_AT_ONCE = 200
"""Transitions told one by one; of a longer backlog a listener gets the rest in its next turns."""


class FullError(Exception):
    """As many listen as can be served."""


class Hub:
    """Follows the store's transitions for its listeners."""

    def __init__(self, database: Database, look_every: float = LOOK_EVERY) -> None:
        self._database = database
        self._look_every = look_every
        self._newest = 0
        self._moved = asyncio.Condition()
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self._listeners

    async def close(self) -> None:
        """End all streams."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        async with self._moved:
            self._moved.notify_all()

    async def _look(self) -> None:
        while self._listeners and not self._closed:
            pause = self._look_every
            try:
                newest = await self._database.read(findings.newest_transition)
            except StoreUnavailableError as error:
                log.warning("live streams wait for the store", error=str(error))
                pause = LOOK_AGAIN
            else:
                if newest != self._newest:
                    async with self._moved:
                        self._newest = newest
                        self._moved.notify_all()
            await asyncio.sleep(pause)
        self._task = None

    def _room(self) -> None:
        if self._listeners >= MOST_LISTENERS:
            raise FullError

    async def numbers(self, after: int | None) -> AsyncGenerator[int | None]:
        """The newest transition's number whenever it grew past ``after`` (None: what is there now counts as told), and
        None when there was nothing for a while."""
        self._listeners += 1
        try:
            self._newest = max(self._newest, await self._database.read(findings.newest_transition))
            told = self._newest if after is None else after
            while not self._closed:
                if self._task is None:
                    self._task = asyncio.create_task(self._look(), name="live")
                if self._newest > told:
                    told = self._newest
                    yield told
                    continue
                if not await self._grows(told):
                    yield None
        finally:
            self._listeners -= 1

    async def _grows(self, told: int) -> bool:
        """Wait until there is more than was told, or all is closed; False: it took too long."""
        try:
            async with asyncio.timeout(PING_EVERY), self._moved:
                await self._moved.wait_for(lambda: self._newest > told or self._closed)
        except TimeoutError:
            return False
        return True

    async def signals(self) -> AsyncGenerator[bytes]:
        """For pages: ``hello`` at the beginning, then ``moved`` whenever a finding did. Raises FullError."""
        self._room()
        yield _event("hello", {})
        async with aclosing(self.numbers(None)) as numbers:
            async for number in numbers:
                yield _PING if number is None else _event("moved", {"number": number}, number)

    async def transitions(
        self, after: int | None, told: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> AsyncGenerator[bytes]:
        """For programs: every transition with a number above ``after``, as ``told`` writes it; None: from now on.

        Raises FullError.
        """
        self._room()
        yield _event("hello", {})
        last = await self._database.read(findings.newest_transition) if after is None else after
        async with aclosing(self.numbers(last)) as numbers:
            async for number in numbers:
                if number is None:
                    yield _PING
                while number is not None and last < number:
                    read = partial(findings.transitions_since, after=last, limit=MOST_AT_ONCE)
                    found = await self._database.read(read)
                    for each in found:
                        yield _event("transition", told(each), int(each["number"]))
                    last = int(found[-1]["number"]) if found else number


_PING = b": still here\n\n"


def _event(name: str, data: dict[str, Any], number: int | None = None) -> bytes:
    told = f"id: {number}\n" if number is not None else ""
    # JSON in ASCII has no line breaks, so whatever a name holds cannot end the event
    return f"{told}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


async def streamed(events: AsyncGenerator[bytes]) -> StreamingResponse:
    """A stream as an answer. Raises Problem when as many listen as can be served."""
    try:
        first = await anext(events)
    except FullError as error:
        raise Problem(503, "Too many listen", "try again later", headers={"Retry-After": "30"}) from error

    async def whole() -> AsyncGenerator[bytes]:
        async with aclosing(events):
            yield first
            async for each in events:
                yield each

    return StreamingResponse(
        whole(),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )
