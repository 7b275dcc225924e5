"""The policies of a region's Macie."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed
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
