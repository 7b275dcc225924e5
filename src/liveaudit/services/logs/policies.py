"""The policies of log groups."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, passed
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.shapes import mappings, rule
from liveaudit.services.logs.resources import log_group


@rule(
    log_group,
    "cloudwatch_log_group_not_publicly_accessible",
    Severity.HIGH,
    title="No resource policy lets everybody use the log group",
    why="Whoever may read it learns what was logged; whoever may write to it covers what happened with noise.",
    fix="Name the service and its source in the statement shown instead of everybody, or delete the resource policy.",
)
def nobody_else_uses_the_group(
    region_resource_policies: Any, resource_policies: Any, resource: Resource
) -> Verdict:
    """CloudWatch Logs user guide, "Identity and access management": resource policies of the account and of a group."""
    arn = f"arn:{resource.partition}:logs:{resource.region}:{resource.account}:log-group:{resource.id}"
    policies = [
        *mappings(region_resource_policies, "the region's resource policies"),
        *mappings(resource_policies, "the group's resource policies"),
    ]
    for each in policies:
        name = f"the resource policy {each.get('policyName') or 'of the group'}"
        for reached in (arn, f"{arn}:*"):
            verdict = not_public(each.get("policyDocument"), name, resource=reached)
            if verdict.evidence:
                return verdict
    return passed("no resource policy lets everybody use the group")
