"""A worker in a process of its own, that kills itself at a step, or ends when there is nothing left to do.

python -m tests.support.killed_worker SETTINGS STEP|-
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from liveaudit.assembly import caller_of, context_of, make_parts, make_worker
from liveaudit.audit.auditor import Tuning
from liveaudit.settings import Settings, load
from liveaudit.store import work
from liveaudit.store.database import Database
from liveaudit.worker import Worker

LEASE = 2.0


def main() -> None:
    """See above."""
    _, file, step = sys.argv

    def probe(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(_run(load(Path(file)), probe))


async def _run(settings: Settings, probe: object) -> None:
    database = Database(settings.store)
    caller = caller_of(settings)
    tuning = Tuning(lease=LEASE)
    assert callable(probe)
    parts = make_parts(database, caller, context_of(settings), tuning=tuning, probe=probe)
    worker = make_worker(settings, parts, wait=1, probe=probe)
    running = asyncio.create_task(worker.run())
    await _until_idle(worker, settings, database)
    worker.stop()
    await running
    await caller.close()
    database.close()


async def _until_idle(worker: Worker, settings: Settings, database: Database) -> None:
    quiet = 0
    while quiet < 10:
        await asyncio.sleep(0.1)
        left = await database.read(work.pending)
        for region in settings.regions:
            sqs = await worker.auditor.caller.client(settings.receiver, region, "sqs")  # type: ignore[attr-defined]
            url = (await sqs.get_queue_url(QueueName=settings.queue))["QueueUrl"]
            answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            attributes = answer["Attributes"]
            left += int(attributes["ApproximateNumberOfMessages"])
            left += int(attributes["ApproximateNumberOfMessagesNotVisible"])
        quiet = 0 if left else quiet + 1


if __name__ == "__main__":
    main()
