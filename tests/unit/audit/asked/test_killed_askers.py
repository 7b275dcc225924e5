"""Workers killed with SIGKILL between every two steps of asking a function: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.model import Cause
from liveaudit.store import findings, questions, work
from liveaudit.store.work import Due
from tests.support.fake import ACCOUNT, REGION, Clock, FakeAws, make_auditor, resource
from tests.support.killed_asker import STEPS, policies
from tests.support.stores import Stores

pytestmark = pytest.mark.anyio
NAMED = "widget_is_named"
WIDGETS = 14


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def run_askers(url: str, told: Path, clock: Clock, *steps: str) -> None:
    """Run one for each step, until it kills itself there; and one until nothing is left."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_asker", url, str(told), str(clock()), *steps, "-"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == [*[-signal.SIGKILL] * len(steps), 0], ended.stderr
    clock.now += 1000 * (len(steps) + 1)


def asked(told: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.read_text("utf-8").splitlines()]


async def test_killed_between_every_two_steps(stores: Stores, tmp_path: Path) -> None:
    clock, aws, told, url = Clock(), FakeAws(), tmp_path / "told.jsonl", stores.url()
    for at in range(WIDGETS):
        aws.widgets[f"w{at}"] = {"Color": "red" if at % 2 else "blue"}
    auditor = make_auditor(stores, aws, clock)
    auditor.policies = policies()
    database = auditor.database
    red = {f"w{at}" for at in range(WIDGETS) if at % 2}
    try:
        await Sweeper(auditor).sweep(Scope("aws", ACCOUNT, (REGION,)), "s1")
        assert database.read_now(questions.pending) == {NAMED: WIDGETS}
        run_askers(url, told, clock, *STEPS)
        first = asked(told)
        # then the red ones change, and are asked about again
        for name in sorted(red):
            aws.widgets[name]["Color"] = "blue"
        clock.now += 1000
        changed = [
            Due(resource(name), f"arn:{name}", Cause(f"event:{name}", "event", frozenset({"widget"})))
            for name in sorted(red)
        ]
        await database.write(lambda c: work.add_due(c, changed, clock()))
        while claims := await auditor.claim(64):
            await auditor.audit(claims)
        assert database.read_now(questions.pending) == {NAMED: len(red)}
        run_askers(url, told, clock, *reversed(STEPS))
        again = asked(told)[len(first) :]
        assert database.read_now(questions.pending) == {}
        found = database.read_now(lambda c: findings.list_verdicts(c, findings.Filter(policy=NAMED)))
        moved = list(database.read_now(lambda c: findings.transitions_since(c, 0)))
    finally:
        database.close()
    assert {each["id"]: each["verdict"] for each in found} == dict.fromkeys(aws.widgets, "PASS")
    steps = Counter((each["resource"], each["to"]) for each in moved if each["policy"] == NAMED)
    assert steps == Counter({(name, to): 1 for name in red for to in ("new", "resolved")})
    # what was asked twice was asked in the same words, under the same key
    for questions_told, resources in ((first, set(aws.widgets)), (again, red)):
        by_key = {each["key"]: each for each in questions_told}
        assert all(by_key[each["key"]] == each for each in questions_told)
        assert {each["id"] for each in by_key.values()} == resources
        assert len(by_key) == len(resources)
    assert not {each["key"] for each in first} & {each["key"] for each in again}
    # asked again was only what a killed worker had in hand: at four of the six steps it had asked already
    most = Counter(each["key"] for each in (*first, *again)).most_common(1)[0][1]
    assert 1 < most <= 5
