"""CloudFormation: which stack an event names, what is kept of it, and the policy's verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.cloudformation.resources import stack
from tests.support.events import event
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
ARN = "arn:aws:cloudformation:eu-west-1:111122223333:stack/web/6d3b2f40-0000-11f0-8000-0a1b2c3d4e5f"


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "sections"),
    [
        ("CreateStack", {"stackName": "web"}, {"stackId": ARN}, set()),
        ("UpdateStack", {"stackName": ARN}, {"stackId": ARN}, {"stack", "outputs", "stack_policy"}),
        ("ExecuteChangeSet", {"stackName": "web"}, {}, {"stack", "outputs", "stack_policy"}),
        ("SetStackPolicy", {"stackName": "web"}, {}, {"stack_policy"}),
        ("UpdateTerminationProtection", {"stackName": ARN}, {}, {"stack"}),
        ("DeleteStack", {"stackName": ARN}, {}, set()),
    ],
)
def test_the_event_names_its_stack(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], sections: set[str]
) -> None:
    (target,) = match(CATALOG, event("cloudformation", name, request_parameters, response)).targets
    assert (target.resource.type, target.resource.id) == (stack.name, "web")
    assert target.sections == sections


def test_values_of_parameters_and_outputs_are_not_kept() -> None:
    secret = "hunter2hunter2"
    outputs = [
        {"OutputKey": "Url", "OutputValue": "https://web.example.com/"},
        {"OutputKey": "AdminPassword", "OutputValue": secret},
    ]
    answer = {
        "StackName": "web",
        "Outputs": outputs,
        "Parameters": [{"ParameterKey": "Password", "ParameterValue": secret}],
        "EnableTerminationProtection": True,
    }
    kept = section_value(stack.sections["stack"], answer)
    assert kept == {"StackName": "web", "EnableTerminationProtection": True}
    told = section_value(stack.sections["outputs"], outputs)
    assert told == [{"Name": "AdminPassword", "Secret": "password"}, {"Name": "Url", "Secret": None}]
    assert section_value(stack.sections["outputs"], None) == []


@pytest.mark.parametrize(
    ("outputs", "outcome"),
    [
        ([], Outcome.PASS),
        ([{"Name": "Url", "Secret": None}], Outcome.PASS),
        ([{"Name": "Url", "Secret": None}, {"Name": "AdminPassword", "Secret": "password"}], Outcome.FAIL),
        (None, Outcome.UNKNOWN),
        ("odd", Outcome.UNKNOWN),
    ],
)
def test_outputs(judged: Judged, outputs: Any, outcome: Outcome) -> None:
    verdict = judged("cloudformation_stack_outputs_find_secrets", outputs=outputs)
    assert verdict.outcome is outcome
    if outcome is Outcome.FAIL:
        assert verdict.evidence == {"Secrets": [{"Name": "AdminPassword", "Secret": "password"}]}


PARENT = "arn:aws:cloudformation:eu-west-1:111122223333:stack/root/1"


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"EnableTerminationProtection": True}, Outcome.PASS),
        ({"EnableTerminationProtection": False}, Outcome.FAIL),
        ({}, Outcome.FAIL),
        ({"ParentId": PARENT}, Outcome.NOT_APPLICABLE),
    ],
)
def test_termination_protection(judged: Judged, given: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged(
        "cloudformation_stacks_termination_protection_enabled", stack={"StackName": "web", **given}
    )
    assert verdict.outcome is outcome


def test_an_odd_stack_is_unknown(judged: Judged) -> None:
    odd = {"EnableTerminationProtection": "on"}
    verdict = judged("cloudformation_stacks_termination_protection_enabled", stack=odd, odd=True)
    assert verdict.outcome is Outcome.UNKNOWN
