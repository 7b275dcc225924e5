"""Rules whose processes are lost, late, or told otherwise; and what a rule can get at in its sandbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.asked.config_rules import Asked, ConfigRules
from liveaudit.audit.asked.inside.watched import watch
from liveaudit.audit.asked.invoking import Function
from liveaudit.audit.asked.sandbox import Code, Limits, Sandbox, SandboxError
from liveaudit.model import Outcome, Resource, Severity, Verdict
from liveaudit.policies.asking import Question, Unanswered
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.policy import Asks, Policy, PolicyKind
from liveaudit.services import load

BUCKET = "AWS::S3::Bucket"


async def not_invoked(function: Function, request: bytes, *, timeout: float) -> bytes:
    raise AssertionError


def policy(options: object, type_name: str = BUCKET) -> Policy:
    return Policy(
        id="my_rule",
        type=type_name,
        service="s3",
        severity=Severity.LOW,
        title="t",
        why="w",
        fix="f",
        judge=lambda: Verdict(Outcome.UNKNOWN),
        sections=frozenset(),
        parameters=(),
        kind=PolicyKind.CONFIG_RULE,
        asks=Asks("rule.py", options),
    )


def questions(count: int, *, regions: tuple[str, ...] = ("eu-west-1",)) -> list[Question]:
    return [
        Question(Resource("aws", "111111111111", regions[at % len(regions)], BUCKET, f"b{at}"), str(at))
        for at in range(count)
    ]


OPTIONS = RuleOptions(("/nowhere",), "rule", timeout=7.0, memory=256)


class Scripted:
    """Processes that answer as they are told; each that is opened is kept."""

    def __init__(self, answers: Callable[[str], dict[str, Any]]) -> None:
        self.answers = answers
        self.opened: list[str] = []
        self.limits: set[Limits] = set()

    @asynccontextmanager
    async def opens(self, code: Code, limits: Limits, region: str) -> AsyncIterator[Asked]:
        assert code.module == "rule"
        self.opened.append(region)
        self.limits.add(limits)
        yield self

    async def ask(self, line: Mapping[str, Any]) -> dict[str, Any]:
        found = self.answers(str(line["items"][0]["resourceId"]))
        if error := found.get("lost"):
            raise SandboxError(error)
        return found


def compliant(resource_id: str) -> dict[str, Any]:
    told = {
        "ComplianceResourceType": BUCKET,
        "ComplianceResourceId": resource_id,
        "ComplianceType": "COMPLIANT",
    }
    return {"evaluations": [told]}


def ask(answers: Callable[[str], dict[str, Any]], asked: list[Question], options: object = OPTIONS) -> Any:
    scripted = Scripted(answers)
    rules = ConfigRules(load()[0], lambda: 1_780_000_000.0, not_invoked, opens=scripted.opens)
    return asyncio.run(rules.ask(policy(options), asked)), scripted


def test_one_process_for_a_region() -> None:
    found, scripted = ask(compliant, questions(5, regions=("eu-west-1", "us-east-1")))
    assert scripted.opened == ["eu-west-1", "us-east-1"]
    assert scripted.limits == {Limits(seconds=7.0, memory=256)}
    assert {each.outcome for each in found.values()} == {Outcome.PASS}
    assert len(found) == 5


def test_a_lost_process_costs_one_verdict() -> None:
    found, scripted = ask(lambda one: {"lost": "gone"} if one == "b1" else compliant(one), questions(4))
    assert {each.id: verdict.reason for each, verdict in found.items()} == {
        "b0": "",
        "b1": "gone",
        "b2": "",
        "b3": "",
    }
    assert isinstance(found[questions(2)[1].resource], Unanswered)
    assert len(scripted.opened) == 2


def test_after_three_lost_processes_the_rest_waits() -> None:
    found, scripted = ask(lambda _one: {"lost": "gone"}, questions(50))
    assert len(scripted.opened) == 3
    assert len(found) == 50
    assert all(isinstance(each, Unanswered) for each in found.values())


@pytest.mark.parametrize(
    ("answer", "reason", "open_"),
    [
        ({"error": "ValueError: \x1b[31m"}, "the rule failed: ValueError: \\u001b[31m", True),
        ({"evaluations": "none"}, "told no evaluations", True),
        ({}, "told no evaluations", True),
        ({**compliant("b0"), "refused": ["ec2:DescribeInstances"]}, "calls ec2:DescribeInstances", False),
        ({**compliant("b0"), "missing": ["relationships"]}, "reads relationships of the item", False),
        (
            {"evaluations": [], "returned": {"customerErrorMessage": "no days"}},
            "told an error: no days",
            True,
        ),
    ],
)
def test_what_is_no_verdict(answer: dict[str, Any], reason: str, open_: bool) -> None:
    found, _ = ask(lambda _one: answer, questions(1))
    (verdict,) = found.values()
    assert verdict.outcome == Outcome.UNKNOWN
    assert reason in verdict.reason
    assert isinstance(verdict, Unanswered) == open_


def test_a_policy_that_names_no_rule() -> None:
    found, scripted = ask(compliant, questions(1), options=None)
    assert [each.outcome for each in found.values()] == [Outcome.UNKNOWN]
    assert not scripted.opened


def test_looks_at_what_is_unread_are_noticed() -> None:
    noted: list[str] = []
    item = watch({"a": {"b": [{"c": 1}]}, "d": 2}, "", {"a.b.x", "e"}, noted.append)
    assert item["a"]["b"][0]["c"] == item.get("d") - 1 == 1
    assert noted == []
    assert item["a"]["b"][0].get("x") is None
    assert "e" not in item.copy()
    with pytest.raises(KeyError):
        item["e"]
    assert noted == ["a.b.x", "e", "e"]


def test_looks_through_keys_are_noticed() -> None:
    noted: list[str] = []
    item = watch({"a": {"c": 1}}, "", {"a.x", "a.y", "e"}, noted.append)
    assert "c" in item["a"].keys()  # noqa: SIM118 - it is what some rules write
    assert noted == []
    assert "x" not in item["a"].keys()  # noqa: SIM118 - as above
    assert noted == ["a.x"]
    noted.clear()
    assert list(item["a"].keys()) == ["c"]
    assert set(noted) == {"a.x", "a.y"}
    assert (len(item.keys()), noted[-1]) == (1, "e")
    noted.clear()
    assert item["a"].pop("x", 7) == 7
    assert item["a"].setdefault("c", 2) == 1
    assert noted == ["a.x"]
    noted.clear()
    assert (json.loads(json.dumps(item)), dict(item["a"])) == ({"a": {"c": 1}}, {"c": 1})
    assert noted == [], "to write it to a log is no look"


HOSTILE = """
import os, socket, subprocess, threading

def tried(what):
    try:
        return f"did {what()!r}"
    except BaseException as error:
        return type(error).__name__

def handler(event, context):
    libc = __import__("ctypes").CDLL(None)
    return {
        "file": tried(lambda: open("SECRET").read()),
        "own": tried(lambda: open(__file__).readline()),
        "write": tried(lambda: open(__file__, "w")),
        "scratch": tried(lambda: open(os.environ["TMPDIR"] + "/x", "w").write("x")),
        "environment": tried(lambda: open(f"/proc/{os.getppid()}/environ").read()),
        "credentials": [each for each in os.environ if "KEY" in each or "TOKEN" in each],
        "network": tried(lambda: socket.create_connection(("127.0.0.1", 9))),
        "network_in_c": libc.connect(libc.socket(2, 1, 0), b"\\x02\\x00\\x00\\x09\\x7f\\x00\\x00\\x01" + bytes(8), 16),
        "process": tried(lambda: subprocess.run(["/bin/true"])),
        "memory": tried(lambda: len(bytearray(2_000_000_000))),
    }
"""
LATE = """
import os, time

def handler(event, context):
    if event["configRuleName"] == "ends":
        os._exit(3)
    if event["configRuleName"] == "floods":
        os.write(2, b"x" * 1_000_000 + b"\\nlast words")
        os.abort()
    time.sleep(60)
"""


def line(rule: str) -> dict[str, Any]:
    event = {"resultToken": "t", "accountId": "111111111111", "configRuleName": rule}
    return {"event": event, "items": [], "reads": [], "unread": []}


async def told_by(folder: Path, module: str, *rules: str, seconds: float = 30.0) -> list[Any]:
    """What a process answers, or how it is lost, and that nothing is left of it."""
    found: list[Any] = []
    for rule in rules:
        sandbox = Sandbox(
            Code((str(folder),), module, "handler"), Limits(seconds=seconds, memory=128), "eu-west-1"
        )
        try:
            async with sandbox as process:
                found.append(dict(await process.ask(line(rule)), confined=dict(sandbox.confined)))
        except SandboxError as error:
            found.append(str(error))
        assert not Path(sandbox.scratch).exists()
    return found


def test_what_a_rule_can_get_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not to be seen")
    rules = tmp_path / "rules"
    rules.mkdir()
    secret = tmp_path / "settings.yaml"
    secret.write_text("secret")
    (rules / "hostile.py").write_text(HOSTILE.replace("SECRET", str(secret)))
    (answer,) = asyncio.run(told_by(rules, "hostile", "any"))
    found = answer["returned"]
    assert found["own"] == "did '\\n'"
    assert found["scratch"] == "did 1"
    assert found["credentials"] == []
    assert (found["network"], found["process"], found["memory"]) == (
        "PermissionError",
        "PermissionError",
        "MemoryError",
    )
    confined = answer["confined"]
    if confined["files"]:
        assert (found["file"], found["write"]) == ("PermissionError", "PermissionError")
        assert not found["environment"].startswith("did")
    if confined["network"] or confined["files"]:
        assert found["network_in_c"] == -1


def test_a_rule_that_is_late_or_ends(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(LATE)
    sleeps, ends, floods = asyncio.run(told_by(tmp_path, "late", "sleeps", "ends", "floods", seconds=2.0))
    assert sleeps == "the rule did not answer within 2 seconds"
    assert ends == "the rule did not answer: its process ended with status 3"
    assert floods.endswith("(last words)")


def test_a_rule_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_this_name")
    (tmp_path / "empty.py").write_text("")
    (broken,) = asyncio.run(told_by(tmp_path, "broken", "any"))
    assert (
        broken
        == "the rule cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_this_name' (broken.py, line 1)"
    )
    (empty,) = asyncio.run(told_by(tmp_path, "empty", "any"))
    assert "empty has no function handler" in empty
