"""All fixes, by policy and resource type."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from liveaudit.fix import data, ec2, iam, others, s3
from liveaudit.fix.row import Fix


def _by_policy() -> dict[tuple[str, str], Fix]:
    found: dict[tuple[str, str], Fix] = {}
    for each in (*s3.FIXES, *ec2.FIXES, *data.FIXES, *iam.FIXES, *others.FIXES):
        for policy in each.policies:
            if (policy, each.type) in found:
                raise ValueError(f"{policy} has two fixes for {each.type}")
            found[policy, each.type] = each
    return found


FIXES: Mapping[tuple[str, str], Fix] = MappingProxyType(_by_policy())
"""The fix of a policy's findings, by its id and resource type."""
