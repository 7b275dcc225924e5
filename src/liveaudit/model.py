"""The value objects that travel: resource, event, hello, actor, verdict. Imports nothing of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

GLOBAL_REGION = "global"
"""The region of resources that belong to an account as a whole, as AWS Config names it."""


class Severity(StrEnum):
    """How bad a failing policy is, in Security Hub's words."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"


class Outcome(StrEnum):
    """What a policy says of a resource. UNKNOWN is never folded into the others."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN = "UNKNOWN"


class FindingStatus(StrEnum):
    """Where a finding stands. NEW, REOPENED and IN_REVIEW are the open ones."""

    NEW = "new"
    REOPENED = "reopened"
    IN_REVIEW = "in review"
    RESOLVED = "resolved"
    FALSE_POSITIVE = "false positive"
    SUPPRESSED = "suppressed"
    ARCHIVED = "archived"

    @property
    def is_open(self) -> bool:
        """Whether the policy stands violated and nobody has accepted it."""
        return self in (FindingStatus.NEW, FindingStatus.REOPENED, FindingStatus.IN_REVIEW)

    @property
    def is_closed(self) -> bool:
        """Whether it is over: the policy holds, or there is nothing left to judge."""
        return self in (FindingStatus.RESOLVED, FindingStatus.ARCHIVED)


OPEN = tuple(each.value for each in FindingStatus if each.is_open)
"""The names of the statuses of open findings."""


def partition_of(region: str) -> str:
    """The AWS partition a region belongs to: ``aws``, ``aws-cn``, ``aws-us-gov``, ``aws-iso``, ``aws-iso-b``."""
    for prefix, partition in (
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
        ("us-iso-", "aws-iso"),
    ):
        if region.startswith(prefix):
            return partition
    return "aws"


_DOMAINS = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}


def domain_of(partition: str) -> str:
    """What the names of a partition's endpoints end with: ``amazonaws.com`` in most."""
    return _DOMAINS.get(partition, "amazonaws.com")


HOME_REGION = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
"""Where a partition's global services keep their endpoint and send their events."""


def home_region(partition: str) -> str:
    """The region in which the global services of ``partition`` are called."""
    return HOME_REGION.get(partition, "us-east-1")


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """One audited thing. ``region`` is ``global`` for what belongs to the account as a whole."""

    partition: str
    account: str
    region: str
    type: str
    id: str

    @property
    def call_region(self) -> str:
        """The region whose endpoint answers for this resource."""
        return home_region(self.partition) if self.region == GLOBAL_REGION else self.region


@dataclass(frozen=True, slots=True)
class Actor:
    """Who made a change, as CloudTrail tells it. Every field is as hostile as its sender."""

    type: str = ""
    arn: str = ""
    account: str = ""
    principal_id: str = ""
    issuer: str = ""
    source_ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudTrail record, checked at the edge. Times are aware UTC datetimes."""

    id: str
    source: str
    name: str
    account: str
    region: str
    time: dt.datetime
    actor: Actor
    read_only: bool = False
    error_code: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[Mapping[str, Any], ...] = ()
    user_identity: Mapping[str, Any] = field(default_factory=dict)
    additional: Mapping[str, Any] = field(default_factory=dict)
    """``additionalEventData``: where services tell what they do by themselves."""
    bus_time: dt.datetime | None = None
    category: str = ""
    """``Data`` or ``Insight`` for what is no management event, else ``Management`` or empty."""

    @property
    def partition(self) -> str:
        """The partition of the region the event came from."""
        return partition_of(self.region)


@dataclass(frozen=True, slots=True)
class Hello:
    """An event of our own that proves the way from a publisher's rule to the queue. Checked at the edge.

    ``rule``: the number of the rule that let it through, from 1. ``bus_time``: when it came to the publisher's bus.
    """

    nonce: str
    account: str
    region: str
    rule: int
    bus_time: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says, why, and on what evidence (JSON-able)."""

    outcome: Outcome
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


class Shows(StrEnum):
    """How a change shows in a section: it is configured or not, it holds certain values or lacks them."""

    PRESENT = "present"
    ABSENT = "absent"
    HOLDS = "holds"
    LACKS = "lacks"


@dataclass(frozen=True, slots=True)
class Expected:
    """What an event says must now be true of a section. ``path``: JMESPath to where the ``values`` stand or do not."""

    section: str
    shows: Shows
    path: str = "@"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a resource is due. ``sections`` empty: all of them. ``change``: the event's summary, for attribution.

    ``expected``: what must be true once the event's change shows; ``lasts``: how many seconds AWS may need to carry it
    out; ``done_by``: the names of events that tell that it is done.
    """

    id: str
    kind: str
    sections: frozenset[str] = frozenset()
    effect: str = "update"
    change: Mapping[str, Any] | None = None
    expected: tuple[Expected, ...] = ()
    lasts: float = 0.0
    done_by: frozenset[str] = frozenset()

    @property
    def made_at(self) -> float | None:
        """When the event's change was made, in Unix seconds; CloudTrail tells whole ones. None for other causes."""
        if self.kind != "event" or self.change is None:
            return None
        return float(self.change.get("hops", {}).get("event", 0.0))


def responsible_one(changes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of the changes that a transition is put down to, in order, the last one that is certain; empty if there is none."""
    return next((each for each in reversed(changes) if each.get("certain", True)), {})


def passed(reason: str = "", **evidence: Any) -> Verdict:
    """The policy holds."""
    return Verdict(Outcome.PASS, reason, evidence)


def failed(reason: str, **evidence: Any) -> Verdict:
    """The policy is violated; ``evidence`` holds what shows it, as the API gave it."""
    return Verdict(Outcome.FAIL, reason, evidence)


def not_applicable(reason: str) -> Verdict:
    """The policy has nothing to say about this resource."""
    return Verdict(Outcome.NOT_APPLICABLE, reason)


def unknown(reason: str) -> Verdict:
    """It cannot be known; ``reason`` says what stood in the way."""
    return Verdict(Outcome.UNKNOWN, reason)


class LiveauditError(Exception):
    """Base of every error of ours; its text says what to do next."""
