"""A worker in a process of its own, that kills itself at a step, or ends when there is nothing left to do.

python -m tests.support.killed_worker SETTINGS STEP[:TIMES]|- [--wait]

With ``--wait`` it says "ready", begins when a line comes on standard input, and says "begun" when it has messages in
hand. In the end it prints how often it reached each step, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from liveaudit.assembly import caller_of, context_of, make_parts, make_worker
from liveaudit.audit.auditor import Tuning
from liveaudit.settings import Settings, load
from liveaudit.store import work
from liveaudit.store.database import Database
from liveaudit.worker import Worker

LEASE = 2.0
BATCH = 2


def main() -> None:
    """See above."""
    _, file, given, *options = sys.argv
    step, _, times = given.partition(":")
    reached: Counter[str] = Counter()

    def probe(name: str) -> None:
        reached[name] += 1
        if "--wait" in options and reached.total() == 1:
            say("begun")
        if name == step and reached[name] == int(times or 1):
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load(Path(file))
    asyncio.run(_run(settings, probe, wait="--wait" in options))
    say(json.dumps(reached))


def say(line: str) -> None:
    """A line to who started us, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _run(settings: Settings, probe: Callable[[str], None], *, wait: bool) -> None:
    database = Database(settings.store)
    caller = caller_of(settings)
    # small batches: one worker must not have everything in hand
    tuning = Tuning(lease=LEASE, batch=BATCH) if wait else Tuning(lease=LEASE)
    parts = make_parts(database, caller, context_of(settings), tuning=tuning, probe=probe)
    worker = make_worker(settings, parts, wait=1, probe=probe)
    if wait:
        say("ready")
        sys.stdin.readline()
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
            asked = (settings.receiver, region, "sqs")
            url = await worker.auditor.caller.call(*asked, "GetQueueUrl", {"QueueName": settings.queue})
            answer = await worker.auditor.caller.call(
                *asked, "GetQueueAttributes", {**url, "AttributeNames": ["All"]}
            )
            attributes = answer["Attributes"]
            left += int(attributes["ApproximateNumberOfMessages"])
            left += int(attributes["ApproximateNumberOfMessagesNotVisible"])
        quiet = 0 if left else quiet + 1


if __name__ == "__main__":
    main()
