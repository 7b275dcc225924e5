"""Policies that judge by an expression in CEL."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from liveaudit.custom.files import load_bytes
from liveaudit.model import Outcome, Resource, Verdict
from liveaudit.policies.clock import Now
from liveaudit.policies.policy import Context, Policy, call_judge
from tests.support.own_policies import a_file, own

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
BUCKET = Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", "prod-logs")


def made(cel: dict[str, Any], **more: Any) -> Policy:
    read = load_bytes(a_file(own(tags=None, cel=cel, **more)), "f.yaml")
    assert read.mistakes == ()
    return read.policies[0]


def judged(cel: dict[str, Any], sections: dict[str, Any], now: Now | None = None, **values: Any) -> Verdict:
    parameters = {"days": {"title": "How old.", "default": 90}}
    policy = made(cel, parameters=parameters)
    given = {name: sections.get(name) for name in policy.sections}
    return call_judge(policy, given, resource=BUCKET, now=now or Now(NOW), context=Context(), values=values)


ENABLED = 'versioning != null && versioning.?Status.orValue("") == "Enabled"'


def test_it_reads_what_it_names() -> None:
    policy = made({"expression": ENABLED, "message": "{{ acl == null }} {{ tags }}"})
    assert policy.sections == {"versioning", "acl", "tagging"}
    assert not policy.timed


@pytest.mark.parametrize(
    ("versioning", "outcome"),
    [({"Status": "Enabled"}, Outcome.PASS), ({"Status": "Suspended"}, Outcome.FAIL), (None, Outcome.FAIL)],
)
def test_true_is_pass_and_false_is_fail(versioning: Any, outcome: Outcome) -> None:
    assert judged({"expression": ENABLED}, {"versioning": versioning}).outcome == outcome


def test_the_condition_decides_whether_it_applies() -> None:
    cel = {"when": 'resource.id.startsWith("test-")', "expression": "false"}
    assert judged(cel, {}).outcome == Outcome.NOT_APPLICABLE
    assert judged({**cel, "when": 'resource.region == "eu-west-1"'}, {}).outcome == Outcome.FAIL


def test_the_message_tells_values_and_keeps_them_as_evidence() -> None:
    verdict = judged(
        {"expression": ENABLED, "message": "it is {{ versioning.Status }}, of {{ tags }}: {{ acl.Owner }}"},
        {"versioning": {"Status": "Suspended"}, "tagging": [{"Key": "a", "Value": "b"}]},
    )
    assert verdict.reason == 'it is Suspended, of {"a": "b"}: (not known)'
    assert verdict.evidence == {"versioning.Status": "Suspended", "tags": {"a": "b"}}


def test_without_a_message_the_sections_are_the_evidence() -> None:
    verdict = judged({"expression": ENABLED}, {"versioning": {"Status": "Suspended"}})
    assert ENABLED in verdict.reason
    assert verdict.evidence == {"versioning": {"Status": "Suspended"}}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            "versioning.Status == 'Enabled'",
            "what is not configured (versioning): ask for versioning != null first",
        ),
        ("acl.Nothing == 1", "a field that is not there: ask for it with has() or .?"),
        ("acl.Name > 3", "has no value: UNKNOWN: No matching overloads"),
        ("acl.Name", "gives x, where true or false is needed"),
        ("acl.Number / 0 == 1", "divide by zero"),
        ("older_than('yesterday', 1)", "is no time"),
    ],
)
def test_what_has_no_value_is_unknown_with_the_reason(expression: str, reason: str) -> None:
    verdict = judged({"expression": expression}, {"acl": {"Name": "x", "Number": 1}})
    assert verdict.outcome == Outcome.UNKNOWN
    assert reason in verdict.reason


def test_parameters_are_as_they_are_set() -> None:
    cel = {"expression": "params.days > 30"}
    assert judged(cel, {}).outcome == Outcome.PASS
    assert judged(cel, {}, days=30).outcome == Outcome.FAIL


def test_age_is_asked_so_that_it_is_known_when_the_verdict_turns() -> None:
    now = Now(NOW)
    cel = {"expression": "!older_than(bucket.Made, params.days) && !older_than('2026-05-31T00:00:00', 3)"}
    verdict = judged(cel, {"bucket": {"Made": "2026-04-01T00:00:00Z"}}, now, days=90)
    assert verdict.outcome == Outcome.PASS
    assert now.otherwise_at == dt.datetime(2026, 6, 3, 0, 0, 0, 1000, tzinfo=dt.UTC)
    assert made(cel, parameters={"days": {"title": "x", "default": 1}}).timed
    assert judged(cel, {"bucket": {"Made": "2026-04-01T00:00:00Z"}}, days=30).outcome == Outcome.FAIL


@pytest.mark.parametrize(
    ("cel", "expected"),
    [
        ({"expression": "1 +"}, "f.yaml:9:20: policies[0].cel.expression: no CEL: Syntax error"),
        (
            {"expression": "versionin == 1"},
            "'versionin' is nothing that there is (did you mean 'versioning'?)",
        ),
        ({"expression": "versioning"}, ""),
        ({"expression": "'a'"}, "policies[0].cel.expression: gives STRING, where true or false is needed"),
        ({"expression": "true", "when": "3"}, "policies[0].cel.when: gives INT"),
        ({"expression": "params.dayz == 1"}, "dayz is no parameter of the policy; there are none"),
        (
            {"expression": "true", "message": "a {{ b }}"},
            "policies[0].cel.message: 'b' is nothing that there is",
        ),
        ({"expression": ""}, "is not an expression in CEL"),
        ({"when": "true"}, "policies[0].cel.expression: is missing: what has to be true"),
    ],
)
def test_mistakes_are_told(cel: dict[str, Any], expected: str) -> None:
    told = [each.told("f.yaml") for each in load_bytes(a_file(own(tags=None, cel=cel)), "f.yaml").mistakes]
    assert any(expected in each for each in told) if expected else told == []


def test_a_mistake_within_a_block_has_its_own_line() -> None:
    data = (
        a_file(own(tags=None))
        + b"""\
  cel:
    message: |
      one
      two {{ nothing }}
    expression: |

      true &&
        nothing
"""
    )
    told = [each.told("f.yaml") for each in load_bytes(data, "f.yaml").mistakes]
    assert [each.partition(": ")[0] for each in told] == ["f.yaml:15:9"]
    data = data.replace(b"        nothing\n", b"        true\n")
    (line,) = [each.told("f.yaml") for each in load_bytes(data, "f.yaml").mistakes]
    assert line.startswith("f.yaml:11:14: policies[0].cel.message: 'nothing'")


def test_a_pattern_of_a_tag() -> None:
    rule = {"key": "Cost", "pattern": "cc-[0-9]+", "ignore_case": True}
    (policy,) = load_bytes(a_file(own(tags=rule)), "f.yaml").policies

    def outcome(value: str) -> Outcome:
        return policy.judge(tagging=[{"Key": "cost", "Value": value}]).outcome

    assert [outcome(each) for each in ("CC-12", "cc-12x", "")] == [Outcome.PASS, Outcome.FAIL, Outcome.FAIL]
    for pattern, wrong in (("(a", "missing )"), ("a{1,2000}", "bad repetition|invalid repetition")):
        (mistake,) = load_bytes(a_file(own(tags={"key": "Cost", "pattern": pattern})), "f.yaml").mistakes
        assert any(each in mistake.text for each in wrong.split("|"))
