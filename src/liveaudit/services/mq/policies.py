"""The policies of Amazon MQ on brokers."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, is_off
from liveaudit.policies.shapes import mapping, rule, text
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


@rule(
    broker_type,
    "mq_broker_logging_enabled",
    Severity.LOW,
    title="Message brokers write their logs to CloudWatch",
    why="Without the logs nobody can tell afterwards who connected, or who changed queues and users.",
    fix="Switch the general log on, and for ActiveMQ the audit log too.",
)
def writes_logs(broker: Any) -> Verdict:
    """FSBP MQ.2; Amazon MQ developer guide, "Configuring Amazon MQ logs". RabbitMQ has no audit log."""
    engine = text(mapping(broker, "the broker").get("EngineType"), "EngineType")
    wanted = ("General",) if engine.upper() == "RABBITMQ" else ("General", "Audit")
    off = [name for name in wanted if not flag(broker, f"Logs.{name}", "the broker")]
    if off:
        return failed(f"not written: {', '.join(off)}", Logs=dict.fromkeys(off, False))
    return passed(f"written: {', '.join(wanted)}")
