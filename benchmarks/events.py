"""AWS calls and CPU per event kind, from message to stored verdicts, for accounts of several sizes.

The lab runs in a process of its own, so that its CPU is not counted. An event is a message in a queue in memory;
everything after that is the real path: decoding, due work, AWS calls over HTTP, policies, SQLite.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import uvloop
from botocore.config import Config
from rich.console import Console
from rich.progress import track

from liveaudit.assembly import Parts, make_parts
from liveaudit.audit.auditor import Tuning
from liveaudit.aws.caller import AwsCaller
from liveaudit.intake.queues import MemoryQueue
from liveaudit.policies.policy import Context
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.pace import Pace
from liveaudit.worker import Worker

ACCOUNT, REGION = "111111111111", "eu-west-1"
ROUNDS = 9
AT_ONCE = Tuning(pace=Pace(free=ROUNDS + 2))
"""The same events come to the same resources again and again here, and none is to wait for the others."""
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
_READS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event: its source and name, and what it carries."""

    source: str
    name: str
    request: dict[str, Any]
    response: dict[str, Any] | None = None
    region: str = REGION


def client(endpoint: dict[str, str], service: str) -> Any:
    """A boto3 client on the lab."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=endpoint["AWS_ENDPOINT_URL"],
        aws_access_key_id=endpoint["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=endpoint["AWS_SECRET_ACCESS_KEY"],
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 2}),
    )


def fill(endpoint: dict[str, str], start: int, upto: int, console: Console) -> None:
    """Make buckets, groups, users and roles up to a number of each."""
    s3, ec2, iam = (client(endpoint, each) for each in ("s3", "ec2", "iam"))
    for number in track(
        range(start, upto), f"filling the account to {upto} of each", console=console, transient=True
    ):
        s3.create_bucket(
            Bucket=f"bench-{number:05}", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        ec2.create_security_group(GroupName=f"bench-{number:05}", Description="bench")
        iam.create_user(UserName=f"bench-{number:05}")
        iam.create_role(RoleName=f"bench-{number:05}", AssumeRolePolicyDocument=_TRUST)


def kinds(endpoint: dict[str, str]) -> list[Kind]:
    """The measured events, on the first resource of each kind."""
    ec2, iam = client(endpoint, "ec2"), client(endpoint, "iam")
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["bench-00000"]}])
    group = found["SecurityGroups"][0]["GroupId"]
    policies = iam.list_policies(Scope="Local")["Policies"]
    policy = (
        policies[0] if policies else iam.create_policy(PolicyName="bench", PolicyDocument=_READS)["Policy"]
    )
    s3, ec2_source, iam_source = "s3.amazonaws.com", "ec2.amazonaws.com", "iam.amazonaws.com"
    bucket = {"bucketName": "bench-00000"}
    user = {"userName": "bench-00000"}
    return [
        Kind(s3, "PutBucketAcl", bucket),
        Kind(s3, "PutBucketPolicy", bucket),
        Kind(s3, "PutBucketPublicAccessBlock", bucket),
        Kind(s3, "CreateBucket", bucket),
        Kind(ec2_source, "AuthorizeSecurityGroupIngress", {"groupId": group}),
        Kind(iam_source, "AttachUserPolicy", {**user, "policyArn": policy["Arn"]}, region="us-east-1"),
        Kind(iam_source, "CreateAccessKey", user, region="us-east-1"),
        Kind(iam_source, "UpdateAssumeRolePolicy", {"roleName": "bench-00000"}, region="us-east-1"),
        Kind(iam_source, "CreatePolicyVersion", {"policyArn": policy["Arn"]}, region="us-east-1"),
        Kind(iam_source, "UpdateAccountPasswordPolicy", {}, region="us-east-1"),
    ]


def message(kind: Kind, number: int) -> str:
    """The event as it stands in a queue."""
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": f"aws.{kind.source.split('.')[0]}",
            "account": ACCOUNT,
            "region": kind.region,
            "time": "2026-11-20T10:00:01Z",
            "detail": {
                "eventSource": kind.source,
                "eventName": kind.name,
                "awsRegion": kind.region,
                "eventTime": "2026-11-20T10:00:00Z",
                "eventID": f"bench-{kind.name}-{number}",
                "recipientAccountId": ACCOUNT,
                "requestParameters": kind.request,
                "responseElements": kind.response,
                "readOnly": False,
                "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/bench"},
            },
        }
    )


async def one(
    worker: Worker, parts: Parts, queue: MemoryQueue, kind: Kind, number: int
) -> tuple[int, float, float]:
    """Calls, CPU milliseconds and elapsed milliseconds of one event."""
    caller = parts.caller
    calls, cpu, began = sum(caller.counts.values()), time.process_time(), time.perf_counter()
    queue.put(message(kind, number), now=time.time())
    await worker.take(await queue.receive(), queue)
    while await parts.auditor.work_once():
        pass
    return (
        sum(caller.counts.values()) - calls,
        (time.process_time() - cpu) * 1000,
        (time.perf_counter() - began) * 1000,
    )


async def measure(endpoint: dict[str, str], size: int, show: Callable[..., None]) -> None:
    """Every kind, the median of several rounds, the first (cold) one apart."""
    with tempfile.TemporaryDirectory(prefix="liveaudit-bench-") as folder:
        database = Database(sqlite_url(Path(folder) / "bench.sqlite3"))
        caller = AwsCaller()
        try:
            parts = make_parts(database, caller, Context(frozenset({ACCOUNT})), tuning=AT_ONCE)
            queue = MemoryQueue()
            enrolled = {ACCOUNT}
            worker = Worker(
                database, parts.catalog, parts.auditor, [queue], enrolled, time.time, pace=AT_ONCE.pace
            )
            for kind in kinds(endpoint):
                first, *rounds = [
                    await one(worker, parts, queue, kind, number) for number in range(ROUNDS + 1)
                ]
                medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
                show(size, kind.name, first[0], *medians)
            await parts.aclose()
        finally:
            await caller.close()
            database.close()


def start_lab() -> tuple[subprocess.Popen[str], dict[str, str]]:
    """The lab in a process of its own, and the environment that points at it."""
    command = [
        sys.executable,
        "-m",
        "liveaudit.cli.main",
        "lab",
        "--port",
        "0",
        "--account",
        ACCOUNT,
        "--region",
        REGION,
    ]
    process = subprocess.Popen([*command, "--region", "us-east-1"], stdout=subprocess.PIPE, text=True)
    given: dict[str, str] = {}
    if process.stdout is None:
        raise RuntimeError("the lab has no output")
    for line in process.stdout:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            given[name] = value
        if {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= given.keys():
            return process, given
    raise RuntimeError(f"the lab ended with {process.wait()}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 100, 1000])
    sizes = sorted(parser.parse_args().sizes)
    console = Console()
    process, endpoint = start_lab()
    try:
        os.environ.update(endpoint)
        print(
            f"{'resources':>9}  {'event':32} {'calls cold':>10} {'calls':>6} {'cpu ms':>8} {'elapsed ms':>11}"
        )
        filled = 0
        for size in sizes:
            fill(endpoint, filled, size, console)
            filled = size

            def show(size: int, name: str, cold: int, calls: float, cpu: float, elapsed: float) -> None:
                print(f"{size:>9}  {name:32} {cold:>10} {calls:>6.0f} {cpu:>8.1f} {elapsed:>11.1f}")

            uvloop.run(measure(endpoint, size, show))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"\npeak memory {peak:.0f} MB; medians of {ROUNDS} rounds; elapsed time includes the lab's own work"
        )
        print(
            "to beat on PutBucketAcl (Cloud Custodian, ten S3 policies, measured before): 112 calls, 617 ms of CPU"
        )
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
