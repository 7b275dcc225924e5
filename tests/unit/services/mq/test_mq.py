"""Amazon MQ: its policy, and which broker an event names."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import identify, match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.mq.resources import broker
from tests.support.events import event, named
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
ID = "b-1234a5b6-78cd-901e-2fgh-3i45j6k178l9"


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"PubliclyAccessible": False}, Outcome.PASS),
        ({"PubliclyAccessible": True}, Outcome.FAIL),
        ({"PubliclyAccessible": "no"}, Outcome.UNKNOWN),
        ([], Outcome.UNKNOWN),
    ],
)
def test_public(judged: Judged, given: Any, outcome: Outcome) -> None:
    odd = outcome is Outcome.UNKNOWN
    assert judged("mq_broker_not_publicly_accessible", odd=odd, broker=given).outcome is outcome


@pytest.mark.parametrize(
    ("engine", "logs", "outcome"),
    [
        ("ActiveMQ", {"General": True, "Audit": True}, Outcome.PASS),
        ("ActiveMQ", {"General": True, "Audit": False}, Outcome.FAIL),
        ("ActiveMQ", {"General": False, "Audit": True}, Outcome.FAIL),
        # there is no audit log to switch on
        ("RabbitMQ", {"General": True}, Outcome.PASS),
        ("RABBITMQ", {"General": False}, Outcome.FAIL),
        ("ActiveMQ", {"General": "yes"}, Outcome.UNKNOWN),
        (None, {}, Outcome.UNKNOWN),
    ],
)
def test_logs(judged: Judged, engine: Any, logs: Any, outcome: Outcome) -> None:
    odd = outcome is Outcome.UNKNOWN
    given = {"EngineType": engine, "Logs": logs}
    assert judged("mq_broker_logging_enabled", odd=odd, broker=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "sections"),
    [
        ("CreateBroker", {"brokerName": "orders"}, {"brokerId": ID}, set()),
        ("UpdateBroker", {"broker-id": ID}, {"brokerId": ID}, {"broker"}),
        ("RebootBroker", {"broker-id": ID}, {}, {"broker"}),
        ("DeleteBroker", {"broker-id": ID}, {"brokerId": ID}, set()),
    ],
)
def test_the_event_names_its_broker(
    name: str, request_parameters: Any, response: Any, sections: set[str]
) -> None:
    found = match(CATALOG, event("amazonmq", name, request_parameters, response))
    assert named(found) == {(broker.name, ID, "eu-west-1", frozenset(sections))}


def test_an_arn_has_the_name_before_the_id() -> None:
    arn = f"arn:aws:mq:eu-west-1:111122223333:broker:orders:{ID}"
    found = identify(broker, arn, "aws", "111122223333", "eu-west-1")
    assert found is not None
    assert found.id == ID
