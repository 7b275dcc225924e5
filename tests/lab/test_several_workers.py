"""Several worker processes on the same queue and the same PostgreSQL database, one of them killed in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from liveaudit.assembly import make_parts
from liveaudit.aws.caller import AwsCaller
from liveaudit.intake.queues import SqsQueue
from liveaudit.lab import Lab
from liveaudit.policies.policy import Context
from liveaudit.provision import names
from liveaudit.settings import AMBIENT
from liveaudit.store import findings, quarantine, work
from liveaudit.store.database import Database
from tests.lab.subscribed import subscribe
from tests.lab.test_equality import ACCOUNT, REGION, failing, swept
from tests.support.postgres import Server

pytestmark = pytest.mark.lab

BUCKETS = 16


@contextmanager
def environment(lab: Lab) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(lab.environment(ACCOUNT, REGION))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def start(settings: Path, step: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed_worker", str(settings), step, "--wait"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def hear(worker: subprocess.Popen[str], word: str) -> None:
    assert worker.stdout is not None
    assert worker.stdout.readline() == f"{word}\n"


def go(worker: subprocess.Popen[str]) -> None:
    assert worker.stdin is not None
    worker.stdin.write("go\n")
    worker.stdin.flush()


def write_settings(folder: Path, store: str) -> Path:
    file = folder / "liveaudit.yaml"
    given = {
        "receiver": ACCOUNT,
        "accounts": [{"id": ACCOUNT, "role_arn": AMBIENT}],
        "regions": [REGION],
        "queue": names.QUEUE,
        "store": store,
        "sweep": {"every": "never"},
    }
    file.write_text(json.dumps(given), encoding="utf-8")
    return file


async def outcome(folder: Path, database: Database) -> tuple[set[Any], set[Any], set[str]]:
    """What stands open, what a fresh sweep says of the same resources, and which those are."""
    caller = AwsCaller()
    try:
        parts = make_parts(database, caller, Context(frozenset({ACCOUNT})))
        expected, unknown = await swept(folder, caller)
        stands = await failing(parts)
    finally:
        await caller.close()
    verdicts = await database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
    known = {(each["type"], each["id"]) for each in verdicts}
    expected = {each for each in expected if (each[1], each[2]) in known}
    return stands - unknown, expected - unknown, {name for _, name in known}


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_share_the_load_and_take_over_from_the_killed_one(
    lab: Lab, tmp_path: Path, postgres: Server
) -> None:
    subscribe(lab, ACCOUNT, REGION)
    lab.client(ACCOUNT, "sqs", REGION).set_queue_attributes(
        QueueUrl=lab.client(ACCOUNT, "sqs", REGION).get_queue_url(QueueName=names.QUEUE)["QueueUrl"],
        Attributes={"VisibilityTimeout": "2"},
    )
    lab.knobs.duplicate(1.0)
    s3, ec2 = lab.client(ACCOUNT, "s3", REGION), lab.client(ACCOUNT, "ec2", REGION)
    for number in range(BUCKETS):
        s3.create_bucket(Bucket=f"shared-{number}")
        if number % 3 == 0:
            s3.delete_public_access_block(Bucket=f"shared-{number}")
            ec2.create_security_group(GroupName=f"shared-{number}", Description="shared")
    lab.drain()
    lab.knobs.duplicate(0.0)
    store = postgres.empty("workers")
    with environment(lab):
        settings = write_settings(tmp_path, store)
        workers = [start(settings, "judged:2"), start(settings, "-"), start(settings, "-")]
        for each in workers:
            hear(each, "ready")
        go(workers[0])
        hear(workers[0], "begun")
        for each in workers[1:]:
            go(each)
        told = [each.communicate(timeout=200) for each in workers]
        assert [each.returncode for each in workers] == [-signal.SIGKILL, 0, 0], told
        database = Database(store)
        try:
            stands, expected, audited = asyncio.run(outcome(tmp_path, database))
            moved = database.read_now(lambda c: findings.transitions_since(c, 0))
            assert database.read_now(work.pending) == 0
            assert database.read_now(quarantine.count_quarantine) == {}
        finally:
            database.close()
    assert audited >= {f"shared-{number}" for number in range(BUCKETS)}
    assert stands == expected
    times = Counter((each["policy"], each["type"], each["resource"], each["to"]) for each in moved)
    assert set(times.values()) == {1}, "each transition once"
    shares = [json.loads(out.splitlines()[-1]) for out, _ in told[1:]]
    assert all(each.get("stored") for each in shares), "each takes some"


def test_messages_that_are_given_back_are_there_at_once(lab: Lab) -> None:
    subscribe(lab, ACCOUNT, REGION)
    lab.client(ACCOUNT, "s3", REGION).create_bucket(Bucket="given-back")
    lab.drain()

    async def run() -> tuple[int, set[str], set[str]]:
        caller = AwsCaller()
        try:
            queue = SqsQueue(
                caller, account=ACCOUNT, region=REGION, queue_name=names.QUEUE, clock=time.time, wait=0
            )
            first = await queue.receive()
            meanwhile = await queue.receive()
            await queue.give_back(first)
            again = await queue.receive()
        finally:
            await caller.close()
        return len(meanwhile), {each.id for each in first}, {each.id for each in again}

    with environment(lab):
        meanwhile, first, again = asyncio.run(run())
    assert meanwhile == 0
    assert first
    assert again == first
