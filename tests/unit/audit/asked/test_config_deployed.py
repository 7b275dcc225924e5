"""Rules that are deployed are invoked in test mode, and judge by what they return."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from liveaudit.audit.asked.config_rules import ConfigRules
from liveaudit.audit.asked.invoking import Failure, Function, InvocationError
from liveaudit.model import Outcome, Resource, Severity, Verdict
from liveaudit.policies.asking import Question, Unanswered
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.policy import Asks, Policy, PolicyKind
from liveaudit.services import load

ARN = "arn:aws:lambda:eu-west-1:222222222222:function:RDK-Rule-Function-TLS"
BUCKET = "AWS::S3::Bucket"


def evaluation(of: str, compliance: str) -> dict[str, str]:
    return {"ComplianceResourceType": BUCKET, "ComplianceResourceId": of, "ComplianceType": compliance}


def ask(answer: Any, *, fields: tuple[str, ...] = ("configuration.name",)) -> tuple[list[Verdict], list[Any]]:
    """What comes of two buckets. ``answer``: what the function returns of each, or raises."""
    invoked: list[Any] = []

    async def invoke(function: Function, request: bytes, *, timeout: float) -> bytes:
        assert (function.arn, timeout) == (ARN, 9.0)
        event = json.loads(request)
        invoked.append(event)
        if isinstance(answer, Exception):
            raise answer
        item = json.loads(event["invokingEvent"])["configurationItem"]
        found = answer(item["resourceId"]) if callable(answer) else answer
        return found if isinstance(found, bytes) else json.dumps(found).encode()

    options = RuleOptions(parameters={"days": "3"}, timeout=9.0, deployed=ARN, fields=fields)
    policy = Policy(
        id="my_rule",
        type=BUCKET,
        service="s3",
        severity=Severity.LOW,
        title="t",
        why="w",
        fix="f",
        judge=lambda: Verdict(Outcome.UNKNOWN),
        sections=frozenset(),
        parameters=(),
        kind=PolicyKind.CONFIG_RULE,
        asks=Asks(ARN, options),
    )
    asked = [
        Question(
            Resource("aws", "111111111111", "eu-west-1", BUCKET, name), name, parameters={"ports": (1, 2)}
        )
        for name in ("one", "two")
    ]
    rules = ConfigRules(load()[0], lambda: 1_780_000_000.0, invoke)
    found = asyncio.run(rules.ask(policy, asked))
    return [found[each.resource] for each in asked], invoked


def test_what_it_returns_is_the_verdict() -> None:
    verdicts, invoked = ask(lambda of: [evaluation(of, "COMPLIANT" if of == "one" else "NON_COMPLIANT")])
    assert [each.outcome for each in verdicts] == [Outcome.PASS, Outcome.FAIL]
    assert [each["resultToken"] for each in invoked] == ["TESTMODE", "TESTMODE"]
    assert json.loads(invoked[0]["ruleParameters"]) == {"days": "3", "ports": "1,2"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (InvocationError(Failure.LATER, "there is no function"), "there is no function"),
        (b"{", "what is no JSON"),
        (b"[" * 100_000, "what is no JSON"),
        (None, "returned no evaluations"),
        (["COMPLIANT"], "returned no evaluations"),
        (
            {"internalErrorMessage": "Parameter value is invalid", "customerErrorMessage": "no days"},
            "an error: no days",
        ),
        ({"done": True}, "put no evaluation"),
    ],
)
def test_what_is_no_answer(answer: Any, reason: str) -> None:
    verdicts, _ = ask(answer)
    assert all(isinstance(each, Unanswered) and reason in each.reason for each in verdicts)


def test_an_empty_answer_is_none() -> None:
    verdicts, _ = ask([])
    assert {each.outcome for each in verdicts} == {Outcome.UNKNOWN}


def test_what_is_not_read_cannot_be_judged_by() -> None:
    verdicts, invoked = ask([], fields=("configuration.name", "supplementaryConfiguration.Tags.key"))
    assert "looks at supplementaryConfiguration.Tags.key" in verdicts[0].reason
    assert not invoked
