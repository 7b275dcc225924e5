"""A burst of real calls on one bucket costs few audits, and every one of its events is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from liveaudit.demo.runner import Demo
from liveaudit.lab import Lab
from liveaudit.store import findings

pytestmark = [pytest.mark.lab, pytest.mark.anyio]

RECEIVER, PUBLISHER, US = "111111111111", "222222222222", "us-east-1"
BURST = 20


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def watched(lab: Lab, tmp_path: Path) -> AsyncIterator[Demo]:
    """The lab set up by stack sets, and a worker on its queues."""
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (US,), lambda _line: None)
    await asyncio.to_thread(demo.set_up)
    async with demo.watching():
        yield demo


def in_a_row(s3: Any, bucket: str) -> None:
    """Versioning off and on, and off at last."""
    for number in range(BURST):
        status = "Enabled" if number % 2 == 0 else "Suspended"
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


async def test_twenty_calls_are_three_audits_at_most(lab: Lab, tmp_path: Path) -> None:
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (US,), lambda _line: None)
    await asyncio.to_thread(demo.set_up)
    s3 = lab.client(PUBLISHER, "s3", US)
    async with demo.watching():
        await asyncio.to_thread(s3.create_bucket, Bucket="busy")
        await demo.settle()
    # nobody polls meanwhile: how close together they come is not this machine's affair
    await asyncio.to_thread(in_a_row, s3, "busy")
    await asyncio.to_thread(lab.drain)
    lab.clear_calls()
    async with demo.watching():
        await demo.settle()
        wanted = findings.Filter(policy="s3_bucket_object_versioning", resource="busy")
        (found,) = await demo.parts.database.read(lambda c: findings.list_findings(c, wanted))
    reads = {call.operation: number for call, number in lab.calls().items() if call.service == "s3"}
    assert 1 <= reads["GetBucketVersioning"] <= 3
    assert found["status"] in ("new", "reopened"), "it is off at last"


async def test_the_move_names_all_that_were_folded_together(lab: Lab, watched: Demo) -> None:
    s3 = lab.client(PUBLISHER, "s3", US)
    await asyncio.to_thread(s3.create_bucket, Bucket="folded")
    await watched.settle()
    lab.knobs.delay(0.5, 0.5)
    await asyncio.to_thread(
        lambda: [
            s3.put_bucket_versioning(Bucket="folded", VersioningConfiguration={"Status": status})
            for status in ("Suspended", "Suspended", "Enabled")
        ]
    )
    await watched.settle()
    wanted = findings.Filter(policy="s3_bucket_object_versioning", resource="folded")
    (found,) = await watched.parts.database.read(lambda c: findings.list_findings(c, wanted))
    assert found["status"] == "resolved"
    told = {change["event_id"] for change in found["closed_by"]}
    assert len(told) == 3, "any of them may be behind it, and none is left out"
