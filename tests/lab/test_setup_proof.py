"""Preflight, proof and drift against the lab, with the runner's hands and the printed documents only."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from liveaudit.assembly import make_parts
from liveaudit.audit.tries import Tries
from liveaudit.aws.caller import AwsCaller, RoleToAssume
from liveaudit.demo.owner import make_documents, make_runner
from liveaudit.intake.queues import SqsQueue
from liveaudit.intake.take import Intake
from liveaudit.lab import Lab
from liveaudit.policies.policy import Context
from liveaudit.provision import names
from liveaudit.provision.apply import apply, setting_up
from liveaudit.provision.documents import documents
from liveaudit.provision.drift import Drifts, drifted
from liveaudit.provision.drift_roles import drifted_roles
from liveaudit.provision.hands import Hands
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.observe import observe
from liveaudit.provision.planner import Options
from liveaudit.provision.preflight.check import Check, Name, Outcome
from liveaudit.provision.preflight.run import Preflight, failures
from liveaudit.provision.progress import Quiet
from liveaudit.provision.verify import Arrival, Result, Verification
from liveaudit.services import load
from liveaudit.store import findings, records
from liveaudit.store.database import Database, sqlite_url
from liveaudit.worker import Worker
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab

US, EU = "us-east-1", "eu-west-1"
WORD = "a-word"
CATALOG, POLICIES = load()


@dataclass
class Site:
    """An installation in the lab, entered with the runner's key."""

    lab: Lab
    installation: Installation
    folder: Path

    def run(self, work: Callable[[AwsCaller], Any]) -> Any:
        """Do ``work`` with a caller of its own."""

        async def call() -> Any:
            roles = {
                each.id: RoleToAssume(self.installation.role_to_assume(each.id), each.external_id)
                for each in self.installation.accounts
            }
            caller = AwsCaller(roles)
            try:
                return await work(caller)
            finally:
                await caller.close()

        return asyncio.run(call())

    def apply(self, options: Options | None = None) -> None:
        async def work(caller: AwsCaller) -> None:
            hands = Hands(
                caller, self.installation, time.monotonic, asyncio.sleep, time.monotonic() + 60, Quiet(), 0.02
            )
            ended = await apply(hands, setting_up(self.installation, CATALOG, POLICIES), options)
            assert ended.complete, ended.plan.stuck

        self.run(work)

    def check(self) -> list[Check]:
        async def work(caller: AwsCaller) -> list[Check]:
            tries = Tries(CATALOG, POLICIES, caller)

            async def reads(account: str, region: str, *, every: bool) -> Mapping[tuple[str, str], str]:
                return await tries.run("aws", account, region, every=every)

            return await Preflight(self.installation, caller, CATALOG, POLICIES, reads).run()

        found: list[Check] = self.run(work)
        return found

    def drift(self) -> Drifts:
        async def work(caller: AwsCaller) -> Drifts:
            found = await drifted(caller, self.installation, await observe(caller, self.installation))
            made = documents(self.installation, CATALOG, POLICIES)
            found.add(await drifted_roles(caller, self.installation, made))
            return found

        found: Drifts = self.run(work)
        return found

    def verification(self, caller: AwsCaller, database: Database) -> Verification:
        accounts = {each.id for each in self.installation.accounts}
        queues = [
            SqsQueue(caller, account=RECEIVER, region=each, queue_name=names.QUEUE, clock=time.time, wait=1)
            for each in self.installation.regions
        ]
        return Verification(
            self.installation,
            caller,
            Intake(database, CATALOG, accounts, time.time),
            queues,
            (1,),
            nonce=lambda: uuid.uuid4().hex,
            clock=time.time,
        )

    def verify(self, timeout: float) -> list[Result]:
        database = Database(sqlite_url(self.folder / "store.sqlite3"))

        async def work(caller: AwsCaller) -> list[Result]:
            return await self.verification(caller, database).run(timeout)

        try:
            found: list[Result] = self.run(work)
        finally:
            database.close()
        return found


@pytest.fixture
def prepared(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The owners have made their documents and a trail; nothing is set up."""
    accounts = tuple(Account(each, regions=(EU, US), external_id=WORD) for each in (RECEIVER, PUBLISHER))
    given = Installation(RECEIVER, accounts)
    made = documents(given, CATALOG, POLICIES)
    make_documents(lab.client, made)
    key, secret, *_ = make_runner(lab.client(RECEIVER, "iam", US), "aws", made.account(RECEIVER))
    for account in (RECEIVER, PUBLISHER):
        lab.client(account, "s3", US).create_bucket(Bucket=f"trail-of-{account}")
        trail = lab.client(account, "cloudtrail", US)
        trail.create_trail(Name="all", S3BucketName=f"trail-of-{account}", IsMultiRegionTrail=True)
        trail.start_logging(Name="all")
    for name, value in lab.environment(RECEIVER, US).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    return Site(lab, given, tmp_path)


def one(checks: list[Check], account: str, name: Name, region: str | None = None) -> Check:
    (found,) = [each for each in checks if (each.account, each.name, each.region) == (account, name, region)]
    return found


def told(checks: list[Check]) -> dict[tuple[str, str | None, str], str]:
    return {(each.account, each.region, each.name.value): each.reason for each in failures(checks)}


def test_preflight_of_what_the_owners_made_and_of_what_they_left_out(prepared: Site) -> None:
    assert told(prepared.check()) == {}, "as printed, everything is well"

    iam, receivers = prepared.lab.client(PUBLISHER, "iam", US), prepared.lab.client(RECEIVER, "iam", US)
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
    prepared.lab.client(PUBLISHER, "cloudtrail", US).stop_logging(Name="all")
    checks = prepared.check()
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


def test_a_wrong_external_id_holds_up_nobody(prepared: Site) -> None:
    accounts = tuple(
        replace(each, external_id="another" if each.id == PUBLISHER else WORD)
        for each in prepared.installation.accounts
    )
    prepared.installation = replace(prepared.installation, accounts=accounts)
    checks = prepared.check()
    entered = one(checks, PUBLISHER, Name.ENTER)
    assert entered.outcome is Outcome.FAILED
    assert "it asks for another external id than the settings have" in entered.reason
    assert told([each for each in checks if each.account == RECEIVER]) == {}


def test_proof_and_drift(prepared: Site) -> None:
    site = prepared
    site.apply()
    assert (site.drift().found, site.drift().unread) == ([], [])
    _prove_beside_a_worker(site)
    _change_by_hand(site)
    found = site.drift()
    assert found.unread == []
    assert [(each.account, each.region, each.resource, each.what) for each in found.found] == [
        (RECEIVER, EU, f"grant {names.grant_id(PUBLISHER)} on the bus", "is gone"),
        (RECEIVER, US, f"queue {names.QUEUE}", "its policy has a statement more"),
        (PUBLISHER, US, f"role {names.FORWARDING_ROLE}", found.found[2].what),
        (PUBLISHER, US, f"rule {names.RULE}", "is DISABLED"),
        (PUBLISHER, US, f"rule {names.RULE}", "target receiver was removed"),
    ]
    assert found.found[2].what.startswith("may not events:PutEvents any more")
    missing = {one.sent.region: one.reason for one in site.verify(4) if one.arrival is Arrival.MISSING}
    assert missing[EU].startswith(f"undelivered, in {names.UNDELIVERED_QUEUE}: NO_PERMISSIONS")
    assert missing[US] == "", "its rule is off: no trace of it"
    make_documents(site.lab.client, documents(site.installation, CATALOG, POLICIES))
    site.apply(Options(drifted=found.targets, repair=uuid.uuid4().hex[:16]))
    assert site.drift().found == []
    assert {one.arrival for one in site.verify(30)} == {Arrival.ARRIVED}


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


def _prove_beside_a_worker(site: Site) -> None:
    """A change is made while both poll: it is audited, and every hello arrives, whoever takes it."""
    database = Database(sqlite_url(site.folder / "store.sqlite3"))

    async def work(caller: AwsCaller) -> list[Result]:
        parts = make_parts(database, caller, Context(frozenset({RECEIVER, PUBLISHER})))
        proof = site.verification(caller, database)
        worker = Worker(database, CATALOG, parts.auditor, proof.queues, {RECEIVER, PUBLISHER}, time.time)
        running = asyncio.create_task(worker.run())
        s3 = site.lab.client(PUBLISHER, "s3", EU)
        try:
            await asyncio.to_thread(
                s3.create_bucket, Bucket="beside", CreateBucketConfiguration={"LocationConstraint": EU}
            )
            await asyncio.to_thread(s3.delete_public_access_block, Bucket="beside")
            results = await proof.run(30)
            wanted = findings.Filter(policy="s3_bucket_level_public_access_block", resource="beside")
            deadline = time.monotonic() + 30
            while not await database.read(lambda c: findings.list_findings(c, wanted)):
                assert time.monotonic() < deadline, "the change is not audited"
                await asyncio.sleep(0.05)
            return results
        finally:
            worker.stop()
            await running

    try:
        results: list[Result] = site.run(work)
        assert {one.arrival for one in results} == {Arrival.ARRIVED}
        assert len(results) == 4
        assert database.read_now(records.read_counters)["hellos", "awaited"] == 4
    finally:
        database.close()
