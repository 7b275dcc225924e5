"""Events are lost on purpose: a worker's sweep finds what they would have told, and that they did not."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from liveaudit.audit.patience import PATIENCE
from liveaudit.audit.schedule import Schedule
from liveaudit.demo.runner import Demo
from liveaudit.lab import Lab
from liveaudit.store import findings, misses, sweep_pages
from liveaudit.store.schema import due, resources

pytestmark = [pytest.mark.lab, pytest.mark.anyio]

PUBLISHER, EU = "222222222222", "eu-west-1"
POLICY = "s3_bucket_level_public_access_block"
VERSIONED = {"Status": "Enabled"}
LONGEST = 60.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def make_bucket(lab: Lab, name: str) -> Any:
    s3 = lab.client(PUBLISHER, "s3", EU)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": EU})
    return s3


async def swept(demo: Demo) -> None:
    """Until every sweep that was asked for is done."""
    scheduler = demo.worker.scheduler
    assert scheduler is not None
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        await scheduler.tick()
        found = await demo.parts.database.read(sweep_pages.newest)
        if found and all(each.state == "done" for each in found):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"sweeps not done: {found}")


async def status(demo: Demo, bucket: str) -> list[str]:
    wanted = findings.Filter(policy=POLICY, resource=bucket)
    return [
        each["status"] for each in await demo.parts.database.read(lambda c: findings.list_findings(c, wanted))
    ]


_OF_S3 = (
    select(func.count())
    .select_from(due)
    .join(resources, resources.c.id == due.c.resource_id)
    .where(resources.c.type.startswith("AWS::S3::"))
)


async def settled(demo: Demo) -> None:
    """Until every event is audited, and every second look at buckets is taken: AWS is made to show everything at once.

    The set-up's own stacks are looked at again in ten minutes, which is not waited for.
    """
    await demo.settle()
    deadline = time.monotonic() + LONGEST
    while await demo.parts.database.read(lambda c: c.execute(_OF_S3).scalar_one()):
        assert time.monotonic() < deadline, "the looks never end"
        await asyncio.sleep(0.1)


async def liveaudit(demo: Demo, *arguments: str) -> list[dict[str, Any]]:
    """A command of ours in a process of its own, beside the worker; its JSON."""
    environment = {**os.environ, "LIVEAUDIT_SETTINGS": str(demo.settings_file)}
    command = [sys.executable, "-m", "liveaudit.cli.main", *arguments, "--json"]
    ended = await asyncio.to_thread(
        lambda: subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


async def test_what_lost_events_would_have_told_is_found_and_counted(lab: Lab, tmp_path: Path) -> None:
    demo = Demo(lab, tmp_path, PUBLISHER, (PUBLISHER,), (EU,), lambda _line: None)
    await asyncio.to_thread(demo.set_up)
    s3 = await asyncio.to_thread(make_bucket, lab, "opened")
    await asyncio.to_thread(make_bucket, lab, "deleted")
    await asyncio.to_thread(s3.delete_public_access_block, Bucket="deleted")
    async with demo.watching():
        scheduler, auditor = demo.worker.scheduler, demo.parts.auditor
        assert scheduler is not None
        auditor.tuning = replace(auditor.tuning, patience=replace(PATIENCE, window=0.1))
        await settled(demo)
        scheduler.schedule = Schedule()
        scheduler.accounts = tuple(replace(each, services=("s3",)) for each in scheduler.accounts)
        await swept(demo)
        assert (await status(demo, "opened"), await status(demo, "deleted")) == ([], ["new"])
        assert await demo.parts.database.read(misses.list_misses) == [], "nothing was known before"
        await asyncio.to_thread(s3.put_bucket_versioning, Bucket="opened", VersioningConfiguration=VERSIONED)
        await settled(demo)
        lab.knobs.lose(1.0)
        await asyncio.to_thread(s3.delete_public_access_block, Bucket="opened")
        await asyncio.to_thread(s3.delete_bucket, Bucket="deleted")
        await settled(demo)
        assert (await status(demo, "opened"), await status(demo, "deleted")) == ([], ["new"])
        asked = await liveaudit(demo, "sweep", "--enqueue", "--service", "s3")
        assert asked == [{"account": PUBLISHER, "asked": 2}], (
            "the account's buckets, the region's access points"
        )
        await swept(demo)
        assert (await status(demo, "opened"), await status(demo, "deleted")) == (["new"], ["archived"])
        missed = await liveaudit(demo, "sweeps", "misses")
        assert {(each["id"], each["section"], each["what"]) for each in missed} == {
            ("opened", "public_access_block", "changed"),
            ("deleted", "", "vanished"),
        }
        told = await demo.parts.database.read(lambda c: misses.recall(c, demo.parts.clock()))
        (recall,) = [each for each in told if each.service == "s3"]
        assert (recall.service, recall.missed, recall.waiting) == ("s3", 0, 2), (
            "their events could still come"
        )
        assert recall.brought >= 1
        listed = await demo.parts.database.read(sweep_pages.newest)
        of_all = next(each for each in listed if (each.place.region, each.place.service) == ("global", "s3"))
        assert (of_all.why, of_all.missed, of_all.failed) == ("demand", 2, {})
