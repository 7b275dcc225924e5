"""One stack's resources as they stand, compared with its template: rules, targets, queues, policies, the role.

Sources: EventBridge API reference, "DescribeRule", "ListTargetsByRule"; SQS API reference, "GetQueueAttributes"; IAM API
reference, "GetRole", "GetRolePolicy".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.policies.documents import MalformedDocument, differences, parse, told
from liveaudit.provision import names
from liveaudit.provision.desired import Target
from liveaudit.provision.drifts import Drift, Drifts, Mend, Unread
from liveaudit.provision.installation import Installation
from liveaudit.provision.preflight import remedy
from liveaudit.provision.render.text import compact
from liveaudit.provision.resolved import Resolved, resolve

_ABSENT = ("NoSuchEntity", "QueueDoesNotExist", "ResourceNotFoundException")
_NO_QUEUE = "NonExistentQueue"
_SAFE_SIZE = 262_144
"""Bytes of a message that a queue must take: an event has up to that, and more since 2026."""


@dataclass(frozen=True, slots=True)
class RolledOut:
    """A stack with the template that it was made of. ``stack_set`` empty: a plain stack."""

    target: Target
    template: Mapping[str, Any]
    stack_set: str = ""


async def look_at(caller: Caller, installation: Installation, stack: RolledOut, drifts: Drifts) -> None:
    """Compare one stack, and add what is found to ``drifts``."""
    await _Look(caller, installation, stack, drifts).all()


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks at the resources of one stack."""

    caller: Caller
    installation: Installation
    stack: RolledOut
    drifts: Drifts

    @property
    def account(self) -> str:
        return self.stack.target[0]

    @property
    def region(self) -> str:
        return self.stack.target[1]

    async def all(self) -> None:
        partition = self.installation.partition
        resources = resolve(self.stack.template, partition, self.account, self.region)
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
                self._anew(resource, "is gone")
            else:
                self.drifts.unread.append(Unread(self.account, self.region, resource, str(error)))

    def _tell(
        self,
        resource: str,
        what: str,
        expected: object = "",
        actual: object = "",
        *,
        mend: Mend = Mend.STACK,
        command: str = "",
        blocks: bool = True,
    ) -> None:
        texts = (_text(expected), _text(actual))
        self.drifts.found.append(
            Drift(self.account, self.region, resource, what, *texts, mend, command, blocks)
        )

    def _set(
        self,
        resource: str,
        what: str,
        url: str,
        wanted: Mapping[str, Any],
        actual: object,
        *,
        blocks: bool = False,
    ) -> None:
        """An attribute of a queue: CloudFormation does not write it again by itself."""
        attributes = {key: _attribute_text(each) for key, each in wanted.items()}
        words = ("aws", "sqs", "set-queue-attributes", "--region", self.region, "--queue-url", url)
        self._tell(
            resource,
            what,
            ", ".join(f"{key} {each}" for key, each in attributes.items()),
            actual,
            mend=Mend.COMMAND,
            command=remedy.command(*words, "--attributes", compact(attributes)),
            blocks=blocks,
        )

    def _anew(
        self,
        resource: str,
        what: str,
        expected: object = "",
        actual: object = "",
        *,
        blocks: bool = True,
    ) -> None:
        """What an update of the stack does not bring back."""
        words: tuple[str, ...]
        if name := self.stack.stack_set:
            where = ("--accounts", self.account, "--regions", self.region, "--no-retain-stacks")
            own = ("--region", self.installation.home, "--stack-set-name", name)
            words = ("delete-stack-instances", *own, *where)
        else:
            words = ("delete-stack", "--region", self.region, "--stack-name", names.MANAGEMENT_STACK)
        command = f"{remedy.command('aws', 'cloudformation', *words)} && liveaudit setup apply"
        self._tell(resource, what, expected, actual, mend=Mend.ANEW, command=command, blocks=blocks)

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
            self._tell(resource, f"target {name} was added", "", target.get("Arn"), blocks=False)

    def _target(self, resource: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        for key in sorted({*wanted, *found}):
            expected, actual = wanted.get(key), found.get(key) or None
            if canonical(expected) != canonical(actual):
                what = {"Arn": "sends elsewhere", "DeadLetterConfig": "has another dead-letter queue"}
                changed = f"target {wanted['Id']} {what.get(key, f'has another {key}')}"
                self._tell(resource, changed, expected, actual, blocks=key != "DeadLetterConfig")

    async def _queue(self, wanted: Resolved, policy: Any) -> None:
        resource = f"queue {wanted.name}"
        url = (await self._call("sqs", "GetQueueUrl", {"QueueName": wanted.name}))["QueueUrl"]
        answer = await self._call("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
        found = answer.get("Attributes") or {}
        for key, expected in wanted.properties.items():
            if key != "QueueName":
                self._attribute(resource, url, key, expected, found)
        if found.get("DelaySeconds", "0") != "0":
            delay = found["DelaySeconds"]
            self._set(resource, "delays its messages", url, {"DelaySeconds": 0}, delay, blocks=True)
        if int(found.get("MaximumMessageSize", _SAFE_SIZE)) < _SAFE_SIZE:
            size, safe = found["MaximumMessageSize"], {"MaximumMessageSize": _SAFE_SIZE}
            self._set(resource, "refuses large events", url, safe, size, blocks=True)
        if policy is not None:
            self._policy(resource, "its policy", policy, found.get("Policy"))

    def _attribute(self, resource: str, url: str, key: str, expected: Any, found: Mapping[str, Any]) -> None:
        actual: Any = found.get(key)
        wanted = {key: expected}
        if key == "SqsManagedSseEnabled":
            if key_id := found.get("KmsMasterKeyId"):
                # EventBridge may not be allowed to use that key
                own = {"KmsMasterKeyId": "", **wanted}
                self._set(resource, "is encrypted with another key", url, own, key_id, blocks=True)
            elif str(actual).lower() != "true":
                self._set(resource, "is not encrypted any more", url, wanted, actual)
        elif key == "RedrivePolicy":
            actual = _json(actual)
            if _redrive(actual) != _redrive(expected):
                what = "sends to another dead-letter queue" if actual else "has no dead-letter queue any more"
                self._set(resource, what, url, wanted, actual)
        elif str(actual) != str(expected):
            self._set(resource, f"has another {key}", url, wanted, actual)

    def _policy(
        self, resource: str, whose: str, expected: Any, actual: Any, *, of_role: bool = False
    ) -> None:
        tell = self._anew if of_role else self._tell
        if not actual:
            tell(resource, f"{whose} is gone", expected)
            return
        try:
            missing, extra = differences(parse(actual), parse(expected))
        except MalformedDocument as error:
            tell(resource, f"{whose} cannot be read: {error.reason}", expected, actual)
            return
        for statement in missing:
            tell(resource, f"{whose} lacks a statement", told(statement))
        for statement in extra:
            tell(resource, f"{whose} has a statement more", "", told(statement), blocks=not statement.allow)

    async def _role(self, wanted: Resolved) -> None:
        resource = f"role {wanted.name}"
        role = (await self._call("iam", "GetRole", {"RoleName": wanted.name}))["Role"]
        trust = wanted.properties["AssumeRolePolicyDocument"]
        self._policy(resource, "its trust", trust, role.get("AssumeRolePolicyDocument"), of_role=True)
        standing = (await self._call("iam", "ListRolePolicies", {"RoleName": wanted.name}))["PolicyNames"]
        inline = {each["PolicyName"]: each["PolicyDocument"] for each in wanted.properties["Policies"]}
        for name, document in inline.items():
            params = {"RoleName": wanted.name, "PolicyName": name}
            found = await self._call("iam", "GetRolePolicy", params) if name in standing else {}
            self._policy(resource, f"its policy {name}", document, found.get("PolicyDocument"), of_role=True)
        for name in sorted(set(standing) - inline.keys()):
            self._anew(resource, f"policy {name} was added", blocks=False)
        attached = await self._call("iam", "ListAttachedRolePolicies", {"RoleName": wanted.name})
        for policy in attached.get("AttachedPolicies") or ():
            what = f"policy {policy.get('PolicyName')} was attached"
            self._anew(resource, what, "", policy.get("PolicyArn"), blocks=False)


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


def _attribute_text(value: Any) -> str:
    """A queue's attribute as SQS takes it: everything is text."""
    if isinstance(value, bool):
        return str(value).lower()
    return compact(value) if isinstance(value, Mapping) else str(value)


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
