"""A stack and its history: what CloudFormation knows of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.lab.stacks.intrinsics import Scope
from liveaudit.lab.stacks.resource import Resource
from liveaudit.lab.stacks.template import Template

STACK_TYPE = "AWS::CloudFormation::Stack"
_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


def now() -> dt.datetime:
    """The time, as CloudFormation notes it."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One line of a stack's history."""

    id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    when: dt.datetime


@dataclass(slots=True)
class Stack:
    """A stack with everything that was made for it."""

    account: str
    region: str
    name: str
    template: Template
    parameters: Mapping[str, str]
    capabilities: Sequence[str] = ()
    tags: Sequence[Mapping[str, str]] = ()
    role_arn: str = ""
    on_failure: str = "ROLLBACK"
    status: str = ""
    reason: str = ""
    created: dt.datetime = field(default_factory=now)
    updated: dt.datetime | None = None
    deleted: dt.datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    """In the order in which they were made."""
    outputs: list[dict[str, str]] = field(default_factory=list)
    events: list[StackEvent] = field(default_factory=list)
    """The oldest first."""
    unique: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def id(self) -> str:
        """Its ARN."""
        return f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.name}/{self.unique}"

    @property
    def in_progress(self) -> bool:
        """Whether something is being done to it."""
        return self.status.endswith("_IN_PROGRESS")

    def mark(self, status: str, reason: str = "") -> None:
        """Note how far the whole stack is."""
        self.status, self.reason = status, reason
        self.note(self.name, self.id, STACK_TYPE, status, reason)

    def note(self, logical_id: str, physical_id: str, kind: str, status: str, reason: str = "") -> None:
        """Add a line to the history."""
        event = StackEvent(str(uuid.uuid4()), logical_id, physical_id, kind, status, reason, now())
        self.events.append(event)

    def first_failure(self) -> str:
        """The first resource that failed since something was last begun, as stack sets tell it; empty for none."""
        began = max(
            (n for n, e in enumerate(self.events) if e.type == STACK_TYPE and e.status in _BEGINNINGS),
            default=0,
        )
        for event in self.events[began:]:
            if event.status.endswith("_FAILED") and event.type != STACK_TYPE:
                return (
                    f"ResourceLogicalId:{event.logical_id}, ResourceType:{event.type}, "
                    f"ResourceStatusReason:{event.reason}."
                )
        return ""

    def failure(self) -> str:
        """Why it is not as it was wanted."""
        return self.first_failure() or self.reason or f"the stack is {self.status}"

    def scope(self, template: Template, parameters: Mapping[str, str]) -> Scope:
        """What names stand for in ``template``, the resources that are there among them. Raises TemplateError."""
        values: dict[str, Any] = dict(template.values(parameters))
        for name, described in template.parameters.items():
            if str(described.get("Type", "")).startswith(("List<", "CommaDelimitedList")):
                values[name] = [one.strip() for one in values[name].split(",")]
        values |= {
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackId": self.id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NotificationARNs": [],
        }
        scope = Scope(values, {}, template.conditions)
        for resource in self.resources.values():
            resource.make_known(scope)
        return scope

    def changes(self, template: Template, parameters: Mapping[str, str]) -> Iterator[str]:
        """What an update to ``template`` would change: logical ids, and ``Outputs``. Raises TemplateError."""
        scope = self.scope(template, parameters)
        wanted = wanted_resources(template, scope)
        yield from (name for name in self.resources if name not in wanted)
        for name in wanted:
            standing = self.resources.get(name)
            described = template.resources[name]
            same = standing is not None and standing.type == described["Type"]
            if (
                not same
                or scope.resolve(described.get("Properties") or {}) != self.resources[name].properties
            ):
                yield name
        if template.outputs != self.template.outputs:
            yield "Outputs"


def wanted_resources(template: Template, scope: Scope) -> list[str]:
    """The logical ids whose condition holds. Raises TemplateError."""
    return [
        name
        for name, described in template.resources.items()
        if "Condition" not in described or scope.holds(str(described["Condition"]))
    ]
