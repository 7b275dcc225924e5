"""Queues, queue policies, rules and bus policies as resources of stacks.

Sources: CloudFormation Template Reference, "AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Events::Rule",
"AWS::Events::EventBusPolicy".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from liveaudit.lab import internals
from liveaudit.lab.bus_policy import statement_of
from liveaudit.lab.stacks.actor import Actor, ResourceFailure, Subject
from liveaudit.lab.stacks.resource import Resource, as_list, text

_EVENTS = "events.amazonaws.com"
_QUEUE_DEFAULTS = {
    "DelaySeconds": "0",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}


def _queues(actor: Actor) -> Any:
    return internals.module("sqs.models").sqs_backends[actor.account][actor.region]


def _events(actor: Actor) -> Any:
    return internals.module("events.models").events_backends[actor.account][actor.region]


class Queue:
    """``AWS::SQS::Queue``."""

    type: ClassVar[str] = "AWS::SQS::Queue"
    fixed: ClassVar[frozenset[str]] = frozenset({"QueueName", "FifoQueue"})
    name: ClassVar[str] = "QueueName"

    def create(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        properties = resource.properties
        name = str(properties.get("QueueName") or resource.suggested_name)
        arn = actor.arn("sqs", name)
        actor.demand(self.type, "create", arn, tagged="Tags" in properties)
        if name in _queues(actor).queues:
            raise ResourceFailure(
                f"Resource of type '{self.type}' with identifier '{name}' already exists.", "AlreadyExists"
            )
        attributes = _attributes(properties)
        url = f"https://sqs.{actor.region}.amazonaws.com/{actor.account}/{name}"
        actor.do(
            "sqs",
            "CreateQueue",
            {"QueueName": name, "Attributes": attributes},
            lambda: _queues(actor).create_queue(name, tags=_tags(properties), **attributes),
            lambda _: {"QueueUrl": url},
        )
        resource.physical_id = url
        resource.attributes = {"Arn": arn, "QueueName": name, "QueueUrl": url}

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """See ``Handler``."""
        tagged = "Tags" in properties or "Tags" in resource.properties
        actor.demand(self.type, "update", resource.attributes["Arn"], tagged=tagged)
        wanted = _attributes(properties)
        gone = {
            name: _QUEUE_DEFAULTS.get(name, "")
            for name in _attributes(resource.properties)
            if name not in wanted
        }
        _set(actor, resource.physical_id, {**gone, **wanted})

    def delete(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        actor.demand(self.type, "delete", resource.attributes["Arn"])
        name = resource.attributes["QueueName"]
        if name in _queues(actor).queues:
            params = {"QueueUrl": resource.physical_id}
            actor.do("sqs", "DeleteQueue", params, lambda: _queues(actor).delete_queue(name))


def _attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    return {key: text(value) for key, value in properties.items() if key not in ("QueueName", "Tags")}


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in properties.get("Tags") or []}


def _set(actor: Actor, url: str, attributes: Mapping[str, str]) -> None:
    name = url.rstrip("/").rsplit("/", 1)[-1]
    params = {"QueueUrl": url, "Attributes": dict(attributes)}
    # moto takes an empty document for none
    actor.do(
        "sqs",
        "SetQueueAttributes",
        params,
        lambda: _queues(actor).set_queue_attributes(name, dict(attributes)),
    )


class QueuePolicy:
    """``AWS::SQS::QueuePolicy``. It overwrites the policy that a queue has, as CloudFormation's does."""

    type: ClassVar[str] = "AWS::SQS::QueuePolicy"
    fixed: ClassVar[frozenset[str]] = frozenset()
    name: ClassVar[str] = ""

    def create(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        self._demand(actor, "create", resource.properties)
        for url in resource.properties["Queues"]:
            _set(actor, url, {"Policy": text(resource.properties["PolicyDocument"])})
            resource.physical_id = resource.suggested_name
        resource.attributes = {"Id": resource.suggested_name}

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """See ``Handler``."""
        self._demand(actor, "update", properties)
        for url in properties["Queues"]:
            _set(actor, url, {"Policy": text(properties["PolicyDocument"])})
        self._withdraw(actor, set(resource.properties["Queues"]) - set(properties["Queues"]))

    def delete(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        self._demand(actor, "delete", resource.properties)
        self._withdraw(actor, resource.properties["Queues"])

    @staticmethod
    def _withdraw(actor: Actor, urls: Any) -> None:
        for url in sorted(urls):
            if url.rstrip("/").rsplit("/", 1)[-1] in _queues(actor).queues:
                _set(actor, url, {"Policy": ""})

    def _demand(self, actor: Actor, handler: str, properties: Mapping[str, Any]) -> None:
        for url in properties["Queues"]:
            actor.demand(self.type, handler, actor.arn("sqs", url.rstrip("/").rsplit("/", 1)[-1]))


class Rule:
    """``AWS::Events::Rule``."""

    type: ClassVar[str] = "AWS::Events::Rule"
    fixed: ClassVar[frozenset[str]] = frozenset({"Name"})
    name: ClassVar[str] = "Name"

    def create(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        properties = resource.properties
        name = str(properties.get("Name") or resource.suggested_name)
        bus = _bus_name(properties)
        arn = actor.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
        self._demand(actor, "create", arn, properties)
        found = _events(actor).event_buses.get(bus)
        if found is not None and name in found.rules:
            raise ResourceFailure(
                f"Resource of type '{self.type}' with identifier '{arn}' already exists.", "AlreadyExists"
            )
        self._put_rule(actor, name, bus, properties)
        resource.physical_id = name if bus == "default" else f"{bus}|{name}"
        resource.attributes = {"Arn": arn}
        self._put_targets(actor, name, bus, as_list(properties.get("Targets")))

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """See ``Handler``."""
        bus, name = _bus_and_name(resource)
        arn = resource.attributes["Arn"]
        self._demand(actor, "update", arn, properties)
        found = _events(actor).event_buses.get(bus)
        if found is None or name not in found.rules:
            raise ResourceFailure(f"Rule {name} does not exist on EventBus {bus}.", "NotFound", "Events")
        # as AWS's own handler: whatever differs, rule and targets are written whole, and other targets go
        self._put_rule(actor, name, bus, properties)
        wanted = as_list(properties.get("Targets"))
        standing = {one["Id"] for one in found.rules[name].targets}
        self._remove_targets(actor, name, bus, sorted(standing - {one["Id"] for one in wanted}))
        self._put_targets(actor, name, bus, wanted)

    def delete(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        bus, name = _bus_and_name(resource)
        arn = resource.attributes["Arn"]
        found = _events(actor).event_buses.get(bus)
        standing = found.rules.get(name) if found is not None else None
        targets = [one["Id"] for one in standing.targets] if standing is not None else []
        spared = {"iam:PassRole", *(() if targets else ("events:RemoveTargets",))}
        actor.demand(self.type, "delete", arn, spared=spared)
        if standing is None:
            return
        self._remove_targets(actor, name, bus, targets)
        params = {"Name": name, **_bus_param(bus)}
        actor.do("events", "DeleteRule", params, lambda: _events(actor).delete_rule(name, bus))

    def _demand(self, actor: Actor, handler: str, arn: str, properties: Mapping[str, Any]) -> None:
        targets = as_list(properties.get("Targets"))
        put: list[Subject] = [(arn, {"events:TargetArn": str(one.get("Arn", ""))}) for one in targets]
        spared = {
            *(() if targets else ("events:PutTargets",)),
            *(() if handler == "update" else ("events:RemoveTargets",)),
        }
        passed: list[Subject] = [
            (role, {"iam:PassedToService": _EVENTS, "iam:AssociatedResourceArn": arn})
            for role in sorted(set(_roles(properties)))
        ]
        others = {"events:PutTargets": put, "iam:PassRole": passed}
        actor.demand(self.type, handler, arn, spared=spared, others=others, tagged="Tags" in properties)

    @staticmethod
    def _put_rule(actor: Actor, name: str, bus: str, properties: Mapping[str, Any]) -> None:
        pattern = properties.get("EventPattern")
        given = {
            "EventPattern": text(pattern) if pattern is not None else None,
            "ScheduleExpression": properties.get("ScheduleExpression"),
            "State": properties.get("State"),
            "Description": properties.get("Description"),
            "RoleArn": properties.get("RoleArn"),
        }
        params = {key: value for key, value in given.items() if value is not None}
        actor.do(
            "events",
            "PutRule",
            {"Name": name, **params, **_bus_param(bus)},
            lambda: _events(actor).put_rule(
                name,
                scheduled_expression=given["ScheduleExpression"],
                event_pattern=given["EventPattern"],
                state=given["State"],
                description=given["Description"],
                role_arn=given["RoleArn"],
                event_bus_arn=bus,
                tags=properties.get("Tags"),
            ),
            lambda rule: {"RuleArn": rule.arn},
        )

    @staticmethod
    def _put_targets(actor: Actor, name: str, bus: str, targets: list[Any]) -> None:
        if not targets:
            return
        params = {"Rule": name, "Targets": targets, **_bus_param(bus)}
        actor.do(
            "events",
            "PutTargets",
            params,
            lambda: _events(actor).put_targets(name=name, event_bus_arn=bus, targets=targets),
            lambda _: {"FailedEntryCount": 0, "FailedEntries": []},
        )

    @staticmethod
    def _remove_targets(actor: Actor, name: str, bus: str, ids: list[str]) -> None:
        if not ids:
            return
        params = {"Rule": name, "Ids": ids, **_bus_param(bus)}
        actor.do(
            "events",
            "RemoveTargets",
            params,
            lambda: _events(actor).remove_targets(name, bus, ids),
            lambda _: {"FailedEntryCount": 0, "FailedEntries": []},
        )


def _bus_name(properties: Mapping[str, Any]) -> str:
    return str(properties.get("EventBusName") or "default").rsplit("/", 1)[-1]


def _bus_param(bus: str) -> dict[str, str]:
    return {} if bus == "default" else {"EventBusName": bus}


def _bus_and_name(resource: Resource) -> tuple[str, str]:
    bus, bar, name = resource.physical_id.partition("|")
    return (bus, name) if bar else ("default", bus)


def _roles(properties: Mapping[str, Any]) -> Iterator[str]:
    for holder in (properties, *as_list(properties.get("Targets"))):
        if role := holder.get("RoleArn"):
            yield str(role)


class EventBusPolicy:
    """``AWS::Events::EventBusPolicy``: one statement of a bus's policy."""

    type: ClassVar[str] = "AWS::Events::EventBusPolicy"
    fixed: ClassVar[frozenset[str]] = frozenset({"EventBusName", "StatementId"})
    name: ClassVar[str] = "StatementId"

    def create(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        bus = self._demand(actor, "create", resource.properties)
        statement_id = str(resource.properties["StatementId"])
        found = _events(actor).event_buses.get(bus)
        if found is not None and statement_id in found._statements:
            raise ResourceFailure(
                f"Resource of type '{self.type}' with identifier '{bus}|{statement_id}' already exists.",
                "AlreadyExists",
            )
        self._put(actor, bus, resource.properties)
        resource.physical_id = f"{bus}|{statement_id}"

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """See ``Handler``."""
        bus = self._demand(actor, "update", resource.properties)
        self._put(actor, bus, properties)

    def delete(self, actor: Actor, resource: Resource) -> None:
        """See ``Handler``."""
        bus = self._demand(actor, "delete", resource.properties)
        statement_id = str(resource.properties["StatementId"])
        found = _events(actor).event_buses.get(bus)
        if found is None or statement_id not in found._statements:
            return
        params = {"StatementId": statement_id, **_bus_param(bus)}
        actor.do(
            "events",
            "RemovePermission",
            params,
            lambda: _events(actor).remove_permission(bus, statement_id, False),
        )

    def _demand(self, actor: Actor, handler: str, properties: Mapping[str, Any]) -> str:
        bus = _bus_name(properties)
        # PutPermission and RemovePermission know no resource, so that only a policy for all resources allows them
        # (Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge")
        unscoped: list[Subject] = [("*", {})]
        actor.demand(
            self.type,
            handler,
            actor.arn("events", f"event-bus/{bus}"),
            others={"events:PutPermission": unscoped, "events:RemovePermission": unscoped},
        )
        return bus

    @staticmethod
    def _put(actor: Actor, bus: str, properties: Mapping[str, Any]) -> None:
        statement = properties.get("Statement")
        if statement is None:
            arn = actor.arn("events", f"event-bus/{bus}")
            statement = statement_of(
                arn,
                str(properties["Principal"]),
                str(properties.get("Action", "events:PutEvents")),
                properties.get("Condition"),
            )
        statement = {**statement, "Sid": str(properties["StatementId"])}
        params = {"StatementId": statement["Sid"], "Policy": text(statement), **_bus_param(bus)}
        actor.do(
            "events",
            "PutPermission",
            params,
            lambda: _events(actor).describe_event_bus(bus).add_policy({"Statement": [statement]}),
        )
