"""What stands in AWS now: stack sets and their instances, grants on the buses, plain stacks.

Sources: CloudFormation API reference of DescribeStackSet, ListStackInstances, ListStackSetOperations, DescribeStacks,
GetTemplate; EventBridge API reference of DescribeEventBus.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.intake.envelope import MAX_RULES
from liveaudit.provision import names
from liveaudit.provision.advice import readable
from liveaudit.provision.desired import SetKey, Target, management_account, set_keys
from liveaudit.provision.grants import Bus, parse_bus
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.templates import OWNER

CURRENT, OUTDATED, INOPERABLE = "CURRENT", "OUTDATED", "INOPERABLE"
UNDER_WAY = frozenset({"RUNNING", "STOPPING", "QUEUED"})
_NUMBERS = frozenset(map(str, range(1, MAX_RULES + 1)))


@dataclass(frozen=True, slots=True)
class Instance:
    """A stack instance. ``status`` is AWS's; ``stack`` the ARN of its stack, empty when there never was one."""

    account: str
    region: str
    status: str
    detailed: str = ""
    reason: str = ""
    stack: str = ""
    unit: str = ""

    @property
    def target(self) -> Target:
        """Where it is."""
        return self.account, self.region


@dataclass(frozen=True, slots=True)
class SetNow:
    """A stack set as it is. ``template`` is None when it is no JSON, ``owned`` the metadata that makes it ours."""

    key: SetKey
    template: Mapping[str, Any] | None
    owned: Mapping[str, Any] | None
    permission_model: str = "SELF_MANAGED"
    administration_role: str = ""
    execution_role: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    auto_deployment: bool = False
    instances: Mapping[Target, Instance] = field(default_factory=dict)
    running: tuple[str, ...] = ()
    """The ids of the operations that are under way, ours or anybody's."""

    @property
    def rules(self) -> dict[int, tuple[str, ...]]:
        """The rules that its template makes, as its metadata says; nothing that is not of that form."""
        return _rules(self.owned)


@dataclass(frozen=True, slots=True)
class StackNow:
    """A plain stack as it is. ``status`` is AWS's."""

    account: str
    region: str
    status: str
    reason: str = ""
    template: Mapping[str, Any] | None = None
    owned: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be seen, and why. ``what`` names it."""

    what: str
    account: str
    region: str
    reason: str


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything of ours that stands. What is in ``problems`` is not known, which is not the same as not there."""

    stack_sets: Mapping[SetKey, SetNow] = field(default_factory=dict)
    buses: Mapping[str, Bus] = field(default_factory=dict)
    stacks: Mapping[Target, StackNow] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def running(self) -> tuple[tuple[SetKey, str], ...]:
        """Every operation under way."""
        return tuple((key, each) for key, found in self.stack_sets.items() for each in found.running)

    @property
    def rules(self) -> dict[int, tuple[str, ...]]:
        """The rules that stand: the receiver's, whose template comes first, else the publishers'."""
        for name in (names.RECEIVER_STACK_SET, names.PUBLISHER_STACK_SET):
            for key, found in self.stack_sets.items():
                if key.name == name and found.rules:
                    return found.rules
        return {}

    def problem(self, what: str, account: str, region: str) -> Problem | None:
        """Why something is not known, None when it is."""
        return next(
            (e for e in self.problems if (e.what, e.account, e.region) == (what, account, region)), None
        )


async def observe(caller: Caller, installation: Installation) -> Observed:
    """Look at everything of ours. Raises SetupError when the stack sets cannot be seen: nothing can be done then."""
    keys = set_keys(installation)
    looked = await asyncio.gather(*(stack_set_now(caller, installation, key) for key in keys))
    sets = {each.key: each for each in looked if each is not None}
    regions = set(installation.regions)
    for found in sets.values():
        if found.owned is not None and found.key.name == names.RECEIVER_STACK_SET:
            regions |= {region for _, region in found.instances}
    problems: list[Problem] = []
    buses = await _buses(caller, installation, sorted(regions), problems)
    stacks = await _stacks(caller, installation, problems)
    return Observed(sets, buses, stacks, tuple(problems))


async def stack_set_now(caller: Caller, installation: Installation, key: SetKey) -> SetNow | None:
    """One stack set with its instances, None when there is none. Raises SetupError."""
    receiver, home = installation.receiver, installation.home
    try:
        answer = await caller.call(receiver, home, "cloudformation", "DescribeStackSet", key.params)
        found = _set(key, answer["StackSet"])
        if found.owned is None:
            return found
        listed = await caller.call(receiver, home, "cloudformation", "ListStackInstances", key.params)
        operations = await caller.call(
            receiver, home, "cloudformation", "ListStackSetOperations", key.params, pages=False
        )
    except AwsCallError as error:
        if error.code == "StackSetNotFoundException":
            return None
        to_do = (
            "try again once AWS can be reached"
            if error.kind.passing
            else f"the receiver's documents allow it: liveaudit iam --account {receiver}"
        )
        raise SetupError(
            f"{receiver} {home}: the stack set {key.name} cannot be seen: {error}; {to_do}"
        ) from error
    instances = [_instance(each) for each in listed.get("Summaries", [])]
    return replace(
        found,
        instances={each.target: each for each in instances},
        running=tuple(
            each["OperationId"] for each in operations.get("Summaries", []) if each.get("Status") in UNDER_WAY
        ),
    )


def _set(key: SetKey, given: Mapping[str, Any]) -> SetNow:
    template, owned = _owned(given.get("TemplateBody"))
    return SetNow(
        key=key,
        template=template,
        owned=owned,
        permission_model=given.get("PermissionModel") or "SELF_MANAGED",
        administration_role=given.get("AdministrationRoleARN") or "",
        execution_role=given.get("ExecutionRoleName") or "",
        parameters={
            each["ParameterKey"]: each.get("ParameterValue", "") for each in given.get("Parameters") or ()
        },
        auto_deployment=bool((given.get("AutoDeployment") or {}).get("Enabled")),
    )


def rules_of(body: str) -> dict[int, tuple[str, ...]]:
    """The rules that a template of ours makes; none of another's, and of what is no template."""
    return _rules(_owned(body)[1])


def _rules(owned: Mapping[str, Any] | None) -> dict[int, tuple[str, ...]]:
    given = (owned or {}).get("rules")
    found: dict[int, tuple[str, ...]] = {}
    for number, sources in given.items() if isinstance(given, Mapping) else ():
        if number in _NUMBERS and isinstance(sources, list):
            found[int(number)] = tuple(each for each in sources if isinstance(each, str))
    return found


def _instance(given: Mapping[str, Any]) -> Instance:
    return Instance(
        account=given["Account"],
        region=given["Region"],
        status=given.get("Status") or "",
        detailed=(given.get("StackInstanceStatus") or {}).get("DetailedStatus") or "",
        reason=readable(given.get("StatusReason") or ""),
        stack=given.get("StackId") or "",
        unit=given.get("OrganizationalUnitId") or "",
    )


def _owned(body: Any) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """A template as plain data, and the metadata that makes it ours. AWS gives a body as text or as JSON."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return None, None
    if not isinstance(body, Mapping):
        return None, None
    metadata = body.get("Metadata")
    owned = metadata.get(OWNER) if isinstance(metadata, Mapping) else None
    return body, owned if isinstance(owned, Mapping) else None


async def _buses(
    caller: Caller, installation: Installation, regions: Sequence[str], problems: list[Problem]
) -> dict[str, Bus]:
    async def one(region: str) -> tuple[str, Bus | None]:
        arn = names.bus_arn(installation.partition, installation.receiver, region)
        try:
            answer = await caller.call(
                installation.receiver, region, "events", "DescribeEventBus", {"Name": names.BUS}
            )
            return region, parse_bus(arn, answer.get("Policy"))
        except (AwsCallError, SetupError) as error:
            problems.append(Problem("bus", installation.receiver, region, str(error)))
            return region, None

    found = await asyncio.gather(*(one(region) for region in regions))
    return {region: bus for region, bus in found if bus is not None}


async def _stacks(
    caller: Caller, installation: Installation, problems: list[Problem]
) -> dict[Target, StackNow]:
    account = management_account(installation)
    if account is None:
        return {}

    async def one(region: str) -> StackNow | None:
        try:
            return await stack_now(caller, account.id, region, names.MANAGEMENT_STACK)
        except AwsCallError as error:
            problems.append(Problem("stack", account.id, region, str(error)))
            return None

    found = await asyncio.gather(*(one(region) for region in installation.regions))
    return {(each.account, each.region): each for each in found if each is not None}


async def stack_now(caller: Caller, account: str, region: str, name: str) -> StackNow | None:
    """A plain stack, None when there is none. Raises AwsCallError."""
    try:
        answer = await caller.call(account, region, "cloudformation", "DescribeStacks", {"StackName": name})
    except AwsCallError as error:
        # the code is that of any wrong parameter: only the text says that there is no such stack
        if error.kind is Kind.ANSWER and "does not exist" in error.message:
            return None
        raise
    stack = answer["Stacks"][0]
    if stack["StackStatus"] == "DELETE_COMPLETE":
        return None
    body = await caller.call(account, region, "cloudformation", "GetTemplate", {"StackName": name})
    template, owned = _owned(body.get("TemplateBody"))
    return StackNow(
        account, region, stack["StackStatus"], readable(stack.get("StackStatusReason") or ""), template, owned
    )
