"""The policies of log groups."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_given
from liveaudit.policies.parameters import number
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.shapes import mapping, mappings, rule, whole_number
from liveaudit.services.logs.resources import log_group

LONG_ENOUGH = 365
"""Days that log events are to be kept (Security Hub CloudWatch.16)."""


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


@rule(
    log_group,
    "cloudwatch_log_group_retention_policy_specific_days_enabled",
    Severity.MEDIUM,
    title="Log events are kept for a year",
    why="Who comes to look after months finds nothing where events go after weeks.",
    fix=f"Set the group's retention to {LONG_ENOUGH} days or more, or let events never expire.",
    takes=(number("days", LONG_ENOUGH, "Days that log events must be kept at least."),),
)
def events_are_kept(log_group: Any, days: int) -> Verdict:
    """Security Hub CloudWatch.16. A group without a retention keeps its events for ever."""
    kept = mapping(log_group, "the log group").get("retentionInDays")
    if kept is None:
        return passed("log events never expire")
    if whole_number(kept, "retentionInDays") >= days:
        return passed(f"log events are kept for {kept} days")
    return failed(f"log events are kept for {kept} days", retentionInDays=kept)


@rule(
    log_group,
    "cloudwatch_log_group_kms_encryption_enabled",
    Severity.MEDIUM,
    title="The log group is encrypted with a KMS key",
    why="With a key of your own, the key's policy decides too who may read what was logged.",
    fix="Associate a KMS key with the log group, whose policy lets CloudWatch Logs use it.",
)
def is_encrypted_with_a_key(log_group: Any) -> Verdict:
    """CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS"."""
    return is_given(log_group, "kmsKeyId", "the log group")
