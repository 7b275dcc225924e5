"""Who changed what and how long each step took, out of what was put down of events. Pure; all of it is hostile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HOPS = {
    "event": "the change is made",
    "bus": "on the event bus",
    "sent": "in the queue",
    "received": "taken from the queue",
    "claimed": "an audit begins",
    "read": "the state is read",
    "judged": "the policies have judged",
    "stored": "the finding stands",
}
"""The way of an event, from its time in CloudTrail to the stored finding, and each step in words."""
KINDS = {
    "sweep": "a sweep",
    "listing": "a sweep's listing",
    "dependency": "a change of what it stands on",
    "policy": "a changed policy",
    "clock": "time alone",
    "fix": "a look after a fix",
    "gap": "an event that no row of the catalog knows",
}
"""Why audits are made where no event asks for one."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event that made a change, or may have made it: then it is not ``certain``. ``at``: Unix seconds, None unknown.

    ``who``: the ARN, or what else is known of who made it. ``issuer``: the role of a session. ``account``, ``region``: whose
    and which CloudTrail recorded it.
    """

    name: str
    who: str
    type: str
    issuer: str
    address: str
    agent: str
    event_id: str
    account: str
    region: str
    at: float | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way. ``seconds`` since the step before; ``begins``, ``length``: hundredths of the whole way."""

    name: str
    told: str
    at: float
    seconds: float
    begins: float
    length: float


def told_events(changes: Iterable[Mapping[str, Any]]) -> list[Told]:
    """The events among these changes, the latest last."""
    return [_event(each) for each in changes if "name" in each]


def _event(change: Mapping[str, Any]) -> Told:
    actor = change.get("actor") or {}
    made = (change.get("hops") or {}).get("event")
    return Told(
        name=str(change["name"]),
        who=str(actor.get("arn") or actor.get("principal_id") or actor.get("type") or "unknown"),
        type=str(actor.get("type") or ""),
        issuer=str(actor.get("issuer") or ""),
        address=str(actor.get("source_ip") or ""),
        agent=str(actor.get("user_agent") or ""),
        event_id=str(change.get("event_id") or ""),
        account=str(change.get("account") or ""),
        region=str(change.get("region") or ""),
        at=float(made) if made else None,
        certain=bool(change.get("certain", True)),
    )


def responsible_event(changes: Iterable[Mapping[str, Any]]) -> Told | None:
    """Of the events the last one that is certain, or else the last one."""
    found = told_events(changes)
    return next((each for each in reversed(found) if each.certain), found[-1] if found else None)


def found_by(changes: Iterable[Mapping[str, Any]]) -> str:
    """What led to an audit for which no event asked, in words; empty: an event did."""
    given = list(changes)
    if any("name" in each for each in given):
        return ""
    kinds = sorted({KINDS.get(str(each.get("kind")), str(each.get("kind"))) for each in given})
    return " and ".join(kinds) or "an audit"


def steps(hops: Mapping[str, float] | None) -> list[Step]:
    """The steps of the way as bars, in order. Clocks of AWS and ours may differ: no step is shorter than nothing."""
    times = [(name, float(hops[name])) for name in HOPS if hops and name in hops]
    if len(times) < 2:
        return []
    found, begin = [], times[0][1]
    latest = begin
    whole = max(max(at for _, at in times) - begin, 0.001)
    for name, at in times:
        took = max(0.0, at - latest)
        found.append(Step(name, HOPS[name], at, took, 100 * (latest - begin) / whole, 100 * took / whole))
        latest = max(latest, at)
    return found
