"""What is done to a stack: made in order, rolled back when a resource fails, changed only where the template changed.

Source: CloudFormation User Guide, "Stack failure options", "Update behaviors of stack resources", "Stack status codes".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from liveaudit.lab.stacks import iam_policies, identity, messaging
from liveaudit.lab.stacks.actor import Actor, Denied, ResourceFailure
from liveaudit.lab.stacks.intrinsics import NO_VALUE, Scope, TemplateError
from liveaudit.lab.stacks.resource import Handler, Resource, generated_name
from liveaudit.lab.stacks.stack import Stack, now, wanted_resources
from liveaudit.lab.stacks.template import Template

HANDLERS: Mapping[str, Handler] = {
    handler.type: handler
    for handler in (
        messaging.Queue(),
        messaging.QueuePolicy(),
        messaging.Rule(),
        messaging.EventBusPolicy(),
        identity.Role(),
        iam_policies.ManagedPolicy(),
        iam_policies.InlinePolicy(),
    )
}
"""The resource types that stacks of the lab's own can have."""
_LONGEST_NAME = 64
_LONGEST_QUEUE_NAME = 80


@dataclass(frozen=True, slots=True)
class _Change:
    """One step of an update, to be taken back. ``before`` is None for what was not there."""

    name: str
    before: Resource | None
    after: Resource
    """The same object as in the stack; another one than before, where it was replaced."""
    replaced: bool = False


def create(stack: Stack, actor: Actor) -> None:
    """Make all resources. Afterwards the stack is CREATE_COMPLETE, or what its ``on_failure`` says."""
    try:
        scope = stack.scope(stack.template, stack.parameters)
        for name in stack.template.order(wanted_resources(stack.template, scope)):
            _make(stack, actor, name, stack.template.resources[name], scope)
        stack.outputs = _outputs(stack.template, scope)
    except (ResourceFailure, TemplateError) as error:
        _give_up_creation(stack, actor, str(error))
        return
    stack.mark("CREATE_COMPLETE")


def update(stack: Stack, actor: Actor, template: Template, parameters: Mapping[str, str]) -> None:
    """Change what the template changed. Afterwards UPDATE_COMPLETE, or UPDATE_ROLLBACK_COMPLETE and as before."""
    changes: list[_Change] = []
    try:
        scope = stack.scope(template, parameters)
        wanted = wanted_resources(template, scope)
        for name in template.order(wanted):
            _bring(stack, actor, name, template.resources[name], scope, changes)
        outputs = _outputs(template, scope)
    except (ResourceFailure, TemplateError) as error:
        _take_back(stack, actor, changes, stack.first_failure() or str(error))
        return
    leaving = [name for name in reversed(stack.resources) if name not in wanted]
    gone = [change.before for change in changes if change.replaced and change.before is not None]
    for resource in [*gone, *(stack.resources[name] for name in leaving)]:
        _clean_up(stack, actor, resource)
    for name in leaving:
        del stack.resources[name]
    stack.template, stack.parameters, stack.outputs = template, parameters, outputs
    stack.updated = now()
    stack.mark("UPDATE_COMPLETE")


def delete(stack: Stack, actor: Actor) -> None:
    """Delete all resources, the last first. Afterwards the stack is DELETE_COMPLETE or DELETE_FAILED."""
    if failed := _delete_all(stack, actor):
        stack.mark("DELETE_FAILED", _not_deleted(failed))
        return
    stack.deleted = now()
    stack.mark("DELETE_COMPLETE")


def _make(stack: Stack, actor: Actor, name: str, described: Mapping[str, Any], scope: Scope) -> Resource:
    kind = str(described["Type"])
    properties = scope.resolve(described.get("Properties") or {})
    longest = _LONGEST_QUEUE_NAME if kind == messaging.Queue.type else _LONGEST_NAME
    suggested = generated_name(stack.name, name, f"{stack.unique} {len(stack.events)}", longest)
    resource = Resource(name, kind, properties, suggested)
    stack.resources[name] = resource
    _carry_out(stack, resource, "CREATE", lambda: HANDLERS[kind].create(actor, resource))
    resource.make_known(scope)
    return resource


def _bring(
    stack: Stack,
    actor: Actor,
    name: str,
    described: Mapping[str, Any],
    scope: Scope,
    changes: list[_Change],
) -> None:
    """Bring one resource to what ``described`` says, and note it in ``changes``, even where it fails."""
    standing = stack.resources.get(name)
    if standing is None:
        try:
            _make(stack, actor, name, described, scope)
        finally:
            if name in stack.resources:
                changes.append(_Change(name, None, stack.resources[name]))
        return
    if standing.type != described["Type"]:
        raise TemplateError(
            "Update of resource type is not permitted. The new template modifies resource type of the "
            f"following resources: [{name}]"
        )
    properties = scope.resolve(described.get("Properties") or {})
    if properties == standing.properties:
        return  # the same in both templates: what somebody did to it since is not seen
    handler = HANDLERS[standing.type]
    if handler.fixed & _different(standing.properties, properties):
        if _keeps_its_name(handler, standing, properties):
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {properties[handler.name]} and update the stack again."
            )
            _fail(stack, standing, "UPDATE", reason)
            raise ResourceFailure(reason)
        try:
            _make(stack, actor, name, described, scope)
        finally:
            if stack.resources[name] is not standing:
                changes.append(_Change(name, standing, stack.resources[name], replaced=True))
        return
    before = replace(standing, attributes=dict(standing.attributes))
    try:
        _carry_out(stack, standing, "UPDATE", lambda: handler.update(actor, standing, properties))
    except Denied:
        raise  # nothing was done, and there is nothing to take back
    except ResourceFailure:
        standing.properties = properties
        changes.append(_Change(name, before, standing))
        raise
    standing.properties = properties
    changes.append(_Change(name, before, standing))
    standing.make_known(scope)


def _take_back(stack: Stack, actor: Actor, changes: Sequence[_Change], reason: str) -> None:
    stack.mark("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    try:
        for change in reversed(changes):
            _take_back_one(stack, actor, change)
    except ResourceFailure as error:
        stack.mark("UPDATE_ROLLBACK_FAILED", str(error))
        return
    stack.mark("UPDATE_ROLLBACK_COMPLETE")
    stack.reason = reason


def _take_back_one(stack: Stack, actor: Actor, change: _Change) -> None:
    after, before = change.after, change.before
    if before is None or change.replaced:
        _remove(stack, actor, after)
        if before is None:
            del stack.resources[change.name]
        else:
            stack.resources[change.name] = before
        return
    handler = HANDLERS[after.type]
    _carry_out(stack, after, "UPDATE", lambda: handler.update(actor, after, before.properties))
    after.properties = before.properties


def _give_up_creation(stack: Stack, actor: Actor, error: str) -> None:
    failed = [one.logical_id for one in stack.resources.values() if one.status == "CREATE_FAILED"]
    reason = f"The following resource(s) failed to create: [{', '.join(failed)}]. " if failed else error
    if stack.on_failure == "DO_NOTHING":
        stack.mark("CREATE_FAILED", reason)
        return
    verb = "DELETE" if stack.on_failure == "DELETE" else "ROLLBACK"
    stack.note(stack.name, stack.id, "AWS::CloudFormation::Stack", f"{verb}_IN_PROGRESS", reason)
    if left := _delete_all(stack, actor):
        stack.mark(f"{verb}_FAILED", _not_deleted(left))
        return
    stack.deleted = now() if verb == "DELETE" else None
    stack.mark(f"{verb}_COMPLETE")
    stack.reason = reason


def _not_deleted(names: Sequence[str]) -> str:
    return f"The following resource(s) failed to delete: [{', '.join(names)}]. "


def _delete_all(stack: Stack, actor: Actor) -> list[str]:
    """Delete the resources, the last first. Returns those that could not be."""
    failed: list[str] = []
    for name in reversed(list(stack.resources)):
        try:
            _remove(stack, actor, stack.resources[name])
        except ResourceFailure:
            failed.append(name)
        else:
            del stack.resources[name]
    return failed


def _remove(stack: Stack, actor: Actor, resource: Resource) -> None:
    def act() -> None:
        if resource.physical_id:
            HANDLERS[resource.type].delete(actor, resource)

    _carry_out(stack, resource, "DELETE", act)


def _clean_up(stack: Stack, actor: Actor, resource: Resource) -> None:
    try:
        _remove(stack, actor, resource)
    except ResourceFailure:
        return  # its event says so, and the update is complete nevertheless: CloudFormation leaves it behind too


def _carry_out(stack: Stack, resource: Resource, verb: str, act: Callable[[], None]) -> None:
    resource.mark(f"{verb}_IN_PROGRESS")
    try:
        act()
    except ResourceFailure as error:
        _fail(stack, resource, verb, str(error))
        raise
    resource.mark(f"{verb}_COMPLETE")
    stack.note(resource.logical_id, resource.physical_id, resource.type, resource.status)


def _fail(stack: Stack, resource: Resource, verb: str, reason: str) -> None:
    resource.mark(f"{verb}_FAILED", reason)
    stack.note(resource.logical_id, resource.physical_id, resource.type, resource.status, reason)


def _outputs(template: Template, scope: Scope) -> list[dict[str, str]]:
    outputs = []
    for name, described in template.outputs.items():
        if "Condition" in described and not scope.holds(str(described["Condition"])):
            continue
        output = {"OutputKey": name, "OutputValue": str(scope.resolve(described.get("Value")))}
        if "Description" in described:
            output["Description"] = str(described["Description"])
        outputs.append(output)
    return outputs


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    keys = {*before, *after}
    return {key for key in keys if before.get(key, NO_VALUE) != after.get(key, NO_VALUE)}


def _keeps_its_name(handler: Handler, standing: Resource, properties: Mapping[str, Any]) -> bool:
    name = properties.get(handler.name) if handler.name else None
    return name is not None and name == standing.properties.get(handler.name)
