"""The policies of a region's Security Hub."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import mapping, mappings, rule, texts
from liveaudit.services.securityhub.resources import region_settings

_NOT_IN_FORCE = frozenset({"FAILED", "DELETING"})


@rule(
    region_settings,
    "securityhub_enabled",
    Severity.HIGH,
    title="Security Hub is on in the region, and something feeds it",
    why="It gathers what GuardDuty, Macie, Inspector and its own checks find; without standards and products it stays empty.",
    fix="Switch Security Hub on in the region, with a standard such as AWS Foundational Security Best Practices.",
)
def hub_is_on_and_fed(hub: Any, standards: Any, products: Any) -> Verdict:
    """CIS 7.0 5.16; Security Hub API reference, DescribeHub, GetEnabledStandards, ListEnabledProductsForImport."""
    if hub is None:
        return failed("Security Hub is off", HubArn=None)
    mapping(hub, "the hub")
    in_force = [
        each
        for each in mappings(standards, "the standards")
        if each.get("StandardsStatus") not in _NOT_IN_FORCE
    ]
    fed_by = texts(products, "the products")
    if in_force or fed_by:
        return passed(f"Security Hub is on, with {len(in_force)} standard(s) and {len(fed_by)} product(s)")
    return failed(
        "Security Hub is on, and neither a standard nor a product feeds it", StandardsSubscriptions=[]
    )
