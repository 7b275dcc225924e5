"""Sweeps yield: while all that a sweep asks of AWS hangs, events are audited."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.in_hand import Batches
from liveaudit.audit.schedule import Schedule
from liveaudit.audit.scheduler import Scheduler, Watched
from liveaudit.intake.queues import MemoryQueue
from liveaudit.store import findings, work
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Hanging(FakeAws):
    """An AWS that does not answer when asked for the locks of swept widgets, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.hanging = 0

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        if operation == "GetLock" and params["Id"].startswith("swept"):
            self.hanging += 1
            await self.go.wait()
            self.hanging -= 1
        return await super().call(account, region, client, operation, params, pages=pages)


class Quiet(MemoryQueue):
    """A queue whose poll ends when there is something."""

    def __init__(self) -> None:
        super().__init__("quiet")
        self.filled = asyncio.Event()

    async def receive(self) -> Any:
        await self.filled.wait()
        self.filled.clear()
        return await super().receive()


def event(widget: str) -> str:
    detail = {
        "eventSource": "fake.amazonaws.com",
        "eventName": "ModifyWidget",
        "awsRegion": REGION,
        "eventTime": "2026-11-20T10:00:00Z",
        "eventID": "e-1",
        "recipientAccountId": ACCOUNT,
        "requestParameters": {"widgetId": widget},
    }
    envelope = {
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.fake",
        "account": ACCOUNT,
        "region": REGION,
        "time": "2026-11-20T10:00:01Z",
        "detail": detail,
    }
    return json.dumps(envelope)


@pytest.mark.parametrize("lanes", [2, 1])
async def test_events_are_audited_while_a_sweep_hangs(tmp_path: Path, lanes: int) -> None:
    aws, clock, queue = Hanging(), Clock(), Quiet()
    aws.widgets = {f"swept{number:03}": {"Color": "blue"} for number in range(100)}
    aws.widgets["watched"] = {"Color": "red", "Lock": "L"}
    auditor = make_auditor(tmp_path, aws, clock)
    scheduler = Scheduler(auditor.database, CATALOG, clock, Schedule(), (Watched("aws", ACCOUNT, (REGION,)),))
    worker = Worker(
        auditor.database,
        CATALOG,
        auditor,
        [queue],
        {ACCOUNT},
        clock,
        scheduler=scheduler,
        sweeps=Batches(in_account=lanes),
        idle_wait=0.05,
    )
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(60):
            while aws.hanging < lanes * worker.sweep_batch - 1:
                await asyncio.sleep(0.01)
            hanging = aws.hanging
            assert hanging <= lanes * worker.sweep_batch, "no more of the sweep is in hand"
            queue.put(event("watched"))
            queue.filled.set()
            while not (
                found := await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
            ):
                await asyncio.sleep(0.01)
            assert [each["resource"] for each in found] == ["watched"]
            assert found[0]["opened_by"][0]["name"] == "ModifyWidget"
            assert aws.hanging == hanging, "and the sweep hangs as it did"
            aws.go.set()
            while await auditor.database.read(work.pending):
                await asyncio.sleep(0.01)
    finally:
        aws.go.set()
        worker.stop()
        await running
        auditor.database.close()
    assert aws.counts["ListWidgets"] == 1
    assert aws.counts["GetLock"] == 101
