"""How many requests are under way at once: in all, and in one account, so that one that answers slowly leaves room."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Slot:
    """A place among the requests under way, given up for a while by who has to wait for something else."""

    def __init__(self, *limits: asyncio.Semaphore) -> None:
        self._limits = limits
        self._taken: list[asyncio.Semaphore] = []

    async def __aenter__(self) -> Slot:
        await self.take()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_up()

    async def take(self) -> None:
        """Wait for a place: in the account first, so that who waits there keeps nobody else from one."""
        for each in self._limits:
            await each.acquire()
            self._taken.append(each)

    def give_up(self) -> None:
        """Let others have it."""
        while self._taken:
            self._taken.pop().release()
