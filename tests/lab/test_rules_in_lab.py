"""Settings of policies and exemptions by the commands, on a bucket that is changed by real calls: what a worker makes of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liveaudit.assembly import caller_of, context_of, make_parts, make_worker
from liveaudit.audit.auditor import Tuning
from liveaudit.cli.main import app
from liveaudit.lab import Lab
from liveaudit.settings import load
from liveaudit.store import findings, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.pace import Pace
from tests.lab.subscribed import subscribe
from tests.lab.test_equality import ACCOUNT, REGION
from tests.lab.test_several_workers import environment, write_settings

pytestmark = [pytest.mark.lab, pytest.mark.anyio]
PATIENCE = 60.0
BLOCK, VERSIONS = "s3_bucket_level_public_access_block", "s3_bucket_object_versioning"
APPROVED = "s3_bucket_in_approved_region"
AT_ONCE = Pace(free=1_000_000)
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Site:
    """A worker on the lab, and the commands beside it."""

    lab: Lab
    database: Database
    file: Path
    counts: Counter[tuple[str, str, str, str]]
    days_later: int = 0
    """How much later it is for the worker."""

    @property
    def s3(self) -> Any:
        return self.lab.client(ACCOUNT, "s3", REGION)

    @property
    def asked_of_s3(self) -> int:
        """How many calls were made to find out about buckets."""
        return sum(number for (_, _, client, _), number in self.counts.items() if client.startswith("s3"))

    async def run(self, *arguments: str) -> str:
        """A command, as somebody gives it; what it told."""
        given = [*arguments, "--settings", str(self.file)]
        result = await asyncio.to_thread(CliRunner().invoke, app, given)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    async def accept(self, *what: str) -> str:
        """Add an exemption; its id."""
        told = json.loads(await self.run("exemptions", "add", *what, "--json"))
        return str(told["id"])

    async def set(self, policy: str, *what: str) -> None:
        await self.run("policies", "set", "--policy", policy, *what)

    async def finding(self, policy: str) -> dict[str, Any] | None:
        wanted = findings.Filter(policy=policy, resource="wiki")
        found = await self.database.read(lambda c: findings.list_findings(c, wanted))
        return found[0] if found else None

    async def until(self, policy: str, status: str) -> dict[str, Any]:
        """The finding, once it has this status."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = await self.finding(policy)
            if found is not None and found["status"] == status:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{policy} is not {status} but {await self.finding(policy)}")

    async def settled(self) -> None:
        """Every event is in, and all that was due is done."""
        await asyncio.to_thread(self.lab.drain)
        deadline = time.monotonic() + PATIENCE
        quiet = 0
        while quiet < 5:
            assert time.monotonic() < deadline, "it does not come to rest"
            quiet = 0 if await self.database.read(work.pending) else quiet + 1
            await asyncio.sleep(0.1)


@asynccontextmanager
async def working(lab: Lab, folder: Path) -> AsyncIterator[Site]:
    subscribe(lab, ACCOUNT, REGION)
    with environment(lab):
        file = write_settings(folder, sqlite_url(folder / "store.sqlite3"))
        settings = load(file)
        database, caller = Database(settings.store), caller_of(settings)
        parts = make_parts(database, caller, context_of(settings), tuning=Tuning(pace=AT_ONCE))
        site = Site(lab, database, file, caller.counts)
        now = parts.clock
        parts = replace(parts, clock=lambda: now() + 86_400.0 * site.days_later)
        parts.auditor.clock = parts.clock
        worker = make_worker(settings, parts, wait=1, settings_file=file)
        worker.rejudge_every = 0.1
        running = asyncio.create_task(worker.run())
        try:
            yield site
        finally:
            worker.stop()
            await running
            await parts.aclose()
            await caller.close()
            database.close()


async def test_settings_of_policies(lab: Lab, tmp_path: Path) -> None:
    async with working(lab, tmp_path) as site:
        site.s3.create_bucket(Bucket="wiki")
        site.s3.delete_public_access_block(Bucket="wiki")
        assert (await site.until(BLOCK, "new"))["severity"] == "high"
        await site.until(VERSIONS, "new")
        await site.settled()
        assert await site.finding(APPROVED) is None, "it says nothing until regions are named"
        asked = site.asked_of_s3

        await site.set(VERSIONS, "--state", "disabled", "--reason", "not ours to say")
        await site.until(VERSIONS, "archived")
        await site.set(VERSIONS, "--state", "enabled", "--severity", "critical")
        assert (await site.until(VERSIONS, "reopened"))["severity"] == "critical"
        await site.set("*_in_approved_region", "--parameter", "approved_regions=eu-central-1,eu-north-1")
        assert (await site.until(APPROVED, "new"))["evidence"]["Region"] == REGION
        await site.set("*_in_approved_region", "--parameter", f"approved_regions=eu-central-1,{REGION}")
        await site.until(APPROVED, "resolved")
        await site.set(BLOCK, "--state", "staged")
        await site.until(BLOCK, "archived")
        assert site.asked_of_s3 == asked, "all of that was judged on what is stored"

        complete = dict.fromkeys(FLAGS, True)
        site.s3.put_public_access_block(Bucket="wiki", PublicAccessBlockConfiguration=complete)
        site.s3.delete_public_access_block(Bucket="wiki")
        await site.settled()
        assert (await site.until(BLOCK, "archived"))["times_opened"] == 1, "it judges in silence"
        await site.set(BLOCK, "--state", "enabled")
        assert (await site.until(BLOCK, "reopened"))["times_opened"] == 2


async def test_an_exemption_holds_until_its_end_and_then_the_finding_reopens(
    lab: Lab, tmp_path: Path
) -> None:
    async with working(lab, tmp_path) as site:
        site.s3.create_bucket(Bucket="wiki")
        await site.until(VERSIONS, "new")
        scope = (
            "--policy",
            VERSIONS,
            "--resource",
            "wiki",
            "--owner",
            "payments",
            "--reason",
            "moved in spring",
        )
        made = await site.accept(*scope)
        held = await site.until(VERSIONS, "suppressed")
        assert made in held["decided_by"]
        # what the bucket does meanwhile opens nothing
        for status in ("Enabled", "Suspended"):
            site.s3.put_bucket_versioning(Bucket="wiki", VersioningConfiguration={"Status": status})
            await site.settled()
        assert (await site.until(VERSIONS, "suppressed"))["times_opened"] <= 2
        await site.run("exemptions", "withdraw", made)
        await site.until(VERSIONS, "reopened")

        tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).strftime("%Y-%m-%d")
        await site.accept(*scope, "--ends", tomorrow)
        await site.until(VERSIONS, "suppressed")
        site.days_later = 3
        again = await site.until(VERSIONS, "reopened")
        (told,) = await site.database.read(lambda c: findings.get_findings(c, again["id"]))
        assert [each["status"] for each in told["history"]][-2:] == ["suppressed", "reopened"]
