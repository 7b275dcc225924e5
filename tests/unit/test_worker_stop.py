"""How a worker stops: what is in hand is finished, or given back in time; and what it does while the store is away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.in_hand import Batches
from liveaudit.intake.queues import MemoryQueue
from liveaudit.store import findings, work
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor
from tests.support.stores import Stores


class Slow(FakeAws):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_once = asyncio.Event()
        self.go = asyncio.Event()
        self.widgets["w"] = {"Color": "red", "Lock": "L"}

    async def call(self, *given: Any, **more: Any) -> Any:
        self.asked_once.set()
        await self.go.wait()
        return await super().call(*given, **more)


def event(widget: str = "w") -> str:
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.fake",
            "account": ACCOUNT,
            "region": REGION,
            "detail": {
                "eventSource": "fake.amazonaws.com",
                "eventName": "ModifyWidget",
                "awsRegion": REGION,
                "eventTime": "2026-11-20T10:00:00Z",
                "eventID": f"e-{widget}",
                "recipientAccountId": ACCOUNT,
                "requestParameters": {"widgetId": widget},
            },
        }
    )


class Quiet(MemoryQueue):
    """Waits when it is empty, as a long poll does."""

    async def receive(self) -> Any:
        while not (found := await super().receive()):
            await asyncio.sleep(0.001)
        return found


def make_worker(stores: Stores, aws: FakeAws, **more: Any) -> tuple[Worker, Quiet, Auditor]:
    clock = Clock()
    auditor = make_auditor(stores, aws, clock)
    queue = Quiet()
    worker = Worker(
        auditor.database, CATALOG, auditor, [queue], {ACCOUNT}, clock, idle_wait=0.01, error_wait=0.01, **more
    )
    return worker, queue, auditor


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.002)


def found(auditor: Auditor) -> int:
    return len(auditor.database.read_now(lambda c: findings.list_findings(c, findings.Filter())))


def test_what_is_in_hand_is_finished(stores: Stores) -> None:
    async def run() -> None:
        aws = Slow()
        worker, queue, auditor = make_worker(stores, aws)
        queue.put(event(), now=1.0)
        running = asyncio.create_task(worker.run())
        await aws.asked_once.wait()
        worker.stop()
        await asyncio.sleep(0)
        aws.go.set()
        await running
        assert found(auditor) == 1
        assert auditor.database.read_now(work.pending) == 0
        auditor.database.close()

    asyncio.run(run())


def test_what_is_not_finished_in_time_is_given_back(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        aws = Slow()
        worker, queue, auditor = make_worker(stores, aws, grace=0.05, batches=Batches(most=1))
        queue.put(event("w"), now=1.0)
        running = asyncio.create_task(worker.run())
        await aws.asked_once.wait()
        real, storing = auditor.database.write, asyncio.Event()

        async def hung(work_: Any) -> Any:
            storing.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(auditor.database, "write", hung)
        queue.put(event("x"), now=1.0)
        await storing.wait()
        worker.stop()
        monkeypatch.setattr(auditor.database, "write", real)
        await running
        assert found(auditor) == 0
        (claim,) = await auditor.claim(9)
        assert claim.resource.id == "w", "its lease was given back"
        (message,) = await queue.receive()
        assert '"x"' in message.body, "it was given back"
        auditor.database.close()

    asyncio.run(run())


def test_while_the_store_is_away_it_waits(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        told: list[str] = []
        aws = Slow()
        aws.go.set()
        worker, queue, auditor = make_worker(stores, aws, on_error=lambda what, _error: told.append(what))
        real = auditor.database.write

        async def away(_work: Any) -> Any:
            raise StoreUnavailableError("away")

        monkeypatch.setattr(auditor.database, "write", away)
        queue.put(event(), now=1.0)
        running = asyncio.create_task(worker.run())
        await until(lambda: len(told) > 8)
        assert set(told) == {"store"}
        monkeypatch.setattr(auditor.database, "write", real)
        await until(lambda: found(auditor) == 1)
        worker.stop()
        await running
        queue.return_flying()
        assert list(await MemoryQueue.receive(queue)) == [], "stored and deleted"
        auditor.database.close()

    asyncio.run(run())
