"""What became of an audit, told to those who look on: a line of the log for every move of a finding, and its spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from liveaudit.audit.outcome import Audit
from liveaudit.model import FindingStatus
from liveaudit.store.meter import Meter
from liveaudit.store.work import Due
from liveaudit.traces import correlation
from liveaudit.traces.spans import NOWHERE, Sink, Span, of_audit, of_event

log = structlog.get_logger(__name__)
MOST_EVENTS = 20
"""Of a burst on one resource so many events are shown the audit, the last ones: each has a trace of its own."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A step of a finding, as an audit has written it. ``previous``: None of one that is new; ``correlation``: the id of the
    event that it is put down to, else of the audit."""

    finding: str
    policy: str
    severity: str
    previous: FindingStatus | None
    status: FindingStatus
    correlation: str


@dataclass(slots=True)
class Narrator:
    """Tells once it is stored, so nothing is told that never happened. ``spans``: where they go; ``meter`` counts."""

    spans: Sink = NOWHERE
    meter: Meter = field(default_factory=Meter)

    def taken_in(self, due: Sequence[Due], stored: float) -> None:
        """Events came, and their due work is stored."""
        number = Counter(each.cause.id for each in due)
        events = {each.cause.id: each.cause.change for each in due if each.cause.change is not None}
        spans = [of_event(change, number[cause], stored) for cause, change in events.items()]
        for each in spans:
            log.debug(
                "event taken in",
                correlation=each.correlation,
                change=each.attributes["liveaudit.event"],
                account=each.attributes["cloud.account.id"],
                region=each.attributes["cloud.region"],
                resources=each.attributes["liveaudit.resources"],
            )
        if self.spans is not NOWHERE:
            self.spans.put(spans)

    def audited(self, audit: Audit, moved: Sequence[Moved], stored: float) -> None:
        """An audit is stored, with these moves."""
        claim = audit.claim
        resource, events = claim.resource, correlation.events_of(claim.causes)
        for each in moved:
            self.meter.moved(each.status.value, each.severity)
            log.info(
                "finding moved",
                correlation=each.correlation,
                finding=each.finding,
                policy=each.policy,
                severity=each.severity,
                previous="" if each.previous is None else each.previous.value,
                status=each.status.value,
                account=resource.account,
                region=resource.region,
                type=resource.type,
                resource=resource.id,
                **self._trace(each.correlation),
            )
        log.debug(
            "audited",
            correlation=events[-1] if events else correlation.of_audit(claim.order),
            events=len(events),
            account=resource.account,
            region=resource.region,
            type=resource.type,
            resource=resource.id,
            look=claim.looks + 1,
            verdicts=len(audit.verdicts),
            moved=len(moved),
        )
        if self.spans is not NOWHERE and events:
            self.spans.put([self._span(each, audit, moved, stored) for each in events[-MOST_EVENTS:]])

    def _trace(self, event: str) -> dict[str, str]:
        """Where to find it among the traces, if it is there."""
        if self.spans is NOWHERE or event.startswith(correlation.AUDIT):
            return {}
        return {"trace_id": f"{correlation.trace_id(event):032x}"}

    def _span(self, event: str, audit: Audit, moved: Sequence[Moved], stored: float) -> Span:
        told = {
            "liveaudit.look": audit.claim.looks + 1,
            "liveaudit.verdicts": len(audit.verdicts),
            "liveaudit.findings.moved": sum(each.correlation == event for each in moved),
        }
        return of_audit(event, audit.claim.resource, {**audit.hops, "stored": stored}, told)
