"""What people have set of the policies, and what they have exempted: one book, asked for every verdict. Pure.

Settings stand in an order, and of those that concern a policy on a resource the last one that says something of a matter
decides it: first those of the settings file as they stand there, then those of the console in the order in which they
were made. See docs/decisions/0026-settings-of-policies.md.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from liveaudit.model import Severity
from liveaudit.policies.parameters import ParameterError, Value
from liveaudit.policies.policy import Policy
from liveaudit.policies.scope import Controls, Scope, Subject

NO_VALUES: Mapping[str, Value] = MappingProxyType({})


class State(StrEnum):
    """Whether a policy judges. STAGED: it does, and its verdicts are kept, but it opens no findings."""

    ENABLED = "enabled"
    STAGED = "staged"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Setting:
    """What somebody has set. ``source``: ``file`` or ``console``; what is None, or not there, is left to others."""

    id: str
    scope: Scope
    state: State | None = None
    severity: Severity | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    source: str = "console"
    made_by: str = ""
    made_at: float = 0.0

    @property
    def digest(self) -> str:
        """Another when it says something else."""
        return _digest([self.scope.plain(), self.state, self.severity, self.parameters, self.reason])


@dataclass(frozen=True, slots=True)
class Exemption:
    """Findings that are accepted. ``excluding``: of those, these are not. ``ends_at``: Unix seconds, None: never."""

    id: str
    scope: Scope
    reason: str
    owner: str = ""
    approver: str = ""
    ends_at: float | None = None
    excluding: tuple[Scope, ...] = ()
    source: str = "console"
    made_by: str = ""
    made_at: float = 0.0
    withdrawn_at: float | None = None
    withdrawn_by: str = ""

    def is_in_force(self, now: float) -> bool:
        """Whether it counts at this time."""
        return self.withdrawn_at is None and (self.ends_at is None or now < self.ends_at)

    def state(self, now: float) -> str:
        """``in force``, ``expired`` or ``withdrawn``."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "in force" if self.is_in_force(now) else "expired"

    @property
    def digest(self) -> str:
        """Another when it exempts something else."""
        return _digest([self.scope.plain(), [each.plain() for each in self.excluding], self.reason])

    def concerns(self, policy: Policy, controls: Controls) -> bool:
        """Whether it can exempt findings of this policy at all."""
        return self.scope.chooses(policy, controls)

    def exempts(self, policy: Policy, subject: Subject, controls: Controls) -> bool:
        """Whether it exempts this policy's finding on this resource."""
        return self.scope.holds(subject) and not any(
            each.chooses(policy, controls) and each.holds(subject) for each in self.excluding
        )


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a policy judges a resource. ``said_by``: the settings that decided, by matter (``state``, ``severity``, a
    parameter's name); a matter that is missing there is the policy's own."""

    state: State
    severity: Severity
    values: Mapping[str, Value] = field(default_factory=lambda: NO_VALUES)
    said_by: Mapping[str, Setting] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why it does not judge, or judges silently, in words."""
        said = self.said_by.get("state")
        given = f": {said.reason}" if said is not None and said.reason else ""
        return f"the policy is {self.state.value}{given}"


_Named: TypeAlias = tuple[str, str, str]


def _name(policy: Policy) -> _Named:
    """Another for a policy that took the place of one of its id and may be chosen otherwise."""
    return policy.type, policy.id, policy.severity


@dataclass(slots=True)
class Rulebook:
    """All that is set and exempted. ``version``: of the store, from which it comes.

    ``controls``: which policies serve which frameworks.
    """

    settings: tuple[Setting, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    controls: Controls = field(default_factory=dict)
    version: int = 0
    _settings_of: dict[_Named, tuple[Setting, ...]] = field(default_factory=dict)
    _exemptions_of: dict[_Named, tuple[Exemption, ...]] = field(default_factory=dict)

    def settings_of(self, policy: Policy) -> tuple[Setting, ...]:
        """The settings that concern a policy on some resource, in order."""
        named = _name(policy)
        if named not in self._settings_of:
            self._settings_of[named] = tuple(
                each for each in self.settings if each.scope.chooses(policy, self.controls)
            )
        return self._settings_of[named]

    def exemptions_of(self, policy: Policy) -> tuple[Exemption, ...]:
        """The exemptions that concern a policy on some resource."""
        named = _name(policy)
        if named not in self._exemptions_of:
            self._exemptions_of[named] = tuple(
                each for each in self.exemptions if each.concerns(policy, self.controls)
            )
        return self._exemptions_of[named]

    def asks_for_tags(self, policy: Policy) -> bool:
        """Whether it takes the tags of a resource to know how this policy judges it."""
        exempted = (scope for each in self.exemptions_of(policy) for scope in (each.scope, *each.excluding))
        return any(each.scope.tags for each in self.settings_of(policy)) or any(
            scope.tags for scope in exempted
        )

    def ruling(self, policy: Policy, subject: Subject) -> Ruling:
        """How the policy judges the resource."""
        concerning = self.settings_of(policy)
        return _ruled(policy, (each for each in concerning if each.scope.holds(subject)))

    def general_of(self, policy: Policy) -> tuple[Setting, ...]:
        """The settings that concern a policy on every resource, in order."""
        return tuple(each for each in self.settings_of(policy) if not _is_narrow(each.scope))

    def usual(self, policy: Policy) -> Ruling:
        """How the policy judges where nothing narrower is said."""
        return _ruled(policy, self.general_of(policy))

    def exempting(self, policy: Policy, subject: Subject, now: float) -> Exemption | None:
        """The exemption of this policy's finding on this resource that lasts longest, or None."""
        found = [
            each
            for each in self.exemptions_of(policy)
            if each.is_in_force(now) and each.exempts(policy, subject, self.controls)
        ]
        return max(
            found,
            key=lambda each: (math.inf if each.ends_at is None else each.ends_at, -each.made_at, each.id),
            default=None,
        )

    def digest(self, policy: Policy) -> str:
        """Another when the policy may judge something otherwise because of what is set; empty if nothing is."""
        concerning = self.settings_of(policy)
        return _digest([each.digest for each in concerning]) if concerning else ""


def _is_narrow(scope: Scope) -> bool:
    return bool(scope.accounts or scope.regions or scope.resources or scope.tags)


def _ruled(policy: Policy, settings: Iterable[Setting]) -> Ruling:
    """What the settings come to, the last one deciding. A value that the parameter does not take counts as not given."""
    state, severity = State.ENABLED, policy.severity
    values: dict[str, Value] = {}
    said_by: dict[str, Setting] = {}
    takes = {each.name: each for each in policy.takes}
    for setting in settings:
        if setting.state is not None:
            state, said_by["state"] = setting.state, setting
        if setting.severity is not None:
            severity, said_by["severity"] = setting.severity, setting
        for name, given in setting.parameters.items():
            if name in takes:
                try:
                    values[name] = takes[name].checked(given)
                except ParameterError:
                    continue
                said_by[name] = setting
    return Ruling(state, severity, values or NO_VALUES, said_by) if said_by else Ruling(state, severity)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
