"""The policies of Amazon MQ on brokers."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
from liveaudit.policies.checks import is_off
from liveaudit.policies.shapes import rule
from liveaudit.services.mq.resources import broker as broker_type


@rule(
    broker_type,
    "mq_broker_not_publicly_accessible",
    Severity.HIGH,
    title="Message brokers have no public endpoints",
    why="A public broker and its console can be tried by the whole internet, password after password.",
    fix="Make the broker anew without public access and move its clients; the choice cannot be changed.",
)
def is_private(broker: Any) -> Verdict:
    """Amazon MQ developer guide, "Prefer brokers without public accessibility"."""
    return is_off(broker, "PubliclyAccessible", "the broker")
