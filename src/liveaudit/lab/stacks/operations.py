"""Carries the operations of stack sets out: target after target, through the roles, with a result for each.

Sources: CloudFormation User Guide, "Grant self-managed permissions", "Prepare to perform StackSet operations in AWS
Regions that are disabled by default".
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from liveaudit.lab.delivery import Bus, Envelope
from liveaudit.lab.regions import needs_opt_in
from liveaudit.lab.rights import Permissions
from liveaudit.lab.stacks import engine
from liveaudit.lab.stacks.actor import SERVICE, Actor, session_of
from liveaudit.lab.stacks.registry import StackRegistry
from liveaudit.lab.stacks.rollout import Target
from liveaudit.lab.stacks.schedule import Schedule
from liveaudit.lab.stacks.sets import (
    STOPPED_BY_USER,
    TOLERANCE_EXCEEDED,
    Instance,
    Operation,
    Result,
    StackSet,
)
from liveaudit.lab.stacks.stack import Stack, now

_LONGEST_SET_NAME = 80
_NEVER_MADE = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What operations need of the lab. ``enabled``: an account's regions."""

    schedule: Schedule
    permissions: Permissions
    registry: StackRegistry
    enabled: Callable[[str], Collection[str]]
    post: Callable[[Bus, Envelope], None]


class Unreachable(Exception):  # noqa: N818 - the reason why an account cannot be entered, not an error of ours
    """A target in which no stack can be touched; the text is the ``StatusReason``."""


class Operations:
    """Runs one operation at a time for each stack set, the others wait in their order."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop

    def submit(self, stack_set: StackSet, operation: Operation) -> None:
        """Begin an operation, or queue it behind those that are under way."""
        is_first = not stack_set.under_way
        stack_set.operations[operation.id] = operation
        for target in operation.results:
            if instance := stack_set.instances.get(target):
                instance.detailed, instance.last_operation = "PENDING", operation.id
        if is_first:
            self._begin(stack_set, operation)

    def stop(self, stack_set: StackSet, operation: Operation) -> None:
        """Cancel what was not begun, and end when what is under way has ended."""
        operation.status = "STOPPING"
        self._cancel(stack_set, operation, STOPPED_BY_USER)
        self._end_if_finished(stack_set, operation)

    def _begin(self, stack_set: StackSet, operation: Operation) -> None:
        operation.status = "RUNNING"
        # later, so that the call is answered before anything has happened
        self._shop.schedule.at_once(lambda: self._go_on(stack_set, operation))

    def _go_on(self, stack_set: StackSet, operation: Operation) -> None:
        if operation.is_over:
            return
        for target in operation.rollout.begin():
            operation.results[target].status = "RUNNING"
            if instance := stack_set.instances.get(target):
                instance.detailed = "RUNNING"
            self._shop.schedule.when_done(partial(self._carry_out, stack_set, operation, target))
        self._end_if_finished(stack_set, operation)

    def _end_if_finished(self, stack_set: StackSet, operation: Operation) -> None:
        if not operation.rollout.finished or operation.is_over:
            return
        operation.ended = now()
        if operation.status == "STOPPING":
            operation.status = "STOPPED"
        else:
            operation.status = "FAILED" if operation.rollout.exceeded else "SUCCEEDED"
        waiting = stack_set.under_way
        if waiting:
            self._begin(stack_set, waiting[0])

    def _carry_out(self, stack_set: StackSet, operation: Operation, target: Target) -> None:
        result = operation.results[target]
        reason = "the lab failed: see GET /_lab/state"
        try:
            reason = self._try(stack_set, operation, result)
        finally:  # also when the lab itself is wrong, which the schedule keeps: an operation always ends
            result.status, result.reason = ("FAILED", reason) if reason else ("SUCCEEDED", "")
            operation.rollout.end(target, failed=bool(reason))
            if operation.rollout.exceeded:
                self._cancel(stack_set, operation, TOLERANCE_EXCEEDED)
            self._go_on(stack_set, operation)

    @staticmethod
    def _cancel(stack_set: StackSet, operation: Operation, reason: str) -> None:
        for target in operation.rollout.cancel():
            result = operation.results[target]
            result.status, result.reason = "CANCELLED", reason
            if instance := stack_set.instances.get(target):
                instance.mark("CANCELLED", instance.status, reason)

    def _try(self, stack_set: StackSet, operation: Operation, result: Result) -> str:
        """Do what is to be done in one target. Why it failed, empty when it did not."""
        target = result.account, result.region
        instance = stack_set.instances.get(target)
        if instance is None:
            return ""
        if operation.action == "DELETE" and (operation.retain_stacks or instance.stack is None):
            del stack_set.instances[target]
            return ""
        try:
            actor = self._enter(stack_set, operation, result)
            if operation.action == "DELETE":
                reason = self._delete(stack_set, instance, actor)
            else:
                reason = self._apply(stack_set, instance, actor)
        except Unreachable as error:
            reason = str(error)
            instance.mark("FAILED", "OUTDATED", reason)
        return reason

    def _enter(self, stack_set: StackSet, operation: Operation, result: Result) -> Actor:
        """Who acts in the target, through the chain of roles. Raises Unreachable."""
        account, region = result.account, result.region
        for each in (account, stack_set.owner):
            if region not in self._shop.enabled(each):
                raise Unreachable(f"Region {region} is not enabled for account {each}.")
        session = str(uuid.uuid4())
        permissions = self._shop.permissions
        if stack_set.is_service_managed:
            suffix = hashlib.sha256(account.encode()).hexdigest()[:32]
            own = f"arn:aws:iam::{account}:role/stacksets-exec-{suffix}"
            return Actor(account, region, session_of(own, session), "", permissions, self._shop.post)
        administration = operation.administration_role
        if why := administration_refused(permissions, stack_set, administration, region):
            raise Unreachable(why)
        execution = f"arn:aws:iam::{account}:role/{operation.execution_role}"
        if permissions.assume(administration, execution):
            name = administration.partition(":role/")[2]
            raise Unreachable(
                f"Account {account} should have '{operation.execution_role}' role with trust relationship to "
                f"Role '{name}'."
            )
        return Actor(account, region, session_of(execution, session), execution, permissions, self._shop.post)

    def _apply(self, stack_set: StackSet, instance: Instance, actor: Actor) -> str:
        """Create or update the instance's stack."""
        parameters = {**stack_set.parameters, **instance.overrides}
        parameters = {key: value for key, value in parameters.items() if key in stack_set.template.parameters}
        stack = instance.stack
        if stack is not None and not stack.deleted and stack.status in _NEVER_MADE:
            if reason := self._delete_stack(stack, actor):
                instance.mark("FAILED", "OUTDATED", reason)
                return reason
            stack = instance.stack = None
        if stack is not None and (why := _not_updatable(stack)):
            raise Unreachable(why)
        if stack is None:
            stack = Stack(
                instance.account,
                instance.region,
                f"StackSet-{stack_set.name[:_LONGEST_SET_NAME]}-{uuid.uuid4()}",
                stack_set.template,
                parameters,
                stack_set.capabilities,
                stack_set.tags,
            )
            self._call(actor, "CreateStack", stack)
            instance.stack = stack
            self._shop.registry.add(stack)
            stack.mark("CREATE_IN_PROGRESS", "User Initiated")
            engine.create(stack, actor)
        else:
            self._call(actor, "UpdateStack", stack)
            stack.mark("UPDATE_IN_PROGRESS", "User Initiated")
            engine.update(stack, actor, stack_set.template, parameters)
        if stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            instance.mark("SUCCEEDED", "CURRENT")
            return ""
        reason = stack.failure()
        instance.mark("FAILED", "OUTDATED", reason)
        return reason

    def _delete(self, stack_set: StackSet, instance: Instance, actor: Actor) -> str:
        stack = instance.stack
        if stack is not None and (reason := self._delete_stack(stack, actor)):
            instance.mark("INOPERABLE", "INOPERABLE", reason)
            return reason
        del stack_set.instances[instance.account, instance.region]
        return ""

    def _delete_stack(self, stack: Stack, actor: Actor) -> str:
        """Delete a stack that may be gone. Why it could not be, empty when it is gone."""
        if not stack.deleted:
            self._call(actor, "DeleteStack", stack)
            stack.mark("DELETE_IN_PROGRESS", "User Initiated")
            engine.delete(stack, actor)
        return "" if stack.deleted else stack.failure()

    @staticmethod
    def _call(actor: Actor, operation: str, stack: Stack) -> None:
        """What the execution role must be allowed to do with the stack itself. Raises Unreachable."""
        for action in (operation, "DescribeStacks"):
            if why := actor.why_not(f"cloudformation:{action}", stack.id):
                raise Unreachable(why)
        params: dict[str, object] = {"StackName": stack.name if operation == "CreateStack" else stack.id}
        if operation != "DeleteStack" and stack.capabilities:
            params["Capabilities"] = list(stack.capabilities)
        answer = {} if operation == "DeleteStack" else {"StackId": stack.id}
        actor.do("cloudformation", operation, params, lambda: None, lambda _: answer)


def _not_updatable(stack: Stack) -> str:
    if stack.deleted:
        return f"Stack [{stack.id}] does not exist"
    if stack.in_progress or stack.status in ("DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"):
        return f"Stack:{stack.id} is in {stack.status} state and can not be updated."
    return ""


def administration_refused(permissions: Permissions, stack_set: StackSet, role_arn: str, region: str) -> str:
    """Why CloudFormation may not assume the administration role for a target in ``region``; empty when it may."""
    service = f"cloudformation.{region}.amazonaws.com" if needs_opt_in(region) else SERVICE
    context = {"aws:SourceAccount": stack_set.owner, "aws:SourceArn": stack_set.arn}
    if not permissions.assume(service, role_arn, "", context):
        return ""
    name = role_arn.partition(":role/")[2]
    whom = "CloudFormation service" if service == SERVICE else f"the service {service}"
    return f"Account {stack_set.owner} should have '{name}' role with trust relationship to {whom}."
