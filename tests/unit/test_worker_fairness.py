"""A noisy account delays nobody else: neither when it has most of the events, nor when it does not answer at all."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from typing import Any

from liveaudit.audit.in_hand import Batches
from liveaudit.intake.queues import MemoryQueue
from liveaudit.store import work
from liveaudit.store.work import Claim
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor
from tests.support.stores import Stores

NOISY, QUIET = "9" * 12, ACCOUNT
EVENTS, RESOURCES, OTHERS = 600, 60, 10


class Uneven(FakeAws):
    """Does not answer for the noisy account until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.widgets = {f"w{number}": {"Color": "red"} for number in range(RESOURCES)}

    async def call(self, account: str, *given: Any, **more: Any) -> Any:
        if account == NOISY:
            await self.go.wait()
        return await super().call(account, *given, **more)


class Ticking(Clock):
    """The time as it goes."""

    def __call__(self) -> float:
        return time.time()


class Filled(MemoryQueue):
    """Gives what there is, then waits."""

    async def receive(self) -> Any:
        while not (found := await super().receive()):
            await asyncio.sleep(0.001)
        return found


def event(account: str, number: int, widget: int) -> str:
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.fake",
            "account": account,
            "region": REGION,
            "detail": {
                "eventSource": "fake.amazonaws.com",
                "eventName": "ModifyWidget",
                "awsRegion": REGION,
                "eventTime": "2026-11-20T10:00:00Z",
                "eventID": f"{account}-{number}",
                "recipientAccountId": account,
                "requestParameters": {"widgetId": f"w{widget}"},
            },
        }
    )


def test_a_noisy_account_that_does_not_answer_delays_nobody(stores: Stores) -> None:
    aws, audited = Uneven(), Counter[str]()
    batches = Batches(in_account=2)

    async def run() -> None:
        # how long a burst is waited for is the clock's
        auditor = make_auditor(stores, aws, Ticking())
        others_done = asyncio.Event()

        def spent(claim: Claim, _calls: float) -> None:
            audited[claim.resource.account] += 1
            if audited[QUIET] >= OTHERS:
                others_done.set()

        auditor.spent = spent
        queue = Filled()
        for number in range(EVENTS):
            queue.put(event(NOISY, number, number % RESOURCES), now=1.0)
            if number % (EVENTS // OTHERS) == 0:
                queue.put(event(QUIET, number, number // (EVENTS // OTHERS)), now=1.0)
        worker = Worker(
            auditor.database,
            CATALOG,
            auditor,
            [queue],
            {NOISY, QUIET},
            auditor.clock,
            batches=batches,
            idle_wait=0.01,
        )
        running = asyncio.create_task(worker.run())
        await others_done.wait()
        assert audited == {QUIET: OTHERS}
        assert batches.in_hand.batches[NOISY] <= 2
        aws.go.set()
        while auditor.database.read_now(work.pending):
            await asyncio.sleep(0.01)
        worker.stop()
        await running
        # many events on a resource were a few audits
        assert audited[QUIET] == OTHERS
        assert RESOURCES <= audited[NOISY] <= 3 * RESOURCES
        assert batches.in_hand.batches == {}
        auditor.database.close()

    asyncio.run(run())
