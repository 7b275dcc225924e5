"""Where things may be at all: the regions that an organization has approved. Nothing is approved until somebody says so."""

from __future__ import annotations

from collections.abc import Sequence

from liveaudit.model import Resource, Verdict, failed, not_applicable, passed
from liveaudit.policies.parameters import regions

APPROVED = regions(
    "approved_regions",
    "The regions in which it may be. As long as none is named, the policy has nothing to say.",
)


def is_approved(resource: Resource, approved_regions: Sequence[str]) -> Verdict:
    """Whether a resource is where it may be."""
    if not approved_regions:
        return not_applicable("no approved regions are set: see the parameter approved_regions")
    if resource.region in approved_regions:
        return passed(f"{resource.region} is an approved region")
    return failed(
        f"it is in {resource.region}, which is no approved region",
        Region=resource.region,
        ApprovedRegions=sorted(approved_regions),
    )
