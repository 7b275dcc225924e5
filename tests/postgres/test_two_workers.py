"""Two workers at once on one database: however their work falls together, the findings end as the state wants them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import event

from liveaudit.audit.auditor import Tuning
from liveaudit.intake.queues import MemoryQueue
from liveaudit.store import findings
from liveaudit.store.database import Database
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor
from tests.support.histories import Killed, carry_out, next_row
from tests.support.postgres import Server
from tests.support.stores import PostgresStores, Stores

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

Change = tuple[str, str, bool]
LEASE = 5.0
AT_REST = 2
"""Rounds without work after which a worker has nothing in hand."""


@dataclass
class World:
    """The fake AWS with its changes, each of which sends its event."""

    aws: FakeAws
    clock: Clock
    sent: list[str] = field(default_factory=list)

    def emit(self, name: str, **request: Any) -> None:
        number = len(self.sent)
        made = dt.datetime.fromtimestamp(int(self.clock.now), tz=dt.UTC)
        self.sent.append(
            json.dumps(
                {
                    "detail-type": "AWS API Call via CloudTrail",
                    "source": "aws.fake",
                    "account": ACCOUNT,
                    "region": REGION,
                    "detail": {
                        "eventSource": "fake.amazonaws.com",
                        "eventName": name,
                        "awsRegion": REGION,
                        "eventTime": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        "eventID": f"e-{number}",
                        "recipientAccountId": ACCOUNT,
                        "requestParameters": request,
                    },
                }
            )
        )

    def change(self, kind: str, name: str, flag: bool) -> None:
        """One change by a user, if it is possible in this state."""
        carry_out(self.aws, self.emit, kind, name, flag)


class SlowAws(FakeAws):
    """Rarely, but then long, an answer is slow: what was read is old when it is written."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.rng = rng

    async def call(self, *given: Any, **more: Any) -> Any:
        answer = await super().call(*given, **more)
        if self.rng.random() < 0.15:
            await asyncio.sleep(self.rng.random() * 0.3)
        return answer


@dataclass
class Run:
    """One history on one database, with workers that come and go."""

    stores: Stores
    rng: random.Random
    todo: list[Change]
    world: World
    clock: Clock
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    waiting: list[str] = field(default_factory=list)
    made: int = 0
    idle: list[int] = field(default_factory=lambda: [0, 0])
    """How often in a row each worker found nothing to do."""
    settling: bool = False

    def worker(self) -> Worker:
        """A new worker; every other one is killed at one of its next steps."""
        self.made += 1
        auditor = make_auditor(
            self.stores, self.world.aws, self.clock, tuning=Tuning(lease=LEASE), owner=f"w{self.made}"
        )
        steps = self.rng.randrange(1, 40) if self.rng.random() < 0.5 else 0

        def probe(_step: str) -> None:
            nonlocal steps
            steps -= 1
            if steps == 0:
                raise Killed

        auditor.probe = probe
        event.listen(auditor.database.engine, "before_cursor_execute", self._dawdle)
        return Worker(auditor.database, CATALOG, auditor, [self.queue], {ACCOUNT}, self.clock, probe=probe)

    def _dawdle(self, *_: object) -> None:
        """A statement now and then is slow, so that transactions overlap in many ways."""
        if self.rng.random() < 0.1:
            time.sleep(self.rng.random() * 0.004)

    def meanwhile(self, _operation: str) -> None:
        """While it is read, things change, and leases run out."""
        if self.todo and self.rng.random() < 0.2:
            self.happen()
            self.deliver()
        if self.rng.random() < 0.2 and not self.settling:
            self.clock.now += LEASE + 1

    def happen(self) -> None:
        """The next change; its event is under way now."""
        before = len(self.world.sent)
        self.world.change(*self.todo.pop())
        self.waiting.extend(self.world.sent[before:])

    def deliver(self, share: float = 0.7) -> None:
        """Some of what is under way arrives, in any order, some of it twice."""
        if self.world.sent and self.rng.random() < 0.3:
            self.waiting.append(self.rng.choice(self.world.sent))
        self.rng.shuffle(self.waiting)
        while self.waiting and self.rng.random() < share:
            body = self.waiting.pop()
            self.queue.put(body, now=self.clock(), message_id=f"m{self.rng.random()}")

    async def work(self, number: int) -> None:
        """Work without end; who is killed is followed by another."""
        worker = self.worker()
        try:
            while True:
                try:
                    messages = await self.queue.receive()
                    if messages:
                        # now, not when they are taken in: whoever asks meanwhile must not find it at rest
                        self.idle[number] = 0
                    await worker.take(messages, self.queue)
                    done = await worker.auditor.work_once(limit=self.rng.randrange(1, 5)) or messages
                except Killed:
                    done = True
                    self.queue.return_flying()
                    worker.database.close()
                    worker = self.worker()
                self.idle[number] = 0 if done else self.idle[number] + 1
                await asyncio.sleep(0 if done else 0.01)
        finally:
            worker.database.close()

    async def settle(self, database: Database) -> None:
        """Everything arrives, and the workers come to rest; the leases of the killed run out."""
        self.settling = True
        for _ in range(20_000):
            self.deliver(1.0)
            # what waits to be looked at again counts: until then it may not be told what is so
            next_at = await database.read(next_row)
            at_rest = min(self.idle) >= AT_REST
            if next_at is None and self.queue.empty and at_rest and not self.todo:
                self.settling = False
                return
            if next_at is not None and next_at > self.clock.now and at_rest:
                self.clock.now = next_at + 0.001
                self.idle = [0, 0]
            await asyncio.sleep(0.01)
            if self.rng.random() < 0.02:
                self.queue.return_flying()
        raise AssertionError("the work never ends")


async def open_findings(database: Database) -> set[tuple[str, str]]:
    wanted = findings.Filter(status=("new", "reopened"))
    found = await database.read(lambda c: findings.list_findings(c, wanted))
    return {(each["resource"], each["policy"]) for each in found}


async def run_history(server: Server, bursts: list[list[Change]], seed: int) -> None:
    rng = random.Random(seed)
    aws = SlowAws(rng)
    clock = Clock()
    run = Run(PostgresStores(server), rng, [], World(aws, clock), clock)
    aws.on_call = run.meanwhile
    database = Database(run.stores.url())
    working = [asyncio.create_task(run.work(number)) for number in range(2)]
    try:
        for burst in bursts:
            run.todo = list(reversed(burst))
            while run.todo:
                run.happen()
                run.deliver()
                await asyncio.sleep(rng.random() * 0.02)
            await run.settle(database)
            assert not any(each.done() for each in working)
            assert await open_findings(database) == aws.failing()
        moved = await database.read(lambda c: findings.transitions_since(c, 0))
        stands: dict[str, str] = {}
        for each in moved:
            assert stands.get(each["id"]) != each["to"], "a transition happened twice"
            stands[each["id"]] = each["to"]
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        database.close()


KINDS = ("create", "create", "color", "color", "lock", "put in crate", "crate", "label", "account", "delete")


@pytest.mark.parametrize("seed", range(4))
def test_findings_end_as_the_state_wants_them(postgres: Server, seed: int) -> None:
    rng = random.Random(seed)
    bursts = [
        [(rng.choice(KINDS), rng.choice("ab"), rng.random() < 0.5) for _ in range(rng.randrange(2, 9))]
        for _ in range(6)
    ]
    asyncio.run(run_history(postgres, bursts, seed))
