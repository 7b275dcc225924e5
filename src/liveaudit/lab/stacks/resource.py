"""What a resource of a stack is, and what its handler does."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from liveaudit.lab.stacks.actor import Actor
from liveaudit.lab.stacks.intrinsics import Scope


@dataclass(slots=True)
class Resource:
    """A resource of a stack. ``properties``: as resolved when it was made; drift is not seen in them."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    suggested_name: str
    """For what has no name of its own in the template."""
    physical_id: str = ""
    """Empty until it exists. What ``Ref`` gives."""
    attributes: dict[str, str] = field(default_factory=dict)
    status: str = "CREATE_IN_PROGRESS"
    reason: str = ""
    updated: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def mark(self, status: str, reason: str = "") -> None:
        """Note how far it is."""
        self.status, self.reason, self.updated = status, reason, dt.datetime.now(dt.UTC)

    def make_known(self, scope: Scope) -> None:
        """Let other resources refer to it."""
        scope.values[self.logical_id] = self.physical_id
        scope.attributes[self.logical_id] = self.attributes


class Handler(Protocol):
    """Makes, changes and deletes resources of one type. All raise ``ResourceFailure``."""

    type: ClassVar[str]
    fixed: ClassVar[frozenset[str]]
    """The properties whose change replaces the resource."""
    name: ClassVar[str]
    """The property with its name, which two resources cannot share."""

    def create(self, actor: Actor, resource: Resource) -> None:
        """Make it, and set ``physical_id`` as soon as there is something to delete."""

    def update(self, actor: Actor, resource: Resource, properties: Mapping[str, Any]) -> None:
        """Bring it from ``resource.properties`` to ``properties``."""

    def delete(self, actor: Actor, resource: Resource) -> None:
        """Delete it. What is gone already is deleted."""


def generated_name(stack: str, logical_id: str, seed: str, longest: int = 64) -> str:
    """A name as CloudFormation makes them: stack, logical id, and something unique from ``seed``."""
    suffix = hashlib.sha256(f"{seed} {logical_id}".encode()).hexdigest()[:12].upper()
    return f"{stack[: (longest - 14) // 2]}-{logical_id[: (longest - 14) // 2]}-{suffix}"


def text(value: Any) -> str:
    """A property as the services take it: documents and structures as JSON, the rest as text."""
    if isinstance(value, (Mapping, list)):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def as_list(value: Any) -> list[Any]:
    """A property that may be one value or a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
