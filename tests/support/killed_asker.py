"""Processes that ask a function what waits to be asked, and kill themselves at a step, or end when nothing is left.

python -m tests.support.killed_asker STORE FILE TIME STEP|- ...

One after the other, each when the leases of the one before it have run out. How each ended is told as JSON. The function is this process's own: it writes into FILE what it was asked, one resource a line, and answers by the contract. At
``invoked`` it was asked, and its answer does not come.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable

from liveaudit.audit.asked.asker import Asker, Tuning
from liveaudit.audit.asked.functions import FunctionEvaluator
from liveaudit.audit.asked.invoking import Function
from liveaudit.custom.functions import Asked
from liveaudit.model import Severity, Verdict
from liveaudit.policies.policy import Asks, Policy, PolicyKind, PolicyRegistry
from liveaudit.store import questions
from liveaudit.store.database import Database
from tests.support.fake import CATALOG, POLICIES

STEPS = ("questions taken", "questions read", "invoked", "answered", "answers noted", "answer stored")
BATCH = 4


def _not_judged() -> Verdict:
    raise AssertionError


def policies() -> PolicyRegistry:
    """Those of the made-up service, and one that the function decides."""
    registry = PolicyRegistry(over=POLICIES)
    registry.replace(
        [
            Policy(
                id="widget_is_named",
                type="Fake::Widget",
                service="fake",
                severity=Severity.HIGH,
                title="Widgets have names",
                why="because of the tests",
                fix="name it",
                judge=_not_judged,
                sections=frozenset({"widget"}),
                parameters=("widget",),
                kind=PolicyKind.LAMBDA,
                version="1",
                asks=Asks("arn:aws:lambda:eu-west-1:111111111111:function:names", Asked()),
            )
        ]
    )
    return registry


def main() -> None:
    """See above."""
    _, store, file, at, *steps = sys.argv
    ended = []
    for number, step in enumerate(steps, 1):
        # loading the code anew takes longer than all the rest; nothing has begun a thread yet
        process = os.fork()
        if process == 0:
            _one(store, file, step, float(at) + 1000 * number)
        ended.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    sys.stdout.write(json.dumps(ended))


def _one(store: str, file: str, step: str, at: float) -> None:
    def probe(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        asyncio.run(_run(Database(store), file, probe, at))
        code = 0
    finally:
        os._exit(code)


async def _run(database: Database, file: str, probe: Callable[[str], None], at: float) -> None:
    async def invoke(function: Function, request: bytes, *, timeout: float) -> bytes:
        verdicts = []
        with open(file, "a", encoding="utf-8") as told:
            for each in json.loads(request)["resources"]:
                told.write(json.dumps(each) + "\n")
                red = each["sections"]["widget"]["Color"] == "red"
                verdicts.append({"key": each["key"], "verdict": "FAIL" if red else "PASS", "reason": "red"})
        probe("invoked")
        return json.dumps({"version": "1", "verdicts": verdicts}).encode()

    ids = iter(f"asked-{os.getpid()}-{number}" for number in range(1000))
    asker = Asker(
        database,
        CATALOG,
        policies(),
        {PolicyKind.LAMBDA: FunctionEvaluator(invoke)},
        lambda: at,
        f"worker {os.getpid()}",
        lambda: next(ids),
        tuning=Tuning(batch=BATCH),
        jitter=lambda: 1.0,
        probe=probe,
    )
    while await asker.step():
        pass
    if left := await database.read(questions.pending):
        raise SystemExit(f"not asked: {left}")
    database.close()


if __name__ == "__main__":
    main()
