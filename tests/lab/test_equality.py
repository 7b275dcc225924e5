"""After any series of real changes, however their events come, the findings equal those of a fresh sweep.

Several histories share an account at a time, each with resources of its own: what the first sweep and the last take, and
what an account has at its beginning, is most of the work, and the same for one history or for many. A change of the account's
public access block has all buckets audited, which hides what was lost of others' histories: half of them leave it alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.assembly import Parts, make_parts
from liveaudit.audit.auditor import Tuning
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.aws.caller import AwsCaller
from liveaudit.intake.queues import SqsQueue
from liveaudit.lab import Lab
from liveaudit.model import Outcome
from liveaudit.policies.policy import Context
from liveaudit.provision import names
from liveaudit.store import findings, work
from liveaudit.store.database import Database
from liveaudit.store.pace import Pace
from liveaudit.worker import Worker
from tests.lab.subscribed import subscribe
from tests.support.examples import at_random
from tests.support.stores import SqliteStores

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ACCOUNT, REGION = "111111111111", "us-east-1"
SCOPE = Scope("aws", ACCOUNT, (REGION,), frozenset({"s3", "ec2", "iam"}))
"""What the histories change: sweeps of everything would take longer than the histories."""
TOGETHER = 5
"""Histories in an account at a time."""
HASTE = Pace(first=0.01, longest=0.05, most=0.5, calm=0.1)
"""These histories are many bursts one after the other, and no clock here is virtual."""
_PUBLIC: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}],
}
_TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}
_ANYWHERE = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
_ADMIN = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
_READS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
)
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def _trust(principal: object) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _block(on: bool) -> dict[str, bool]:
    return dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), on
    )


def _bucket_policy(bucket: str, public: bool) -> str:
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statements = [{**_TLS, "Resource": resources}]
    if public:
        statements.append({**_PUBLIC["Statement"][0], "Resource": resources})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Account:
    """What a user does in the account; what is not possible in its state just fails."""

    def __init__(self, lab: Lab) -> None:
        self.s3 = lab.client(ACCOUNT, "s3", REGION)
        self.control = lab.client(ACCOUNT, "s3control", REGION)
        self.ec2 = lab.client(ACCOUNT, "ec2", REGION)
        self.iam = lab.client(ACCOUNT, "iam", REGION)

    def _group(self, n: int) -> str:
        found = self.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [f"group-{n}"]}])
        return found["SecurityGroups"][0]["GroupId"] if found["SecurityGroups"] else "sg-00000000"

    def _policy(self, n: int) -> str:
        return f"arn:aws:iam::{ACCOUNT}:policy/policy-{n}"

    def changes(self) -> dict[str, Callable[[int, bool], Any]]:
        """Change by name: a number chooses the resource, a flag one of two ways.

        A history has an even number and the odd one after it.
        """
        s3, ec2, iam = self.s3, self.ec2, self.iam
        return {
            "bucket": lambda n, on: (s3.create_bucket if on else s3.delete_bucket)(Bucket=f"bucket-{n}"),
            "bucket block": lambda n, on: s3.put_public_access_block(
                Bucket=f"bucket-{n}", PublicAccessBlockConfiguration=_block(on)
            ),
            "bucket acl": lambda n, on: (
                s3.put_bucket_ownership_controls(
                    Bucket=f"bucket-{n}", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
                ),
                s3.put_bucket_acl(Bucket=f"bucket-{n}", ACL="public-read" if on else "private"),
            ),
            "bucket policy": lambda n, on: s3.put_bucket_policy(
                Bucket=f"bucket-{n}", Policy=_bucket_policy(f"bucket-{n}", on)
            ),
            "no bucket policy": lambda n, _: s3.delete_bucket_policy(Bucket=f"bucket-{n}"),
            "versioning": lambda n, on: s3.put_bucket_versioning(
                Bucket=f"bucket-{n}", VersioningConfiguration={"Status": "Enabled" if on else "Suspended"}
            ),
            "account block": lambda _, on: self.control.put_public_access_block(
                AccountId=ACCOUNT, PublicAccessBlockConfiguration=_block(on)
            ),
            "no account block": lambda _, __: self.control.delete_public_access_block(AccountId=ACCOUNT),
            "group": lambda n, on: (
                ec2.create_security_group(GroupName=f"group-{n}", Description="a group")
                if on
                else ec2.delete_security_group(GroupId=self._group(n))
            ),
            "rule": lambda n, on: (
                ec2.authorize_security_group_ingress if on else ec2.revoke_security_group_ingress
            )(GroupId=self._group(n), IpPermissions=_ANYWHERE),
            "ebs": lambda _, on: (
                ec2.enable_ebs_encryption_by_default() if on else ec2.disable_ebs_encryption_by_default()
            ),
            "vpc": lambda _, __: ec2.create_vpc(CidrBlock="10.9.0.0/16"),
            "user": lambda n, on: (iam.create_user if on else iam.delete_user)(UserName=f"user-{n}"),
            "password": lambda n, on: (
                iam.create_login_profile(UserName=f"user-{n}", Password="long-Enough-7")
                if on
                else iam.delete_login_profile(UserName=f"user-{n}")
            ),
            "user admin": lambda n, on: (iam.attach_user_policy if on else iam.detach_user_policy)(
                UserName=f"user-{n}", PolicyArn=_ADMINISTRATOR
            ),
            "user inline": lambda n, on: iam.put_user_policy(
                UserName=f"user-{n}", PolicyName="p", PolicyDocument=_ADMIN if on else _READS
            ),
            "user group": lambda n, on: (iam.create_group if on else iam.delete_group)(
                GroupName=f"group-{n}"
            ),
            "member": lambda n, on: (iam.add_user_to_group if on else iam.remove_user_from_group)(
                GroupName=f"group-{n & ~1}", UserName=f"user-{n}"
            ),
            "group admin": lambda n, on: (iam.attach_group_policy if on else iam.detach_group_policy)(
                GroupName=f"group-{n & ~1}", PolicyArn=_ADMINISTRATOR
            ),
            "role": lambda n, on: (
                iam.create_role(RoleName=f"role-{n}", AssumeRolePolicyDocument=_trust({"AWS": "*"}))
                if on
                else iam.delete_role(RoleName=f"role-{n}")
            ),
            "trust": lambda n, on: iam.update_assume_role_policy(
                RoleName=f"role-{n}",
                PolicyDocument=_trust({"AWS": "*"} if on else {"Service": "ec2.amazonaws.com"}),
            ),
            "policy": lambda n, on: (
                iam.create_policy(PolicyName=f"policy-{n}", PolicyDocument=_ADMIN)
                if on
                else iam.delete_policy(PolicyArn=self._policy(n))
            ),
            "version": lambda n, on: iam.create_policy_version(
                PolicyArn=self._policy(n), PolicyDocument=_ADMIN if on else _READS, SetAsDefault=True
            ),
            "attach": lambda n, on: (iam.attach_role_policy if on else iam.detach_role_policy)(
                RoleName=f"role-{n}", PolicyArn=self._policy(n)
            ),
            "passwords": lambda _, on: iam.update_account_password_policy(
                MinimumPasswordLength=14 if on else 8
            ),
            "rename": lambda n, _: iam.update_user(UserName=f"user-{n}", NewUserName=f"user-{n ^ 1}"),
        }


NAMES = (
    "bucket", "bucket", "bucket block", "bucket acl", "bucket policy", "no bucket policy", "versioning",
    "account block", "no account block", "group", "group", "rule", "rule", "ebs", "vpc", "user", "user", "password",
    "user admin", "user inline", "user group", "member", "group admin", "role", "role", "trust", "policy", "policy",
    "version", "attach", "passwords", "rename",
)  # fmt: skip

Change = tuple[str, int, bool]
NEEDS = {
    **dict.fromkeys(
        ("bucket block", "bucket acl", "bucket policy", "no bucket policy", "versioning"), ("bucket",)
    ),
    "rule": ("group",),
    **dict.fromkeys(("password", "user admin", "user inline", "rename"), ("user",)),
    "member": ("user", "user group"),
    "group admin": ("user group",),
    "trust": ("role",),
    "version": ("policy",),
    "attach": ("role", "policy"),
}
"""The changes that make what others are done to."""


def made_first(history: Sequence[Change]) -> list[Change]:
    """The history, in which every resource is made before anything else is done to it: else most changes are refused."""
    made: set[tuple[str, int]] = set()
    done: list[Change] = []
    for name, which, flag in history:
        for maker in NEEDS.get(name, ()):
            # users and policies come and go in the first group of users alone
            number = 0 if maker == "user group" else which
            if (maker, number) not in made:
                done.append((maker, number, True))
                made.add((maker, number))
        made.add((name, which))
        done.append((name, which, flag))
    return done


def drawn(rng: random.Random, changes: Sequence[str]) -> list[Change]:
    """A history of these changes.

    Not by hypothesis, whose examples are much like each other: of most changes, none of 200 histories had one that was
    possible and had the last word on its resource.
    """
    many = rng.randrange(2, 15)
    return made_first([(rng.choice(changes), rng.randrange(2), rng.random() < 0.5) for _ in range(many)])


def in_turn(histories: Sequence[Sequence[Change]]) -> list[Change]:
    """One change of each history after the other, with numbers that are the history's own."""
    return [
        (change[0], 2 * number + change[1], change[2])
        for turn in zip_longest(*histories)
        for number, change in enumerate(turn)
        if change is not None
    ]


async def failing(parts: Parts) -> set[tuple[str, str, str]]:
    wanted = findings.Filter(status=("new", "reopened"))
    found = await parts.database.read(lambda c: findings.list_findings(c, wanted, limit=100_000))
    return {(each["policy"], each["type"], each["resource"]) for each in found}


async def swept(
    folder: Path, caller: AwsCaller
) -> tuple[set[tuple[str, str, str]], set[tuple[str, str, str]]]:
    """What a sweep on a fresh store says: what fails, and what cannot be known."""
    database = Database(SqliteStores(folder).url("fresh"))
    try:
        parts = make_parts(database, caller, Context(frozenset({ACCOUNT})))
        problems = await Sweeper(parts.auditor).sweep(SCOPE, "final")
        assert problems == []
        verdicts = await database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
        await parts.aclose()
    finally:
        database.close()
    by_outcome: dict[str, set[tuple[str, str, str]]] = {each.value: set() for each in Outcome}
    for each in verdicts:
        by_outcome[each["verdict"]].add((each["policy"], each["type"], each["id"]))
    return by_outcome["FAIL"], by_outcome["UNKNOWN"]


async def run_histories(
    lab: Lab, folder: Path, histories: Sequence[Sequence[Change]], caller: AwsCaller
) -> None:
    database = Database(SqliteStores(folder).url("store"))
    try:
        parts = make_parts(database, caller, Context(frozenset({ACCOUNT})), tuning=Tuning(pace=HASTE))
        await Sweeper(parts.auditor).sweep(SCOPE, "first")
        queue = SqsQueue(
            caller, account=ACCOUNT, region=REGION, queue_name=names.QUEUE, clock=time.time, wait=0
        )
        worker = Worker(database, parts.catalog, parts.auditor, [queue], {ACCOUNT}, time.time, pace=HASTE)
        changes = Account(lab).changes()
        for number, (name, which, flag) in enumerate(in_turn(histories)):
            try:
                await asyncio.to_thread(changes[name], which, flag)
            except ClientError:
                continue
            if number % 3 == 2:
                await worker.take(await queue.receive(), queue)
                await parts.auditor.work_once(limit=5)
        await asyncio.to_thread(lab.drain)
        while messages := await queue.receive():
            await worker.take(messages, queue)
        deadline = time.monotonic() + 60
        while await database.read(work.pending):
            assert time.monotonic() < deadline, "the work never ends"
            if not await parts.auditor.work_once():
                await asyncio.sleep(0.1)
        expected, unknown = await swept(folder, caller)
        assert await failing(parts) - unknown == expected - unknown, f"{histories}"
        await parts.aclose()
    finally:
        database.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", [1, 2])
@pytest.mark.parametrize("apart", [False, True], ids=["with the account's block", "without it"])
def test_findings_equal_a_fresh_sweep(running_lab: Lab, part: int, apart: bool) -> None:
    """Fifty histories in each part, the same in every run unless new ones are asked for."""
    changes = [each for each in NAMES if not (apart and each.endswith("account block"))]
    seed = random.SystemRandom().randrange(2**32) if at_random() else part
    rng = random.Random(seed)
    before = dict(os.environ)
    os.environ.update(running_lab.environment(ACCOUNT, REGION))
    loop = asyncio.new_event_loop()
    caller = AwsCaller()
    try:
        for _ in range(50 // TOGETHER):
            histories = [drawn(rng, changes) for _ in range(TOGETHER)]
            running_lab.reset()
            subscribe(running_lab, ACCOUNT, REGION)
            running_lab.knobs.duplicate(0.2)
            running_lab.knobs.delay(0.0, 0.05)
            with tempfile.TemporaryDirectory() as folder:
                loop.run_until_complete(run_histories(running_lab, Path(folder), histories, caller))
    finally:
        loop.run_until_complete(caller.close())
        loop.close()
        running_lab.reset()
        os.environ.clear()
        os.environ.update(before)
