"""Stack sets and bus policies of an AWS in memory, behind the ``Caller`` protocol. For the set-up engine's tests.

It answers as AWS does where the engine looks: operations that take a while and exclude each other, results for each
target, ``OUTDATED`` and ``INOPERABLE``, a bus policy that is looked at when a publisher's target is made.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from liveaudit.aws.errors import AwsCallError, Kind
from tests.support.caller import Asked, CallerDouble

Target = tuple[str, str]
Call = tuple[str, str, str, str]
"""Account, region, service and operation."""


class KilledError(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class Operation:
    """A stack set operation. ``polls``: how often it is looked at before it ends."""

    action: str
    targets: list[Target]
    polls: int
    retain: bool = False
    status: str = "RUNNING"
    results: dict[Target, str] = field(default_factory=dict)
    """Reason of the failure, empty for success."""


@dataclass(slots=True)
class Made:
    """A stack set."""

    given: dict[str, Any]
    instances: dict[Target, dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)


@dataclass
class Cloud(CallerDouble):
    """``fails(action, name, account, region)``: AWS's reason why a stack fails, empty when it does not."""

    polls: int = 2
    fails: Callable[[str, str, str, str], str] = lambda *_: ""
    before: Callable[[int, Call], None] = lambda *_: None
    after: Callable[[int, Call], None] = lambda *_: None
    sets: dict[tuple[str, str], Made] = field(default_factory=dict)
    buses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Operation and parameters of what changes something."""
    _ids: Any = field(default_factory=itertools.count)

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        region, operation, params = asked.region, asked.operation, asked.params
        call = (asked.account, region, asked.client, operation)
        number = len(self.calls)
        self.calls.append(call)
        self.before(number, call)
        if not operation.startswith(("Describe", "List", "Get")):
            self.sent.append((operation, params))
        try:
            answer: Mapping[str, Any] = getattr(self, f"_{xform_name(operation)}")(region, params)
        finally:
            self.after(number, call)
        return answer

    def changes(self) -> list[str]:
        """The operations that changed something, in order."""
        return [operation for operation, _ in self.sent]

    # --- stack sets

    def _of(self, params: Mapping[str, Any]) -> Made:
        found = self.sets.get((params["StackSetName"], params.get("CallAs", "")))
        if found is None:
            raise answer("StackSetNotFoundException", f"StackSet {params['StackSetName']} not found")
        return found

    def _create_stack_set(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        key = (params["StackSetName"], params.get("CallAs", ""))
        if key in self.sets:
            raise answer("NameAlreadyExistsException", "it exists")
        self.sets[key] = Made(dict(params))
        return {}

    def _describe_stack_set(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"StackSet": self._of(params).given}

    def _delete_stack_set(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self._of(params)
        self._free(found)
        if found.instances:
            raise answer("StackSetNotEmptyException", "it has instances")
        del self.sets[params["StackSetName"], params.get("CallAs", "")]
        return {}

    def _update_stack_set(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self._of(params)
        self._free(found)
        found.given.update(params)
        return self._begin(found, "UPDATE", list(found.instances))

    def _create_stack_instances(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._begin_on(params, "CREATE")

    def _update_stack_instances(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self._of(params)
        if any(target not in found.instances for target in targets_of(params)):
            raise answer("StackInstanceNotFoundException", "no such instance")
        return self._begin_on(params, "UPDATE")

    def _delete_stack_instances(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._begin_on(params, "DELETE")

    def _begin_on(self, params: Mapping[str, Any], action: str) -> Mapping[str, Any]:
        found = self._of(params)
        self._free(found)
        return self._begin(found, action, targets_of(params), retain=params.get("RetainStacks", False))

    def _free(self, found: Made) -> None:
        if any(each.status == "RUNNING" for each in found.operations.values()):
            raise answer("OperationInProgressException", "another operation is in progress")

    def _begin(self, found: Made, action: str, targets: list[Target], **given: Any) -> Mapping[str, Any]:
        operation_id = f"operation-{next(self._ids)}"
        found.operations[operation_id] = Operation(action, targets, self.polls, **given)
        if action != "DELETE":
            for target in targets:
                found.instances.setdefault(target, {"Status": "OUTDATED", "DetailedStatus": "PENDING"})
        return {"OperationId": operation_id}

    def _describe_stack_set_operation(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self._of(params)
        operation = found.operations[params["OperationId"]]
        operation.polls -= 1
        if operation.polls < 0 and operation.status == "RUNNING":
            self._end(params["StackSetName"], found, operation)
        return {"StackSetOperation": {"Status": operation.status, "Action": operation.action}}

    def _end(self, name: str, found: Made, operation: Operation) -> None:
        for target in operation.targets:
            reason = "" if operation.retain else self.fails(operation.action, name, *target)
            if not reason and operation.action == "CREATE" and name == "liveaudit-publisher":
                reason = self._grant_missing(*target)
            operation.results[target] = reason
            if operation.action == "DELETE" and not reason:
                found.instances.pop(target, None)
                continue
            instance = found.instances.setdefault(target, {})
            failed = "INOPERABLE" if operation.action == "DELETE" else "OUTDATED"
            instance["Status"] = failed if reason else "CURRENT"
            instance["DetailedStatus"] = "FAILED" if reason else "SUCCEEDED"
            instance["StatusReason"] = reason
            if not reason or operation.action != "CREATE":
                instance["StackId"] = f"arn:stack/{name}"
        operation.status = "FAILED" if all(operation.results.values()) and operation.results else "SUCCEEDED"

    def _grant_missing(self, account: str, region: str) -> str:
        principals = json.dumps([each["Principal"] for each in self.buses.get(region, [])])
        if account in principals or '"*"' in principals:
            return ""
        return f"User is not authorized to perform: events:PutEvents on the bus of {region}"

    def _list_stack_set_operation_results(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        operation = self._of(params).operations[params["OperationId"]]
        summaries = []
        for account, region in operation.targets:
            reason = operation.results.get((account, region))
            status = "RUNNING" if reason is None else "FAILED" if reason else "SUCCEEDED"
            summaries.append(
                {"Account": account, "Region": region, "Status": status, "StatusReason": reason or ""}
            )
        return {"Summaries": summaries}

    def _list_stack_set_operations(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        operations = self._of(params).operations
        return {
            "Summaries": [{"OperationId": key, "Status": each.status} for key, each in operations.items()]
        }

    def _list_stack_instances(self, _region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            "Summaries": [
                {
                    "Account": account,
                    "Region": region,
                    "Status": each["Status"],
                    "StackInstanceStatus": {"DetailedStatus": each["DetailedStatus"]},
                    "StatusReason": each.get("StatusReason", ""),
                    "StackId": each.get("StackId"),
                }
                for (account, region), each in self._of(params).instances.items()
            ]
        }

    # --- buses

    def _describe_event_bus(self, region: str, _params: Mapping[str, Any]) -> Mapping[str, Any]:
        statements = self.buses.get(region, [])
        return {"Policy": json.dumps({"Statement": statements})} if statements else {}

    def _put_permission(self, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self._remove_permission(region, params)
        principal = params["Principal"]
        statement = {
            "Sid": params["StatementId"],
            "Effect": "Allow",
            "Principal": principal if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
            "Action": params["Action"],
            "Resource": f"arn:aws:events:{region}:111111111111:event-bus/default",
        }
        if condition := params.get("Condition"):
            statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
        self.buses[region].append(statement)
        return {}

    def _remove_permission(self, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        standing = self.buses.setdefault(region, [])
        self.buses[region] = [each for each in standing if each["Sid"] != params["StatementId"]]
        return {}


def targets_of(params: Mapping[str, Any]) -> list[Target]:
    """The accounts and regions that a call on instances is about."""
    return [(account, region) for region in params["Regions"] for account in params["Accounts"]]


def answer(code: str, message: str = "") -> AwsCallError:
    """AWS says no, or that it is not so."""
    return AwsCallError(Kind.ANSWER, code, message, "test")
