"""What CloudWatch tells of many alarms, as far as it says who is told of what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def telling_alarms(alarms: Any) -> list[dict[str, Any]]:
    """Metric alarms in the order of their names: on which metrics, and which actions they take when they go off."""
    kept = [
        {
            "AlarmName": alarm["AlarmName"],
            "ActionsEnabled": alarm.get("ActionsEnabled", True),
            "AlarmActions": alarm.get("AlarmActions") or [],
            "Metrics": [{"Namespace": each[0], "MetricName": each[1]} for each in _metrics(alarm)],
        }
        for alarm in alarms
    ]
    return sorted(kept, key=lambda alarm: str(alarm["AlarmName"]))


def _metrics(alarm: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Its own metric, or those that its expression is made of."""
    own = [{"Metric": alarm}] if alarm.get("MetricName") else []
    for query in [*own, *(each.get("MetricStat") or {} for each in alarm.get("Metrics") or ())]:
        metric = query.get("Metric")
        if metric:
            yield metric.get("Namespace"), metric.get("MetricName")
