"""The calls for single stacks. Stacks of types that the lab does not make itself are moto's.

Source: CloudFormation API Reference, ``CreateStack`` and its neighbours; the error texts are AWS's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from liveaudit.lab.answers import CallRefused, page
from liveaudit.lab.stacks import described, engine
from liveaudit.lab.stacks.actor import SERVICE, Actor, session_of
from liveaudit.lab.stacks.engine import HANDLERS
from liveaudit.lab.stacks.operations import Workshop
from liveaudit.lab.stacks.requested import Params, acknowledged, parameters_of
from liveaudit.lab.stacks.stack import Stack
from liveaudit.lab.stacks.template import Template, parse

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class NotOursError(Exception):
    """The call is about a stack that is not the lab's own: moto answers."""


class StackCalls:
    """Answers for all accounts and regions. Calls raise ``CallRefused``, ``TemplateError`` and ``NotOursError``."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop
        self.handlers: Mapping[str, Callable[[Actor, Params], dict[str, Any]]] = {
            "CreateStack": self._create,
            "DeleteStack": self._delete,
            "DescribeStackEvents": self._describe_events,
            "DescribeStackResource": self._describe_resource,
            "DescribeStackResources": self._describe_resources,
            "DescribeStacks": self._describe,
            "GetTemplate": self._get_template,
            "ListStackResources": self._list_resources,
            "UpdateStack": self._update,
        }

    def listed(self, caller: Actor, operation: str, params: Params) -> tuple[str, list[dict[str, Any]]]:
        """The lab's own stacks in a listing that names none: under which key, and what.

        ``operation``: ``DescribeStacks`` or ``ListStacks``.
        """
        registry, place = self._shop.registry, (caller.account, caller.region)
        if operation == "DescribeStacks":
            return "Stacks", [described.stack(one) for one in registry.stacks(place)]
        wanted = params.get("StackStatusFilter")
        found = [one for one in registry.stacks(place, deleted=True) if not wanted or one.status in wanted]
        return "StackSummaries", [described.stack_summary(one) for one in found]

    def _create(self, caller: Actor, params: Params) -> dict[str, Any]:
        template = self._template(params)
        name = str(params["StackName"])
        if not _NAME.fullmatch(name):
            raise CallRefused(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
            )
        if self._shop.registry.find((caller.account, caller.region), name):
            raise CallRefused("AlreadyExistsException", f"Stack [{name}] already exists")
        acknowledged(template, params)
        parameters = parameters_of(params, {})
        template.values(parameters)
        on_failure = str(params.get("OnFailure") or "ROLLBACK")
        stack = Stack(
            caller.account,
            caller.region,
            name,
            template,
            parameters,
            params.get("Capabilities") or (),
            params.get("Tags") or (),
            str(params.get("RoleARN") or ""),
            "DO_NOTHING" if params.get("DisableRollback") else on_failure,
        )
        actor = self._actor(caller, stack)
        self._shop.registry.add(stack)
        stack.mark("CREATE_IN_PROGRESS", "User Initiated")
        self._later(lambda: engine.create(stack, actor))
        return {"StackId": stack.id}

    def _update(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack = self._find(caller, str(params["StackName"]))
        if stack.status not in _UPDATABLE:
            raise CallRefused(
                "ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated."
            )
        template = stack.template if params.get("UsePreviousTemplate") else self._template(params)
        acknowledged(template, params)
        parameters = parameters_of({"Parameters": [], **params}, stack.parameters)
        if not any(stack.changes(template, parameters)):
            raise CallRefused("ValidationError", "No updates are to be performed.")
        stack.role_arn = str(params.get("RoleARN") or stack.role_arn)
        actor = self._actor(caller, stack)
        stack.capabilities = params.get("Capabilities", stack.capabilities)
        stack.tags = params.get("Tags", stack.tags)
        stack.mark("UPDATE_IN_PROGRESS", "User Initiated")
        self._later(lambda: engine.update(stack, actor, template, parameters))
        return {"StackId": stack.id}

    def _delete(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack = self._find(caller, str(params["StackName"]))
        if stack.deleted or stack.status == "DELETE_IN_PROGRESS":
            return {}
        if stack.in_progress:
            raise CallRefused(
                "ValidationError", f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
            )
        stack.role_arn = str(params.get("RoleARN") or stack.role_arn)
        actor = self._actor(caller, stack)
        stack.mark("DELETE_IN_PROGRESS", "User Initiated")
        self._later(lambda: engine.delete(stack, actor))
        return {}

    def _describe(self, caller: Actor, params: Params) -> dict[str, Any]:
        return {"Stacks": [described.stack(self._find(caller, str(params["StackName"])))]}

    def _describe_events(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack = self._find(caller, str(params.get("StackName", "")))
        newest_first = [described.event(stack, one) for one in reversed(stack.events)]
        return page(newest_first, params, "StackEvents")

    def _describe_resource(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack = self._find(caller, str(params["StackName"]))
        name = str(params["LogicalResourceId"])
        if name not in stack.resources:
            raise CallRefused("ValidationError", f"Resource {name} does not exist for stack {stack.name}")
        return {"StackResourceDetail": described.resource(stack, stack.resources[name])}

    def _describe_resources(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack = self._find(caller, str(params.get("StackName", "")))
        wanted = params.get("LogicalResourceId")
        found = [one for one in stack.resources.values() if wanted in (None, one.logical_id)]
        return {"StackResources": [described.resource(stack, one) for one in found]}

    def _list_resources(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack = self._find(caller, str(params["StackName"]))
        found = [described.resource_summary(one) for one in stack.resources.values()]
        return page(found, params, "StackResourceSummaries")

    def _get_template(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack = self._find(caller, str(params.get("StackName", "")))
        return {"TemplateBody": stack.template.body, "StagesAvailable": ["Original", "Processed"]}

    @staticmethod
    def _template(params: Params) -> Template:
        body = params.get("TemplateBody")
        if not body:
            raise NotOursError
        template = parse(str(body))
        if template.unsupported(HANDLERS):
            raise NotOursError
        return template

    def _find(self, caller: Actor, name: str) -> Stack:
        stack = self._shop.registry.find((caller.account, caller.region), name) if name else None
        if stack is None:
            raise NotOursError
        return stack

    def _actor(self, caller: Actor, stack: Stack) -> Actor:
        """Who makes the stack's resources: its role if it has one, else the caller. Raises CallRefused."""
        if not stack.role_arn:
            return caller
        context = {"aws:SourceAccount": stack.account, "aws:SourceArn": stack.id}
        if caller.permissions.assume(SERVICE, stack.role_arn, "", context):
            raise CallRefused("ValidationError", f"Role {stack.role_arn} is invalid or cannot be assumed")
        identity = session_of(stack.role_arn, "AWSCloudFormation")
        return replace(caller, identity=identity, principal=stack.role_arn)

    def _later(self, act: Callable[[], None]) -> None:
        self._shop.schedule.when_done(act)
