"""The steps on stack sets carried out: operations begun, watched until they end, their results sorted.

Source: CloudFormation API reference of the StackSet operations; User Guide, "Stack set operation options".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.advice import advice, readable
from liveaudit.provision.desired import SetKey, StackSet, Target
from liveaudit.provision.hands import Hands, Pause
from liveaudit.provision.observe import UNDER_WAY
from liveaudit.provision.planner import instance_subject
from liveaudit.provision.progress import State
from liveaudit.provision.render.text import compact
from liveaudit.provision.steps import ChangeInstances, Subject, Tried, Verb
from liveaudit.provision.templates import REPAIR

PREFERENCES: dict[str, str | int] = {
    "RegionConcurrencyType": "PARALLEL",
    "MaxConcurrentPercentage": 100,
    "FailureTolerancePercentage": 100,
    "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
}
"""All regions and accounts at once, and what fails in one holds up no other. AWS's defaults are one by one."""
_STATES = {
    "PENDING": State.WAITING,
    "RUNNING": State.RUNNING,
    "SUCCEEDED": State.DONE,
    "FAILED": State.FAILED,
    "CANCELLED": State.FAILED,
}
_VERBS = {"CREATE": Verb.CREATE, "UPDATE": Verb.UPDATE, "DELETE": Verb.REMOVE}
_LONGEST_PAUSE = 5.0
_SECONDS_A_RESULT = 0.002
"""A page of a hundred results is not asked for more often than five times a second."""


def _set_params(wanted: StackSet) -> dict[str, Any]:
    params: dict[str, Any] = {
        **wanted.key.params,
        "Description": f"liveaudit: {wanted.what}",
        "TemplateBody": compact(wanted.template),
        "Capabilities": list(wanted.capabilities),
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in sorted(wanted.parameters.items())
        ],
    }
    if wanted.service_managed:
        params["PermissionModel"] = "SERVICE_MANAGED"
        params["AutoDeployment"] = {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    else:
        params["AdministrationRoleARN"] = wanted.administration_role
        params["ExecutionRoleName"] = names.EXECUTION_ROLE
    return params


async def make_set(hands: Hands, wanted: StackSet) -> None:
    """Create the stack set, without instances. Raises AwsCallError, LookAgainError."""
    await hands.stack_sets("CreateStackSet", _set_params(wanted))


async def change_set(hands: Hands, wanted: StackSet, targets: Collection[Target], tried: Tried) -> None:
    """Update the stack set and all its instances, and wait for them. Raises AwsCallError, LookAgainError."""
    params = {**_set_params(wanted), "OperationPreferences": PREFERENCES}
    answer = await hands.stack_sets("UpdateStackSet", params)
    tried.note([instance_subject(wanted.key, each) for each in targets], Verb.UPDATE)
    await watch(hands, wanted.key, answer["OperationId"], Verb.UPDATE, targets, tried)


async def change_instances(hands: Hands, step: ChangeInstances, tried: Tried) -> bool:
    """Create, update or remove instances and wait for them; whether all succeeded. Raises as ``change_set``."""
    params: dict[str, Any] = {
        **step.key.params,
        **step.where.params,
        "OperationPreferences": PREFERENCES,
    }
    if step.verb is Verb.REMOVE:
        params["RetainStacks"] = step.retain
    elif step.repair:
        params["ParameterOverrides"] = [{"ParameterKey": REPAIR, "ParameterValue": step.repair}]
    operations = {Verb.CREATE: "Create", Verb.UPDATE: "Update", Verb.REMOVE: "Delete"}
    answer = await hands.stack_sets(f"{operations[step.verb]}StackInstances", params)
    tried.note([instance_subject(step.key, each) for each in step.targets], step.verb)
    return await watch(hands, step.key, answer["OperationId"], step.verb, step.targets, tried)


async def remove_set(hands: Hands, key: SetKey) -> None:
    """Delete the stack set. Raises AwsCallError, LookAgainError."""
    await hands.stack_sets("DeleteStackSet", key.params)


async def watch_other(hands: Hands, key: SetKey, operation: str) -> None:
    """Wait for an operation that this run did not begin. Raises AwsCallError, LookAgainError.

    What fails in it is told and then tried by this run itself: its cause may be mended meanwhile.
    """
    params = {**key.params, "OperationId": operation}
    answer = await hands.stack_sets("DescribeStackSetOperation", params)
    verb = _VERBS.get(answer["StackSetOperation"].get("Action", ""), Verb.UPDATE)
    await watch(hands, key, operation, verb, (), Tried())


async def watch(
    hands: Hands, key: SetKey, operation: str, verb: Verb, targets: Collection[Target], tried: Tried
) -> bool:
    """Wait until an operation ends and tell of every target; whether all succeeded.

    ``targets``: what must be heard of; a target that AWS tells nothing of failed for the operation's own reason.
    """
    params = {**key.params, "OperationId": operation}
    told: dict[Subject, State] = {}
    pause = Pause(hands, longest=_LONGEST_PAUSE, told=False)
    while True:
        answer = await hands.stack_sets("DescribeStackSetOperation", params)
        now = answer["StackSetOperation"]
        listed = await hands.stack_sets("ListStackSetOperationResults", params)
        results = listed.get("Summaries", [])
        for each in results:
            _tell(hands, key, verb, each, told, tried)
        if now["Status"] not in UNDER_WAY:
            break
        # many results are many pages: they are asked for less often
        pause.at_least = len(results) * _SECONDS_A_RESULT
        await pause(f"{key.name}: operation {operation} is {now['Status'].lower()}")
    if now["Status"] != "SUCCEEDED":
        reason = now.get("StatusReason") or f"the operation {operation} ended as {now['Status']}"
        for target in targets:
            subject = instance_subject(key, target)
            if told.get(subject) not in (State.DONE, State.FAILED):
                _note_failure(hands, subject, verb, reason, tried)
                told[subject] = State.FAILED
    return all(state is State.DONE for state in told.values())


def _tell(
    hands: Hands,
    key: SetKey,
    verb: Verb,
    result: Mapping[str, Any],
    told: dict[Subject, State],
    tried: Tried,
) -> None:
    state = _STATES.get(result.get("Status", ""))
    subject = instance_subject(key, (result["Account"], result["Region"]))
    if state is None or told.get(subject) is state:
        return
    told[subject] = state
    if state is State.FAILED:
        reason = readable(result.get("StatusReason") or result["Status"].lower())
        _note_failure(hands, subject, verb, reason, tried)
        return
    if state is State.DONE:
        tried.failed.pop(subject, None)
    hands.progress.moved(subject, verb, state)


def _note_failure(hands: Hands, subject: Subject, verb: Verb, reason: str, tried: Tried) -> None:
    tried.failed[subject] = reason
    if advice(reason).final:
        tried.final[subject] = reason
    hands.progress.moved(subject, verb, State.FAILED, reason)
