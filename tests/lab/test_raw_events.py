"""The raw event behind a finding, from a real change: by page, API and command, with the roles that the documents make."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.demo.runner import Demo
from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.store import findings
from liveaudit.web.access.cookies import SESSION, cookie_name
from liveaudit.web.access.reach import Reach
from tests.support.signing_in import sign_in

pytestmark = [pytest.mark.lab, pytest.mark.anyio]

RECEIVER, PUBLISHER = "111111111111", "222222222222"
US, EU = "us-east-1", "eu-west-1"
PATIENCE = 30.0
LOOK_UP = "cloudtrail:LookupEvents"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def watched(lab: Lab, tmp_path: Path) -> AsyncIterator[Demo]:
    """The lab set up by stack sets, a worker on its queues, and a console."""
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (US, EU), lambda _line: None)
    await asyncio.to_thread(demo.set_up)
    async with demo.watching():
        yield demo


@pytest.fixture
async def console(watched: Demo) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer's client of the console."""
    url = watched.console_url.partition("/sign-in")[0]
    signed = sign_in(watched.parts.database, "vera", "viewer", watched.parts.clock())
    cookies = {cookie_name(SESSION, Reach(), url.removeprefix("http://")): signed.secret}
    async with httpx.AsyncClient(base_url=url, cookies=cookies, trust_env=False, timeout=PATIENCE) as client:
        yield client


async def opened(demo: Demo, policy: str, resource: str) -> str:
    """The id of the finding, once it is there."""
    wanted = findings.Filter(policy=policy, resource=resource)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for each in await demo.parts.database.read(lambda c: findings.list_findings(c, wanted)):
            return str(each["id"])
        await asyncio.sleep(0.05)
    raise AssertionError(f"{policy} on {resource} was not opened")


async def make_bucket(demo: Demo) -> str:
    """A bucket without a public access block, and its finding's id."""

    def made() -> None:
        s3 = demo.lab.client(PUBLISHER, "s3", EU)
        s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": EU})
        s3.delete_public_access_block(Bucket="photos")

    await asyncio.to_thread(made)
    return await opened(demo, "s3_bucket_level_public_access_block", "photos")


def command(demo: Demo, *words: str) -> Any:
    ended = CliRunner().invoke(app, ["findings", "event", *words, "--settings", str(demo.settings_file)])
    assert ended.exit_code == 0, ended.exception
    return json.loads(ended.stdout)


async def test_a_change_its_finding_and_its_raw_event_everywhere(
    lab: Lab, watched: Demo, console: httpx.AsyncClient
) -> None:
    finding = await make_bucket(watched)
    address = f"/findings/{finding}/event"
    told = (await console.get(f"/api/v1{address}")).json()
    event = told["event"]
    assert (told["account"], told["region"]) == (PUBLISHER, EU)
    assert (event["eventName"], event["requestParameters"]["bucketName"]) == (
        "DeleteBucketPublicAccessBlock",
        "photos",
    )
    assert event["eventID"] == told["event_id"]
    assert "DeleteBucketPublicAccessBlock" in (await console.get(address)).text
    assert await asyncio.to_thread(command, watched, finding) == event
    # and it is what CloudTrail has, in nobody's store
    cloudtrail = lab.client(PUBLISHER, "cloudtrail", EU)
    attribute = {"AttributeKey": "EventId", "AttributeValue": told["event_id"]}
    (found,) = cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"]
    assert json.loads(found["CloudTrailEvent"])["requestID"] == event["requestID"]
    for file in watched.folder.glob("liveaudit.sqlite3*"):
        assert event["requestID"].encode() not in file.read_bytes(), file.name


async def test_an_event_of_a_global_service_is_found_in_its_home_region(
    lab: Lab, watched: Demo, console: httpx.AsyncClient
) -> None:
    def made() -> None:
        iam = lab.client(PUBLISHER, "iam", US)
        iam.create_user(UserName="ann")
        iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")

    await asyncio.to_thread(made)
    finding = await opened(watched, "iam_user_administrator_access_policy", "ann")
    told = (await console.get(f"/api/v1/findings/{finding}/event")).json()
    assert (told["account"], told["region"]) == (PUBLISHER, US)
    assert told["event"]["requestParameters"]["userName"] == "ann"


async def test_late_throttled_and_without_the_permission(
    lab: Lab, watched: Demo, console: httpx.AsyncClient
) -> None:
    finding = await make_bucket(watched)
    address = f"/api/v1/findings/{finding}/event"
    lab.knobs.history_delay(900)
    late = await console.get(address)
    assert (late.status_code, late.headers["Retry-After"]) == (404, "60")
    assert "15 minutes" in late.json()["detail"]
    lab.knobs.history_delay(0)
    lab.knobs.throttle(LOOK_UP, times=2)
    assert (await console.get(address)).status_code == 200
    lab.knobs.throttle(LOOK_UP, times=3)
    assert (await console.get(address)).status_code == 503
    # the owner leaves the optional policy out
    role = {"RoleName": names.AUDIT_ROLE}
    arn = f"arn:aws:iam::{PUBLISHER}:policy/{names.EVENT_HISTORY_POLICY}"
    lab.client(PUBLISHER, "iam", US).detach_role_policy(PolicyArn=arn, **role)
    denied = await console.get(address)
    assert denied.status_code == 424
    assert "may not cloudtrail:LookupEvents" in denied.json()["detail"]
    assert "aws cloudtrail lookup-events" in (await console.get(f"/findings/{finding}/event")).text
