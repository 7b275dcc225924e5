"""The loop that tells: routes what happened, and sends on every channel by itself, so that none holds up another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy import Connection

from liveaudit.deliver.plan import Line, Plan
from liveaudit.deliver.routing import MOST_MOVES, Routed, Router
from liveaudit.deliver.sending import Probe, Sender
from liveaudit.deliver.telling import Teller
from liveaudit.store import deliveries, outbox
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.traces.spans import NOWHERE, Sink

log = structlog.get_logger(__name__)
LOOK_EVERY = 0.5
"""Seconds between two looks at what happened."""
LOOK_AGAIN = 5.0
"""Seconds until the next look at a store that did not answer."""
IDLE = 5.0
"""Seconds after which a channel looks for itself, as others may have written something."""
TIDY_EVERY = 3600.0


@dataclass(slots=True)
class _Working:
    sender: Sender
    woken: asyncio.Event
    task: asyncio.Task[None]


@dataclass(slots=True)
class Dispatcher:
    """Tells what is to be told, for as long as :meth:`run` runs. ``plans``: gives the plan that counts now.

    ``probe`` is called between the steps, for the tests.
    """

    database: Database
    clock: Callable[[], float]
    owner: str
    plans: Callable[[], Awaitable[Plan]]
    router: Router
    teller: Teller
    probe: Probe = lambda _step: None
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    spans: Sink = NOWHERE
    _working: dict[str, _Working] = field(default_factory=dict)
    _routed: int = -1
    _looked_at_due: float = 0.0
    _tidied: float = 0.0

    async def run(self) -> None:
        """Tell until this is cancelled."""
        try:
            while True:
                wait = LOOK_EVERY
                try:
                    if await self.step():
                        wait = 0.0
                except StoreUnavailableError as error:
                    log.warning("nobody is told as long as the store is away", error=str(error))
                    wait = LOOK_AGAIN
                await self.pause(wait)
        finally:
            await self._end(list(self._working))

    async def step(self) -> bool:
        """Route what happened since, and see that every channel is sent on. Returns whether there is more at once."""
        plan = await self.plans()
        await self._follow(plan)
        if not plan.lines:
            return False
        await self._tidy(plan)
        routed = await self._route(plan)
        for name in routed.channels & self._working.keys():
            self._working[name].woken.set()
        return routed.moves >= MOST_MOVES

    async def _route(self, plan: Plan) -> Routed:
        newest = await self.database.read(outbox.newest_move)
        now = self.clock()
        if newest == self._routed and now - self._looked_at_due < 60.0:
            return Routed(0, frozenset())
        routed = await self.database.write(partial(self._step, plan=plan, now=now))
        self.probe("routed")
        self._looked_at_due = now
        if routed.moves < MOST_MOVES:
            self._routed = newest
        return routed

    def _step(self, connection: Connection, plan: Plan, now: float) -> Routed:
        return self.router.step(connection, plan, now)

    async def _tidy(self, plan: Plan) -> None:
        now = self.clock()
        if now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            await self.database.write(partial(deliveries.tidy, now=now))
            await self.database.write(partial(deliveries.give_up_others, known=list(plan.lines), now=now))

    async def _follow(self, plan: Plan) -> None:
        """Have one sender for each channel, by the newest plan."""
        for name, each in self._working.items():
            if (
                each.task.done()
                and not each.task.cancelled()
                and (error := each.task.exception()) is not None
            ):
                raise error
            each.sender.plan = plan
            if name in plan.lines and each.sender.line.settings == plan.lines[name].settings:
                each.sender.line = plan.lines[name]
        gone = [
            name
            for name, each in self._working.items()
            if name not in plan.lines or each.sender.line.settings != plan.lines[name].settings
        ]
        await self._end(gone)
        for name, line in plan.lines.items():
            if name not in self._working:
                self._begin(line, plan)

    def _begin(self, line: Line, plan: Plan) -> None:
        sender = Sender(self.database, self.clock, self.owner, line, plan, self.teller, self.probe)
        sender.spans = self.spans
        woken = asyncio.Event()
        task = asyncio.create_task(self._send(sender, woken), name=f"tell {line.name}")
        self._working[line.name] = _Working(sender, woken, task)

    async def _send(self, sender: Sender, woken: asyncio.Event) -> None:
        while True:
            woken.clear()
            try:
                wait = await sender.step()
            except StoreUnavailableError as error:
                log.warning("a channel waits for the store", channel=sender.line.name, error=str(error))
                wait = LOOK_AGAIN
            if wait == 0.0:
                continue
            try:
                await asyncio.wait_for(woken.wait(), IDLE if wait is None else min(wait, IDLE))
            except TimeoutError:
                continue

    async def _end(self, names: list[str]) -> None:
        ended = [self._working.pop(name) for name in names]
        for each in ended:
            each.task.cancel()
        await asyncio.gather(*(each.task for each in ended), return_exceptions=True)
        for each in ended:
            try:
                await each.sender.aclose()
            except StoreUnavailableError as error:
                log.warning("a channel's lease runs out by itself", error=str(error))
