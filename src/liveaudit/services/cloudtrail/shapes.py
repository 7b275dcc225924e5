"""What CloudTrail answers, as the account's section keeps it."""

from __future__ import annotations

from typing import Any


def in_order_of_arn(trails: Any) -> Any:
    """The trails of all regions, by ARN: CloudTrail lists them in no order."""
    return sorted(trails, key=lambda trail: str(trail["TrailARN"]))
