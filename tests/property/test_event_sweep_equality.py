"""For any history, however its events come, the findings end as a full sweep of the final state would have them."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.intake.queues import MemoryQueue
from liveaudit.model import Outcome
from liveaudit.store import findings
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor
from tests.support.postgres import Server
from tests.support.stores import PostgresStores, SqliteStores, Stores

NAMES = ("a", "b", "c")


class Killed(BaseException):
    """The process ends here, in a test."""


@dataclass
class World:
    """The fake AWS with its changes, each of which sends its event."""

    aws: FakeAws = field(default_factory=FakeAws)
    sent: list[str] = field(default_factory=list)

    def emit(self, name: str, **request: Any) -> None:
        number = len(self.sent)
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
                        "eventTime": f"2026-11-20T10:{number // 60:02}:{number % 60:02}Z",
                        "eventID": f"e-{number}",
                        "recipientAccountId": ACCOUNT,
                        "requestParameters": request,
                    },
                }
            )
        )

    def change(self, kind: str, name: str, flag: bool) -> None:
        """One change by a user, if it is possible in this state."""
        widgets, crates = self.aws.widgets, self.aws.crates
        if kind == "create" and name not in widgets:
            widgets[name] = {"Color": "red" if flag else "blue"}
            self.emit("CreateWidget", widgetId=name)
        elif kind == "delete" and name in widgets:
            del widgets[name]
            self.emit("DeleteWidget", widgetId=name)
        elif kind == "color" and name in widgets:
            widgets[name]["Color"] = "red" if flag else "blue"
            self.emit("ModifyWidget", widgetId=name)
        elif kind == "lock" and name in widgets:
            widgets[name]["Lock"] = "L" if flag else None
            self.emit("PutLock" if flag else "DeleteLock", widgetId=name)
        elif kind == "put in crate" and name in widgets:
            widgets[name]["Crates"] = [f"c{name}"] if flag else []
            self.emit("ModifyWidget", widgetId=name)
        elif kind == "crate" and (f"c{name}" in crates) != flag:
            if flag:
                crates[f"c{name}"] = []
            else:
                del crates[f"c{name}"]
            self.emit("CreateCrate" if flag else "DeleteCrate", crateId=f"c{name}")
        elif kind == "label" and f"c{name}" in crates:
            crates[f"c{name}"] = ["x"] if flag else []
            self.emit("PutLabel" if flag else "DeleteLabel", crateId=f"c{name}")
        elif kind == "key" and name in widgets:
            widgets[name].setdefault("Keys", {})[f"k{name}{flag}"] = int(flag)
            self.emit("CreateKey", widgetId=name)
        elif kind == "account":
            self.aws.settings = {"LockAll": flag}
            self.emit("PutSettings", anything=1)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "create",
                "create",
                "delete",
                "color",
                "lock",
                "put in crate",
                "crate",
                "label",
                "key",
                "account",
            )
        ),
        st.sampled_from(NAMES),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


async def open_findings(auditor: Auditor) -> set[tuple[str, str]]:
    found = await auditor.database.read(
        lambda c: findings.list_findings(c, findings.Filter(status=("new", "reopened")))
    )
    return {(each["resource"], each["policy"]) for each in found}


async def swept(where: Stores, aws: FakeAws, clock: Clock) -> set[tuple[str, str]]:
    """What a full sweep of the state as it is now finds, on a store of its own."""
    fresh = make_auditor(where, aws, clock, name="fresh")
    try:
        await Sweeper(fresh).sweep(Scope("aws", ACCOUNT, (REGION,)), "final")
        failing = await fresh.database.read(
            lambda c: findings.list_verdicts(c, findings.Filter(outcome=(Outcome.FAIL.value,)))
        )
        return {(each["id"], each["policy"]) for each in failing}
    finally:
        fresh.database.close()


async def run_history(where: Stores, history: list[tuple[str, str, bool]], seed: int) -> None:
    rng = random.Random(seed)
    world, clock = World(), Clock()
    queue = MemoryQueue()
    waiting: list[str] = []
    todo = list(reversed(history))
    tuning = Tuning(lease=5.0)

    def fresh_worker(number: int) -> Worker:
        auditor = make_auditor(where, world.aws, clock, tuning=tuning, owner=f"w{number}")
        steps = rng.randrange(1, 12)

        def probe(_step: str) -> None:
            nonlocal steps
            steps -= 1
            if steps == 0:
                raise Killed

        auditor.probe = probe if rng.random() < 0.5 else lambda _step: None
        return Worker(auditor.database, CATALOG, auditor, [queue], {ACCOUNT}, clock, probe=auditor.probe)

    worker = fresh_worker(0)

    def happen() -> None:
        """The next change, if there is one; its event is under way now."""
        before = len(world.sent)
        if todo:
            world.change(*todo.pop())
        waiting.extend(world.sent[before:])

    def meanwhile(_operation: str) -> None:
        """Things change while they are read."""
        if rng.random() < 0.2:
            happen()

    async def take() -> None:
        messages = await queue.receive()
        await worker.take(messages, queue)

    async def step() -> None:
        """Take a batch of messages or a piece of due work; a kill ends this worker, and another starts."""
        nonlocal worker
        clock.now += rng.random()
        try:
            if rng.random() < 0.5:
                await take()
                return
            claims = await worker.auditor.claim(rng.randrange(1, 4))
            if rng.random() < 0.4:
                happen()
                deliver()
                await take()
            world.aws.on_call = meanwhile
            await worker.auditor.audit(claims)
        except Killed:
            worker.database.close()
            queue.return_flying()
            worker = fresh_worker(rng.randrange(10**6))
        finally:
            world.aws.on_call = lambda _operation: None

    def deliver() -> None:
        """Some of what is under way arrives, in any order, some of it twice."""
        if rng.random() < 0.3 and world.sent:
            waiting.append(rng.choice(world.sent))
        rng.shuffle(waiting)
        while waiting and rng.random() < 0.6:
            body = waiting.pop()
            queue.put(body, now=clock(), message_id=f"m{rng.random()}")

    while todo:
        happen()
        deliver()
        for _ in range(rng.randrange(3)):
            await step()
    for number, body in enumerate(waiting):
        queue.put(body, now=clock(), message_id=f"last{number}")
    worker.probe = worker.auditor.probe = lambda _step: None
    for _ in range(200):
        clock.now += 6
        messages = await queue.receive()
        await worker.take(messages, queue)
        if not await worker.auditor.work_once() and not messages:
            break
    else:
        raise AssertionError("the work never ends")
    try:
        assert await open_findings(worker.auditor) == await swept(where, world.aws, clock)
        moved = await worker.auditor.database.read(lambda c: findings.transitions_since(c, 0))
        by_finding: dict[str, str] = {}
        for each in moved:
            assert by_finding.get(each["id"]) != each["to"], "a transition happened twice"
            by_finding[each["id"]] = each["to"]
    finally:
        worker.database.close()


def check(history: list[tuple[str, str, bool]], seed: int) -> None:
    """One history, on a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run_history(SqliteStores(Path(folder)), history, seed))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(history=CHANGES, seed=st.integers(0, 2**32))
def test_some_histories(history: list[tuple[str, str, bool]], seed: int) -> None:
    check(history, seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(history=CHANGES, seed=st.integers(0, 2**32))
def test_findings_end_as_a_sweep_would_have_them(history: list[tuple[str, str, bool]], seed: int) -> None:
    check(history, seed)


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(history=CHANGES, seed=st.integers(0, 2**32))
def test_so_they_do_on_postgresql(postgres: Server, history: list[tuple[str, str, bool]], seed: int) -> None:
    asyncio.run(run_history(PostgresStores(postgres), history, seed))
