"""The policies of a region's Macie."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable
from liveaudit.policies.checks import is_one_of
from liveaudit.policies.shapes import rule
from liveaudit.services.macie2.resources import region_settings


@rule(
    region_settings,
    "macie_is_enabled",
    Severity.MEDIUM,
    title="Macie is on in the region",
    why="Without it nobody knows in which buckets names, card numbers and passwords lie.",
    fix="Switch Macie on in the region, or resume it.",
)
def macie_is_on(session: Any) -> Verdict:
    """CIS 7.0 3.1.3, Security Hub Macie.1; Macie API reference, GetMacieSession."""
    if session is None:
        return failed("Macie is off", status=None)
    return is_one_of(session, "status", "Macie", ["ENABLED"])


@rule(
    region_settings,
    "macie_automated_sensitive_data_discovery_enabled",
    Severity.HIGH,
    title="Macie looks for sensitive data by itself",
    why="A job looks where somebody thought of looking; discovery goes through all buckets, a little every day.",
    fix="Switch automated sensitive data discovery on; for an organization, in the administrator's account.",
)
def discovery_is_on(session: Any, automated_discovery: Any) -> Verdict:
    """Security Hub Macie.2; Macie API reference, GetAutomatedDiscoveryConfiguration."""
    if session is None or automated_discovery is None:
        return not_applicable("Macie itself is off: macie_is_enabled tells of it")
    return is_one_of(automated_discovery, "status", "automated discovery", ["ENABLED"])
