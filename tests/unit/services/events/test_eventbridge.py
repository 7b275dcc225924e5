"""EventBridge: its policies, and which bus an event names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.events.resources import event_bus
from tests.support.events import event, named, unplaced
from tests.unit.services.conftest import ACCOUNT, Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
EXPOSED, FOREIGN = "eventbridge_bus_exposed", "eventbridge_bus_cross_account_access"
PARTNER, STRANGER = "222222222222", "999999999999"
BUS = f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/default"


def a_bus(*statements: dict[str, Any]) -> dict[str, str]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"Name": "default", "Arn": BUS, "Policy": json.dumps(document)}


def allow(principal: Any, condition: Any = None) -> dict[str, Any]:
    found = {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "events:PutEvents",
        "Resource": BUS,
    }
    return found | ({} if condition is None else {"Condition": condition})


OF_THE_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


@pytest.mark.parametrize(
    ("statement", "exposed", "foreign"),
    [
        (allow("*"), FAIL, FAIL),
        (allow({"AWS": "*"}), FAIL, FAIL),
        (allow("*", OF_THE_ORGANIZATION), PASS, PASS),
        (allow("*", {"StringEquals": {"events:source": "orders"}}), FAIL, FAIL),
        # what it compares with is the caller's own, whoever that is
        (allow("*", {"StringEquals": {"events:creatorAccount": "${aws:PrincipalAccount}"}}), FAIL, FAIL),
        (allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), PASS, PASS),
        # how liveaudit's own bus lets its publishers in, which are ours
        (allow({"AWS": f"arn:aws:iam::{PARTNER}:root"}), PASS, PASS),
        (allow({"AWS": f"arn:aws:iam::{STRANGER}:root"}), PASS, FAIL),
        (allow({"Service": "events.amazonaws.com"}), PASS, PASS),
    ],
)
def test_who_may_send(judged: Judged, statement: Any, exposed: Outcome, foreign: Outcome) -> None:
    assert judged(EXPOSED, event_bus=a_bus(statement)).outcome is exposed
    assert judged(FOREIGN, own=[PARTNER], event_bus=a_bus(statement)).outcome is foreign


@pytest.mark.parametrize(
    ("name", "given", "outcome"),
    [
        ("orders", a_bus(allow({"AWS": ACCOUNT})), PASS),
        ("orders", {"Name": "orders"}, FAIL),
        ("default", {"Name": "default"}, Outcome.NOT_APPLICABLE),
        ("aws.partner/example.com/orders", {"Name": "orders"}, Outcome.NOT_APPLICABLE),
        ("orders", {"Name": "orders", "Policy": 7}, UNKNOWN),
    ],
)
def test_a_custom_bus_has_a_policy(judged: Judged, name: str, given: Any, outcome: Outcome) -> None:
    odd = outcome is UNKNOWN
    policy = "eventbridge_custom_bus_has_policy"
    assert judged(policy, odd=odd, resource_id=name, event_bus=given).outcome is outcome


@pytest.mark.parametrize("policy", [EXPOSED, FOREIGN])
def test_no_policy_and_no_document(judged: Judged, policy: str) -> None:
    assert judged(policy, event_bus={"Name": "default", "Arn": BUS}).outcome is PASS
    assert judged(policy, event_bus={"Name": "default", "Policy": "{"}).outcome is UNKNOWN
    assert judged(policy, odd=True, event_bus={"Policy": 7}).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "bus", "sections"),
    [
        ("CreateEventBus", {"name": "orders"}, "orders", set()),
        ("DeleteEventBus", {"name": "orders"}, "orders", set()),
        ("UpdateEventBus", {"name": "orders"}, "orders", {"event_bus"}),
        ("PutPermission", {"eventBusName": "orders", "statementId": "s"}, "orders", {"event_bus"}),
        ("PutPermission", {"statementId": "s", "principal": "*"}, "default", {"event_bus"}),
        ("RemovePermission", {"statementId": "s"}, "default", {"event_bus"}),
    ],
)
def test_the_event_names_its_bus(name: str, request_parameters: Any, bus: str, sections: set[str]) -> None:
    found = match(CATALOG, event("events", name, request_parameters))
    assert named(found) == {(event_bus.name, bus, "eu-west-1", frozenset(sections))}


def test_every_recorded_change_is_placed() -> None:
    assert unplaced(CATALOG, "events") == []
