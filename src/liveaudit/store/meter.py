"""What one process measures while it works: latencies and arrivals. Counted in memory, and put down now and then.

So an event costs no write more than before; what a killed process had measured in its last seconds is not counted.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import Connection

from liveaudit.store import arrivals, latencies, place_latencies
from liveaudit.store.arrivals import Arrived, Place, together
from liveaudit.store.latencies import Latencies


@dataclass(frozen=True, slots=True)
class Seen:
    """An event that was taken in. ``hops``: when it was at which point (``event``, ``bus``, ``sent``, ``received``)."""

    account: str
    region: str
    hops: Mapping[str, float]


@dataclass(slots=True)
class Measured:
    """What was measured in some time."""

    latencies: Latencies = field(default_factory=Latencies)
    arrivals: dict[Place, Arrived] = field(default_factory=dict)
    by_place: dict[Place, list[int]] = field(default_factory=dict)
    """The whole way of changes, counted by step, by account and region."""

    def merge(self, other: Measured) -> None:
        """Take in what was measured at another time."""
        self.latencies.merge(other.latencies)
        self.arrivals = together([*self.arrivals.items(), *other.arrivals.items()])
        for place, counts in other.by_place.items():
            stands = self.by_place.get(place)
            self.by_place[place] = (
                list(counts) if stands is None else [a + b for a, b in zip(stands, counts, strict=True)]
            )


_POINTS = ("event", "bus", "sent", "received")
_WAY_IN = ("made-bus", "bus-sent", "sent-received")
_AUDIT = (
    ("claimed", "read", "claimed-read"),
    ("read", "judged", "read-judged"),
    ("judged", "stored", "judged-stored"),
)


class Meter:
    """Counts; threads may ask while another counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh = Measured()
        self._all = Measured()
        self._moved: Counter[tuple[str, str]] = Counter()

    def taken_in(self, events: Iterable[Seen], at: float) -> None:
        """Count events whose due work was stored at ``at`` (Unix seconds)."""
        measured = Measured()
        arrived = []
        for each in events:
            hops = each.hops
            made = hops.get("event", at)
            arrived.append(((each.account, each.region), Arrived(made, at)))
            for (start, end), hop in zip(pairwise(_POINTS), _WAY_IN, strict=True):
                if hops.get(start) and hops.get(end):
                    measured.latencies.add(hop, hops[end] - hops[start])
            if hops.get("received"):
                measured.latencies.add("received-due", at - hops["received"])
        measured.arrivals = together(arrived)
        self._count(measured)

    def audited(
        self, hops: Mapping[str, float], *, since: float, made: Iterable[float], place: Place
    ) -> None:
        """Count an audit that events asked for. ``hops``: of the audit; ``since``: when its resource became due; ``made``:
        when each of the changes was made (Unix seconds); ``place``: the account and region of its resource."""
        measured = Measured()
        whole = [hops["stored"] - each for each in made]
        measured.latencies.add("due-claimed", hops["claimed"] - since)
        for start, end, hop in _AUDIT:
            measured.latencies.add(hop, hops[end] - hops[start])
        for each in whole:
            measured.latencies.add("made-stored", each)
        measured.by_place[place] = place_latencies.steps(whole)
        self._count(measured)

    def moved(self, status: str, severity: str) -> None:
        """Count a step of a finding."""
        with self._lock:
            self._moved[status, severity] += 1

    def moves(self) -> Mapping[tuple[str, str], int]:
        """How many steps of findings this process has taken, by status and severity."""
        with self._lock:
            return dict(self._moved)

    def _count(self, measured: Measured) -> None:
        with self._lock:
            self._fresh.merge(measured)
            self._all.merge(measured)

    def fresh(self) -> Measured:
        """What was counted since this was last asked."""
        with self._lock:
            taken, self._fresh = self._fresh, Measured()
        return taken

    def give_back(self, taken: Measured) -> None:
        """What was taken could not be put down: it is fresh again."""
        with self._lock:
            self._fresh.merge(taken)

    def so_far(self) -> Measured:
        """Everything that this process has counted, as it is now."""
        with self._lock:
            return Measured(
                self._all.latencies.copy(),
                dict(self._all.arrivals),
                {place: list(counts) for place, counts in self._all.by_place.items()},
            )


def put_down(connection: Connection, measured: Measured, now: float) -> None:
    """Add what was measured to what all processes have measured."""
    arrivals.add(connection, measured.arrivals)
    latencies.add(connection, measured.latencies, now)
    place_latencies.add(connection, measured.by_place, now)
