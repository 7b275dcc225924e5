"""In which order an operation goes through accounts and regions, and when it stops. Pure.

Sources: CloudFormation API Reference, "StackSetOperationPreferences"; User Guide, "StackSet operation options".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.lab.stacks.intrinsics import TemplateError

Target = tuple[str, str]
"""Account and region."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How many accounts at a time, and how many may fail; ``*_percentage`` wins where it is not None."""

    parallel_regions: bool = False
    region_order: tuple[str, ...] = ()
    concurrent_count: int = 1
    concurrent_percentage: int | None = None
    tolerance_count: int = 0
    tolerance_percentage: int | None = None
    soft: bool = False
    """The concurrency does not go down with the failures."""

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Preferences:
        """From ``OperationPreferences`` as the API takes them. Raises TemplateError."""
        for first, second in (
            ("MaxConcurrentCount", "MaxConcurrentPercentage"),
            ("FailureToleranceCount", "FailureTolerancePercentage"),
        ):
            if first in given and second in given:
                raise TemplateError(f"Only one of {first} and {second} can be specified")
        for name, least, most in (
            ("MaxConcurrentCount", 1, None),
            ("MaxConcurrentPercentage", 1, 100),
            ("FailureToleranceCount", 0, None),
            ("FailureTolerancePercentage", 0, 100),
        ):
            value = given.get(name)
            if value is not None and (value < least or (most is not None and value > most)):
                bound = (
                    f"less than or equal to {most}" if value > least else f"greater than or equal to {least}"
                )
                raise TemplateError(
                    f"1 validation error detected: Value '{value}' at 'operationPreferences.{name}' failed to "
                    f"satisfy constraint: Member must have value {bound}"
                )
        for name, allowed in (
            ("RegionConcurrencyType", ("SEQUENTIAL", "PARALLEL")),
            ("ConcurrencyMode", ("STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE")),
        ):
            if given.get(name, allowed[0]) not in allowed:
                raise TemplateError(
                    f"1 validation error detected: Value '{given[name]}' at 'operationPreferences.{name}' failed "
                    f"to satisfy constraint: Member must satisfy enum value set: [{', '.join(allowed)}]"
                )
        return cls(
            given.get("RegionConcurrencyType") == "PARALLEL",
            tuple(given.get("RegionOrder") or ()),
            given.get("MaxConcurrentCount", 1),
            given.get("MaxConcurrentPercentage"),
            given.get("FailureToleranceCount", 0),
            given.get("FailureTolerancePercentage"),
            given.get("ConcurrencyMode") == "SOFT_FAILURE_TOLERANCE",
        )

    def tolerance(self, accounts: int) -> int:
        """How many of a region's accounts may fail. A percentage is rounded down."""
        if self.tolerance_percentage is None:
            return self.tolerance_count
        return accounts * self.tolerance_percentage // 100

    def concurrency(self, accounts: int, failures: int) -> int:
        """In how many accounts of a region work may be under way, after so many ``failures`` in it."""
        most = self.concurrent_count
        if self.concurrent_percentage is not None:
            most = max(1, accounts * self.concurrent_percentage // 100)
        if self.soft:
            return most
        return min(most, self.tolerance(accounts) + 1 - failures)


@dataclass(slots=True)
class Rollout:
    """The state of one operation's way through its targets."""

    preferences: Preferences
    waiting: dict[str, list[str]]
    """By region, in the order of the regions: the accounts that were not begun."""
    sizes: dict[str, int] = field(default_factory=dict)
    running: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    exceeded: bool = False
    """More failed in a region than may: nothing is begun any more."""

    @classmethod
    def over(cls, targets: Sequence[Target], preferences: Preferences) -> Rollout:
        """A new one. Regions that the order does not name come last, as they were given."""
        waiting: dict[str, list[str]] = {}
        regions = dict.fromkeys(region for _, region in targets)
        for region in sorted(regions, key=lambda one: _rank(preferences.region_order, one)):
            waiting[region] = [account for account, where in targets if where == region]
        return cls(preferences, waiting, {region: len(accounts) for region, accounts in waiting.items()})

    def begin(self) -> Iterator[Target]:
        """The targets that may begin now. Each of them must be ``end``-ed."""
        if self.exceeded:
            return
        for region, accounts in self.waiting.items():
            limit = self.preferences.concurrency(self.sizes[region], self.failures[region])
            while accounts and self.running[region] < limit:
                self.running[region] += 1
                yield accounts.pop(0), region
            if not self.preferences.parallel_regions and (accounts or self.running[region]):
                return

    def end(self, target: Target, failed: bool) -> None:
        """One target is done."""
        _, region = target
        self.running[region] -= 1
        if failed:
            self.failures[region] += 1
            if self.failures[region] > self.preferences.tolerance(self.sizes[region]):
                self.exceeded = True

    def cancel(self) -> Iterator[Target]:
        """Take every target that was not begun out of it."""
        for region, accounts in self.waiting.items():
            while accounts:
                yield accounts.pop(0), region

    @property
    def finished(self) -> bool:
        """Whether nothing is under way and nothing is left."""
        return not any(self.waiting.values()) and not any(self.running.values())


def _rank(order: Sequence[str], region: str) -> int:
    return order.index(region) if region in order else len(order)
