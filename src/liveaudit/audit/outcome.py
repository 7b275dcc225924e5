"""What one audit of one resource found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liveaudit.audit.reading import Reading, ResourceReading, State
from liveaudit.audit.ruled import Ruled
from liveaudit.audit.settled import Settled
from liveaudit.model import Resource, Verdict
from liveaudit.store import codec
from liveaudit.store.clocks import Ring
from liveaudit.store.meter import Meter
from liveaudit.store.snapshots import Read
from liveaudit.store.standing import NEVER_READ, StandingResource
from liveaudit.store.work import Claim


@dataclass(frozen=True, slots=True)
class Audit:
    """What one audit of one resource found. ``hops``: times (Unix seconds) of claiming, reading and judging.

    ``order``, ``began``: in which order and when its reading began. ``settled``: what of it can be believed yet.
    ``streak``, ``rest``: how many audits in a row this is, and how many seconds the next one of the burst waits.
    ``window``: for how many seconds AWS may show older states. ``look_at``: when to look again if others disagree.
    ``standing``: what was known before.
    ``from_store``: the sections that were taken from the store; ``nothing_read``: all of its own were. ``rings``: when
    time alone may change what a timed policy says (None: never), by policy id. ``ruled``: how people have set the policies
    for it, and what they exempted. ``asks``: ids of policies that others decide, who are to be asked.
    """

    claim: Claim
    reading: ResourceReading
    verdicts: Mapping[str, Verdict]
    hops: Mapping[str, float]
    order: int
    began: float
    settled: Settled
    streak: int = 0
    rest: float = 0.0
    retry_at: float | None = None
    arn: str | None = None
    window: float = 0.0
    look_at: float = 0.0
    standing: StandingResource = NEVER_READ
    from_store: Mapping[str, Reading] = field(default_factory=dict)
    rings: Mapping[str, Ring | None] = field(default_factory=dict)
    nothing_read: bool = False
    ruled: Ruled = field(default_factory=Ruled)
    asks: frozenset[str] = frozenset()

    def measure(self, meter: Meter, stored: float) -> None:
        """Count it, if it was the first look and events asked for it: later ones tell how long was waited."""
        made = [each.made_at for each in self.claim.causes if each.made_at is not None]
        if made and self.settled.believed and self.retry_at is None and not self.claim.looks:
            resource = self.claim.resource
            meter.audited(
                {**self.hops, "stored": stored},
                since=self.claim.since,
                made=made,
                place=(resource.account, resource.region),
            )


def borrowed(audit: Audit) -> dict[Resource, dict[str, Read]]:
    """What was read of other resources on the way, by resource."""
    found: dict[Resource, dict[str, Read]] = {}
    for (other, name), each in audit.reading.borrowed.items():
        if each.state != State.UNKNOWN:
            found.setdefault(other, {})[name] = read_of(each, audit)
    return found


def read_of(
    reading: Reading,
    audit: Audit,
    event_at: float | None = None,
    event_ids: frozenset[str] = frozenset(),
) -> Read:
    """A reading as it is written down; ``event_at``: when the newest change was made that is known of it, and which."""
    return Read(
        reading.state.value,
        codec.dump(reading.value),
        audit.order if reading.order is None else reading.order,
        audit.began if reading.began is None else reading.began,
        audit.hops["read"],
        event_at,
        event_ids,
    )
