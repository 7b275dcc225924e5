"""What policies of one's own cost: questions a second, from a change to its verdict, and memory; by who decides.

One question, "does the bucket say who owns it?", put to a Lambda function (a zip that the lab runs), to a rule of AWS Config in its
sandbox, and to an expression in CEL. The worker runs in a process of its own against the lab; the lab and its function share the
cores with it. python -m benchmarks.own [--buckets N] [--changes N]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import boto3
import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.load.site import BenchError
from liveaudit.assembly import Parts, make_parts
from liveaudit.audit.auditor import Tuning
from liveaudit.audit.judge import judge
from liveaudit.audit.reading import Reading, ResourceReading, State
from liveaudit.audit.rejudge import Rejudger
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.aws.caller import AwsCaller
from liveaudit.custom.files import load_folder
from liveaudit.custom.taking_in import take_in
from liveaudit.intake.queues import SqsQueue
from liveaudit.lab import Lab
from liveaudit.model import Resource
from liveaudit.policies.policy import Context, Policy
from liveaudit.provision import names
from liveaudit.store import findings, questions
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.pace import Pace
from liveaudit.worker import Worker
from tests.lab.subscribed import subscribe

ACCOUNT, REGION = "111111111111", "us-east-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:owners"
LONGEST = 120.0
_EVALUATIONS = 2000
KINDS = {
    "own_function": "a Lambda function",
    "own_rule": "a rule of AWS Config",
    "own_expression": "an expression in CEL",
}
_HANDLER = """
def handler(event, context):
    return {"version": "1", "verdicts": [
        {"key": each["key"], "verdict": "PASS" if "Owner" in each["tags"] else "FAIL", "reason": "the tag Owner"}
        for each in event["resources"]
    ]}
"""
_RULE = """
import json
import boto3

config = boto3.client("config")


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    config.put_evaluations(ResultToken=event["resultToken"], Evaluations=[{
        "ComplianceResourceType": item["resourceType"],
        "ComplianceResourceId": item["resourceId"],
        "ComplianceType": "COMPLIANT" if "Owner" in item["tags"] else "NON_COMPLIANT",
        "OrderingTimestamp": item["configurationItemCaptureTime"],
    }])
"""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--buckets", type=int, default=200)
    options.add_argument("--changes", type=int, default=20)
    options.add_argument("--within", default="", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.within:
        print(json.dumps(asyncio.run(_measure(Path(given.within), given.changes))))
        return
    with tempfile.TemporaryDirectory() as folder, Lab(accounts=(ACCOUNT,), regions=(REGION,)) as lab:
        subscribe(lab, ACCOUNT, REGION)
        _fill(lab, given.buckets)
        _write(Path(folder))
        lab.drain()
        command = [
            sys.executable,
            "-m",
            "benchmarks.own",
            "--within",
            folder,
            "--changes",
            str(given.changes),
        ]
        environment = {**os.environ, **lab.environment(ACCOUNT, REGION)}
        ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        raise SystemExit("the measurement failed")
    _tell(json.loads(ended.stdout.splitlines()[-1]), given.buckets, given.changes)


def _fill(lab: Lab, buckets: int) -> None:
    s3, packed = lab.client(ACCOUNT, "s3", REGION), io.BytesIO()
    for number in range(buckets):
        s3.create_bucket(Bucket=_bucket(number))
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("judge.py", _HANDLER)
    role = lab.client(ACCOUNT, "iam", REGION).create_role(
        RoleName="functions", AssumeRolePolicyDocument=json.dumps(_TRUST)
    )
    lab.client(ACCOUNT, "lambda", REGION).create_function(
        FunctionName="owners",
        Runtime="python3.12",
        Handler="judge.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": packed.getvalue()},
        Timeout=20,
    )


def _bucket(number: int) -> str:
    return f"bench-{number:05}"


def _write(folder: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "owned.py").write_text(_RULE, encoding="utf-8")
    decided: dict[str, dict[str, Any]] = {
        "own_function": {"lambda": {"function": FUNCTION, "sections": ["tagging"], "tags": True}},
        "own_rule": {"config_rule": {"file": "rules/owned.py"}},
        "own_expression": {"cel": {"expression": '"Owner" in tags', "message": "no owner"}},
    }
    for name, by in decided.items():
        common = {"id": name, "type": "AWS::S3::Bucket", "severity": "low", "title": "Buckets have owners"}
        words = {"why": "Who answers for it has to be known.", "fix": "Tag the bucket with Owner."}
        text = yaml.safe_dump({"policies": [{**common, **words, **by}]})
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


async def _measure(folder: Path, changes: int) -> dict[str, Any]:
    caller = AwsCaller()
    database = Database(sqlite_url(folder / "own.sqlite3"))
    own = {each.id: each for each in load_folder(folder).policies}
    if own.keys() != KINDS.keys():
        raise BenchError(f"policies were refused: {load_folder(folder).told()}")
    # the first judgement of each waits for nobody, as when files change
    take_in(own.values())
    parts = make_parts(
        database, caller, Context(frozenset({ACCOUNT})), tuning=Tuning(pace=Pace(free=1_000_000))
    )
    try:
        await Sweeper(parts.auditor).sweep(Scope("aws", ACCOUNT, (REGION,), frozenset({"s3"})), "bench")
        await _answered(parts)
        rates = {name: await _rate(parts, folder, name) for name in ("own_function", "own_rule")}
        rates["own_expression"] = await asyncio.to_thread(_judged, own["own_expression"])
        take_in(own.values())
        waits = await _changes(parts, changes)
    finally:
        await parts.aclose()
        await caller.close()
        database.close()
    return {
        "rates": rates,
        "waits": waits,
        "worker": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rule": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


async def _answered(parts: Parts) -> int:
    done = 0
    while now := await parts.asker.step():
        done += now
    if left := await parts.database.read(questions.pending):
        raise BenchError(f"not answered: {left}")
    return done


async def _rate(parts: Parts, folder: Path, name: str) -> float:
    """All buckets asked about anew, on what is stored, and the answers stored: how many a second."""
    file = folder / f"{name}.yaml"
    # another version: what it says is another
    file.write_text(file.read_text("utf-8").replace("severity: low", "severity: medium"), encoding="utf-8")
    take_in([each for each in load_folder(folder).policies if each.id == name])
    auditor = parts.auditor
    await Rejudger(parts.database, parts.policies, lambda: auditor.context, time.time, parts.catalog).step()
    while claims := await auditor.claim(64):
        await auditor.audit(claims)
    began = time.perf_counter()
    asked = await _answered(parts)
    return asked / (time.perf_counter() - began)


def _judged(policy: Policy) -> float:
    """An expression is no question that waits: it is evaluated within the audit, and stored with all the others. A second."""
    bucket = Resource("aws", ACCOUNT, REGION, "AWS::S3::Bucket", _bucket(0))
    value = [{"Key": "Owner", "Value": "team-a"}]
    reading = ResourceReading(bucket, {name: Reading(State.VALUE, value) for name in policy.sections})
    now, context = dt.datetime.now(dt.UTC), Context(frozenset({ACCOUNT}))

    def fails(_policy: Policy, _reading: ResourceReading, error: Exception) -> None:
        raise BenchError(str(error))

    judge([policy], reading, now=now, context=context, report=fails)
    began = time.perf_counter()
    for _ in range(_EVALUATIONS):
        judge([policy], reading, now=now, context=context, report=fails)
    return _EVALUATIONS / (time.perf_counter() - began)


async def _changes(parts: Parts, changes: int) -> dict[str, list[float]]:
    """A bucket is tagged, or loses its tags: how long until each of the verdicts is the other one."""
    queue = SqsQueue(
        parts.caller, account=ACCOUNT, region=REGION, queue_name=names.QUEUE, clock=time.time, wait=2
    )
    worker = Worker(
        parts.database,
        parts.catalog,
        parts.auditor,
        [queue],
        {ACCOUNT},
        time.time,
        pace=Pace(free=1_000_000),
        asker=parts.asker,
    )
    # what was made before is swept already, and must not stand before the first change
    sqs = boto3.client("sqs")
    await asyncio.to_thread(sqs.purge_queue, QueueUrl=sqs.get_queue_url(QueueName=names.QUEUE)["QueueUrl"])
    running = asyncio.create_task(worker.run())
    s3, waits = boto3.client("s3"), dict[str, list[float]]({name: [] for name in KINDS})
    try:
        for number in range(changes):
            bucket = _bucket(number // 2)
            if number % 2:
                await asyncio.to_thread(s3.delete_bucket_tagging, Bucket=bucket)
            else:
                tags = {"TagSet": [{"Key": "Owner", "Value": "team-a"}]}
                await asyncio.to_thread(s3.put_bucket_tagging, Bucket=bucket, Tagging=tags)
            for name, waited in (await _until(parts, bucket, "FAIL" if number % 2 else "PASS")).items():
                waits[name].append(waited)
    finally:
        worker.stop()
        await running
    return waits


async def _until(parts: Parts, bucket: str, outcome: str) -> dict[str, float]:
    began, waits = time.perf_counter(), dict[str, float]()
    while waits.keys() != KINDS.keys():
        found = await parts.database.read(
            lambda c: findings.list_verdicts(c, findings.Filter(resource=bucket))
        )
        now = time.perf_counter() - began
        for each in found:
            if each["policy"] in KINDS and each["verdict"] == outcome:
                waits.setdefault(each["policy"], now)
        if now > LONGEST:
            raise BenchError(f"no {outcome} on {bucket}: {waits}")
        await asyncio.sleep(0.01)
    return waits


def _tell(told: dict[str, Any], buckets: int, changes: int) -> None:
    table = Table(title=f"{buckets} buckets, {changes} changes one after the other; SQLite")
    for heading in ("decided by", "questions/s", "change to verdict, p50", "p95"):
        table.add_column(heading, justify="left" if heading == "decided by" else "right")
    for name, words in KINDS.items():
        waited = sorted(told["waits"][name])
        p95 = waited[min(len(waited) - 1, int(len(waited) * 0.95))]
        table.add_row(
            words, f"{told['rates'][name]:,.0f}", f"{statistics.median(waited):.2f} s", f"{p95:.2f} s"
        )
    console = Console()
    console.print(table)
    console.print(
        f"peak memory: {told['worker']:.0f} MB the worker, {told['rule']:.0f} MB its largest child (a rule, or CEL)"
    )
    one, five, _ = os.getloadavg()
    console.print(
        f"load of the machine: {one:.1f} over the last minute, {five:.1f} over five; {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
