"""The whole path: a real call, its event, the queue, the worker, the finding."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from liveaudit.demo.runner import Demo
from liveaudit.lab import Lab
from liveaudit.services import load
from liveaudit.store import findings, quarantine, records

pytestmark = [pytest.mark.lab, pytest.mark.anyio]

RECEIVER, PUBLISHER, STRANGER = "111111111111", "222222222222", "999999999999"
US, EU = "us-east-1", "eu-west-1"
AWS = Path(sys.executable).parent / "aws"
PATIENCE = 30.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def watched(lab: Lab, tmp_path: Path) -> AsyncIterator[Demo]:
    """The lab set up by stack sets, and a worker on its queues."""
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (US, EU), lambda _line: None)
    await asyncio.to_thread(demo.set_up)
    async with demo.watching():
        yield demo


async def found(demo: Demo, **wanted: Any) -> list[dict[str, Any]]:
    return await demo.parts.database.read(lambda c: findings.list_findings(c, findings.Filter(**wanted)))


async def until(demo: Demo, policy: str, resource: str, status: str) -> dict[str, Any]:
    """The finding, once it has this status."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for finding in await found(demo, policy=policy, resource=resource):
            if finding["status"] == status:
                return finding
        await asyncio.sleep(0.05)
    raise AssertionError(f"{policy} on {resource} is not {status}: {await found(demo, resource=resource)}")


def make_bucket(lab: Lab, name: str) -> Any:
    s3 = lab.client(PUBLISHER, "s3", EU)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": EU})
    return s3


def aws(lab: Lab, *arguments: str) -> None:
    environment = {**os.environ, **lab.environment(PUBLISHER, EU)}
    ended = subprocess.run(
        [str(AWS), *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr


async def test_the_aws_command_and_its_finding(lab: Lab, watched: Demo) -> None:
    where = f"LocationConstraint={EU}"
    await asyncio.to_thread(
        aws, lab, "s3api", "create-bucket", "--bucket", "by-hand", "--create-bucket-configuration", where
    )
    await asyncio.to_thread(aws, lab, "s3api", "delete-public-access-block", "--bucket", "by-hand")
    opened = await until(watched, "s3_bucket_level_public_access_block", "by-hand", "new")
    change = opened["opened_by"][-1]
    assert change["actor"]["arn"].startswith(f"arn:aws:iam::{PUBLISHER}:")
    assert "aws-cli" in change["actor"]["user_agent"]
    assert change["actor"]["source_ip"]
    assert change["event_id"]
    assert {"event", "sent", "received", "claimed", "read", "judged", "stored"} <= opened[
        "opened_hops"
    ].keys()
    assert (opened["account"], opened["region"], opened["severity"]) == (PUBLISHER, EU, "high")
    block = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    await asyncio.to_thread(
        aws,
        lab,
        *("s3api", "put-public-access-block", "--bucket", "by-hand"),
        *("--public-access-block-configuration", block),
    )
    resolved = await until(watched, "s3_bucket_level_public_access_block", "by-hand", "resolved")
    assert resolved["closed_by"][-1]["name"] == "PutBucketPublicAccessBlock"


async def test_an_acl_costs_four_calls_at_most(lab: Lab, watched: Demo) -> None:
    s3 = await asyncio.to_thread(make_bucket, lab, "counted")
    s3.put_bucket_ownership_controls(
        Bucket="counted", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.delete_public_access_block(Bucket="counted")
    await watched.settle()
    lab.clear_calls()
    s3.put_bucket_acl(Bucket="counted", ACL="public-read")
    await until(watched, "s3_bucket_public_list_acl", "counted", "new")
    await watched.settle()
    reads = {call.operation: number for call, number in lab.calls().items() if call.service == "s3"}
    assert reads.pop("PutBucketAcl") == 1, "the change itself"
    assert reads == {"GetBucketAcl": 1, "GetBucketPolicy": 1, "GetPublicAccessBlock": 1}, (
        "the account's block is known already"
    )


async def test_a_denied_call_is_unknown_and_the_finding_stands(lab: Lab, watched: Demo) -> None:
    s3 = await asyncio.to_thread(make_bucket, lab, "denied")
    s3.delete_public_access_block(Bucket="denied")
    await until(watched, "s3_bucket_level_public_access_block", "denied", "new")
    lab.knobs.deny("s3:GetPublicAccessBlock")
    s3.put_public_access_block(
        Bucket="denied",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    deadline = time.monotonic() + PATIENCE
    verdict: dict[str, Any] = {}
    wanted = findings.Filter(policy="s3_bucket_level_public_access_block", resource="denied")
    while time.monotonic() < deadline and verdict.get("verdict") != "UNKNOWN":
        (verdict,) = await watched.parts.database.read(lambda c: findings.list_verdicts(c, wanted))
        await asyncio.sleep(0.05)
    assert verdict["verdict"] == "UNKNOWN"
    assert "GetPublicAccessBlock was denied" in verdict["reason"]
    await watched.settle()
    (finding,) = await found(watched, policy="s3_bucket_level_public_access_block", resource="denied")
    assert finding["status"] == "new"


async def test_the_accounts_block_re_audits_its_buckets(lab: Lab, watched: Demo) -> None:
    for name in ("one-bucket", "two-buckets"):
        s3 = await asyncio.to_thread(make_bucket, lab, name)
        s3.delete_public_access_block(Bucket=name)
        s3.put_bucket_ownership_controls(
            Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        s3.put_bucket_acl(Bucket=name, ACL="public-read")
        await until(watched, "s3_bucket_public_access", name, "new")
    await watched.settle()
    lab.client(PUBLISHER, "s3control", EU).put_public_access_block(
        AccountId=PUBLISHER,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    for name in ("one-bucket", "two-buckets"):
        await until(watched, "s3_bucket_public_access", name, "resolved")
        await watched.settle()
        (closed,) = await found(watched, policy="s3_bucket_public_access", resource=name)
        assert closed["closed_by"][-1]["name"] == "PutAccountPublicAccessBlock"


async def test_failed_calls_and_reads_change_nothing(lab: Lab, watched: Demo) -> None:
    s3 = lab.client(PUBLISHER, "s3", EU)
    with pytest.raises(s3.exceptions.ClientError):
        s3.delete_bucket_policy(Bucket="never-made")
    s3.list_buckets()
    await watched.settle()
    counters = await watched.parts.database.read(records.read_counters)
    assert counters["failed calls", "s3:DeleteBucketPolicy"] == 1
    assert not [label for name, label in counters if "List" in label]
    assert await found(watched, resource="never-made") == []


def envelope(number: int) -> dict[str, Any]:
    return {
        "version": "0",
        "id": f"00000000-0000-4000-8000-{number:012}",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.s3",
        "account": PUBLISHER,
        "time": "2026-11-20T10:00:00Z",
        "region": EU,
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "arn": f"arn:aws:iam::{PUBLISHER}:user/x",
                "accountId": PUBLISHER,
            },
            "eventTime": "2026-11-20T10:00:00Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": "PutBucketAcl",
            "awsRegion": EU,
            "requestParameters": {"bucketName": f"hostile-{number}"},
            "responseElements": None,
            "eventID": f"hostile-{number}",
            "readOnly": False,
            "recipientAccountId": PUBLISHER,
        },
    }


NASTY: tuple[Any, ...] = (
    None,
    "",
    0,
    -1,
    1e300,
    True,
    [],
    {},
    [[]],
    "\x00",
    "\u202e",
    "<script>alert(1)</script>",
    "'; drop table findings; --",
    "{id}",
    "{account}",
    "../../etc/passwd",
    "x" * 5000,
    STRANGER,
    "arn:aws:s3:::other",
    {"content": "y"},
    {"a": {"b": [{"c": None}]}},
)


def mutated(number: int, rng: random.Random) -> str:
    """An envelope with something wrong: a value, a missing key, or broken text."""
    given = envelope(number)
    for _ in range(rng.randrange(1, 4)):
        node = rng.choice(
            [given, given["detail"], given["detail"], given["detail"].get("requestParameters") or given]
        )
        if (
            not isinstance(node, dict)
            or not node
            or "detail" not in given
            or not isinstance(given["detail"], dict)
        ):
            break
        key = rng.choice(sorted(node))
        if rng.random() < 0.3:
            del node[key]
        else:
            node[key] = rng.choice(NASTY)
        if "detail" not in given or not isinstance(given["detail"], dict):
            break
    text = json.dumps(given)
    if rng.random() < 0.2:
        at = rng.randrange(len(text))
        text = (
            text[:at] + rng.choice(["", "}", "\\", '"', "\u2028", "[" * 50]) + text[at + rng.randrange(5) :]
        )
    return text or " "


async def test_a_thousand_mutated_envelopes_and_none_is_lost(lab: Lab, watched: Demo) -> None:
    rng = random.Random(20261123)
    sqs = lab.client(RECEIVER, "sqs", EU)
    url = sqs.get_queue_url(QueueName="liveaudit-events")["QueueUrl"]
    allowed = {"\t", "\n", "\r"}
    sent = 0
    for start in range(0, 1000, 10):
        bodies = [mutated(number, rng) for number in range(start, start + 10)]
        bodies = ["".join(c for c in body if c >= " " or c in allowed) for body in bodies]
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        sent += len(
            (await asyncio.to_thread(sqs.send_message_batch, QueueUrl=url, Entries=entries))["Successful"]
        )
    assert sent == 1000
    deadline = time.monotonic() + 90
    counters: dict[tuple[str, str], int] = {}
    while time.monotonic() < deadline and sum(_taken(counters).values()) < 1000:
        await asyncio.sleep(0.2)
        counters = await watched.parts.database.read(records.read_counters)
    taken = _taken(counters)
    assert sum(taken.values()) == 1000, taken
    kept = sum((await watched.parts.database.read(quarantine.count_quarantine)).values())
    assert kept == taken["quarantined"]
    assert taken["quarantined"] > 200
    assert taken["changes"] > 50
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (
        attributes["ApproximateNumberOfMessages"],
        attributes["ApproximateNumberOfMessagesNotVisible"],
    ) == ("0", "0")
    s3 = await asyncio.to_thread(make_bucket, lab, "still-alive")
    s3.delete_public_access_block(Bucket="still-alive")
    await until(watched, "s3_bucket_level_public_access_block", "still-alive", "new")


_OTHERS = {each.event_source.partition(".")[0] for each in load()[0].services.values()} - {"s3"}


def _taken(counters: dict[tuple[str, str], int]) -> dict[str, int]:
    """Messages by what became of them; those of the set-up itself are not counted."""
    totals = dict.fromkeys(("changes", "ignored", "unmapped", "quarantined", "failed calls"), 0)
    for (name, label), number in counters.items():
        if (
            label.startswith(("s3:", "malformed", "not "))
            or name == "quarantined"
            or (name in totals and label.partition(":")[0] not in _OTHERS)
        ):
            totals[name] += number
    return totals
