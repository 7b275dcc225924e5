"""The set-up written as files: a person types the commands of the guide, and nothing is left to be done."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from liveaudit.aws.caller import AwsCaller
from liveaudit.demo.owner import make_documents
from liveaudit.lab import Lab
from liveaudit.provision.apply import setting_up
from liveaudit.provision.desired import desired
from liveaudit.provision.documents import documents
from liveaudit.provision.emit import GUIDE, emit
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.observe import observe
from liveaudit.provision.plan import make_plan
from liveaudit.provision.steps import Plan
from liveaudit.services import load
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab

HOME = "us-east-1"
INSTALLATION = Installation(
    RECEIVER,
    (
        Account(RECEIVER, "security", (HOME,), external_id="word"),
        Account(PUBLISHER, "shop", (HOME,), external_id="word"),
    ),
)


def settled(lab: Lab) -> None:
    """What the guide says: wait until the operation on the stack set has ended."""
    cloudformation = lab.client(RECEIVER, "cloudformation", HOME)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        operations = [
            each
            for found in cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"]
            for each in cloudformation.list_stack_set_operations(StackSetName=found["StackSetName"])[
                "Summaries"
            ]
        ]
        if all(each["Status"] == "SUCCEEDED" for each in operations):
            return
        assert all(each["Status"] in ("RUNNING", "SUCCEEDED") for each in operations), operations
        time.sleep(0.05)
    raise AssertionError("an operation does not end")


async def planned() -> Plan:
    caller = AwsCaller()
    try:
        observed = await observe(caller, INSTALLATION)
        return make_plan(setting_up(INSTALLATION, *load())(observed), observed)
    finally:
        await caller.close()


@pytest.mark.anyio
async def test_the_guides_commands_set_everything_up(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, policies = load()
    make_documents(lab.client, documents(INSTALLATION, catalog, policies))
    files = emit(desired(INSTALLATION, catalog, policies))
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    environment = lab.environment(RECEIVER, HOME)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = await planned()
    assert before.steps
    commands = [shlex.split(line) for line in files[GUIDE].splitlines() if line.startswith("aws ")]
    changing = [each for each in commands if not each[2].startswith("list-")]
    assert len(changing) == 5, "two stack sets, two times instances, one grant"
    for words in changing:
        ended = subprocess.run(
            [sys.executable, "-m", "awscli", *words[1:]],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, f"{words}: {ended.stderr}"
        settled(lab)
    after = await planned()
    assert after.complete, after
    assert after.standing == len(before.changes)
