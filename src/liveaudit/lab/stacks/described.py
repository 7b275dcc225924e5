"""Stack sets and stacks as the API shapes them. Pure.

Source: botocore's model of CloudFormation, by whose output shapes the answers are serialised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.lab.stacks.resource import Resource
from liveaudit.lab.stacks.sets import Instance, Operation, Result, StackSet
from liveaudit.lab.stacks.stack import Stack, StackEvent


def stack_set(one: StackSet) -> dict[str, Any]:
    """``StackSet``."""
    return _present(
        {
            **_set_head(one),
            "TemplateBody": one.template.body,
            "Parameters": parameters(one.parameters),
            "Capabilities": list(one.capabilities),
            "Tags": list(one.tags),
            "StackSetARN": one.arn,
            "AdministrationRoleARN": one.administration_role,
            "ExecutionRoleName": one.execution_role,
            "StackSetDriftDetectionDetails": {"DriftStatus": "NOT_CHECKED"},
            "OrganizationalUnitIds": list(one.covered),
            "Regions": sorted({region for _, region in one.instances}),
        }
    )


def stack_set_summary(one: StackSet) -> dict[str, Any]:
    """``StackSetSummary``."""
    return _present({**_set_head(one), "DriftStatus": "NOT_CHECKED"})


def _set_head(one: StackSet) -> dict[str, Any]:
    return {
        "StackSetName": one.name,
        "StackSetId": one.id,
        "Description": one.description,
        "Status": one.status,
        "AutoDeployment": dict(one.auto_deployment),
        "PermissionModel": one.permission_model,
        "ManagedExecution": {"Active": one.managed_execution},
    }


def instance(owner: StackSet, one: Instance) -> dict[str, Any]:
    """``StackInstance``."""
    return {**instance_summary(owner, one), "ParameterOverrides": parameters(one.overrides)}


def instance_summary(owner: StackSet, one: Instance) -> dict[str, Any]:
    """``StackInstanceSummary``."""
    return _present(
        {
            "StackSetId": owner.id,
            "Region": one.region,
            "Account": one.account,
            "StackId": one.stack.id if one.stack is not None else "",
            "Status": one.status,
            "StatusReason": one.reason,
            "StackInstanceStatus": {"DetailedStatus": one.detailed},
            "OrganizationalUnitId": one.unit,
            "DriftStatus": "NOT_CHECKED",
            "LastOperationId": one.last_operation,
        }
    )


def operation(owner: StackSet, one: Operation) -> dict[str, Any]:
    """``StackSetOperation``."""
    return _present(
        {
            **operation_summary(one),
            "StackSetId": owner.id,
            "RetainStacks": one.retain_stacks if one.action == "DELETE" else None,
            "AdministrationRoleARN": one.administration_role,
            "ExecutionRoleName": one.execution_role,
            "DeploymentTargets": _targets(one),
        }
    )


def _targets(one: Operation) -> dict[str, Any]:
    units = sorted({result.unit for result in one.results.values() if result.unit})
    return {"OrganizationalUnitIds": units} if units else {}


def operation_summary(one: Operation) -> dict[str, Any]:
    """``StackSetOperationSummary``."""
    return _present(
        {
            "OperationId": one.id,
            "Action": one.action,
            "Status": one.status,
            "CreationTimestamp": one.created,
            "EndTimestamp": one.ended,
            "StatusReason": one.reason,
            "StatusDetails": {"FailedStackInstancesCount": one.failed_instances},
            "OperationPreferences": dict(one.preferences),
        }
    )


def result(one: Result) -> dict[str, Any]:
    """``StackSetOperationResultSummary``."""
    return _present(
        {
            "Account": one.account,
            "Region": one.region,
            "Status": one.status,
            "StatusReason": one.reason,
            "OrganizationalUnitId": one.unit,
        }
    )


def stack(one: Stack) -> dict[str, Any]:
    """``Stack``."""
    return _present(
        {
            "StackId": one.id,
            "StackName": one.name,
            "Description": one.template.description,
            "Parameters": parameters(one.template.values(one.parameters)),
            "CreationTime": one.created,
            "LastUpdatedTime": one.updated,
            "DeletionTime": one.deleted,
            "RollbackConfiguration": {},
            "StackStatus": one.status,
            "StackStatusReason": one.reason,
            "DisableRollback": one.on_failure == "DO_NOTHING",
            "NotificationARNs": [],
            "Capabilities": list(one.capabilities),
            "Outputs": list(one.outputs),
            "RoleARN": one.role_arn,
            "Tags": list(one.tags),
            "EnableTerminationProtection": False,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def stack_summary(one: Stack) -> dict[str, Any]:
    """``StackSummary``."""
    return _present(
        {
            "StackId": one.id,
            "StackName": one.name,
            "TemplateDescription": one.template.description,
            "CreationTime": one.created,
            "LastUpdatedTime": one.updated,
            "DeletionTime": one.deleted,
            "StackStatus": one.status,
            "StackStatusReason": one.reason,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def resource_summary(one: Resource) -> dict[str, Any]:
    """``StackResourceSummary``."""
    return _present(
        {
            "LogicalResourceId": one.logical_id,
            "PhysicalResourceId": one.physical_id,
            "ResourceType": one.type,
            "LastUpdatedTimestamp": one.updated,
            "ResourceStatus": one.status,
            "ResourceStatusReason": one.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def resource(owner: Stack, one: Resource) -> dict[str, Any]:
    """``StackResource`` and ``StackResourceDetail``."""
    return {
        **resource_summary(one),
        "StackId": owner.id,
        "StackName": owner.name,
        "Timestamp": one.updated,
    }


def event(owner: Stack, one: StackEvent) -> dict[str, Any]:
    """``StackEvent``."""
    return _present(
        {
            "StackId": owner.id,
            "EventId": one.id,
            "StackName": owner.name,
            "LogicalResourceId": one.logical_id,
            "PhysicalResourceId": one.physical_id,
            "ResourceType": one.type,
            "Timestamp": one.when,
            "ResourceStatus": one.status,
            "ResourceStatusReason": one.reason,
        }
    )


def parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    """``Parameters``."""
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value not in (None, "", {}) or value is False}
