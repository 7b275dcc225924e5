"""The policies of IAM groups."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import rule
from liveaudit.services.iam.resources import group
from liveaudit.services.iam.shapes import has_aws_policy


@rule(
    group,
    "iam_group_administrator_access_policy",
    Severity.HIGH,
    title="No group has AdministratorAccess",
    why="Every member's long-lived keys and password then give the whole account away.",
    fix="Detach AdministratorAccess from the group; let the members take a role for administration instead.",
)
def is_no_administrators_group(attached_policies: Any) -> Verdict:
    """IAM user guide, "AWS managed policies for job functions"."""
    if has_aws_policy(attached_policies, "AdministratorAccess"):
        return failed(
            "AdministratorAccess is attached to the group", AttachedPolicies=["AdministratorAccess"]
        )
    return passed("AdministratorAccess is not attached to the group")
