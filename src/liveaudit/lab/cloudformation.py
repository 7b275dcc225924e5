"""CloudFormation where moto's falls short: queue policies, bus policies, and stack set updates that reach the stacks.

Installed at the first call of CloudFormation, because moto then imports nearly all of its services.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import internals

_MAPS = ("get_model_list", "get_model_map", "get_name_type_map")


def install(patches: internals.Patches) -> None:
    """Make moto's CloudFormation know the lab's resource types, and update stack instances."""
    internals.check(internals.LATE)
    _models()
    parsing = internals.module("cloudformation.parsing")
    for name in _MAPS:
        getattr(parsing, name).cache_clear()
    patches.wrap("cloudformation.models:CloudFormationBackend.create_stack", _create_stack)
    patches.wrap("cloudformation.models:StackInstances.create_instances", _create_instances)
    patches.wrap("cloudformation.models:StackSet._create_operation", _record_operation)
    patches.replace(
        "cloudformation.responses:CloudFormationResponse.list_stack_set_operation_results", _operation_results
    )
    patches.wrap("cloudformation.models:StackInstances.update", _update_instances)
    patches.wrap("cloudformation.models:StackSet.update", _update_stack_set)


def _attach_queue_policy(
    account: str, region: str, properties: Mapping[str, Any], document: str | None
) -> None:
    backend = internals.module("sqs.models").sqs_backends[account][region]
    for url in properties["Queues"]:
        backend.set_queue_attributes(url.rstrip("/").rsplit("/", 1)[-1], {"Policy": document})


def _create_queue_policy(account: str, region: str, properties: Mapping[str, Any]) -> None:
    _attach_queue_policy(account, region, properties, json.dumps(properties["PolicyDocument"]))


def _delete_queue_policy(account: str, region: str, properties: Mapping[str, Any]) -> None:
    backend = internals.module("sqs.models").sqs_backends[account][region]
    standing = [url for url in properties["Queues"] if url.rstrip("/").rsplit("/", 1)[-1] in backend.queues]
    _attach_queue_policy(account, region, {"Queues": standing}, None)


def _create_bus_policy(account: str, region: str, properties: Mapping[str, Any]) -> None:
    bus = (
        internals.module("events.models")
        .events_backends[account][region]
        .describe_event_bus(properties.get("EventBusName") or "default")
    )
    statement = properties.get("Statement")
    if statement is None:
        principal = str(properties["Principal"])
        statement = {
            "Effect": "Allow",
            "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
            "Action": properties.get("Action", "events:PutEvents"),
            "Resource": bus.arn,
        }
        if condition := properties.get("Condition"):
            statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    bus.add_policy({"Statement": [{**statement, "Sid": properties["StatementId"]}]})


def _delete_bus_policy(account: str, region: str, properties: Mapping[str, Any]) -> None:
    buses = internals.module("events.models").events_backends[account][region].event_buses
    bus = buses.get(properties.get("EventBusName") or "default")
    if bus is not None:
        bus.remove_statement(properties["StatementId"])


_Action = Callable[[str, str, Mapping[str, Any]], None]


@functools.cache
def _models() -> tuple[type, ...]:
    """moto finds resource types among the subclasses of its own base class."""
    return (
        _model("LabQueuePolicy", "AWS::SQS::QueuePolicy", _create_queue_policy, _delete_queue_policy),
        _model("LabEventBusPolicy", "AWS::Events::EventBusPolicy", _create_bus_policy, _delete_bus_policy),
    )


def _model(name: str, resource_type: str, create: _Action, delete: _Action) -> type:
    base = internals.module("core.common_models").CloudFormationModel

    def create_from(
        cls: Any, /, resource_name: str, described: Any, account: str, region: str, **_: Any
    ) -> Any:
        create(account, region, described["Properties"])
        made = cls()
        made.physical_resource_id = resource_name
        made.properties = described["Properties"]
        return made

    def update_from(
        cls: Any,
        /,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        delete(account_id, region_name, original_resource.properties)
        return create_from(cls, new_resource_name, cloudformation_json, account_id, region_name)

    def delete_resource(self: Any, account: str, region: str) -> None:
        delete(account, region, self.properties)

    return type(
        name,
        (base,),
        {
            "__module__": "liveaudit.lab.cloudformation",
            "cloudformation_name_type": staticmethod(lambda: ""),
            "cloudformation_type": staticmethod(lambda: resource_type),
            "has_cfn_attr": classmethod(lambda _cls, attribute: attribute == "Id"),
            "get_cfn_attribute": lambda self, _attribute: self.physical_resource_id,
            "create_from_cloudformation_json": classmethod(create_from),
            "update_from_cloudformation_json": classmethod(update_from),
            "delete_from_cloudformation_json": classmethod(lambda _cls, *_: None),
            "delete": delete_resource,
        },
    )


def _create_stack(original: Callable[..., Any], backend: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """A stack of which one resource cannot be made is rolled back, and refused in CloudFormation's own protocol."""
    before = set(backend.stacks)
    try:
        return original(backend, name, *args, **kwargs)
    except Exception as error:
        for stack_id in set(backend.stacks) - before:
            stack = backend.stacks.pop(stack_id)
            stack.resource_map.delete()
        reason = getattr(error, "message", "") or getattr(error, "description", "") or str(error)
        if type(error).__module__.startswith("moto.cloudformation"):
            raise
        refused = internals.module("cloudformation.exceptions").ValidationError
        raise refused(message=f"Stack {name} was rolled back: {reason}") from error


def _create_instances(
    original: Callable[..., Any],
    instances: Any,
    accounts: list[str],
    regions: list[str],
    parameters: Any,
    deployment_targets: dict[str, Any],
    permission_model: str,
) -> list[Any]:
    """One target after another: what fails in one account and region does not keep the others from theirs."""
    instances.lab_failures = {}
    if deployment_targets.get("OrganizationalUnitIds"):
        made: list[Any] = original(
            instances, accounts, regions, parameters, deployment_targets, permission_model
        )
        return made
    refused = internals.module("cloudformation.exceptions").ValidationError
    created: list[Any] = []
    for region in regions:
        for account in accounts or deployment_targets.get("Accounts", []):
            try:
                created += original(instances, [account], [region], parameters, {}, permission_model)
            except refused as error:
                instances.lab_failures[account, region] = str(error.message)
    return created


def _record_operation(original: Callable[..., Any], stack_set: Any, **kwargs: Any) -> Any:
    failures = getattr(stack_set.instances, "lab_failures", {}) if kwargs["action"] == "CREATE" else {}
    if failures:
        kwargs["status"] = "FAILED"
    operation = original(stack_set, **kwargs)
    operation["LabFailures"] = dict(failures)
    return operation


def _operation_results(response: Any) -> Any:
    operation = response.cloudformation_backend.list_stack_set_operation_results(
        response._get_param("StackSetName"), response._get_param("OperationId")
    )
    failures = operation.get("LabFailures", {})
    summaries = []
    for target in operation["Instances"]:
        for account, region in target.items():
            reason = failures.get((account, region))
            summary = {"Account": account, "Region": region, "Status": "FAILED" if reason else "SUCCEEDED"}
            if reason:
                summary["StatusReason"] = reason
            summaries.append(summary)
    return internals.module("core.responses").ActionResult({"Summaries": summaries})


def _parameters(parameters: Any) -> dict[str, str]:
    if isinstance(parameters, Mapping):
        return dict(parameters)
    return {one["ParameterKey"]: one["ParameterValue"] for one in parameters or []}


def _update_instances(
    original: Callable[..., Any], instances: Any, accounts: list[str], regions: list[str], parameters: Any
) -> Any:
    result = original(instances, accounts, regions, parameters)
    for instance in instances.stack_instances:
        if instance.account_id in accounts and instance.region_name in regions:
            instance.stack.update(
                instances.template, parameters=_parameters(parameters or instances.parameters)
            )
    return result


def _update_stack_set(original: Callable[..., Any], stack_set: Any, **kwargs: Any) -> Any:
    stack_set.instances.template = kwargs.get("template") or stack_set.template
    stack_set.instances.parameters = kwargs.get("parameters") or stack_set.parameters
    everywhere = not (kwargs.get("accounts") and kwargs.get("regions"))
    result = original(stack_set, **kwargs)
    if everywhere:
        for instance in stack_set.instances.stack_instances:
            parameters = {**_parameters(stack_set.parameters), **_parameters(instance.parameters)}
            instance.stack.update(stack_set.template, parameters=parameters)
    return result
