"""A warm process that forks workers, so that 200 of them do not cost 200 imports.

python -m tests.chaos.nursery SETTINGS STEPS_FILE

Lines in, lines out: ``new`` starts a worker and says its pid; ``end PID`` waits for its end and says the exit code, as
subprocess does (-9: killed). A worker is what ``liveaudit worker`` runs; SIGTERM makes it stop gracefully.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import traceback
from pathlib import Path

import uvloop

from liveaudit.assembly import caller_of, context_of, make_parts, make_worker
from liveaudit.audit.auditor import Tuning
from liveaudit.aws.caller import AwsCaller
from liveaudit.aws.errors import AwsCallError
from liveaudit.cli import logs
from liveaudit.cli.worker import stop_on_signal
from liveaudit.services import load
from liveaudit.settings import Settings
from liveaudit.settings import load as load_settings
from liveaudit.store.database import Database
from liveaudit.store.pace import Pace
from tests.chaos.steps import Steps

TUNING = Tuning(lease=2.0, pace=Pace(longest=1.0, most=4.0), batch=16)
"""Leases so short, and batches so small, that what a killed worker had is taken over within seconds."""


def main() -> None:
    """See the module."""
    _, settings_file, steps_file = sys.argv
    settings, steps = load_settings(Path(settings_file)), Steps(Path(steps_file))
    load()
    caller = caller_of(settings)
    asyncio.run(_warm(settings, caller))
    number = 0
    for line in sys.stdin:
        word, _, pid = line.strip().partition(" ")
        if word == "new":
            child = os.fork()
            if child == 0:
                _be_worker(settings, caller, steps, number)
            number += 1
            _say(str(child))
        else:
            _, status = os.waitpid(int(pid), 0)
            _say(str(os.waitstatus_to_exitcode(status)))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _be_worker(settings: Settings, caller: AwsCaller, steps: Steps, number: int) -> None:
    """The life of a worker; does not return. What it says goes to standard error."""
    code = 1
    try:
        os.dup2(2, 1)
        logs.configure()
        uvloop.run(_work(settings, caller, steps, number))
        code = 0
    except BaseException:  # noqa: BLE001 - told, and the exit code tells too
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


async def _warm(settings: Settings, caller: AwsCaller) -> None:
    """Let the caller's session read the services' models, which takes longer than anything that is to be killed."""
    for client, operation in (
        ("sqs", "ListQueues"),
        ("s3", "ListBuckets"),
        ("s3control", "ListAccessPoints"),
        ("ec2", "DescribeRegions"),
        ("iam", "ListAccountAliases"),
    ):
        for region in settings.regions:
            given = {"AccountId": settings.receiver} if client == "s3control" else {}
            # what it answers does not matter
            with contextlib.suppress(AwsCallError):
                await caller.call(settings.receiver, region, client, operation, given)
    await caller.close()


async def _work(settings: Settings, caller: AwsCaller, steps: Steps, number: int) -> None:
    database = Database(settings.store)

    def probe(step: str) -> None:
        steps.reach(number, step)

    try:
        parts = make_parts(database, caller, context_of(settings), tuning=TUNING, probe=probe)
        worker = make_worker(settings, parts, wait=2, probe=probe)
        stop_on_signal(worker.stop, "stopping")
        await worker.run()
    finally:
        await caller.close()
        database.close()


if __name__ == "__main__":
    main()
