"""The commands against the lab, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from liveaudit.demo.runner import Demo
from liveaudit.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.slow]

RECEIVER, PUBLISHER = "111111111111", "222222222222"
US, EU = "us-east-1", "eu-west-1"
PROGRAM = (sys.executable, "-m", "liveaudit.cli.main")


def run(*arguments: str, environment: dict[str, str] | None = None, cwd: Path | None = None) -> Any:
    return subprocess.run(
        [*PROGRAM, *arguments],
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_demo_goes_as_expected_and_tells_its_timeline(tmp_path: Path) -> None:
    file = tmp_path / "timeline.json"
    ended = run("demo", "--exit", "--json", str(file))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["ok"] is True
    assert len(told["steps"]) >= 20
    transitions = [each for step in told["steps"] for each in step["transitions"]]
    assert {each["what"] for each in transitions} == {"opened", "closed"}
    assert all(each["latency"] > 0 and each["event"] and each["actor"] for each in transitions)
    closed = [
        each
        for each in transitions
        if each["policy"] == "s3_bucket_public_access" and each["what"] == "closed"
    ]
    assert [each["event"] for each in closed] == ["PutAccountPublicAccessBlock"]


def exports(lines: Sequence[str]) -> dict[str, str]:
    return dict(
        line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export ")
    )


def test_the_lab_command_and_a_sweep_with_nothing_set_up(tmp_path: Path) -> None:
    lab = subprocess.Popen(
        [*PROGRAM, "lab", "--port", "0", "--account", RECEIVER], stdout=subprocess.PIPE, text=True
    )
    try:
        assert lab.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("export no_proxy"):
            lines.append(lab.stdout.readline())
        environment = exports(lines)
        assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
        ended = run("sweep", "--json", environment=environment, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
        verdicts = [json.loads(line) for line in ended.stdout.splitlines()]
        keys = {"policy", "type", "id", "arn", "account", "region", "verdict", "reason", "evidence"}
        assert all(each.keys() == keys for each in verdicts)
        assert {each["account"] for each in verdicts} == {RECEIVER}
        assert {"PASS", "FAIL"} <= {each["verdict"] for each in verdicts}
        by_policy = {(each["policy"], each["region"]): each["verdict"] for each in verdicts}
        assert by_policy["iam_password_policy_minimum_length_14", "global"] == "FAIL"
        assert by_policy["s3_account_level_public_access_blocks", "global"] == "FAIL"
        assert by_policy["ec2_ebs_default_encryption", US] == "FAIL"
        assert list(tmp_path.iterdir()) == [], "a sweep with nothing set up leaves nothing behind"
        wrong = run("sweep", "--account", PUBLISHER, environment=environment, cwd=tmp_path)
        assert wrong.returncode == 2
        assert RECEIVER in wrong.stderr
    finally:
        lab.send_signal(signal.SIGTERM)
        lab.communicate(timeout=20)
    assert lab.returncode == 0


def test_sweep_without_credentials_says_what_to_do(lab: Lab, tmp_path: Path) -> None:
    environment = lab.environment(RECEIVER, US) | {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWNUNKNOWN00"}
    ended = run("sweep", environment=environment, cwd=tmp_path)
    assert ended.returncode == 1
    assert "the ambient credentials do not work" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_sweep_that_cannot_list_is_incomplete(lab: Lab, tmp_path: Path) -> None:
    lab.knobs.deny("s3:ListBuckets")
    ended = run("sweep", "--service", "s3", environment=lab.environment(RECEIVER, US), cwd=tmp_path)
    assert ended.returncode == 3
    assert "not listed: AWS::S3::Bucket" in ended.stderr


def test_worker_and_findings_and_a_graceful_stop(lab: Lab, tmp_path: Path) -> None:
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (US, EU), lambda _line: None)
    demo.set_up()
    environment = {
        **os.environ,
        **lab.environment(RECEIVER, US),
        "LIVEAUDIT_SETTINGS": str(demo.settings_file),
    }
    worker = subprocess.Popen([*PROGRAM, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        s3 = lab.client(PUBLISHER, "s3", EU)
        s3.create_bucket(Bucket="watched", CreateBucketConfiguration={"LocationConstraint": EU})
        s3.delete_public_access_block(Bucket="watched")
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + 60
        wanted = ("findings", "list", "--json", "--policy", "s3_bucket_level_public_access_block")
        while not found and time.monotonic() < deadline:
            ended = run(*wanted, "--resource", "watched", environment=environment)
            assert ended.returncode == 0, ended.stderr
            found = [json.loads(line) for line in ended.stdout.splitlines()]
        (finding,) = found
        assert finding["status"] == "new"
        assert finding["fix"]
        story = run("findings", "show", finding["id"][:8], environment=environment)
        assert "DeleteBucketPublicAccessBlock by arn:aws:iam::222222222222:user/lab-admin" in story.stdout
        assert run("findings", "show", "zzzz", environment=environment).returncode == 4
        shown = run(
            "frameworks", "show", "CIS 7.0", "--account", PUBLISHER, "--json", environment=environment
        )
        states = {each["control"]: each for each in map(json.loads, shown.stdout.splitlines())}
        assert states["3.1.4"]["state"] == "FAIL"
        assert "s3_bucket_level_public_access_block" in states["3.1.4"]["failing"]
        assert states["2.1.2"]["state"] == "MANUAL"
    finally:
        worker.send_signal(signal.SIGTERM)
        _, told = worker.communicate(timeout=30)
    assert worker.returncode == 0, told
    assert "nothing is in hand" in told
