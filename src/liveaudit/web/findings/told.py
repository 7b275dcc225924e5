"""A finding as lists tell it: with its policy's title, when it is due, and whether it is a regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.model import OPEN, responsible_one
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.settings import FindingSettings


def told(
    finding: Mapping[str, Any], policies: PolicyRegistry, rules: FindingSettings, now: float
) -> dict[str, Any]:
    """The finding with what follows from it."""
    policy = policies.get(finding["policy"], finding["type"])
    allowed = rules.due.seconds.get(finding["severity"])
    is_open = finding["status"] in OPEN
    due = finding["opened_at"] + allowed if is_open and allowed is not None else None
    before = finding["closed_before"]
    return {
        **finding,
        "title": policy.title if policy is not None else finding["policy"],
        "due_at": due,
        "overdue": due is not None and due < now,
        "regression": before is not None and finding["opened_at"] - before <= rules.again_within,
        "change": responsible_one(finding["opened_by"]),
    }
