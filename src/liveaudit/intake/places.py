"""Whether what an event names can be audited: a resource in a real place, of an account of ours. Pure.

Ids and ARNs in an event are written by whoever made the call. An ARN of another account is common (a role of theirs, a
shared key) and no business of ours unless that account is enrolled, whose own events tell of it too. An ARN of another
partition, a region that is none, or a name longer than any of AWS's cannot stand in the record of a call that succeeded.
"""

from __future__ import annotations

from collections.abc import Set

from liveaudit.intake.envelope import ACCOUNT, REGION, Flaw, IntakeError
from liveaudit.model import GLOBAL_REGION, Resource, partition_of
from liveaudit.store.schema import LONGEST_NAME


def is_ours(resource: Resource, arn: str, enrolled: Set[str]) -> bool:
    """Whether the resource belongs to an enrolled account. Raises IntakeError for what cannot be a resource."""
    if wrong := impossible(resource, arn):
        raise IntakeError(Flaw.MALFORMED, "detail", f"names what cannot be: {wrong}")
    return resource.account in enrolled


def impossible(resource: Resource, arn: str) -> str:
    """What of a resource cannot be, in words; empty when all of it can."""
    if not ACCOUNT.fullmatch(resource.account):
        return f"an account {resource.account[:40]!r}"
    if resource.region != GLOBAL_REGION:
        if not REGION.fullmatch(resource.region):
            return f"a region {resource.region[:40]!r}"
        if partition_of(resource.region) != resource.partition:
            return f"{resource.region} in partition {resource.partition[:40]!r}"
    if max(len(resource.id), len(arn)) > LONGEST_NAME:
        return f"a {resource.type} by more than {LONGEST_NAME} characters"
    return ""
