"""The policies of a region's analyzers."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import mappings, rule
from liveaudit.services.accessanalyzer.resources import region_settings

_EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})
"""Types that look for access from outside; the others look for unused and internal access."""


@rule(
    region_settings,
    "accessanalyzer_enabled",
    Severity.LOW,
    title="Access Analyzer looks for access from outside in the region",
    why="It finds buckets, roles, keys and queues of the region that a policy has opened to other accounts or everybody.",
    fix="Create an analyzer for external access in the region, for the account or the organization.",
)
def an_analyzer_looks_outside(analyzers: Any) -> Verdict:
    """CIS 7.0 2.18, Security Hub IAM.28. An analyzer of unused or internal access does not look outside."""
    found = mappings(analyzers, "the analyzers")
    outside = [each for each in found if each.get("type") in _EXTERNAL]
    if any(each.get("status") == "ACTIVE" for each in outside):
        return passed("an analyzer for external access is active")
    told = [
        {"name": each.get("name"), "type": each.get("type"), "status": each.get("status")} for each in found
    ]
    if outside:
        return failed("no analyzer for external access is active", analyzers=told)
    return failed("the region has no analyzer for external access", analyzers=told)
