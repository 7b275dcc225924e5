"""What a format of exports is, and what it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from liveaudit import __version__
from liveaudit.frameworks.framework import controls_by_policy
from liveaudit.model import partition_of, responsible_one
from liveaudit.policies.policy import PolicyRegistry

PRODUCT = "liveaudit"
VERSION = __version__


@dataclass(frozen=True, slots=True)
class Texts:
    """What is told of a policy. ``controls``: those that it judges, by framework. For a policy that is gone: its id alone."""

    policy: str
    title: str
    why: str = ""
    fix: str = ""
    service: str = ""
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def requirements(self) -> list[str]:
        """Every control with its framework's name before it."""
        return [f"{name} {control}" for name, each in self.controls.items() for control in each]


class Library:
    """The texts of policies, looked up once for each as long as no policy is changed."""

    def __init__(self, policies: PolicyRegistry) -> None:
        self._policies = policies
        self._known: dict[tuple[str, str], Texts] = {}
        self._changes = policies.changes

    def of(self, policy: str, type_name: str) -> Texts:
        """The texts of a policy on a resource type."""
        if self._changes != self._policies.changes:
            self._known, self._changes = {}, self._policies.changes
        key = (policy, type_name)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._look_up(policy, type_name)
        return found

    def _look_up(self, policy: str, type_name: str) -> Texts:
        controls = controls_by_policy().get(policy, {})
        one = self._policies.get(policy, type_name)
        if one is None:
            return Texts(policy, policy, controls=controls)
        return Texts(policy, one.title, one.why, one.fix, one.service, controls)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as the store gives it, with the texts of its policy."""

    finding: Mapping[str, Any]
    texts: Texts

    def __getitem__(self, name: str) -> Any:
        """A value of the finding, as ``id`` or ``status``."""
        return self.finding[name]

    @property
    def partition(self) -> str:
        """The partition of the resource: of its ARN where it has one, else of its region."""
        parts = str(self.finding["arn"]).split(":", 2)
        known = len(parts) == 3 and parts[0] == "arn" and parts[1].startswith("aws")
        return parts[1] if known else partition_of(self.finding["region"])

    @property
    def change(self) -> Mapping[str, Any]:
        """The change that it is put down to; empty where none is certain."""
        return responsible_one(self.finding["opened_by"])

    @property
    def who(self) -> str:
        """Who made that change, as AWS names them; empty where nobody is known."""
        actor = self.change.get("actor") or {}
        return str(actor.get("arn") or actor.get("principal_id") or actor.get("type") or "")


class Format(Protocol):
    """One way to write findings down. ``title``: its name for people; ``suffix``: of a file's name."""

    name: str
    title: str
    media_type: str
    suffix: str

    def write(self, found: Iterable[Found]) -> Iterator[bytes]:
        """The findings, bit by bit, in memory that does not grow with their number."""
