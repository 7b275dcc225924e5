"""What the tests of stacks and stack sets share: templates, roles, and waiting."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import make_role

REGIONS = ["us-east-1", "eu-west-1"]
ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION = "AWSCloudFormationStackSetExecutionRole"
EVERYWHERE = {
    "RegionConcurrencyType": "PARALLEL",
    "MaxConcurrentPercentage": 100,
    "FailureTolerancePercentage": 100,
    "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
}
ALL: dict[str, Any] = {"Action": "*", "Resource": "*"}
QUEUE_TEMPLATE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "made"}}}}


def make_stack_set_roles(
    lab: Lab, accounts: Sequence[str] = (RECEIVER, PUBLISHER), allows: Mapping[str, Any] | None = None
) -> None:
    """The administration role in the receiver, and in each account an execution role that trusts it."""
    administration = make_role(
        lab, RECEIVER, ADMINISTRATION, {"Service": "cloudformation.amazonaws.com"}, ALL
    )
    for account in accounts:
        make_role(lab, account, EXECUTION, {"AWS": administration}, dict(allows or ALL))


def cloudformation(lab: Lab, account: str = RECEIVER, region: str = "us-east-1") -> Any:
    return lab.client(account, "cloudformation", region)


def make_set(lab: Lab, name: str, template: Mapping[str, Any], **more: Any) -> str:
    made = cloudformation(lab).create_stack_set(
        StackSetName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **more
    )
    set_id: str = made["StackSetId"]
    return set_id


def deploy(
    lab: Lab, name: str, accounts: Sequence[str], regions: Sequence[str] = REGIONS, **more: Any
) -> str:
    """Create instances, wait until that has ended, return the operation's id."""
    preferences = {"OperationPreferences": EVERYWHERE, **more}
    answer = cloudformation(lab).create_stack_instances(
        StackSetName=name, Accounts=list(accounts), Regions=list(regions), **preferences
    )
    lab.finish_stacks()
    operation: str = answer["OperationId"]
    return operation


def change(lab: Lab, name: str, template: Mapping[str, Any], **more: Any) -> str:
    """Update the whole set, wait, return the operation's id."""
    answer = cloudformation(lab).update_stack_set(
        StackSetName=name,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **{"OperationPreferences": EVERYWHERE, **more},
    )
    lab.finish_stacks()
    operation: str = answer["OperationId"]
    return operation


def withdraw(
    lab: Lab, name: str, accounts: Sequence[str], regions: Sequence[str] = REGIONS, **more: Any
) -> str:
    """Delete instances with their stacks, wait, return the operation's id."""
    answer = cloudformation(lab).delete_stack_instances(
        StackSetName=name,
        Accounts=list(accounts),
        Regions=list(regions),
        **{"RetainStacks": False, "OperationPreferences": EVERYWHERE, **more},
    )
    lab.finish_stacks()
    operation: str = answer["OperationId"]
    return operation


def operation_of(lab: Lab, name: str, operation: str) -> dict[str, Any]:
    answer = cloudformation(lab).describe_stack_set_operation(StackSetName=name, OperationId=operation)
    found: dict[str, Any] = answer["StackSetOperation"]
    return found


def results_of(lab: Lab, name: str, operation: str) -> dict[tuple[str, str], tuple[str, str]]:
    """By account and region: status and reason."""
    pages = cloudformation(lab).get_paginator("list_stack_set_operation_results")
    return {
        (one["Account"], one["Region"]): (one["Status"], one.get("StatusReason", ""))
        for page in pages.paginate(StackSetName=name, OperationId=operation)
        for one in page["Summaries"]
    }


def instances_of(lab: Lab, name: str, **more: Any) -> dict[tuple[str, str], tuple[str, str]]:
    """By account and region: status and detailed status."""
    pages = cloudformation(lab).get_paginator("list_stack_instances").paginate(StackSetName=name, **more)
    return {
        (one["Account"], one["Region"]): (one["Status"], one["StackInstanceStatus"]["DetailedStatus"])
        for page in pages
        for one in page["Summaries"]
    }


def queue_names(lab: Lab, account: str, region: str) -> list[str]:
    urls = lab.client(account, "sqs", region).list_queues().get("QueueUrls", [])
    return sorted(url.rsplit("/", 1)[-1] for url in urls)
