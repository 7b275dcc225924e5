"""moto's CloudFormation where it falls short, for the stacks that ``liveaudit.lab.stacks`` leaves to it.

Those are stacks with resources of other types. Installed when moto's is first needed, because it then imports nearly
all of its services.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import bus_policy, internals

_MAPS = ("get_model_list", "get_model_map", "get_name_type_map")


def install(patches: internals.Patches) -> None:
    """Make moto's CloudFormation know the lab's resource types, and roll back what cannot be made."""
    internals.check(internals.LATE)
    _models()
    parsing = internals.module("cloudformation.parsing")
    for name in _MAPS:
        getattr(parsing, name).cache_clear()
    patches.wrap("cloudformation.models:CloudFormationBackend.create_stack", _create_stack)


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
    statement = properties.get("Statement") or bus_policy.statement_of(
        bus.arn,
        str(properties["Principal"]),
        str(properties.get("Action", "events:PutEvents")),
        properties.get("Condition"),
    )
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
    except Exception as error:  # whatever moto raises, the stack is taken back, and it is raised again
        for stack_id in set(backend.stacks) - before:
            stack = backend.stacks.pop(stack_id)
            stack.resource_map.delete()
        reason = getattr(error, "message", "") or getattr(error, "description", "") or str(error)
        if type(error).__module__.startswith("moto.cloudformation"):
            raise
        refused = internals.module("cloudformation.exceptions").ValidationError
        raise refused(message=f"Stack {name} was rolled back: {reason}") from error
