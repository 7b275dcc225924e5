"""Preflight, proof and drift against the lab, with the runner's hands and the printed documents only."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from liveaudit.assembly import make_parts
from liveaudit.audit.tries import Tries
from liveaudit.aws.caller import AwsCaller, RoleToAssume
from liveaudit.intake.queues import SqsQueue
from liveaudit.intake.take import Intake
from liveaudit.lab import Lab
from liveaudit.policies.policy import Context
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.provision.drift import drifted
from liveaudit.provision.drift_roles import drifted_roles
from liveaudit.provision.drifts import Drifts
from liveaudit.provision.installation import Installation
from liveaudit.provision.observe import observe
from liveaudit.provision.planner import Options
from liveaudit.provision.preflight.check import Check, Name, Outcome
from liveaudit.provision.preflight.run import Preflight, failures
from liveaudit.provision.verify import Arrival, Result, Verification
from liveaudit.store import findings, records
from liveaudit.store.database import Database, sqlite_url
from liveaudit.worker import Worker
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.site import CATALOG, EU, POLICIES, US, WORD, Site, installation, site_of

pytestmark = [pytest.mark.lab, pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def site(lab: Lab) -> AsyncIterator[Site]:
    """The owners have made their documents and a trail; nothing is set up."""
    async with site_of(lab, installation(PUBLISHER)) as made:
        for account in (RECEIVER, PUBLISHER):
            lab.client(account, "s3", US).create_bucket(Bucket=f"trail-of-{account}")
            trail = lab.client(account, "cloudtrail", US)
            trail.create_trail(Name="all", S3BucketName=f"trail-of-{account}", IsMultiRegionTrail=True)
            trail.start_logging(Name="all")
        yield made


async def check(caller: AwsCaller, given: Installation) -> list[Check]:
    tries = Tries(CATALOG, POLICIES, caller)

    async def reads(account: str, region: str, *, every: bool) -> Mapping[tuple[str, str], str]:
        return await tries.run("aws", account, region, every=every)

    return await Preflight(given, caller, CATALOG, POLICIES, reads).run()


async def drift(site: Site) -> Drifts:
    found = await drifted(site.caller, site.installation, await observe(site.caller, site.installation))
    made = documents(site.installation, CATALOG, POLICIES)
    found.add(await drifted_roles(site.caller, site.installation, made))
    return found


def verification(site: Site, database: Database) -> Verification:
    accounts = {each.id for each in site.installation.accounts}
    queues = [
        SqsQueue(site.caller, account=RECEIVER, region=each, queue_name=names.QUEUE, clock=time.time, wait=1)
        for each in site.installation.regions
    ]
    return Verification(
        site.installation,
        site.caller,
        Intake(database, CATALOG, accounts, time.time),
        queues,
        (1,),
        nonce=lambda: uuid.uuid4().hex,
        clock=time.time,
    )


def one(checks: list[Check], account: str, name: Name, region: str | None = None) -> Check:
    (found,) = [each for each in checks if (each.account, each.name, each.region) == (account, name, region)]
    return found


def told(checks: list[Check]) -> dict[tuple[str, str | None, str], str]:
    return {(each.account, each.region, each.name.value): each.reason for each in failures(checks)}


async def test_preflight_of_what_the_owners_made_and_of_what_they_left_out(site: Site) -> None:
    assert told(await check(site.caller, site.installation)) == {}, "as printed, everything is well"

    iam, receivers = site.lab.client(PUBLISHER, "iam", US), site.lab.client(RECEIVER, "iam", US)
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{EU}:{PUBLISHER}:rule/*"}}
    events = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName=names.FORWARDING_ROLE, PolicyDocument=document({**events, "Condition": source})
    )
    policy = f"arn:aws:iam::{PUBLISHER}:policy/{names.EXECUTION_POLICY}"
    made = iam.get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]["Document"]
    left = [each for each in made["Statement"] if each["Action"] != ["events:PutTargets"]]
    assert len(left) == len(made["Statement"]) - 1
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document(*left), SetAsDefault=True)
    receivers.detach_role_policy(
        RoleName=names.ADMINISTRATION_ROLE,
        PolicyArn=f"arn:aws:iam::{RECEIVER}:policy/{names.ADMINISTRATION_POLICY}",
    )
    deny = {"Effect": "Deny", "Action": ["s3:ListAllMyBuckets", "cloudtrail:DescribeTrails"], "Resource": "*"}
    receivers.put_role_policy(RoleName=names.AUDIT_ROLE, PolicyName="deny", PolicyDocument=document(deny))
    site.lab.client(PUBLISHER, "cloudtrail", US).stop_logging(Name="all")
    checks = await check(site.caller, site.installation)
    found = told(checks)
    assert found.keys() == {
        (RECEIVER, None, "administration permissions"),
        (RECEIVER, None, "audit permissions"),
        (RECEIVER, EU, "trail"),
        (RECEIVER, US, "trail"),
        (PUBLISHER, None, "forwarding role"),
        (PUBLISHER, None, "execution permissions"),
        (PUBLISHER, EU, "trail"),
        (PUBLISHER, US, "trail"),
    }
    assert found[RECEIVER, None, "administration permissions"].startswith("lacks sts:AssumeRole")
    denied = found[RECEIVER, None, "audit permissions"]
    assert "s3:ListAllMyBuckets" in denied
    assert "cloudtrail:DescribeTrails" in denied
    assert one(checks, RECEIVER, Name.TRAIL, EU).outcome is Outcome.UNKNOWN
    assert found[PUBLISHER, None, "execution permissions"].startswith("lacks events:PutTargets")
    refused = f"it has 'arn:aws:events:{US}:{PUBLISHER}:rule/liveaudit-changes*'"
    assert refused in found[PUBLISHER, None, "forwarding role"]
    assert found[PUBLISHER, US, "trail"] == "trail all is not logging"
    assert one(checks, PUBLISHER, Name.TRAIL, US).command.startswith("aws cloudtrail start-logging --name")


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


async def test_a_wrong_external_id_holds_up_nobody(site: Site) -> None:
    given = site.installation
    accounts = tuple(
        replace(each, external_id="another" if each.id == PUBLISHER else WORD) for each in given.accounts
    )
    caller = AwsCaller(
        {each.id: RoleToAssume(given.role_to_assume(each.id), each.external_id) for each in accounts}
    )
    try:
        checks = await check(caller, replace(given, accounts=accounts))
    finally:
        await caller.close()
    entered = one(checks, PUBLISHER, Name.ENTER)
    assert entered.outcome is Outcome.FAILED
    assert "it asks for another external id than the settings have" in entered.reason
    assert told([each for each in checks if each.account == RECEIVER]) == {}


async def test_proof_and_drift(site: Site, tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "store.sqlite3"))
    try:
        await _prove_and_change(site, database)
    finally:
        database.close()


async def _prove_and_change(site: Site, database: Database) -> None:
    assert (await site.apply()).complete
    assert (await drift(site)).found == []
    await _prove_beside_a_worker(site, database)
    await asyncio.to_thread(_change_by_hand, site)
    found = await drift(site)
    assert found.unread == []
    assert [(each.account, each.region, each.resource, each.what) for each in found.found] == [
        (RECEIVER, EU, f"grant {names.grant_id(PUBLISHER)} on the bus", "is gone"),
        (RECEIVER, US, f"queue {names.QUEUE}", "its policy has a statement more"),
        (PUBLISHER, US, f"role {names.FORWARDING_ROLE}", found.found[2].what),
        (PUBLISHER, US, f"rule {names.RULE}", "is DISABLED"),
        (PUBLISHER, US, f"rule {names.RULE}", "target receiver was removed"),
    ]
    assert found.found[2].what.startswith("may not events:PutEvents any more")
    results = await verification(site, database).run(4)
    missing = {one.sent.region: one.reason for one in results if one.arrival is Arrival.MISSING}
    assert missing[EU].startswith(f"undelivered, in {names.UNDELIVERED_QUEUE}: NO_PERMISSIONS")
    assert missing[US] == "", "its rule is off: no trace of it"
    await asyncio.to_thread(site.own)
    ended = await site.apply(options=Options(drifted=found.targets, repair=uuid.uuid4().hex))
    assert ended.complete
    assert (await drift(site)).found == []
    assert {one.arrival for one in await verification(site, database).run(30)} == {Arrival.ARRIVED}


def _change_by_hand(site: Site) -> None:
    client = site.lab.client
    client(PUBLISHER, "events", US).disable_rule(Name=names.RULE)
    client(PUBLISHER, "events", US).remove_targets(Rule=names.RULE, Ids=["receiver"])
    client(RECEIVER, "events", EU).remove_permission(StatementId=names.grant_id(PUBLISHER))
    client(PUBLISHER, "iam", US).delete_role_policy(
        RoleName=names.FORWARDING_ROLE, PolicyName=names.FORWARDING_ROLE
    )
    sqs = client(RECEIVER, "sqs", US)
    url = sqs.get_queue_url(QueueName=names.QUEUE)["QueueUrl"]
    policy = json.loads(
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    )
    policy["Statement"].append({"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


async def _prove_beside_a_worker(site: Site, database: Database) -> None:
    """A change is made while both poll: it is audited, and every hello arrives, whoever takes it."""
    parts = make_parts(database, site.caller, Context(frozenset({RECEIVER, PUBLISHER})))
    proof = verification(site, database)
    worker = Worker(database, CATALOG, parts.auditor, proof.queues, {RECEIVER, PUBLISHER}, time.time)
    running = asyncio.create_task(worker.run())
    s3 = site.lab.client(PUBLISHER, "s3", EU)
    try:
        where = {"LocationConstraint": EU}
        await asyncio.to_thread(s3.create_bucket, Bucket="beside", CreateBucketConfiguration=where)
        await asyncio.to_thread(s3.delete_public_access_block, Bucket="beside")
        results: list[Result] = await proof.run(30)
        wanted = findings.Filter(policy="s3_bucket_level_public_access_block", resource="beside")
        deadline = time.monotonic() + 30
        while not await database.read(lambda c: findings.list_findings(c, wanted)):
            assert time.monotonic() < deadline, "the change is not audited"
            await asyncio.sleep(0.05)
    finally:
        worker.stop()
        await running
    assert {one.arrival for one in results} == {Arrival.ARRIVED}
    assert len(results) == 4
    assert database.read_now(records.read_counters)["hellos", "awaited"] == 4
