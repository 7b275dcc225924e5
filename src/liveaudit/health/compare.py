"""Whether what is stored still holds: resources are read anew by the code that audits, and nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from liveaudit.audit.jobs import wanted
from liveaudit.audit.judge import judge
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import ResourceReading, State, Wanted
from liveaudit.audit.ruled import ruled
from liveaudit.aws.caller import Caller
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Outcome, Resource
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.policies.rulebook import Rulebook
from liveaudit.policies.scope import Subject
from liveaudit.policies.tags import tags_of, tags_wanted
from liveaudit.store import codec
from liveaudit.store.database import Database
from liveaudit.store.samples import Chosen, Stands, stands
from liveaudit.store.standing import digest_of

log = structlog.get_logger(__name__)

BATCH = 50
"""Resources that are read together."""
MOST_DIFFERENCES = 5
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Drift:
    """A resource that is not as the store says. ``what``: ``section``, ``verdict`` or ``gone``; ``name``: of the section or
    policy; ``differences``: (path, as it stands, as it is); ``read_at``: since when it stands (Unix seconds)."""

    resource: Resource
    what: str
    name: str = ""
    differences: tuple[tuple[str, str, str], ...] = ()
    read_at: float | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be compared, and why."""

    resource: Resource
    name: str
    reason: str


@dataclass(slots=True)
class Compared:
    """What a comparison found. ``pending``: resources that differ, with the work that is due for them."""

    sampled: int = 0
    drifts: list[Drift] = field(default_factory=list)
    pending: list[tuple[Resource, str]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def drifted(self) -> int:
        """How many resources drifted."""
        return len({each.resource for each in self.drifts})


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compares. ``clock`` gives Unix seconds; ``context``: what policies may know; ``book``: what is set of them."""

    catalog: Catalog
    policies: PolicyRegistry
    caller: Caller
    database: Database
    context: Context
    clock: Callable[[], float]
    book: Rulebook = field(default_factory=Rulebook)

    async def compare(
        self, chosen: Sequence[Chosen], told: Callable[[int], None] = lambda _done: None
    ) -> Compared:
        """Read these resources anew. ``told`` hears how many are done. What AWS refuses stands in ``unread``."""
        found = Compared()
        known = [each for each in chosen if each.resource.type in self.catalog.types]
        for start in range(0, len(known), BATCH):
            await self._batch(known[start : start + BATCH], found)
            told(found.sampled)
        return found

    async def _batch(self, chosen: Sequence[Chosen], found: Compared) -> None:
        plans = {
            each.resource: wanted(self.catalog, self.policies, each.resource, None, self._tags(each.resource))
            for each in chosen
        }
        reader = Reader(self.catalog, self.caller)
        readings = await reader.read(
            [Wanted(resource, sections, True) for resource, (_, sections) in plans.items()]
        )
        for each in chosen:
            # what stands is asked for afterwards: an audit of meanwhile has seen no older state than we have
            standing = await self.database.read(partial(stands, key=each.key))
            reading = readings[each.resource]
            policies, _ = plans[each.resource]
            drifts = list(self._drifts(reading, standing, policies, found.unread))
            found.sampled += 1
            if not drifts:
                continue
            if standing.waits:
                found.pending.append((each.resource, standing.waits))
            elif standing.read_order != each.read_order or standing.state != "present":
                found.pending.append((each.resource, "audited meanwhile"))
            else:
                found.drifts += drifts

    def _drifts(
        self, reading: ResourceReading, standing: Stands, policies: Sequence[Policy], unread: list[Unread]
    ) -> Iterator[Drift]:
        resource = reading.resource
        oldest = min((each.read_at for each in standing.sections.values()), default=None)
        if reading.gone:
            yield Drift(resource, "gone", read_at=oldest)
            return
        resource_type = self.catalog.types[resource.type]
        for name, each in sorted(reading.sections.items()):
            if resource_type.sections[name].reference is not None:
                continue
            if each.state == State.UNKNOWN or name in standing.doubted:
                unread.append(Unread(resource, name, each.reason or "it could not be read since it changed"))
                continue
            text = codec.dump(each.value)
            stored = standing.sections.get(name)
            if stored is None:
                yield Drift(resource, "section", name, (("", "not stored", _told(each.value)),))
            elif stored.digest != digest_of(each.state.value, text):
                old = codec.load(stored.text) if stored.state == State.VALUE else None
                new = each.value if each.state == State.VALUE else None
                pairs = tuple(differences(old, codec.load(text) if new is not None else None))
                yield Drift(resource, "section", name, pairs[:MOST_DIFFERENCES], stored.read_at)
        at = self.clock()
        values = {name: each.value for name, each in reading.sections.items() if each.state == State.VALUE}
        found = ruled(self.book, policies, Subject(resource, self.catalog.arn(resource), tags_of(values)), at)
        verdicts = judge(
            [each for each in policies if found.judges(each)],
            reading,
            now=dt.datetime.fromtimestamp(at, tz=dt.UTC),
            context=self.context,
            report=_report,
            values=found.values(),
        )
        for policy_id, verdict in sorted(verdicts.items()):
            stood = standing.outcomes.get(policy_id, "not judged")
            if verdict.outcome not in (stood, Outcome.UNKNOWN):
                yield Drift(
                    resource, "verdict", policy_id, (("", stood, verdict.outcome.value),), read_at=oldest
                )

    def _tags(self, resource: Resource) -> frozenset[str]:
        return tags_wanted(self.book, self.policies, self.catalog.types[resource.type])


def _report(policy: Policy, reading: ResourceReading, error: Exception) -> None:
    log.error("policy failed", policy=policy.id, resource=reading.resource.id, error=repr(error))


def differences(stood: Any, now: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Where two JSON values differ: path, the one, the other; both cut short."""
    if isinstance(stood, dict) and isinstance(now, dict):
        for key in sorted(stood.keys() | now.keys()):
            if key not in stood:
                yield f"{path}.{key}".lstrip("."), "nothing", _told(now[key])
            elif key not in now:
                yield f"{path}.{key}".lstrip("."), _told(stood[key]), "nothing"
            else:
                yield from differences(stood[key], now[key], f"{path}.{key}".lstrip("."))
    elif isinstance(stood, list) and isinstance(now, list) and len(stood) == len(now):
        for number, (one, other) in enumerate(zip(stood, now, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif stood != now or type(stood) is not type(now):
        yield path, _told(stood), _told(now)


def _told(value: Any) -> str:
    text = "nothing" if value is None else codec.dump(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
