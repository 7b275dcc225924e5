"""Step Functions: which state machine an event names, what is kept of it, and the policies' verdicts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.stepfunctions.resources import machine
from tests.support.events import event
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:orders"


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "sections"),
    [
        ("CreateStateMachine", {"name": "orders"}, {"stateMachineArn": ARN}, set()),
        ("UpdateStateMachine", {"stateMachineArn": ARN}, {}, {"secrets", "state_machine"}),
        ("DeleteStateMachine", {"stateMachineArn": ARN}, {}, set()),
        ("DeleteStateMachine", {"stateMachineArn": f"{ARN}:live"}, {}, set()),
    ],
)
def test_the_event_names_its_state_machine(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], sections: set[str]
) -> None:
    (target,) = match(CATALOG, event("states", name, request_parameters, response)).targets
    assert (target.resource.type, target.resource.id) == (machine.name, "orders")
    assert target.sections == sections


def test_the_definition_is_not_kept() -> None:
    definition = json.dumps({"States": {"Call": {"Parameters": {"password": "hunter2"}}}}, indent=1)
    answer = {"name": "orders", "definition": definition, "type": "STANDARD"}
    kept = section_value(machine.sections["state_machine"], answer)
    assert kept == {"name": "orders", "type": "STANDARD"}
    told = section_value(machine.sections["secrets"], definition)
    assert told == [{"Line": 5, "Secret": "password"}]
    assert section_value(machine.sections["secrets"], None) is None


def test_an_odd_definition_is_refused() -> None:
    with pytest.raises(ValueError, match="no text"):
        section_value(machine.sections["secrets"], {"States": {}})


@pytest.mark.parametrize(
    ("secrets", "outcome"),
    [([], PASS), ([{"Line": 5, "Secret": "password"}], FAIL), (None, UNKNOWN), ("odd", UNKNOWN)],
)
def test_secrets(judged: Judged, secrets: Any, outcome: Outcome) -> None:
    verdict = judged("stepfunctions_statemachine_no_secrets_in_definition", secrets=secrets)
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence == {"Secrets": [{"Line": 5, "Secret": "password"}]}


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({}, FAIL),
        ({"loggingConfiguration": {"level": "OFF", "includeExecutionData": False}}, FAIL),
        ({"loggingConfiguration": {"level": "ERROR"}}, PASS),
        ({"loggingConfiguration": {"level": "ALL"}}, PASS),
    ],
)
def test_logging(judged: Judged, given: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged("stepfunctions_statemachine_logging_enabled", state_machine={"name": "orders", **given})
    assert verdict.outcome is outcome


def test_odd_logging_is_unknown(judged: Judged) -> None:
    odd = {"loggingConfiguration": "ALL"}
    verdict = judged("stepfunctions_statemachine_logging_enabled", state_machine=odd, odd=True)
    assert verdict.outcome is UNKNOWN


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({}, FAIL),
        ({"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}, FAIL),
        ({"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}}, PASS),
    ],
)
def test_keys(judged: Judged, given: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged("stepfunctions_statemachine_encrypted_with_cmk", state_machine=given)
    assert verdict.outcome is outcome


def test_an_odd_key_is_unknown(judged: Judged) -> None:
    odd = {"encryptionConfiguration": "odd"}
    verdict = judged("stepfunctions_statemachine_encrypted_with_cmk", state_machine=odd, odd=True)
    assert verdict.outcome is UNKNOWN
