"""The calls of the stack-set API: what they check, what they begin, what they answer.

Source: CloudFormation API Reference, the operations of stack sets; the error texts are AWS's where they are known.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from liveaudit.lab.answers import CallRefused, page
from liveaudit.lab.organization import STACK_SETS, organization_of
from liveaudit.lab.stacks import auto, described
from liveaudit.lab.stacks.actor import Actor
from liveaudit.lab.stacks.engine import HANDLERS
from liveaudit.lab.stacks.operations import Operations, administration_refused
from liveaudit.lab.stacks.requested import (
    Params,
    acknowledged,
    overrides_of,
    parameters_of,
    preferences_of,
    regions_of,
)
from liveaudit.lab.stacks.rollout import Preferences, Rollout, Target
from liveaudit.lab.stacks.sets import (
    ADMINISTRATION_ROLE,
    EXECUTION_ROLE,
    SELF_MANAGED,
    SERVICE_MANAGED,
    Instance,
    Operation,
    Result,
    StackSet,
)
from liveaudit.lab.stacks.targets import Aim, access, aim, owner_of, set_access, trusting
from liveaudit.lab.stacks.template import Template, parse

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_OPERATION_ID = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]{0,127}")


class SetCalls:
    """Answers for all accounts and regions. Every call raises ``CallRefused`` or ``TemplateError``."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._sets: list[StackSet] = []
        self.handlers: Mapping[str, Callable[[Actor, Params], dict[str, Any]]] = {
            "ActivateOrganizationsAccess": lambda caller, _: set_access(caller.account, True),
            "CreateStackInstances": self._create_instances,
            "CreateStackSet": self._create,
            "DeactivateOrganizationsAccess": lambda caller, _: set_access(caller.account, False),
            "DeleteStackInstances": self._delete_instances,
            "DeleteStackSet": self._delete,
            "DescribeOrganizationsAccess": lambda caller, params: access(caller.account, params),
            "DescribeStackInstance": self._describe_instance,
            "DescribeStackSet": self._describe,
            "DescribeStackSetOperation": self._describe_operation,
            "ListStackInstances": self._list_instances,
            "ListStackSetOperationResults": self._list_results,
            "ListStackSetOperations": self._list_operations,
            "ListStackSets": self._list,
            "StopStackSetOperation": self._stop,
            "UpdateStackInstances": self._update_instances,
            "UpdateStackSet": self._update,
        }

    def clear(self) -> None:
        """Forget every stack set."""
        self._sets.clear()

    def memberships_changed(self) -> None:
        """Accounts joined, moved in or left an organisation: begin what automatic deployment does then."""
        for stack_set in self._sets:
            organization = organization_of(stack_set.owner)
            if (
                stack_set.status == "ACTIVE"
                and stack_set.is_service_managed
                and organization is not None
                and organization.trusts(STACK_SETS)
            ):
                for operation in auto.adjustments(stack_set, organization):
                    self._operations.submit(stack_set, operation)

    # stack sets

    def _create(self, caller: Actor, params: Params) -> dict[str, Any]:
        name = str(params["StackSetName"])
        if not _NAME.fullmatch(name):
            raise CallRefused(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'stackSetName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
            )
        owner = owner_of(caller.account, params)
        if any(one.name == name for one in self._active(owner, caller.region)):
            raise CallRefused("NameAlreadyExistsException", f"StackSet {name} already exists", 409)
        model = params.get("PermissionModel", SELF_MANAGED)
        template = _template(params)
        stack_set = StackSet(owner, caller.region, name, template, parameters_of(params, {}))
        template.values(stack_set.parameters)
        acknowledged(template, params)
        self._describe_set(stack_set, params)
        stack_set.permission_model = model
        if model == SERVICE_MANAGED:
            trusting(owner)
            if not params.get("AutoDeployment"):
                raise CallRefused(
                    "ValidationError",
                    "AutoDeployment must be specified with SERVICE_MANAGED permission model",
                )
            stack_set.auto_deployment = params["AutoDeployment"]
        elif params.get("AutoDeployment"):
            raise CallRefused(
                "ValidationError",
                "AutoDeployment can only be specified with SERVICE_MANAGED permission model",
            )
        else:
            self._set_roles(stack_set, caller, params)
        self._sets.append(stack_set)
        return {"StackSetId": stack_set.id}

    def _update(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        if stack_set.instances and params.get("PermissionModel", stack_set.permission_model) != (
            stack_set.permission_model
        ):
            raise CallRefused(
                "InvalidOperationException",
                "PermissionModel cannot be changed while there are stack instances",
            )
        operation_id = self._operation_id(stack_set, params)
        template = stack_set.template if params.get("UsePreviousTemplate") else _template(params)
        parameters = parameters_of(params, stack_set.parameters)
        template.values(parameters)
        acknowledged(template, params)
        preferences = params.get("OperationPreferences") or {}
        rules = Preferences.parse(preferences)
        if params.get("DeploymentTargets") or params.get("Accounts") or params.get("Regions"):
            targets = list(self._existing(stack_set, params))
        else:
            targets = list(stack_set.instances)
        targets = [one for one in targets if stack_set.instances[one].status != "INOPERABLE"]
        if not stack_set.is_service_managed:
            self._set_roles(stack_set, caller, params)
        elif "AutoDeployment" in params:
            stack_set.auto_deployment = params["AutoDeployment"]
        changed = template.body != stack_set.template.body or parameters != stack_set.parameters
        stack_set.template, stack_set.parameters = template, parameters
        self._describe_set(stack_set, params)
        if changed:
            for instance in stack_set.instances.values():
                if instance.status == "CURRENT":
                    instance.status = "OUTDATED"
        return self._submit(stack_set, "UPDATE", targets, operation_id, preferences, rules)

    def _delete(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        if stack_set.instances:
            raise CallRefused("StackSetNotEmptyException", "StackSet is not empty", 409)
        if stack_set.under_way:
            raise _in_progress(stack_set)
        stack_set.status = "DELETED"
        return {}

    def _describe(self, caller: Actor, params: Params) -> dict[str, Any]:
        return {"StackSet": described.stack_set(self._find(caller, params))}

    def _list(self, caller: Actor, params: Params) -> dict[str, Any]:
        owner = owner_of(caller.account, params)
        wanted = params.get("Status", "ACTIVE")
        found = [
            described.stack_set_summary(one)
            for one in self._sets
            if (one.owner, one.region, one.status) == (owner, caller.region, wanted)
            and (owner == caller.account or one.is_service_managed)
        ]
        return page(found, params, "Summaries")

    # instances

    def _create_instances(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        meant = aim(stack_set, params, is_update=False)
        operation_id = self._operation_id(stack_set, params)
        preferences, rules = preferences_of(params)
        overrides = overrides_of(stack_set, params)
        regions = regions_of(params)
        targets = stack_set.selected(meant.accounts, regions)
        for account, region in targets:
            if (account, region) not in stack_set.instances:
                stack_set.instances[account, region] = Instance(account, region, meant.accounts[account])
            if "ParameterOverrides" in params:
                stack_set.instances[account, region].overrides = dict(overrides)
        if meant.units:
            auto.cover(stack_set, trusting(stack_set.owner), meant.units, regions)
        return self._submit(stack_set, "CREATE", targets, operation_id, preferences, rules, meant)

    def _update_instances(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        targets = list(self._existing(stack_set, params))
        operation_id = self._operation_id(stack_set, params)
        preferences, rules = preferences_of(params)
        overrides = overrides_of(stack_set, params)
        for target in targets:
            stack_set.instances[target].overrides = dict(overrides)
        return self._submit(stack_set, "UPDATE", targets, operation_id, preferences, rules)

    def _delete_instances(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        meant = aim(stack_set, params, is_update=False)
        operation_id = self._operation_id(stack_set, params)
        preferences, rules = preferences_of(params)
        regions = regions_of(params)
        accounts = set(meant.accounts)
        if meant.units and not params["DeploymentTargets"].get("Accounts"):
            auto.uncover(stack_set, meant.units, regions)
            accounts |= {one.account for one in stack_set.instances.values() if one.unit in meant.units}
        targets = [one for one in stack_set.selected(sorted(accounts), regions) if one in stack_set.instances]
        retain = bool(params["RetainStacks"])
        return self._submit(stack_set, "DELETE", targets, operation_id, preferences, rules, meant, retain)

    def _describe_instance(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        target = str(params["StackInstanceAccount"]), str(params["StackInstanceRegion"])
        if target not in stack_set.instances:
            raise _no_instances(stack_set, [target])
        return {"StackInstance": described.instance(stack_set, stack_set.instances[target])}

    def _list_instances(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        account, region = params.get("StackInstanceAccount"), params.get("StackInstanceRegion")
        wanted = {one["Name"]: one["Values"] for one in params.get("Filters") or ()}
        found = [
            described.instance_summary(stack_set, one)
            for _, one in sorted(stack_set.instances.items())
            if (not account or one.account == account)
            and (not region or one.region == region)
            and ("DETAILED_STATUS" not in wanted or one.detailed == wanted["DETAILED_STATUS"])
            and ("LAST_OPERATION_ID" not in wanted or one.last_operation == wanted["LAST_OPERATION_ID"])
        ]
        return page(found, params, "Summaries")

    # operations

    def _describe_operation(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        return {"StackSetOperation": described.operation(stack_set, _operation(stack_set, params))}

    def _list_operations(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        newest_first = reversed(stack_set.operations.values())
        return page([described.operation_summary(one) for one in newest_first], params, "Summaries")

    def _list_results(self, caller: Actor, params: Params) -> dict[str, Any]:
        operation = _operation(self._find(caller, params), params)
        wanted = {one["Name"]: one["Values"] for one in params.get("Filters") or ()}
        status = wanted.get("OPERATION_RESULT_STATUS")
        results = [one for _, one in sorted(operation.results.items()) if status in (None, one.status)]
        return page([described.result(one) for one in results], params, "Summaries")

    def _stop(self, caller: Actor, params: Params) -> dict[str, Any]:
        stack_set = self._find(caller, params)
        operation = _operation(stack_set, params)
        if operation.is_over or operation.status == "STOPPING":
            raise CallRefused(
                "InvalidOperationException", f"Operation {operation.id} is in {operation.status} state"
            )
        self._operations.stop(stack_set, operation)
        return {}

    # what they share

    def _active(self, owner: str, region: str) -> Iterator[StackSet]:
        for one in self._sets:
            if (one.owner, one.region, one.status) == (owner, region, "ACTIVE"):
                yield one

    def find(self, owner: str, region: str, name: str) -> StackSet | None:
        """The stack set of this name, id or ARN, None when there is none."""
        active = self._active(owner, region)
        return next((one for one in active if name in (one.name, one.id, one.arn)), None)

    def _find(self, caller: Actor, params: Params) -> StackSet:
        owner = owner_of(caller.account, params)
        name = str(params["StackSetName"])
        found = self.find(owner, caller.region, name)
        if found is not None and (owner == caller.account or found.is_service_managed):
            return found
        raise CallRefused("StackSetNotFoundException", f"StackSet {name} not found", 404)

    def _set_roles(self, stack_set: StackSet, caller: Actor, params: Params) -> None:
        role = params.get("AdministrationRoleARN") or stack_set.administration_role
        role = role or caller.arn("iam", f"role/{ADMINISTRATION_ROLE}", everywhere=True)
        if str(role).split(":")[4:5] != [stack_set.owner]:
            raise CallRefused("ValidationError", f"Role {role} is not in account {stack_set.owner}")
        if why := administration_refused(caller.permissions, stack_set, role, stack_set.region):
            raise CallRefused("ValidationError", why)
        stack_set.administration_role = role
        stack_set.execution_role = str(
            params.get("ExecutionRoleName") or stack_set.execution_role or EXECUTION_ROLE
        )

    @staticmethod
    def _describe_set(stack_set: StackSet, params: Params) -> None:
        stack_set.description = str(params.get("Description") or stack_set.description)
        stack_set.capabilities = params.get("Capabilities", stack_set.capabilities)
        stack_set.tags = params.get("Tags", stack_set.tags)
        if "ManagedExecution" in params:
            stack_set.managed_execution = bool(params["ManagedExecution"].get("Active"))

    @staticmethod
    def _existing(stack_set: StackSet, params: Params) -> Iterator[Target]:
        """The instances that a call about existing ones means. Raises CallRefused where there is none."""
        meant = aim(stack_set, params, is_update=True)
        targets = stack_set.selected(meant.accounts, regions_of(params))
        missing = [one for one in targets if one not in stack_set.instances]
        if missing and (not meant.units or len(missing) == len(targets)):
            raise _no_instances(stack_set, missing)
        yield from (one for one in targets if one in stack_set.instances)

    @staticmethod
    def _operation_id(stack_set: StackSet, params: Params) -> str:
        """The id for a new operation. Raises CallRefused where none may be begun."""
        given = params.get("OperationId")
        if given is not None and not _OPERATION_ID.fullmatch(str(given)):
            raise CallRefused("ValidationError", f"OperationId {given} is not valid")
        if given is not None and given in stack_set.operations:
            raise CallRefused(
                "OperationIdAlreadyExistsException", f"Operation id {given} already exists", 409
            )
        if stack_set.under_way and not stack_set.managed_execution:
            raise _in_progress(stack_set)
        return str(given or uuid.uuid4())

    def _submit(
        self,
        stack_set: StackSet,
        action: str,
        targets: Sequence[Target],
        operation_id: str,
        preferences: Mapping[str, Any],
        rules: Preferences,
        meant: Aim | None = None,
        retain: bool = False,
    ) -> dict[str, Any]:
        units = meant.accounts if meant is not None else {}
        results = {
            target: Result(*target, unit=units.get(target[0]) or stack_set.instances[target].unit)
            for target in targets
        }
        operation = Operation(
            operation_id,
            action,
            results,
            Rollout.over(targets, rules),
            preferences,
            retain,
            stack_set.administration_role,
            stack_set.execution_role,
        )
        self._operations.submit(stack_set, operation)
        return {"OperationId": operation_id}


def _template(params: Params) -> Template:
    if params.get("TemplateURL"):
        raise CallRefused("ValidationError", "The lab's stack sets take TemplateBody, not TemplateURL")
    template = parse(str(params.get("TemplateBody") or ""))
    if why := template.unsupported(HANDLERS):
        raise CallRefused("ValidationError", f"The lab's stack sets cannot do {why}")
    return template


def _operation(stack_set: StackSet, params: Params) -> Operation:
    found = stack_set.operations.get(str(params["OperationId"]))
    if found is None:
        raise CallRefused("OperationNotFoundException", f"Operation {params['OperationId']} not found", 404)
    return found


def _in_progress(stack_set: StackSet) -> CallRefused:
    running = stack_set.under_way[0].id
    text = f"Another Operation on StackSet {stack_set.arn} is in progress: {running}"
    return CallRefused("OperationInProgressException", text, 409)


def _no_instances(stack_set: StackSet, targets: Sequence[Target]) -> CallRefused:
    where = ", ".join(f"({account}, {region})" for account, region in targets)
    text = f"Stack instances [{where}] not found in StackSet {stack_set.name}"
    return CallRefused("StackInstanceNotFoundException", text, 404)
