"""Long work in the console's process: begun by a request, going on without it, told to the store as it gets on.

It survives a page that is left or loaded again, since what pages show is the store's. It does not survive the process:
then it is told as lost, and may be begun anew.
"""

from __future__ import annotations

import asyncio
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog

from liveaudit.assembly import owner_name
from liveaudit.model import LiveauditError
from liveaudit.store import jobs
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.jobs import Job, Progress, State
from liveaudit.web.console import Console

log = structlog.get_logger(__name__)
TELL_EVERY = 0.5
"""Seconds between two looks at how far a job is."""
SIGN_EVERY = 2.0
"""Seconds between two signs of life of a job that tells nothing new."""
MOST_NOTES = 200
_KEY = "jobs"
T = TypeVar("T")


@dataclass(slots=True)
class Matrix:
    """What is shown of a job as a table: a state in each cell, with a word and the reason. Rows have a heading each."""

    heading: str
    rows: dict[str, str]
    columns: tuple[str, ...]
    cells: dict[str, dict[str, tuple[str, str, str]]] = field(default_factory=dict)
    """By row and column: level (``ok``, ``warning``, ``bad``, ``unknown``, ``running``, ``none``), text, reason."""

    def put(self, row: str, column: str, level: str, text: str, reason: str = "") -> None:
        """Fill a cell."""
        self.cells.setdefault(row, {})[column] = (level, text, reason[:600])

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "heading": self.heading,
            "rows": [[key, label] for key, label in self.rows.items()],
            "columns": list(self.columns),
            "cells": {row: {name: list(cell) for name, cell in of.items()} for row, of in self.cells.items()},
        }


@dataclass(slots=True)
class Telling:
    """What a job says of itself while it runs. ``matrices``: by name; ``notes``: what it has to say besides."""

    done: int = 0
    total: int = 0
    message: str = ""
    matrices: dict[str, Matrix] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _told: str = ""

    def note(self, text: str) -> None:
        """Say something that stays; of very many only the last ones do."""
        self.notes.append(text[:1000])
        del self.notes[:-MOST_NOTES]

    def progress(self) -> Progress:
        """As the store takes it."""
        more = {
            "matrices": {name: each.plain() for name, each in self.matrices.items()},
            "notes": list(self.notes),
        }
        return Progress(self.done, self.total, self.message, more)


Work = Callable[[Telling], Awaitable[Mapping[str, Any]]]
"""Does the job, and gives its result as JSON holds it. What it raises is told as why it failed."""


class Runner:
    """Runs the console's jobs. ``clock``: Unix seconds. To be used in the console's event loop."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        tell_every: float = TELL_EVERY,
        sign_every: float = SIGN_EVERY,
    ) -> None:
        self._database, self._clock = database, clock
        self._tell_every, self._sign_every = tell_every, sign_every
        self._owner = owner_name()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    async def begin(self, kind: str, by: str, work: Work, subject: str = "") -> Job:
        """Begin a job and come back at once. Raises JobRunningError when one of this kind is under way."""
        job = await self._database.write(
            partial(
                jobs.begin,
                job_id=uuid.uuid4().hex,
                kind=kind,
                by=by,
                owner=self._owner,
                now=self._clock(),
                subject=subject,
            )
        )
        self._tasks[job.id] = asyncio.create_task(self._run(job, work), name=f"{kind} {job.id}")
        return job

    async def wait(self, job_id: str) -> None:
        """Until a job of this process has ended and all of it is told."""
        task = self._tasks.get(job_id)
        if task is not None:
            await asyncio.wait({task})

    async def close(self) -> None:
        """End everything that runs; it is told as lost."""
        self._closed = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, job: Job, work: Work) -> None:
        telling = Telling()
        state, result = State.FAILED, None
        doing = asyncio.ensure_future(work(telling))
        try:
            await self._follow(job, telling, doing)
            result = await doing
            state = State.DONE
        except asyncio.CancelledError:
            state = State.LOST if self._closed else State.CANCELLED
            telling.message = "the console was stopped meanwhile" if self._closed else ""
        except LiveauditError as error:
            telling.message = str(error)
        except Exception as error:  # whatever it is, it is told, and the console goes on
            log.exception("a job failed", kind=job.kind, job=job.id)
            telling.message = f"{type(error).__name__}: {error}"
            telling.note(traceback.format_exception_only(error)[-1].strip())
        finally:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
            self._tasks.pop(job.id, None)
        await self._patiently(
            partial(
                jobs.end,
                job_id=job.id,
                state=state,
                now=self._clock(),
                progress=telling.progress(),
                result=result,
            )
        )

    async def _follow(self, job: Job, telling: Telling, doing: asyncio.Future[Mapping[str, Any]]) -> None:
        """Tell the store how far it is until it is done. Raises CancelledError when somebody wants it ended."""
        last: Progress | None = None
        quiet = 0.0
        while not doing.done():
            await asyncio.wait({doing}, timeout=self._tell_every)
            now = telling.progress()
            quiet += self._tell_every
            if now == last and quiet < self._sign_every:
                continue
            new, last, quiet = (now if now != last else None), now, 0.0
            told = partial(jobs.tell, job_id=job.id, progress=new, now=self._clock())
            if not await self._patiently(told):
                raise asyncio.CancelledError

    async def _patiently(self, write: Callable[[Any], T]) -> T:
        """Write, and wait for a store that is away."""
        while True:
            try:
                return await self._database.write(write)
            except StoreUnavailableError as error:
                log.warning("a job waits for the store", error=str(error))
                await asyncio.sleep(self._tell_every)


def runner_of(console: Console) -> Runner:
    """The console's runner, the same one for all of its requests."""
    found = console.shared.get(_KEY)
    if not isinstance(found, Runner):
        found = console.shared[_KEY] = Runner(console.database, console.clock)
    return found
