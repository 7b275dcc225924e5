"""A worker killed with SIGKILL at each step between receiving and storing: nothing is lost, nothing happens twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from liveaudit.demo.runner import Demo
from liveaudit.lab import Lab
from liveaudit.store import findings, quarantine
from liveaudit.store.database import Database

pytestmark = [pytest.mark.lab, pytest.mark.slow]

RECEIVER, PUBLISHER = "111111111111", "222222222222"
US, EU = "us-east-1", "eu-west-1"
STEPS = ("received", "sorted", "queued", "deleted", "claimed", "read", "judged", "stored")
POLICY = "s3_bucket_level_public_access_block"


def run_worker(lab: Lab, settings: Path, step: str) -> int:
    """Run a worker until it kills itself at ``step`` (``-``: until there is nothing left); its exit code."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_worker", str(settings), step],
        env={**os.environ, **lab.environment(RECEIVER, US)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode


@pytest.mark.parametrize(
    ("store", "steps"),
    [
        ("sqlite", STEPS),
        pytest.param("postgresql", ("queued", "claimed", "judged", "stored"), marks=pytest.mark.postgres),
    ],
)
def test_killed_at_every_step(
    lab: Lab, tmp_path: Path, request: pytest.FixtureRequest, store: str, steps: tuple[str, ...]
) -> None:
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (US, EU), lambda _line: None)
    demo.set_up()
    url = demo.settings.store
    if store == "postgresql":
        url = request.getfixturevalue("postgres").empty("kills")
        given = demo.settings_file.read_text(encoding="utf-8")
        demo.settings_file.write_text(given.replace(demo.settings.store, url), encoding="utf-8")
    for region in (US, EU):
        sqs = lab.client(RECEIVER, "sqs", region)
        queue = sqs.get_queue_url(QueueName="liveaudit-events")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "2"})
    lab.drain()
    assert run_worker(lab, demo.settings_file, "-") == 0
    s3 = lab.client(PUBLISHER, "s3", EU)
    for step in steps:
        bucket = f"killed-at-{step}"
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": EU})
        # CloudTrail tells whole seconds, so what was sent first is the first: not within one millisecond
        lab.drain()
        time.sleep(0.005)
        s3.delete_public_access_block(Bucket=bucket)
        lab.drain()
        assert run_worker(lab, demo.settings_file, step) == -signal.SIGKILL, step
    assert run_worker(lab, demo.settings_file, "-") == 0
    database = Database(url)
    try:
        for step in steps:
            (finding,) = database.read_now(
                partial(
                    findings.list_findings,
                    wanted=findings.Filter(policy=POLICY, resource=f"killed-at-{step}"),
                )
            )
            assert finding["status"] == "new", step
            assert finding["times_opened"] == 1, step
            names = [change["name"] for change in finding["opened_by"]]
            assert names[-1] == "DeleteBucketPublicAccessBlock", (step, names)
            assert len(names) == len(set(names)), "an event is told once"
        moved = database.read_now(lambda c: findings.transitions_since(c, 0))
        once = [(each["policy"], each["resource"], each["to"]) for each in moved]
        assert len(once) == len(set(once)), "a transition happened twice"
        assert database.read_now(quarantine.count_quarantine) == {}
    finally:
        database.close()
