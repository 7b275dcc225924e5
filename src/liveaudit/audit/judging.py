"""What was read of a resource judged as people have set the policies. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.audit.answers import search
from liveaudit.audit.jobs import Job
from liveaudit.audit.judge import Report, judge
from liveaudit.audit.reading import ResourceReading, State
from liveaudit.audit.ruled import Ruled, ruled
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Outcome, Verdict
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.policies.rulebook import Rulebook
from liveaudit.policies.scope import Subject
from liveaudit.policies.tags import tags_of
from liveaudit.store import codec
from liveaudit.store.clocks import Ring


@dataclass(frozen=True, slots=True)
class Judged:
    """``arn``: as AWS tells it, None where it does not; ``left_out``: policies that would need what is not known;
    ``asks``: ids of those that ask others, of whose sections everything is known."""

    verdicts: Mapping[str, Verdict]
    rings: Mapping[str, Ring | None]
    ruled: Ruled
    arn: str | None
    left_out: int
    asks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges. ``now``: Unix seconds; ``report`` hears of policies that break."""

    catalog: Catalog
    policies: PolicyRegistry
    context: Context
    book: Rulebook
    now: float
    report: Report

    def judge(
        self, job: Job, reading: ResourceReading, chosen: Sequence[Policy], *, known_only: bool = False
    ) -> Judged:
        """The verdicts of those of the chosen policies that judge the resource.

        ``known_only``: a policy that needs a section which was not read is left out.
        """
        arn = self._arn(reading)
        found = ruled(
            self.book, self.policies.of(reading.resource.type), self._subject(job, reading, arn), self.now
        )
        judging = [each for each in chosen if found.judges(each)]
        policies = [each for each in judging if not known_only or each.sections <= reading.sections.keys()]
        asks = frozenset(each.id for each in policies if each.asks is not None and _is_known(each, reading))
        rings: dict[str, float] = {}
        verdicts = judge(
            [each for each in policies if each.id not in asks],
            reading,
            now=dt.datetime.fromtimestamp(self.now, tz=dt.UTC),
            context=self.context,
            report=self.report,
            tell=lambda policy, at: rings.update({policy.id: at.timestamp()}),
            values=found.values(),
        )
        timed = {
            policy.id: Ring(rings[policy.id], policy.sections) if policy.id in rings else None
            for policy in policies
            if policy.timed and policy.id not in asks and verdicts[policy.id].outcome != Outcome.UNKNOWN
        }
        return Judged(verdicts, timed, found, arn, len(judging) - len(policies), asks)

    def _arn(self, reading: ResourceReading) -> str | None:
        resource_type = self.catalog.types[reading.resource.type]
        root = reading.sections.get(resource_type.root)
        if resource_type.arn_from is None or root is None or root.state != State.VALUE:
            return None
        found = search(resource_type.arn_from, root.value)
        return found if isinstance(found, str) else None

    def _subject(self, job: Job, reading: ResourceReading, arn: str | None) -> Subject:
        """The resource as scopes see it; its tags only if somebody asks for them, as they take decoding."""
        resource = reading.resource
        policies = self.policies.of(resource.type)
        tags = {}
        if any(self.book.asks_for_tags(each) for each in policies):
            tags = tags_of(self.values(job, reading))
        return Subject(resource, arn or job.standing.arn or self.catalog.arn(resource), tags)

    def values(self, job: Job, reading: ResourceReading) -> dict[str, Any]:
        """All that is known of the resource's own sections: as they were read now, else as they stand."""
        own = self.catalog.types[reading.resource.type].sections
        values: dict[str, Any] = {
            name: codec.load(each.text)
            for name, each in job.standing.sections.items()
            if name in own and name not in reading.sections and each.state == State.VALUE
        }
        values |= {
            name: each.value
            for name, each in reading.sections.items()
            if each.state == State.VALUE and own[name].reference is None
        }
        return values


def _is_known(policy: Policy, reading: ResourceReading) -> bool:
    found = [reading.sections.get(name) for name in policy.sections]
    return all(each is not None and each.state != State.UNKNOWN for each in found)
