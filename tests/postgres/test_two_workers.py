"""Two workers at once on one database: however their work falls together, the findings end as a sweep would have them."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveaudit.audit.auditor import Tuning
from liveaudit.intake.queues import MemoryQueue
from liveaudit.store import findings, work
from liveaudit.worker import Worker
from tests.property.test_event_sweep_equality import CHANGES, Killed, World, open_findings, swept
from tests.support.fake import ACCOUNT, CATALOG, Clock, make_auditor
from tests.support.postgres import Server
from tests.support.stores import PostgresStores, Stores

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@dataclass
class Run:
    """One history on one database, with workers that come and go."""

    stores: Stores
    rng: random.Random
    world: World = field(default_factory=World)
    clock: Clock = field(default_factory=Clock)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    waiting: list[str] = field(default_factory=list)
    made: int = 0

    def worker(self, *, mortal: bool = True) -> Worker:
        """A new worker; a mortal one may be killed at one of its next steps."""
        self.made += 1
        auditor = make_auditor(
            self.stores, self.world.aws, self.clock, tuning=Tuning(lease=5.0), owner=f"w{self.made}"
        )
        steps = self.rng.randrange(1, 15) if mortal and self.rng.random() < 0.5 else 0

        def probe(_step: str) -> None:
            nonlocal steps
            steps -= 1
            if steps == 0:
                raise Killed

        auditor.probe = probe
        return Worker(auditor.database, CATALOG, auditor, [self.queue], {ACCOUNT}, self.clock, probe=probe)

    def deliver(self) -> None:
        """Some of what is under way arrives, in any order, some of it twice."""
        if self.world.sent and self.rng.random() < 0.3:
            self.waiting.append(self.rng.choice(self.world.sent))
        self.rng.shuffle(self.waiting)
        while self.waiting and self.rng.random() < 0.7:
            body = self.waiting.pop()
            self.queue.put(body, now=self.clock(), message_id=f"m{self.rng.random()}")

    async def step(self, worker: Worker) -> Worker:
        """Take messages, then audit what is due. Returns the worker, or the one that follows a killed one."""
        try:
            if self.rng.random() < 0.7:
                await worker.take(await self.queue.receive(), self.queue)
            if self.rng.random() < 0.8:
                await worker.auditor.work_once(limit=self.rng.randrange(1, 5))
        except Killed:
            worker.database.close()
            self.queue.return_flying()
            return self.worker()
        return worker

    async def finish(self, worker: Worker) -> None:
        """Everything arrives, leases run out, and one worker does what is left."""
        for body in self.waiting:
            self.queue.put(body, now=self.clock(), message_id=f"last{self.rng.random()}")
        self.queue.return_flying()
        for _ in range(200):
            self.clock.now += 6
            messages = await self.queue.receive()
            await worker.take(messages, self.queue)
            if not await worker.auditor.work_once() and not messages:
                return
        raise AssertionError("the work never ends")


async def run_history(server: Server, history: list[tuple[str, str, bool]], seed: int) -> None:
    run = Run(PostgresStores(server), random.Random(seed))
    workers = [run.worker(), run.worker()]
    todo = list(reversed(history))
    while todo:
        before = len(run.world.sent)
        for _ in range(run.rng.randrange(1, 4)):
            if todo:
                run.world.change(*todo.pop())
        run.waiting.extend(run.world.sent[before:])
        run.deliver()
        run.clock.now += run.rng.random()
        workers = list(await asyncio.gather(*(run.step(each) for each in workers)))
    last = run.worker(mortal=False)
    try:
        await run.finish(last)
        assert await open_findings(last.auditor) == await swept(run.stores, run.world.aws, run.clock)
        moved = await last.database.read(lambda c: findings.transitions_since(c, 0))
        stands: dict[str, str] = {}
        for each in moved:
            assert stands.get(each["id"]) != each["to"], "a transition happened twice"
            stands[each["id"]] = each["to"]
        assert await last.database.read(work.pending) == 0
    finally:
        for worker in [*workers, last]:
            worker.database.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(history=CHANGES, seed=st.integers(0, 2**32))
def test_findings_end_as_a_sweep_would_have_them(
    postgres: Server, history: list[tuple[str, str, bool]], seed: int
) -> None:
    asyncio.run(run_history(postgres, history, seed))
