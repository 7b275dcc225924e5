"""Received messages sorted: what is due, what goes to quarantine, what is only counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import asdict, dataclass, field
from typing import Any

from liveaudit.catalog.arns import named_by_arn
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import SERVICE_TYPE, Relevance, match
from liveaudit.intake.envelope import Flaw, IntakeError, decode_message
from liveaudit.intake.own import NOBODY, is_own
from liveaudit.intake.places import impossible, is_ours
from liveaudit.model import Cause, Event, Hello, Resource
from liveaudit.store.gaps import Gap
from liveaudit.store.hellos import Arrival
from liveaudit.store.meter import Seen
from liveaudit.store.work import SWEEP_PRIORITY, Due


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came from a queue. Times are Unix seconds."""

    id: str
    queue: str
    receipt: str
    body: str
    sent: float
    received: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that is kept, with the reason."""

    message: Message
    flaw: Flaw
    detail: str


@dataclass(slots=True)
class Sorted:
    """What a batch of messages comes to. ``counts``: (name, label) to how often."""

    due: list[Due] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    hellos: list[Arrival] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Sorted) -> None:
        """Take in what another batch came to."""
        self.due += other.due
        self.rejected += other.rejected
        self.hellos += other.hellos
        self.gaps += other.gaps
        self.seen += other.seen
        self.counts += other.counts

    def reject(self, message: Message, flaw: Flaw, detail: str) -> None:
        """Keep a message, and count it."""
        self.rejected.append(Rejected(message, flaw, detail))
        self.counts["quarantined", flaw.value] += 1


def sort_messages(
    catalog: Catalog,
    enrolled: Set[str],
    messages: Iterable[Message],
    own_roles: Mapping[str, str] = NOBODY,
) -> Sorted:
    """Decode, check and match every message; each ends in exactly one place, none is lost.

    ``own_roles``: account to the ARN of the role with which we audit it.

    One that makes our own code fail is rejected too, as FAULT: it would fail again and again, and hold up the others.
    """
    result = Sorted()
    for message in messages:
        try:
            result.add(_sorted(catalog, enrolled, message, own_roles))
        except IntakeError as error:
            result.reject(message, error.flaw, str(error))
        except Exception as error:  # noqa: BLE001 - kept with its reason, and reported by who stores it
            result.reject(message, Flaw.FAULT, fault(error))
    return result


def fault(error: Exception) -> str:
    """An error of our own code, in words for whoever is to mend it."""
    return f"{type(error).__name__}: {error}"


def _sorted(catalog: Catalog, enrolled: Set[str], message: Message, own_roles: Mapping[str, str]) -> Sorted:
    result = Sorted()
    event = decode_message(message.body)
    if event.account not in enrolled:
        raise IntakeError(Flaw.NOT_ENROLLED, "account", f"{event.account} is not enrolled")
    if isinstance(event, Hello):
        result.hellos.append(Arrival(event, message.sent, message.received))
        result.counts["hellos", "received"] += 1
        return result
    result.seen.append(
        Seen(event.account, event.region, hops_of(event, sent=message.sent, received=message.received))
    )
    if is_own(catalog, own_roles, event):
        result.counts["own", _label(event)] += 1
    else:
        _place(catalog, enrolled, event, message, result)
    return result


def _label(event: Event) -> str:
    return f"{event.source.removesuffix('.amazonaws.com')}:{event.name}"


def _place(catalog: Catalog, enrolled: Set[str], event: Event, message: Message, result: Sorted) -> None:
    found = match(catalog, event)
    label = _label(event)
    if found.relevance == Relevance.CHANGES:
        change = summary(event, sent=message.sent, received=message.received)
        for target in found.targets:
            arn = catalog.arn(target.resource)
            if not is_ours(target.resource, arn, enrolled):
                continue
            cause = Cause(
                f"event:{event.id}",
                "event",
                target.sections,
                target.effect.value,
                change,
                target.expected,
                target.lasts,
                target.done_by,
            )
            result.due.append(Due(target.resource, arn, cause))
        result.counts["changes" if result.due else "elsewhere", label] += 1
    elif found.relevance == Relevance.UNMAPPED:
        _guess(catalog, event, message, found.reason, result)
        result.counts["unmapped", label] += 1
    elif event.error_code:
        result.counts["failed calls", label] += 1
    else:
        result.counts["ignored", label] += 1


def _guess(catalog: Catalog, event: Event, message: Message, reason: str, result: Sorted) -> None:
    """An event that no row places: audit what it names by ARN, else sweep its service; and note the gap."""
    change = summary(event, sent=message.sent, received=message.received)
    cause = Cause(f"event:{event.id}", "event", change=change)
    named = {each: catalog.arn(each) for each in named_by_arn(catalog, event)}
    resources = [each for each, arn in named.items() if not impossible(each, arn)]
    services = catalog.services_of(event.source)
    result.due += [Due(each, catalog.arn(each), cause) for each in resources]
    if not resources:
        for service in services:
            whole = Resource(event.partition, event.account, event.region, SERVICE_TYPE, service.name)
            arn = f"liveaudit:{event.account}:{event.region}:{service.name}"
            result.due.append(Due(whole, arn, cause, SWEEP_PRIORITY))
    done = (
        f"audited what it names: {len(resources)}"
        if resources
        else f"swept {', '.join(each.name for each in services)} in its account and region"
    )
    result.gaps.append(Gap(event.source, event.name, reason, done))


def hops_of(event: Event, *, sent: float, received: float) -> dict[str, float]:
    """When an event was at which point of its way here, in Unix seconds."""
    hops = {"event": event.time.timestamp(), "sent": sent, "received": received}
    if event.bus_time is not None:
        hops["bus"] = event.bus_time.timestamp()
    return hops


def summary(event: Event, *, sent: float, received: float) -> Mapping[str, Any]:
    """What a finding tells of a change: who, from where, what, when. ``hops``: Unix seconds."""
    hops = hops_of(event, sent=sent, received=received)
    return {
        "event_id": event.id,
        "source": event.source,
        "name": event.name,
        "account": event.account,
        "region": event.region,
        "time": event.time.isoformat(),
        "actor": asdict(event.actor),
        "hops": hops,
    }
