"""What a plan is made of: subjects that differ, and the steps that change them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from liveaudit.provision.desired import SetKey, Stack, StackSet, Target
from liveaudit.provision.grants import GrantChange


class Kind(StrEnum):
    """What a subject is."""

    SET = "stack set"
    INSTANCE = "stack"
    GRANTS = "grants"
    STACK = "plain stack"


class Verb(StrEnum):
    """What is done to a subject. LEAVE: it is left as it is, though it is not as it should be."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One thing in one account and region: a stack set, a stack of it, the grants of a bus, a plain stack."""

    kind: Kind
    name: str
    account: str
    region: str

    @property
    def target(self) -> Target:
        """Where it is."""
        return self.account, self.region


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one subject, and why."""

    verb: Verb
    subject: Subject
    why: str


class Phase(IntEnum):
    """When a step is made. Within a phase, what concerns different stack sets and buses is done at once.

    EventBridge looks at the bus's policy when a publisher's target is made, so grants come before publishers; and
    what receives is there before what sends, and goes after it.
    """

    STOP_SENDING = 0
    RECEIVE = 1
    SEND = 2
    STOP_RECEIVING = 3


@dataclass(frozen=True, slots=True)
class Where:
    """Which instances an operation is on: a cross product. ``units`` with a filter: service-managed."""

    regions: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    account_filter: str = ""

    @property
    def params(self) -> dict[str, Any]:
        """As the calls take it. Source: API reference of CreateStackInstances, DeploymentTargets."""
        if not self.units:
            return {"Accounts": list(self.accounts), "Regions": list(self.regions)}
        targets: dict[str, Any] = {"OrganizationalUnitIds": list(self.units)}
        if self.account_filter:
            targets |= {"Accounts": list(self.accounts), "AccountFilterType": self.account_filter}
        return {"DeploymentTargets": targets, "Regions": list(self.regions)}


@dataclass(frozen=True, slots=True)
class MakeSet:
    """Create a stack set, still without instances."""

    phase: Phase
    wanted: StackSet


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Give a stack set its template anew: every instance is updated."""

    phase: Phase
    wanted: StackSet
    targets: frozenset[Target]


@dataclass(frozen=True, slots=True)
class RemoveSet:
    """Delete a stack set that has no instances any more."""

    phase: Phase
    key: SetKey


@dataclass(frozen=True, slots=True)
class ChangeInstances:
    """Create, update or remove instances. ``repair``: the parameter's new value; ``retain``: leave the stacks."""

    phase: Phase
    verb: Verb
    key: SetKey
    where: Where
    targets: frozenset[Target]
    repair: str = ""
    retain: bool = False


@dataclass(frozen=True, slots=True)
class ChangeGrants:
    """Put and remove statements of ours on one bus."""

    phase: Phase
    region: str
    change: GrantChange


@dataclass(frozen=True, slots=True)
class PutStack:
    """Create a plain stack, or update it."""

    phase: Phase
    verb: Verb
    wanted: Stack


@dataclass(frozen=True, slots=True)
class RemoveStack:
    """Delete a plain stack."""

    phase: Phase
    account: str
    region: str
    name: str


Step = MakeSet | ChangeSet | RemoveSet | ChangeInstances | ChangeGrants | PutStack | RemoveStack


@dataclass(slots=True)
class Tried:
    """What one run has tried already, so that it comes to an end. ``final``: what trying again cannot mend, and why."""

    counts: Counter[tuple[Subject, Verb]] = field(default_factory=Counter)
    final: dict[Subject, str] = field(default_factory=dict)
    failed: dict[Subject, str] = field(default_factory=dict)
    """AWS's latest reason for what failed."""

    def may(self, subject: Subject, verb: Verb, times: int) -> bool:
        """Whether this may be tried (again): fewer than ``times`` times so far, and not known to be of no use."""
        return subject not in self.final and self.counts[subject, verb] < times

    def note(self, subjects: Collection[Subject], verb: Verb) -> None:
        """These are being tried."""
        self.counts.update((each, verb) for each in subjects)


@dataclass(frozen=True, slots=True)
class Stuck:
    """What is not as it should be and is not tried (any more), and why."""

    subject: Subject
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. ``standing``: how many subjects are as they should be."""

    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    standing: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps

    @property
    def complete(self) -> bool:
        """Whether everything is as it should be."""
        return not self.steps and not self.stuck

    def counts(self) -> Mapping[Verb, int]:
        """How many subjects are created, updated, removed and left."""
        return Counter(each.verb for each in self.changes)


def rectangles(targets: Collection[Target]) -> list[Where]:
    """The fewest cross products of accounts and regions that are these targets, of two ways to group them."""
    by_account: dict[str, set[str]] = {}
    by_region: dict[str, set[str]] = {}
    for account, region in targets:
        by_account.setdefault(account, set()).add(region)
        by_region.setdefault(region, set()).add(account)
    accounts: dict[tuple[str, ...], list[str]] = {}
    for account, regions in sorted(by_account.items()):
        accounts.setdefault(tuple(sorted(regions)), []).append(account)
    regions_of: dict[tuple[str, ...], list[str]] = {}
    for region, members in sorted(by_region.items()):
        regions_of.setdefault(tuple(sorted(members)), []).append(region)
    if len(accounts) <= len(regions_of):
        return [Where(given, tuple(members)) for given, members in accounts.items()]
    return [Where(tuple(given), members) for members, given in regions_of.items()]
