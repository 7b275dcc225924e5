"""Cloud Custodian's Lambda handler beside our worker: the same events, the same server, equivalent policies on buckets."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.load import answers
from benchmarks.load.parts import Rate, median, saturated
from benchmarks.load.site import BenchError, Site, working
from liveaudit.store.database import sqlite_url

CHILD = Path(__file__).with_name("custodian_child.py")
HOW = (
    "Cloud Custodian is not measured: it is not installed. In an environment of its own:\n"
    "  python3 -m venv /tmp/c7n && /tmp/c7n/bin/pip install c7n\n"
    "  make bench CUSTODIAN=/tmp/c7n/bin/python"
)
_PUBLIC = {"Effect": "Allow", "Principal": "*"}
FILTERS: dict[str, list[Any]] = {
    "acl-public": [{"type": "global-grants"}],
    "policy-public": [{"type": "has-statement", "statements": [_PUBLIC]}],
    "cross-account": [{"type": "cross-account"}],
    "no-tls": [{"type": "missing-statement", "statement_ids": ["DenyPlainHttp"]}],
    "no-encryption": [{"type": "bucket-encryption", "state": False}],
    "no-kms": [{"not": [{"type": "bucket-encryption", "crypto": "aws:kms", "state": True}]}],
    "no-versioning": [{"type": "value", "key": "Versioning.Status", "op": "ne", "value": "Enabled"}],
    "no-logging": [{"type": "bucket-logging", "op": "disabled"}],
    "no-lifecycle": [{"type": "value", "key": "Lifecycle", "value": "absent"}],
    "no-public-block": [{"type": "check-public-block", "BlockPublicAcls": False}],
    "acl-allowed": [{"type": "ownership", "value": "BucketOwnerEnforced", "op": "ne"}],
}
"""What our fifteen policies on buckets look at, as its filters say it; three of ours have no filter there."""
_OF_AN_ACL = ("acl-public",)


def policies(names: tuple[str, ...], event: str) -> list[dict[str, Any]]:
    """Its policies, as they are deployed for an event of S3."""
    way = {"source": "s3.amazonaws.com", "event": event, "ids": "requestParameters.bucketName"}
    return [
        {
            "name": name,
            "resource": "aws.s3",
            "mode": {"type": "cloudtrail", "events": [way]},
            "filters": FILTERS[name],
        }
        for name in names
    ]


def interpreter(given: str) -> str | None:
    """A Python that has c7n: as given, else the one beside a ``custodian`` on the path."""
    beside = shutil.which("custodian")
    for each in (given, str(Path(beside).resolve().parent / "python") if beside else ""):
        if each and Path(each).exists():
            tried = subprocess.run([each, "-c", "import c7n"], capture_output=True, check=False)
            if tried.returncode == 0:
                return each
    return None


def _theirs(
    running: Site, python: str, folder: Path, kind: str, names: tuple[str, ...], events: int
) -> tuple[Rate, float]:
    """Its figures for this many events, and the CPU milliseconds of the first one."""
    folder.mkdir(parents=True, exist_ok=True)
    buckets = [answers.name_of(kind, f"c7n{kind}", each) for each in range(events + 1)]
    given = [answers.event(kind, each, time.time()) for each in buckets]
    running.control("buckets", {"names": buckets})
    name = str(given[0]["detail"]["eventName"])
    config = {"execution-options": {"account_id": answers.ACCOUNT}, "policies": policies(names, name)}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "events").write_text("\n".join(map(json.dumps, given)), encoding="utf-8")
    running.control("forget")
    environment = {key: value for key, value in running.environment.items() if key != "PYTHONPATH"}
    began = time.time()
    ended = subprocess.run(
        [python, str(CHILD), "events"],
        cwd=folder,
        env={**environment, "C7N_DEBUG_EVENT": "no"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise BenchError(f"Cloud Custodian's handler fails: {ended.stderr[-2000:]}")
    took = time.time() - began
    told = json.loads(ended.stdout.splitlines()[-1])
    calls = running.control("state")["calls"]
    unknown = [each for each in calls if "?" in each]
    if unknown:
        raise BenchError(f"the server has no answer to {unknown}")
    cpu = statistics.median(told["others"]) * 1000
    rate = Rate(events / took, cpu, sum(calls.values()) / len(given), told["memory"])
    return rate, told["first"] * 1000


def compare(running: Site, folder: Path, python: str, events: int, rounds: int) -> None:
    """The table, or how to have it."""
    found = interpreter(python or os.environ.get("CUSTODIAN", ""))
    if found is None:
        print(f"\n{HOW}", flush=True)
        return
    cases = (
        ("new bucket", "CreateBucket: 15 policies of ours, 11 of theirs", tuple(FILTERS)),
        ("bucket", "PutBucketAcl: 3 policies of ours, 1 of theirs", _OF_AN_ACL),
        ("bucket", "PutBucketAcl: 3 policies of ours, 11 of theirs", tuple(FILTERS)),
    )
    print(f"\n{'Cloud Custodian beside us':50} {'calls':>7} {'CPU ms':>8} {'MB':>6}")
    with working(running, sqlite_url(folder / "custodian.sqlite3")) as workers:
        for number, (kind, title, names) in enumerate(cases):
            ours = median(
                [
                    saturated(running, workers, events * 4, f"o{number}x{each}", (kind,))
                    for each in range(rounds)
                ]
            )
            given = [
                _theirs(running, found, folder / f"c{number}x{each}", kind, names, events)
                for each in range(rounds)
            ]
            theirs = median([rate for rate, _ in given])
            first = statistics.median(each for _, each in given)
            print(title)
            print(f"{'  liveaudit, an event':50} {ours.calls:>7.1f} {ours.cpu:>8.1f} {ours.memory:>6.0f}")
            print(
                f"{'  Cloud Custodian, an event (warm)':50} {theirs.calls:>7.1f} {theirs.cpu:>8.1f} {theirs.memory:>6.0f}"
            )
            ratios = (theirs.calls / ours.calls, theirs.cpu / ours.cpu, theirs.memory / ours.memory)
            print(f"{'  ratio':50} {ratios[0]:>7.1f} {ratios[1]:>8.1f} {ratios[2]:>6.2f}")
            print(f"{'  Cloud Custodian, the first event (cold)':50} {'':>7} {first:>8.1f}", flush=True)
