"""What policies of every kind have in common, and how something that is wrong with one is told."""

from __future__ import annotations

import pathlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import LiveauditError, Severity
from liveaudit.policies.parameters import Parameter
from liveaudit.policies.policy import Judge, Policy, PolicyKind
from liveaudit.settings.mistakes import Path, Place


class PolicyMistakeError(LiveauditError):
    """A policy cannot be built. ``path``: the field, from the policy on; ``within``: the place within that field's text."""

    def __init__(self, path: Path, text: str, within: Place | None = None) -> None:
        super().__init__(text)
        self.path, self.within = path, within


@dataclass(frozen=True, slots=True)
class Common:
    """A policy on one resource type, without that by which it judges. ``folder``: where its file stands, if it is one."""

    id: str
    type: ResourceType
    severity: Severity
    title: str
    why: str
    fix: str
    origin: str
    version: str
    ids: str = "*"
    takes: tuple[Parameter, ...] = ()
    controls: tuple[tuple[str, tuple[str, ...]], ...] = ()
    folder: pathlib.Path | None = None

    def policy(
        self,
        kind: PolicyKind,
        judge: Judge,
        sections: Collection[str],
        *,
        wants: Collection[str] = (),
        **more: Any,
    ) -> Policy:
        """The policy. ``judge`` gets the sections by name, what it ``wants`` of the reserved ones, and its parameters."""
        named = (*sorted(sections), *sorted(wants), *(each.name for each in self.takes))
        return Policy(
            id=self.id,
            type=self.type.name,
            service=self.type.service,
            severity=self.severity,
            title=self.title,
            why=self.why,
            fix=self.fix,
            judge=judge,
            sections=frozenset(sections),
            parameters=named,
            ids=self.ids,
            takes=self.takes,
            kind=kind,
            origin=self.origin,
            version=self.version,
            controls=self.controls,
            **more,
        )
