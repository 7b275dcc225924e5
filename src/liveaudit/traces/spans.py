"""The spans of an event's way, made of the times that were measured anyway: nothing is measured twice, and nothing is carried
along in what works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from liveaudit.model import Resource

Value = str | int | float | bool
_WAY_IN = (
    ("event", "to the bus"),
    ("bus", "to the queue"),
    ("sent", "in the queue"),
    ("received", "taken in"),
)
_AUDIT = (("claimed", "read"), ("read", "judge"), ("judged", "store"))


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the way. ``start``, ``end``: Unix seconds; ``inside``: those that it consists of; ``first``: it is the one that
    all others of its event stand in."""

    correlation: str
    name: str
    start: float
    end: float
    attributes: Mapping[str, Value] = field(default_factory=dict)
    inside: tuple[Span, ...] = ()
    first: bool = False


class Sink(Protocol):
    """Where spans go. It never waits and never fails: who works must not be held up by who looks on."""

    def put(self, spans: Sequence[Span]) -> None:
        """Take these."""

    def close(self) -> None:
        """Send what was taken, within seconds."""


class Nowhere:
    """A sink for when nobody looks on."""

    def put(self, spans: Sequence[Span]) -> None:
        """Forget them."""

    def close(self) -> None:
        """Nothing is left to send."""


NOWHERE = Nowhere()


def of_event(change: Mapping[str, Any], resources: int, stored: float) -> Span:
    """An event's way to due work. ``change``: its summary, as causes bear it; ``resources``: how many it made due."""
    correlation, hops = str(change["event_id"]), change.get("hops", {})
    return Span(
        correlation,
        "event",
        float(hops.get("event", stored)),
        stored,
        {
            "liveaudit.event": f"{change.get('source', '')}:{change.get('name', '')}",
            "liveaudit.event.id": correlation,
            "cloud.account.id": str(change.get("account", "")),
            "cloud.region": str(change.get("region", "")),
            "liveaudit.resources": resources,
        },
        tuple(_steps(correlation, _WAY_IN, {**hops, "": stored})),
        first=True,
    )


def of_audit(
    correlation: str, resource: Resource, hops: Mapping[str, float], attributes: Mapping[str, Value]
) -> Span:
    """An audit that the event asked for. ``hops``: with ``claimed`` and ``stored``."""
    return Span(
        correlation,
        "audit",
        hops["claimed"],
        hops["stored"],
        {
            "cloud.account.id": resource.account,
            "cloud.region": resource.region,
            "liveaudit.resource.type": resource.type,
            "liveaudit.resource.id": resource.id,
            **attributes,
        },
        tuple(_steps(correlation, _AUDIT, {**hops, "": hops["stored"]})),
    )


def _steps(correlation: str, names: Sequence[tuple[str, str]], hops: Mapping[str, float]) -> Iterator[Span]:
    """One span for each step between two times that are known; the time of "" is the end."""
    known = [(float(hops[at]), name) for at, name in names if hops.get(at)]
    for (start, name), (end, _) in pairwise([*known, (float(hops[""]), "")]):
        yield Span(correlation, name, start, max(start, end))
