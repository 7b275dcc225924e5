"""The loop that ties queues, due work and auditors together.

How it stops: :meth:`Worker.stop` ends the polls and the claiming; audits under way are finished, polled messages
are stored and deleted. What is killed instead loses nothing: messages not deleted come again, leases run out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

import structlog

from liveaudit.audit.auditor import Auditor, Probe
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.queues import Queue
from liveaudit.intake.sort import Message
from liveaudit.intake.take import Intake
from liveaudit.store.database import Database

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Worker:
    """Polls all queues at once and audits what becomes due."""

    database: Database
    catalog: Catalog
    auditor: Auditor
    queues: Sequence[Queue]
    enrolled: Set[str]
    clock: Callable[[], float]
    probe: Probe = lambda _step: None
    idle_wait: float = 1.0
    error_wait: float = 2.0
    parallel: int = 4
    on_error: Callable[[str, Exception], None] = lambda _what, _error: None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _in_hand: set[asyncio.Task[None]] = field(default_factory=set)

    def stop(self) -> None:
        """Begin to stop; :meth:`run` returns when what is in hand is done."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Work until :meth:`stop`. Whatever a poller or auditor raises ends the worker and comes through."""
        pollers = [asyncio.create_task(self._poll(queue), name=f"poll {queue.name}") for queue in self.queues]
        auditors = [asyncio.create_task(self._audit(), name=f"audit {n}") for n in range(self.parallel)]
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([stopping, *pollers, *auditors], return_when=asyncio.FIRST_COMPLETED)
        self.stop()
        for task in pollers:
            task.cancel()
        results = await asyncio.gather(*pollers, *auditors, *self._in_hand, stopping, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def take(self, messages: Sequence[Message], queue: Queue) -> None:
        """Store what the messages ask for; only then delete them."""
        intake = Intake(self.database, self.catalog, self.enrolled, self.clock, self.probe)
        await intake.take(messages, queue, on_due=self._woken.set)

    async def _poll(self, queue: Queue) -> None:
        while not self._stopping.is_set():
            try:
                messages = await queue.receive()
                taking = asyncio.create_task(self.take(messages, queue))
                self._in_hand.add(taking)
                taking.add_done_callback(self._in_hand.discard)
                await asyncio.shield(taking)
            except AwsCallError as error:
                log.warning("queue not read", queue=queue.name, error=str(error))
                self.on_error(queue.name, error)
                await asyncio.sleep(self.error_wait)

    async def _audit(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            if await self.auditor.work_once():
                continue
            try:
                await asyncio.wait_for(self._woken.wait(), self.idle_wait)
            except TimeoutError:
                continue
