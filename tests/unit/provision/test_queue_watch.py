"""The queues are looked at now and then, by one of many workers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.provision.queue_watch import QueueWatch
from liveaudit.store import queue_looks
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.queue_looks import QueueLook
from tests.support.caller import Asked, CallerDouble
from tests.support.installations import installation
from tests.support.stores import Stores

NOW = 1_800_000_000.0


class Sqs(CallerDouble):
    """Answers for queues; one region denies."""

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        operation, params = asked.operation, asked.params
        if asked.region == "us-east-1":
            raise AwsCallError(Kind.DENIED, "AccessDenied", "no", operation)
        if operation == "GetQueueUrl":
            return {"QueueUrl": params["QueueName"]}
        dead = "dead" in params["QueueUrl"]
        return {"Attributes": {"ApproximateNumberOfMessages": "1" if dead else "7"}}


def test_one_looks_and_the_others_leave_it(stores: Stores) -> None:
    database, sqs = Database(stores.url()), Sqs()
    current = installation()
    watch = QueueWatch(database, sqs, lambda: current, lambda: NOW)
    try:
        assert asyncio.run(watch.look())
        asked = len(sqs.asked)
        assert not asyncio.run(watch.look())
        assert len(sqs.asked) == asked
        found = database.read_now(queue_looks.list_looks)
        assert found == [
            QueueLook(f"eu-south-1/{current.queue}", NOW, 7, 0, 1),
            QueueLook(f"us-east-1/{current.queue}", NOW, reason="GetQueueUrl: AccessDenied: no"),
        ]
        later = QueueWatch(database, sqs, lambda: current, lambda: NOW + 31)
        assert asyncio.run(later.look())
    finally:
        database.close()


def test_a_store_that_is_away_is_waited_for(stores: Stores) -> None:
    database = Database(stores.url())
    pauses = 0

    class Away(QueueWatch):
        async def look(self) -> bool:
            raise StoreUnavailableError("away")

    async def pause(_seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 3:
            raise asyncio.CancelledError

    watch = Away(database, Sqs(), installation, lambda: NOW, pause=pause)
    try:
        asyncio.run(_cancelled(watch))
    finally:
        database.close()
    assert pauses == 3


async def _cancelled(watch: QueueWatch) -> None:
    await asyncio.gather(watch.run(), return_exceptions=True)
