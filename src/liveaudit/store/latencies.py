"""How long each hop of an event takes, as histograms that add up: of one process, and of all by the hour.

The bounds of the buckets lie half a power of two apart, so a quantile is known to within its bucket, whose ends differ by
41 %. CloudTrail and EventBridge tell whole seconds, so hops that begin there are no more exact than that.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, delete, func, select

from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import latencies

HOPS = {
    "made-bus": "from the change, as CloudTrail dates it, to the publisher's event bus",
    "bus-sent": "from the publisher's bus to the receiver's queue",
    "sent-received": "in the queue",
    "received-due": "until its due work is stored",
    "due-claimed": "until an auditor has it, waiting for others of its burst included",
    "claimed-read": "reading it from AWS",
    "read-judged": "running the policies",
    "judged-stored": "until verdicts and findings are stored",
    "made-stored": "from the change to its verdicts, at the first look",
}
"""The hops by name, from one point to the next, in order; the last is the whole way."""
BOUNDS = tuple(0.001 * 2.0 ** (number / 2) for number in range(53))
"""Upper bounds of the buckets in seconds, from a millisecond to 18 hours; one more bucket holds what took longer."""
LONGEST = 86_400.0
"""Seconds that count at most: a date that somebody made up must not spoil a sum."""
HOUR = 3600
KEPT_HOURS = 48
QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Quantile:
    """``at``: the value in seconds, by interpolation; it lies between ``least`` and ``most``."""

    at: float
    least: float
    most: float


def bucket_of(seconds: float) -> int:
    """The bucket for a latency; what is negative, because clocks differ, counts as nothing."""
    return bisect.bisect_left(BOUNDS, _counted(seconds))


def _counted(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST) if math.isfinite(seconds) else LONGEST


@dataclass(slots=True)
class Histogram:
    """Latencies by bucket. ``total``: their sum in seconds, ``seen``: from bucket to how many."""

    seen: dict[int, int] = field(default_factory=dict)
    total: float = 0.0

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.seen.values())

    def add(self, seconds: float) -> None:
        """Count one."""
        bucket = bucket_of(seconds)
        self.seen[bucket] = self.seen.get(bucket, 0) + 1
        self.total += _counted(seconds)

    def merge(self, other: Histogram) -> None:
        """Take in what another has counted."""
        for bucket, number in other.seen.items():
            self.seen[bucket] = self.seen.get(bucket, 0) + number
        self.total += other.total

    def copy(self) -> Histogram:
        """As it is now."""
        return Histogram(dict(self.seen), self.total)

    def quantile(self, share: float) -> Quantile | None:
        """The latency that ``share`` of them (0 to 1) do not exceed; None when there are none."""
        count = self.count
        if not count:
            return None
        rank, below = share * count, 0
        for bucket in sorted(self.seen):
            number = self.seen[bucket]
            if below + number >= rank:
                least = BOUNDS[bucket - 1] if bucket else 0.0
                most = BOUNDS[bucket] if bucket < len(BOUNDS) else LONGEST
                inside = min(1.0, max(0.0, (rank - below) / number))
                return Quantile(least + (most - least) * inside, least, most)
            below += number
        raise AssertionError("every rank is in a bucket")


class Latencies:
    """A histogram for each hop."""

    def __init__(self, by_hop: Mapping[str, Histogram] | None = None) -> None:
        self.by_hop: dict[str, Histogram] = dict(by_hop or {})

    def __iter__(self) -> Iterator[tuple[str, Histogram]]:
        return ((hop, self.by_hop[hop]) for hop in HOPS if hop in self.by_hop)

    def add(self, hop: str, seconds: float) -> None:
        """Count one. Raises KeyError for a hop that there is not."""
        if hop not in HOPS:
            raise KeyError(hop)
        self.by_hop.setdefault(hop, Histogram()).add(seconds)

    def merge(self, other: Latencies) -> None:
        """Take in what another has counted."""
        for hop, histogram in other.by_hop.items():
            self.by_hop.setdefault(hop, Histogram()).merge(histogram)

    def copy(self) -> Latencies:
        """As they are now."""
        return Latencies({hop: histogram.copy() for hop, histogram in self.by_hop.items()})


@lru_cache
def _adding(dialect: str) -> Any:
    statement = insert_for(dialect, latencies)
    given = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["hour", "hop", "bucket"],
        set_={"seen": latencies.c.seen + given.seen, "total": latencies.c.total + given.total},
    )


def add(connection: Connection, measured: Latencies, now: float) -> None:
    """Add what was measured to the hour of ``now`` (Unix seconds), and drop hours that are too old to be kept."""
    hour = int(now // HOUR)
    rows = []
    for hop, histogram in sorted(measured.by_hop.items()):
        # the sum belongs to the hop as a whole; it stands in the first of its rows
        total = histogram.total
        for bucket in sorted(histogram.seen):
            number = histogram.seen[bucket]
            rows.append({"hour": hour, "hop": hop, "bucket": bucket, "seen": number, "total": total})
            total = 0.0
    if rows:
        connection.execute(_adding(dialect_of(connection)), rows)
    connection.execute(delete(latencies).where(latencies.c.hour < hour - KEPT_HOURS))


def read(connection: Connection, *, since: float) -> Latencies:
    """What was measured in the hours from that of ``since`` on, by all processes."""
    query = (
        select(latencies.c.hop, latencies.c.bucket, func.sum(latencies.c.seen), func.sum(latencies.c.total))
        .where(latencies.c.hour >= int(since // HOUR))
        .group_by(latencies.c.hop, latencies.c.bucket)
    )
    found = Latencies()
    for hop, bucket, seen, total in connection.execute(query):
        part = Histogram({int(bucket): int(seen)}, float(total))
        found.merge(Latencies({hop: part}))
    return found


def read_by_hour(connection: Connection, hop: str, hours: Iterable[int]) -> dict[int, Histogram]:
    """One hop's latencies by hour (Unix seconds / 3600), of those hours that there are any of."""
    wanted = list(hours)
    rows = connection.execute(select(latencies).where(latencies.c.hop == hop, latencies.c.hour.in_(wanted)))
    found: dict[int, Histogram] = {}
    for row in rows:
        found.setdefault(row.hour, Histogram()).merge(Histogram({row.bucket: row.seen}, row.total))
    return found
