"""The loop that ties queues, due work and auditors together.

How it stops: :meth:`Worker.stop` ends the polls and the claiming; audits under way are finished, polled messages
are stored and deleted. What is not done within ``grace`` seconds is given back: messages to their queue, leases to the
other workers. What is killed instead loses nothing: messages not deleted come again, leases run out.

While the store is away, messages are kept in hand, nothing is claimed, and both are tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from liveaudit.audit.asked.asker import Asker
from liveaudit.audit.auditor import Auditor, Probe
from liveaudit.audit.in_hand import Batches
from liveaudit.audit.narrate import Narrator
from liveaudit.audit.rejudge import Rejudger
from liveaudit.audit.scheduler import Scheduler, Watched
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.hand import Hand
from liveaudit.intake.queues import Queue
from liveaudit.intake.sort import Message
from liveaudit.intake.take import Intake
from liveaudit.model import LiveauditError
from liveaudit.store import work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.heartbeats import Heartbeat
from liveaudit.store.meter import Meter
from liveaudit.store.pace import PACE, Pace
from liveaudit.store.pulse import Pulse
from liveaudit.store.work import Claim

log = structlog.get_logger(__name__)
LOOK_EVERY = 300.0
"""Seconds between two looks at who is enrolled."""
REJUDGE_EVERY = 5.0
"""Seconds between two looks at whether the policies are those that were judged."""
TICK_EVERY = 60.0
"""Seconds between two looks at which sweeps are due."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The accounts whose events are taken, and the queues that are polled. ``own_roles``: account to our role's ARN.

    ``watched``: the accounts that are swept, with their regions.
    """

    accounts: frozenset[str]
    queues: tuple[Queue, ...]
    own_roles: Mapping[str, str] = field(default_factory=dict)
    watched: tuple[Watched, ...] = ()


_SHORTEST_IDLE = 0.01


@dataclass(slots=True)
class Worker:
    """Polls all queues at once and audits what becomes due.

    ``rejudger``: has changed policies judged anew, ``rejudge_every`` seconds after it looked last.
    ``look``: asks who is enrolled, again every ``look_every`` seconds. ``pause`` waits for so many seconds.
    ``scheduler``: asks for sweeps, every ``tick_every`` seconds. ``batches``: what is in hand because of events; no account
    waits for another that is slow. ``sweeps``: the same of sweeps, ``sweep_batch`` resources each; they are few, and events
    do not wait for them.
    ``asker``: asks who decides policies elsewhere, beside all that.
    ``watch``: looks at how full the queues are, as long as it works. ``tell``: tells people and systems what happened.
    ``mend``: carries out the rules of fixes.
    ``narrator``: hears of events that are taken in.
    ``pulse``: gives signs of life and puts down what is measured, until all is done.
    """

    database: Database
    catalog: Catalog
    auditor: Auditor
    queues: Sequence[Queue]
    enrolled: Set[str]
    clock: Callable[[], float]
    probe: Probe = lambda _step: None
    own_roles: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = PACE
    idle_wait: float = 1.0
    error_wait: float = 2.0
    longest_error_wait: float = 30.0
    grace: float = 25.0
    batches: Batches = field(default_factory=Batches)
    sweeps: Batches = field(default_factory=lambda: Batches(in_account=2, most=4))
    on_error: Callable[[str, Exception], None] = lambda _what, _error: None
    look: Callable[[], Awaitable[Enrolment]] | None = None
    look_every: float = LOOK_EVERY
    scheduler: Scheduler | None = None
    tick_every: float = TICK_EVERY
    sweep_batch: int = 16
    asker: Asker | None = None
    rejudger: Rejudger | None = None
    rejudge_every: float = REJUDGE_EVERY
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    pulse: Pulse | None = None
    watch: Callable[[], Coroutine[Any, Any, None]] | None = None
    mend: Callable[[], Coroutine[Any, Any, None]] | None = None
    tell: Callable[[], Coroutine[Any, Any, None]] | None = None
    narrator: Narrator = field(default_factory=Narrator)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _in_hand: set[asyncio.Task[None]] = field(default_factory=set)
    _messages: int = 0
    _pollers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _enrolled: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Begin to stop; :meth:`run` returns when what is in hand is done or given back."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Work until :meth:`stop`. Whatever a poller or auditor raises ends the worker and comes through."""
        if self.pulse is None:
            await self._run()
            return
        beating = asyncio.create_task(self.pulse.run(self._in_this_state), name="pulse")
        beating.add_done_callback(lambda task: None if task.cancelled() else self.stop())
        try:
            await self._run()
        finally:
            beating.cancel()
            results = await asyncio.gather(beating, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]
        await self.pulse.end()

    def _in_this_state(self, worker: Heartbeat) -> Heartbeat:
        return replace(
            worker,
            queues=tuple(sorted(self._pollers)),
            messages=self._messages,
        )

    async def _run(self) -> None:
        for queue in self.queues:
            self._begin_poll(queue)
        auditor = self._begin(self._audit(), "audit")
        if self.look is not None:
            self._begin(self._look(self.look), "look")
        if self.scheduler is not None:
            self._begin(self._schedule(self.scheduler), "sweeps")
        if self.rejudger is not None:
            self._begin(self._rejudge(self.rejudger), "policies")
        if self.asker is not None:
            self._begin(self.asker.run(), "asking")
        if self.watch is not None:
            self._begin(self.watch(), "queues")
        if self.mend is not None:
            self._begin(self.mend(), "fixes")
        if self.tell is not None:
            self._begin(self.tell(), "channels")
        await self._stopping.wait()
        for task in self._tasks - self.batches.tasks - self.sweeps.tasks - {auditor}:
            task.cancel()
        ends = asyncio.get_running_loop().time() + self.grace
        # what it claims at last is in hand too
        await asyncio.wait({auditor}, timeout=self.grace)
        working = {*self._tasks, *self._in_hand}
        if working:
            left = max(0.0, ends - asyncio.get_running_loop().time())
            _, late = await asyncio.wait(working, timeout=left)
            for task in late:
                log.warning("not finished in time, given back", task=task.get_name(), grace=self.grace)
                task.cancel()
        results = await asyncio.gather(*working, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """A task with whose failure the worker stops."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)
        else:
            self.stop()

    def _begin_poll(self, queue: Queue) -> None:
        self._pollers[queue.name] = self._begin(self._poll(queue), f"poll {queue.name}")

    def enrol(self, enrolment: Enrolment) -> None:
        """From now on take these accounts' events, and poll these queues; those that go on are not disturbed."""
        came, went = enrolment.accounts - self.enrolled, self.enrolled - enrolment.accounts
        if came or went:
            log.info("enrolment changed", came=sorted(came), went=sorted(went))
        self.enrolled = enrolment.accounts
        self.own_roles = enrolment.own_roles
        if self.scheduler is not None:
            self.scheduler.enrol(enrolment.watched)
            self._enrolled.set()
        wanted = {queue.name: queue for queue in enrolment.queues}
        for name in self._pollers.keys() - wanted.keys():
            log.info("queue no longer polled", queue=name)
            del self._pollers[name]
        for name, queue in wanted.items():
            if name not in self._pollers:
                log.info("queue polled too", queue=name)
                self._begin_poll(queue)

    async def _look(self, look: Callable[[], Awaitable[Enrolment]]) -> None:
        while True:
            await self.pause(self.look_every)
            try:
                self.enrol(await look())
            except LiveauditError as error:
                log.warning("not known who is enrolled now, those known before stay", error=str(error))
                self.on_error("enrolment", error)

    async def _schedule(self, scheduler: Scheduler) -> None:
        while True:
            self._enrolled.clear()
            try:
                await scheduler.tick()
                self._woken.set()
            except StoreUnavailableError as error:
                log.warning("no sweeps asked for", error=str(error))
                self.on_error("store", error)
            try:
                await asyncio.wait_for(self._enrolled.wait(), self.tick_every)
            except TimeoutError:
                continue

    async def _rejudge(self, rejudger: Rejudger) -> None:
        while True:
            try:
                if await rejudger.step():
                    self._woken.set()
            except StoreUnavailableError as error:
                log.warning("not known whether the policies are those that were judged", error=str(error))
                self.on_error("store", error)
            await self.pause(self.rejudge_every)

    async def take(self, messages: Sequence[Message], queue: Queue) -> None:
        """Store what the messages ask for; only then delete them. Raises AwsCallError when they are not deleted."""
        intake = Intake(
            self.database,
            self.catalog,
            self.enrolled,
            self.clock,
            self.probe,
            self.own_roles,
            self.pace,
            self.pulse.meter if self.pulse is not None else Meter(),
            self.narrator.taken_in,
        )
        hand = Hand(intake, queue, self._stopping, self.error_wait, self.on_error)
        self._messages += len(messages)
        try:
            await hand.take(messages, on_due=self._woken.set)
        finally:
            self._messages -= len(messages)

    async def _poll(self, queue: Queue) -> None:
        wait = self.error_wait
        # a queue that is no longer wanted is left after the poll under way
        while not self._stopping.is_set() and self._pollers.get(queue.name) is asyncio.current_task():
            try:
                messages = await queue.receive()
                taking = asyncio.create_task(self.take(messages, queue), name=f"take {queue.name}")
                self._in_hand.add(taking)
                taking.add_done_callback(self._in_hand.discard)
                await asyncio.shield(taking)
                wait = self.error_wait
            except AwsCallError as error:
                log.warning("queue not read", queue=queue.name, error=str(error))
                self.on_error(queue.name, error)
                await self.pause(wait)
                wait = min(wait * 2, self.longest_error_wait)

    async def _audit(self) -> None:
        error_wait = self.error_wait
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                claimed = await self._begin_audits()
                error_wait = self.error_wait
                if claimed:
                    continue
                wait = await self._idle_time()
            except StoreUnavailableError as error:
                log.warning("nothing claimed or stored", error=str(error))
                self.on_error("store", error)
                wait, error_wait = error_wait, min(error_wait * 2, self.longest_error_wait)
            try:
                await asyncio.wait_for(self._woken.wait(), wait)
            except TimeoutError:
                continue

    async def _begin_audits(self) -> int:
        """Claim what is due and let it be audited: what is urgent first. Returns how many resources were claimed."""
        await self.batches.room()
        claimed = await self._claim(self.batches, self.auditor.tuning.batch, work.URGENT)
        if not claimed and self.sweeps.has_room:
            claimed = await self._claim(self.sweeps, self.sweep_batch, work.UNHURRIED)
        return claimed

    async def _claim(self, batches: Batches, limit: int, lane: tuple[int, int]) -> int:
        if self._stopping.is_set():
            return 0
        claims = await self.auditor.claim(limit, lane, batches.in_hand)
        batches.begin(claims, self._audited, self._begin, self._woken.set)
        return len(claims)

    async def _audited(self, claims: Sequence[Claim]) -> None:
        try:
            await self.auditor.audit(claims)
            if self.asker is not None:
                self.asker.wake()
        except StoreUnavailableError as error:
            log.warning("audits not stored, they are done again", error=str(error))
            self.on_error("store", error)

    async def _idle_time(self) -> float:
        """How long there is nothing to do, unless an event comes: until the next row that waits, but not for long."""
        lanes = [(work.URGENT, self.batches.in_hand)]
        if self.sweeps.has_room:
            lanes.append((work.UNHURRIED, self.sweeps.in_hand))
        times = await self.database.read(
            lambda connection: [work.next_time(connection, lane, in_hand) for lane, in_hand in lanes]
        )
        at = min((each for each in times if each is not None), default=None)
        return self.idle_wait if at is None else min(self.idle_wait, max(_SHORTEST_IDLE, at - self.clock()))
