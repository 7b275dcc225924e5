"""The worker: who is enrolled and where is polled may change while it runs; what fails ends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.intake.queues import MemoryQueue
from liveaudit.intake.sort import Message
from liveaudit.model import LiveauditError
from liveaudit.store import records
from liveaudit.store.database import Database
from liveaudit.store.fair import InHand
from liveaudit.store.work import Claim
from liveaudit.worker import Enrolment, Worker
from tests.support.fake import CATALOG, Clock
from tests.support.stores import SqliteStores

OLD, NEW = "111111111111", "222222222222"


class Idle:
    """An auditor with nothing to do."""

    tuning = Tuning()

    async def claim(self, _limit: int, _lane: tuple[int, int], _in_hand: InHand) -> list[Claim]:
        return []


class Waiting(MemoryQueue):
    """A queue whose poll ends when something is there, counting polls."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.polls = 0
        self.filled = asyncio.Event()

    def fill(self, body: str) -> None:
        self.put(body)
        self.filled.set()

    async def receive(self) -> Sequence[Message]:
        self.polls += 1
        await self.filled.wait()
        self.filled.clear()
        return await super().receive()


class Looks:
    """Who is enrolled, look by look; the worker's pause ends when the test says so."""

    def __init__(self, *answers: Enrolment | Exception) -> None:
        self.answers = list(answers)
        self.pauses: list[float] = []
        self.due = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.due.wait()
        self.due.clear()

    async def look(self) -> Enrolment:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def again(self) -> None:
        """One more look, and the end of it."""
        before = len(self.pauses)
        self.due.set()
        await until(lambda: len(self.pauses) > before)


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.001)


def event(account: str) -> str:
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.fake",
            "account": account,
            "region": "eu-west-1",
            "time": "2026-11-20T10:00:01Z",
            "detail": {
                "eventSource": "fake.amazonaws.com",
                "eventName": "GetWidget",
                "awsRegion": "eu-west-1",
                "eventTime": "2026-11-20T10:00:00Z",
                "eventID": f"e-{account}",
                "recipientAccountId": account,
                "readOnly": True,
            },
        }
    )


def running(
    folder: Path,
    queues: Sequence[MemoryQueue],
    looks: Looks | None,
    test: Callable[[Worker], Awaitable[None]],
    **more: Any,
) -> None:
    """Run the test beside a worker, which then ends gracefully; the worker's errors come through."""

    async def both() -> None:
        database = Database(SqliteStores(folder).url())
        worker = Worker(
            database,
            CATALOG,
            cast("Auditor", Idle()),
            queues,
            frozenset({OLD}),
            Clock(),
            **more,
        )
        if looks is not None:
            worker.look, worker.pause = looks.look, looks.pause
        work = asyncio.create_task(worker.run())
        try:
            await test(worker)
        finally:
            worker.stop()
            await work
            database.close()

    asyncio.run(both())


async def quarantined(worker: Worker) -> int:
    counts = await worker.database.read(records.read_counters)
    return counts.get(("quarantined", "not enrolled"), 0)


def test_a_new_account_is_enrolled_without_a_restart(tmp_path: Path) -> None:
    queue = Waiting("one")
    looks = Looks(Enrolment(frozenset({OLD, NEW}), (queue,)))

    async def test(worker: Worker) -> None:
        queue.fill(event(NEW))
        await until(lambda: queue.polls == 2)
        assert await quarantined(worker) == 1
        await looks.again()
        assert worker.enrolled == {OLD, NEW}
        queue.fill(event(NEW))
        await until(lambda: queue.polls == 3)
        assert await quarantined(worker) == 1
        assert set(looks.pauses) == {worker.look_every}

    running(tmp_path, [queue], looks, test)


def test_queues_come_and_go(tmp_path: Path) -> None:
    stays, goes, comes = Waiting("stays"), Waiting("goes"), Waiting("comes")
    looks = Looks(
        Enrolment(frozenset({OLD}), (Waiting("stays"), comes)),
        Enrolment(frozenset({OLD}), (Waiting("stays"), Waiting("comes"))),
    )

    async def test(worker: Worker) -> None:
        await until(lambda: stays.polls == goes.polls == 1)
        await looks.again()
        await until(lambda: comes.polls == 1)
        for queue in (stays, goes, comes):
            queue.fill(event(OLD))
        await until(lambda: stays.polls == comes.polls == 2)
        await looks.again()
        assert goes.polls == 1, "what its last poll brought is taken, and it is not polled again"
        await until(lambda: not goes._flying)
        assert (stays.polls, comes.polls) == (2, 2), "what goes on is not disturbed"

    running(tmp_path, [stays, goes], looks, test)


def test_a_failed_look_changes_nothing(tmp_path: Path) -> None:
    queue = Waiting("one")
    looks = Looks(LiveauditError("organization: not listed"), Enrolment(frozenset({NEW}), (queue,)))
    errors: list[str] = []

    async def test(worker: Worker) -> None:
        await looks.again()
        assert (worker.enrolled, errors) == ({OLD}, ["enrolment"])
        await looks.again()
        assert worker.enrolled == {NEW}

    running(tmp_path, [queue], looks, test, on_error=lambda what, _error: errors.append(what))


def test_a_fault_in_a_look_ends_the_worker(tmp_path: Path) -> None:
    looks = Looks(ZeroDivisionError())

    async def test(worker: Worker) -> None:
        looks.due.set()
        await until(worker._stopping.is_set)

    with pytest.raises(ZeroDivisionError):
        running(tmp_path, [Waiting("one")], looks, test)


def test_a_fault_in_a_poll_ends_the_worker(tmp_path: Path) -> None:
    class Broken(MemoryQueue):
        async def receive(self) -> Sequence[Message]:
            raise ZeroDivisionError

    async def test(worker: Worker) -> None:
        await until(worker._stopping.is_set)

    with pytest.raises(ZeroDivisionError):
        running(tmp_path, [Waiting("one"), Broken()], None, test)


def test_a_queue_that_is_not_there_is_tried_again_ever_less_often(tmp_path: Path) -> None:
    class Missing(MemoryQueue):
        async def receive(self) -> Sequence[Message]:
            if len(waits) == 5:
                return await asyncio.Future()
            raise AwsCallError(Kind.ANSWER, "QueueDoesNotExist", "", "ReceiveMessage")

    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    async def test(_worker: Worker) -> None:
        await until(lambda: len(waits) == 5)

    running(tmp_path, [Missing()], None, test, pause=pause)
    assert waits == [2, 4, 8, 16, 30]
