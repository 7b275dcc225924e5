"""What CloudTrail answers, as the account's section keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ALL_STREAMS = ":*"


def in_order_with_log_groups(trails: Any) -> list[dict[str, Any]]:
    """The trails of all regions, by ARN: CloudTrail lists them in no order.

    Those that deliver to a log group get two ARNs beside: ``LogGroup``, without the streams that CloudTrail's ends with,
    and ``Alarms``, of the settings of CloudWatch where that group is.
    """
    return [{**each, **_log_group(each)} for each in sorted(trails, key=lambda each: str(each["TrailARN"]))]


def _log_group(trail: Mapping[str, Any]) -> dict[str, str]:
    arn = trail.get("CloudWatchLogsLogGroupArn")
    if not arn:
        return {}
    _, partition, _, region, account, *_ = str(arn).split(":")
    return {
        "LogGroup": str(arn).removesuffix(_ALL_STREAMS),
        "Alarms": f"arn:{partition}:cloudwatch:{region}:{account}:settings/{region}",
    }
