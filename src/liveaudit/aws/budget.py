"""The budget of calls of one account, region and service: a token bucket whose rate gives way to throttling. Pure.

All workers share a bucket. A worker may spend a little before it asks (its **credit**), so that the first event of a
quiet account waits for nobody, and settles afterwards. Sweeps have no credit, and are given only what is above a reserve
for events.
"""

from __future__ import annotations

import math
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

DECREASE = 0.7
"""What is left of the rate after throttling: as in the SDKs' adaptive mode, and in TCP CUBIC."""
SAME_THROTTLING = 1.0
"""Seconds: what is throttled within them shows the same excess, and counts once."""
RECOVERY = 120.0
"""Seconds in which the rate would grow from nothing to its ceiling."""


class Lane(StrEnum):
    """Whose calls they are. Sweeps yield to events."""

    EVENTS = "events"
    SWEEPS = "sweeps"


LANE: ContextVar[Lane] = ContextVar("lane", default=Lane.EVENTS)
"""Who makes the calls of this task, and of those that it begins."""


class Budget(Protocol):
    """Who may call, and when."""

    async def take(self, account: str, region: str, client: str, operation: str) -> None:
        """Wait until one request may be made. Raises AwsCallError (throttled) when that would take too long."""

    def throttled(self, account: str, region: str, client: str) -> None:
        """AWS said that there were too many."""


class Unlimited:
    """No budget: for what people wait for at a terminal."""

    async def take(self, account: str, region: str, client: str, operation: str) -> None:
        """See :class:`Budget`."""

    def throttled(self, account: str, region: str, client: str) -> None:
        """See :class:`Budget`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls a second to begin with (``rate``) and at most (``most``), and at once after a pause (``burst``).

    ``source``: where that comes from.
    """

    rate: float
    most: float
    burst: int
    source: str

    @property
    def least(self) -> float:
        """Calls a second below which the rate does not fall."""
        return max(1.0, self.most / 50)

    @property
    def reserve(self) -> float:
        """Tokens that sweeps leave for events."""
        return self.burst / 2

    @property
    def credit(self) -> int:
        """Calls that one worker may make for events before it asks."""
        return max(1, self.burst // 4)


@dataclass(frozen=True, slots=True)
class Bucket:
    """``rate`` is that of ``changed_at``, ``tokens`` are those of ``at`` (Unix seconds); below zero they are owed."""

    rate: float
    tokens: float
    at: float
    changed_at: float
    throttled_at: float | None = None
    throttles: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """What a worker tells and wants: calls ``spent`` on credit (negative: given back), and tokens for each lane.

    ``throttled``: AWS throttled it since it last asked; ``refused``: calls that it did not make for want of tokens.
    """

    spent: int = 0
    events: int = 0
    sweeps: int = 0
    throttled: bool = False
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """Tokens given to each lane. ``left``: what the bucket has then; ``rate``: calls a second, now."""

    events: int
    sweeps: int
    left: float
    rate: float


def full(limit: Limit, now: float) -> Bucket:
    """The bucket of an account that nobody has called yet."""
    return Bucket(limit.rate, float(limit.burst), now, now)


def rate_at(limit: Limit, bucket: Bucket, now: float) -> float:
    """Calls a second: from the last change on the rate grows evenly up to the ceiling."""
    grown = limit.most / RECOVERY * max(0.0, now - bucket.changed_at)
    return min(limit.most, bucket.rate + grown)


def settle(limit: Limit, bucket: Bucket, now: float, ask: Ask) -> tuple[Bucket, Given]:
    """The bucket after what a worker tells and is given. Events come first; sweeps leave the reserve.

    A clock that goes back gives nothing and takes nothing.
    """
    at = max(now, bucket.at)
    # the rate of the beginning: it has only grown since, so no more is given than there was
    filled = bucket.tokens + rate_at(limit, bucket, bucket.at) * (at - bucket.at)
    tokens = min(float(limit.burst), min(float(limit.burst), filled) - ask.spent)
    bucket = replace(bucket, tokens=tokens, at=at, refused=bucket.refused + ask.refused)
    if ask.throttled:
        bucket = _slowed(limit, bucket, at)
    events = max(0, min(ask.events, math.floor(bucket.tokens)))
    above = math.floor(bucket.tokens - events - limit.reserve)
    sweeps = max(0, min(ask.sweeps, above)) if events == ask.events else 0
    bucket = replace(bucket, tokens=bucket.tokens - events - sweeps)
    return bucket, Given(events, sweeps, bucket.tokens, rate_at(limit, bucket, at))


def _slowed(limit: Limit, bucket: Bucket, now: float) -> Bucket:
    empty = replace(bucket, tokens=min(bucket.tokens, 0.0))
    if bucket.throttled_at is not None and now - bucket.throttled_at < SAME_THROTTLING:
        return empty
    rate = max(limit.least, rate_at(limit, bucket, now) * DECREASE)
    return replace(empty, rate=rate, changed_at=now, throttled_at=now, throttles=bucket.throttles + 1)


def wait_for(limit: Limit, given: Given, lane: Lane) -> float:
    """Seconds until there is a token for this lane, if nobody else takes it."""
    floor = limit.reserve if lane is Lane.SWEEPS else 0.0
    return max(0.0, floor + 1 - given.left) / given.rate
