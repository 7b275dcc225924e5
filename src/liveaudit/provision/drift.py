"""What somebody changed since: what stands is compared with the templates that were rolled out, and the grants.

CloudFormation does not notice what is changed past it, and rolls out only what differs in its template; so every rule,
target, queue and policy is read, as the audit role. ``setup apply`` writes again what is found here. Sources: EventBridge
API reference, "DescribeRule", "ListTargetsByRule"; SQS API reference, "GetQueueAttributes"; IAM API reference, "GetRole".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.policies.documents import MalformedDocument, differences, parse, told
from liveaudit.provision import names
from liveaudit.provision.desired import Target
from liveaudit.provision.grants import change_of, wanted_grants
from liveaudit.provision.installation import Delivery, Installation, Rollout, SetupError
from liveaudit.provision.observe import Observed
from liveaudit.provision.render.text import compact
from liveaudit.provision.resolved import Resolved, resolve

_ABSENT = ("NoSuchEntity", "QueueDoesNotExist", "ResourceNotFoundException")
_NO_QUEUE = "NonExistentQueue"
_SAFE_SIZE = 262_144
"""Bytes of a message that a queue must take: an event has up to that, and more since 2026."""


class Mend(StrEnum):
    """How it is put right again."""

    STACK = "setup apply writes the stack again"
    GRANT = "setup apply puts the grant again"
    OWNER = "the account's owner makes the role again"


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """Something that is not as it was rolled out. ``resource``: its kind and name; ``what``: what became of it."""

    account: str
    region: str
    resource: str
    what: str
    expected: str = ""
    actual: str = ""
    mend: Mend = Mend.STACK

    @property
    def target(self) -> Target:
        """Where it is."""
        return self.account, self.region


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """Something that could not be looked at, and why. It may have drifted or not."""

    account: str
    region: str
    resource: str
    reason: str


@dataclass(slots=True)
class Drifts:
    """Everything found, and what could not be read."""

    found: list[Drift] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def targets(self) -> frozenset[Target]:
        """The accounts and regions whose stacks have to be written again."""
        return frozenset(each.target for each in self.found if each.mend is Mend.STACK)

    def add(self, others: Drifts) -> None:
        """Take over what others found."""
        self.found = sorted([*self.found, *others.found])
        self.unread = sorted([*self.unread, *others.unread])


async def drifted(
    caller: Caller, installation: Installation, observed: Observed, only: Iterable[Target] = ()
) -> Drifts:
    """Compare everything that was rolled out with what stands. ``observed``: the stack sets and buses as they are.

    ``only``: accounts and regions to look at, all if none. What was not rolled out yet, or is being changed, is the
    plan's to tell.
    """
    drifts = Drifts()
    wanted = set(only)
    templates = [
        (target, template) for target, template in _rolled_out(observed) if not wanted or target in wanted
    ]
    await asyncio.gather(
        *(_Look(caller, installation, drifts, *target).template(each) for target, each in templates)
    )
    _grants(installation, observed, drifts, wanted)
    drifts.found.sort()
    drifts.unread.sort()
    return drifts


def _rolled_out(observed: Observed) -> list[tuple[Target, Mapping[str, Any]]]:
    """Each target with the template that its stack was made of, where it is up to date."""
    found: list[tuple[Target, Mapping[str, Any]]] = []
    for now in observed.stack_sets.values():
        if now.owned is not None and now.template is not None and not now.running:
            found += [
                (each.target, now.template) for each in now.instances.values() if each.status == "CURRENT"
            ]
    for stack in observed.stacks.values():
        if stack.owned is not None and stack.template is not None:
            found.append(((stack.account, stack.region), stack.template))
    return found


def _grants(installation: Installation, observed: Observed, drifts: Drifts, wanted: set[Target]) -> None:
    """The bus grants of those publishers that are rolled out."""
    if installation.delivery is not Delivery.BUS:
        return
    publishing = {
        target
        for key, now in observed.stack_sets.items()
        if key.name == names.PUBLISHER_STACK_SET and now.owned is not None
        for target in now.instances
    } | set(observed.stacks)
    everybody = installation.rollout is Rollout.SERVICE_MANAGED
    for problem in observed.problems:
        if problem.what == "bus":
            drifts.unread.append(Unread(problem.account, problem.region, "the bus's policy", problem.reason))
    for region, bus in observed.buses.items():
        senders = sorted({account for account, where in publishing if where == region})
        if wanted and not any((account, region) in wanted for account in senders):
            continue
        try:
            grants = wanted_grants(bus, senders, installation.organization, everybody=everybody)
        except SetupError as error:
            drifts.unread.append(Unread(installation.receiver, region, "the bus's policy", str(error)))
            continue
        standing = set(bus.ours)
        # old grants that stand too much are the plan's: they are no change of somebody's
        for grant in change_of(bus, grants).put:
            what = "was changed" if grant.id in standing else "is gone"
            expected = compact(grant.statement(bus.arn))
            resource = f"grant {grant.id} on the bus"
            drifts.found.append(
                Drift(installation.receiver, region, resource, what, expected, mend=Mend.GRANT)
            )


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks at the resources of one stack."""

    caller: Caller
    installation: Installation
    drifts: Drifts
    account: str
    region: str

    async def template(self, template: Mapping[str, Any]) -> None:
        resources = resolve(template, self.installation.partition, self.account, self.region)
        policies = {
            queue: each.properties["PolicyDocument"]
            for each in resources.values()
            if each.type == "AWS::SQS::QueuePolicy"
            for queue in each.properties["Queues"]
        }
        looks = []
        for each in resources.values():
            if each.type == "AWS::Events::Rule":
                looks.append(self._tried(f"rule {each.name}", self._rule(each)))
            elif each.type == "AWS::SQS::Queue":
                looks.append(self._tried(f"queue {each.name}", self._queue(each, policies.get(each.name))))
            elif each.type == "AWS::IAM::Role" and each.name.startswith(names.FORWARDING_ROLE):
                looks.append(self._tried(f"role {each.name}", self._role(each)))
        await asyncio.gather(*looks)

    async def _tried(self, resource: str, look: Awaitable[None]) -> None:
        try:
            await look
        except AwsCallError as error:
            if error.kind is Kind.ANSWER and (error.code in _ABSENT or _NO_QUEUE in error.code):
                self._tell(resource, "is gone")
            else:
                self.drifts.unread.append(Unread(self.account, self.region, resource, str(error)))

    def _tell(self, resource: str, what: str, expected: object = "", actual: object = "") -> None:
        self.drifts.found.append(
            Drift(self.account, self.region, resource, what, _text(expected), _text(actual))
        )

    async def _call(self, client: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self.caller.call(self.account, self.region, client, operation, params)

    async def _rule(self, wanted: Resolved) -> None:
        resource = f"rule {wanted.name}"
        rule = await self._call("events", "DescribeRule", {"Name": wanted.name})
        if rule.get("State") != wanted.properties["State"]:
            self._tell(resource, f"is {rule.get('State')}", wanted.properties["State"], rule.get("State"))
        expected, pattern = wanted.properties["EventPattern"], _json(rule.get("EventPattern"))
        if canonical(pattern) != canonical(expected):
            self._tell(resource, "lets other events through: its pattern was edited", expected, pattern)
        listed = await self._call("events", "ListTargetsByRule", {"Rule": wanted.name})
        standing = {str(each["Id"]): each for each in listed.get("Targets") or ()}
        for target in wanted.properties["Targets"]:
            found = standing.pop(target["Id"], None)
            if found is None:
                self._tell(resource, f"target {target['Id']} was removed", target["Arn"])
            else:
                self._target(resource, target, found)
        for name, target in standing.items():
            self._tell(resource, f"target {name} was added", "", target.get("Arn"))

    def _target(self, resource: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        for key in sorted({*wanted, *found}):
            expected, actual = wanted.get(key), found.get(key) or None
            if canonical(expected) != canonical(actual):
                what = {"Arn": "sends elsewhere", "DeadLetterConfig": "has another dead-letter queue"}
                changed = what.get(key, f"has another {key}")
                self._tell(resource, f"target {wanted['Id']} {changed}", expected, actual)

    async def _queue(self, wanted: Resolved, policy: Any) -> None:
        resource = f"queue {wanted.name}"
        url = (await self._call("sqs", "GetQueueUrl", {"QueueName": wanted.name}))["QueueUrl"]
        answer = await self._call("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
        found = answer.get("Attributes") or {}
        for key, expected in wanted.properties.items():
            if key != "QueueName":
                self._attribute(resource, key, expected, found)
        if found.get("DelaySeconds", "0") != "0":
            self._tell(resource, "delays its messages", "0", found["DelaySeconds"])
        if int(found.get("MaximumMessageSize", _SAFE_SIZE)) < _SAFE_SIZE:
            self._tell(resource, "refuses large events", _SAFE_SIZE, found["MaximumMessageSize"])
        if policy is not None:
            self._policy(resource, "its policy", policy, found.get("Policy"))

    def _attribute(self, resource: str, key: str, expected: Any, found: Mapping[str, Any]) -> None:
        actual: Any = found.get(key)
        if key == "SqsManagedSseEnabled":
            if found.get("KmsMasterKeyId"):
                self._tell(resource, "is encrypted with another key", "SQS's own", found["KmsMasterKeyId"])
            elif str(actual).lower() != "true":
                self._tell(resource, "is not encrypted any more", "SqsManagedSseEnabled true", actual)
            return
        if key == "RedrivePolicy":
            actual = _json(actual)
            if _redrive(actual) != _redrive(expected):
                what = "sends to another dead-letter queue" if actual else "has no dead-letter queue any more"
                self._tell(resource, what, expected, actual)
            return
        if str(actual) != str(expected):
            self._tell(resource, f"has another {key}", expected, actual)

    def _policy(self, resource: str, whose: str, expected: Any, actual: Any) -> None:
        if not actual:
            self._tell(resource, f"{whose} is gone", expected)
            return
        try:
            missing, extra = differences(parse(actual), parse(expected))
        except MalformedDocument as error:
            self._tell(resource, f"{whose} cannot be read: {error.reason}", expected, actual)
            return
        for statement in missing:
            self._tell(resource, f"{whose} lacks a statement", told(statement))
        for statement in extra:
            self._tell(resource, f"{whose} has a statement more", "", told(statement))

    async def _role(self, wanted: Resolved) -> None:
        resource = f"role {wanted.name}"
        role = (await self._call("iam", "GetRole", {"RoleName": wanted.name}))["Role"]
        trust = wanted.properties["AssumeRolePolicyDocument"]
        self._policy(resource, "its trust", trust, role.get("AssumeRolePolicyDocument"))
        standing = (await self._call("iam", "ListRolePolicies", {"RoleName": wanted.name}))["PolicyNames"]
        inline = {each["PolicyName"]: each["PolicyDocument"] for each in wanted.properties["Policies"]}
        for name, document in inline.items():
            params = {"RoleName": wanted.name, "PolicyName": name}
            found = await self._call("iam", "GetRolePolicy", params) if name in standing else {}
            self._policy(resource, f"its policy {name}", document, found.get("PolicyDocument"))
        for name in sorted(set(standing) - inline.keys()):
            self._tell(resource, f"policy {name} was added")
        attached = await self._call("iam", "ListAttachedRolePolicies", {"RoleName": wanted.name})
        for policy in attached.get("AttachedPolicies") or ():
            self._tell(
                resource, f"policy {policy.get('PolicyName')} was attached", "", policy.get("PolicyArn")
            )


def canonical(value: Any) -> Any:
    """A pattern or target so that equal meanings are equal: the order of a list's values, and repeats, do not count."""
    if isinstance(value, Mapping):
        return {
            str(key): canonical([each] if key == "anything-but" and isinstance(each, str) else each)
            for key, each in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        texts = {json.dumps(canonical(each), sort_keys=True): canonical(each) for each in value}
        return [texts[key] for key in sorted(texts)]
    return value


def _redrive(policy: Any) -> Any:
    if not isinstance(policy, Mapping):
        return None
    return {str(key): str(each) for key, each in policy.items()}


def _json(text: Any) -> Any:
    """A JSON text as a value; what is none stays a text, and equals nothing."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else compact(value)
