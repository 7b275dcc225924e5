"""Runs the worker beside the console: as soon as the settings can be used, and again when they have changed.

A worker that cannot begin (no credentials, a store of another schema) or that breaks is tried again, ever more slowly. The
console stays up meanwhile, and says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import structlog

from liveaudit.assembly import caller_of, context_of, make_parts, make_worker
from liveaudit.aws.caller import AwsCaller
from liveaudit.provision.installation import Installation
from liveaudit.provision.resolve import resolve
from liveaudit.services import load
from liveaudit.settings import Settings, SettingsError
from liveaudit.store.database import Database
from liveaudit.store.meter import Meter
from liveaudit.traces.spans import NOWHERE, Sink

log = structlog.get_logger(__name__)
LOOK_EVERY = 5.0
"""Seconds between two looks at the settings file."""
FIRST_WAIT = 2.0
LONGEST_WAIT = 60.0


class State(StrEnum):
    """What the worker of this process does."""

    NOT_SET_UP = "not set up"
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"


class Runnable(Protocol):
    """What is run: a worker."""

    def stop(self) -> None:
        """Begin to stop."""

    async def run(self) -> None:
        """Work until :meth:`stop`."""


@dataclass(frozen=True, slots=True)
class Made:
    """A worker on one state of the settings, and what it works with."""

    worker: Runnable
    caller: AwsCaller | None = None
    installation: Installation | None = None
    meter: Meter | None = None


Make = Callable[[Settings], AbstractAsyncContextManager[Made]]


def maker(database: Database, settings_file: Path, wait: int = 20, spans: Sink = NOWHERE) -> Make:
    """Makes workers on the console's own store. ``wait``: long poll in seconds; ``spans``: where they tell theirs."""

    @asynccontextmanager
    async def make(settings: Settings) -> AsyncIterator[Made]:
        caller = caller_of(settings)
        try:
            catalog, _ = load()
            resolved = await resolve(settings, caller, catalog=catalog)
            for problem in resolved.problems:
                log.warning("not as the settings want it", problem=str(problem))
            installation = resolved.installation
            parts = make_parts(database, caller, context_of(settings, installation), spans=spans)
            try:
                worker = make_worker(
                    settings, parts, installation=installation, wait=wait, beside=settings_file
                )
                yield Made(worker, caller, installation, parts.auditor.meter)
            finally:
                await parts.aclose()
        finally:
            await caller.close()

    return make


@dataclass(slots=True)
class Supervisor:
    """Keeps a worker running on the settings as they stand. ``read``: the settings now, None when there is no file.

    ``state``, ``detail``: what is so and why, in words; ``made``: the worker that runs, None when none does.
    """

    read: Callable[[], Settings | None]
    make: Make
    state: State = State.NOT_SET_UP
    detail: str = ""
    made: Made | None = None
    look_every: float = LOOK_EVERY
    first_wait: float = FIRST_WAIT
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _stopping: bool = False

    def look_again(self) -> None:
        """The settings file was written: look at it now. From any thread."""
        if self._loop is None:
            self._changed.set()
        else:
            self._loop.call_soon_threadsafe(self._changed.set)

    def stop(self) -> None:
        """End the worker, and :meth:`run` with it."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Until :meth:`stop`."""
        self._loop = asyncio.get_running_loop()
        wait = self.first_wait
        while not self._stopping:
            self._changed.clear()
            settings = await self._settings()
            if settings is None:
                await self._pause(self.look_every)
                continue
            try:
                self.state, self.detail = State.STARTING, ""
                async with self.make(settings) as made:
                    self.made = made
                    self.state = State.RUNNING
                    await self._run(made.worker, settings)
                    wait = self.first_wait
            except Exception as error:  # the console must stay up to tell it, whatever it is
                log.exception("the worker ended", again_in=wait)
                self.state, self.detail = State.WAITING, f"{type(error).__name__}: {error}"
                await self._pause(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            finally:
                self.made = None
        self.state, self.detail = State.STOPPED, ""

    async def _settings(self) -> Settings | None:
        try:
            settings = await asyncio.to_thread(self.read)
        except SettingsError as error:
            self.state, self.detail = State.WAITING, str(error)
            return None
        if settings is None:
            self.state, self.detail = State.NOT_SET_UP, ""
        return settings

    async def _run(self, worker: Runnable, settings: Settings) -> None:
        """Run a worker until it ends by itself (by what it raises), the settings are others, or all is to stop."""
        running = asyncio.create_task(worker.run(), name="worker")
        try:
            while not running.done() and not self._stopping:
                self._changed.clear()
                await self._pause(self.look_every, running)
                if running.done() or self._stopping:
                    break
                if await self._differs(settings):
                    log.info("the settings have changed: the worker begins anew")
                    break
        finally:
            worker.stop()
            await running

    async def _differs(self, settings: Settings) -> bool:
        try:
            now = await asyncio.to_thread(self.read)
        except SettingsError as error:
            # it goes on as it was, rather than not at all
            self.detail = f"the settings file has mistakes, so the former settings still hold: {error}"
            return False
        self.detail = ""
        return now != settings

    async def _pause(self, seconds: float, *others: Awaitable[object]) -> None:
        """Until the time is over, something changed, or another task ended."""
        changed = asyncio.ensure_future(self._changed.wait())
        await asyncio.wait(
            {changed, *map(asyncio.ensure_future, others)}, timeout=seconds, return_when="FIRST_COMPLETED"
        )
        changed.cancel()
