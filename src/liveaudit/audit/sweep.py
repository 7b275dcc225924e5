"""A full scan of an account: everything that is listed, always there, or known becomes due, and is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.listing import spans_regions
from liveaudit.audit.whole_services import cause_of_sweep
from liveaudit.aws.budget import LANE, Lane
from liveaudit.catalog.types import ResourceType
from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.store import work
from liveaudit.store.work import Due

_BATCH = 256
_SHORTEST_WAIT, _LONGEST_WAIT = 0.02, 0.5


@dataclass(frozen=True, slots=True)
class Scope:
    """What is swept: one account, these regions, these services (empty: all).

    ``every_region``: resources of a listing that spans regions are taken wherever they live.
    """

    partition: str
    account: str
    regions: tuple[str, ...]
    services: frozenset[str] = frozenset()
    every_region: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be listed, so that what the sweep says is incomplete."""

    account: str
    region: str
    type: str
    reason: str


@dataclass(slots=True)
class Progress:
    """How far a sweep is. ``found`` grows while listing goes on, ``done`` while auditing does."""

    found: int = 0
    done: int = 0


@dataclass(slots=True)
class Sweeper:
    """Runs sweeps through an auditor, on the same path as events."""

    auditor: Auditor
    on_progress: Callable[[Progress], None] = lambda _progress: None
    problems: list[Problem] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)

    async def sweep(self, scope: Scope, sweep_id: str) -> list[Problem]:
        """Audit all of ``scope``. Returns what could not be listed; findings and verdicts are in the store."""
        LANE.set(Lane.SWEEPS)
        for stage in self.stages(scope):
            await self.make_due(scope, stage, sweep_id)
            await self._work_off(sweep_id)
        # what another worker took over was read anew there
        self.auditor.prefetched.clear()
        return self.problems

    async def make_due(self, scope: Scope, types: Iterable[ResourceType], sweep_id: str) -> None:
        """Make everything of these types due, without waiting for the audits."""
        chosen = []
        for resource_type in types:
            regions = (GLOBAL_REGION,) if resource_type.is_global else scope.regions
            for region in regions[:1] if spans_regions(resource_type) else regions:
                chosen.append(self._enqueue(scope, resource_type, region, sweep_id))
        await asyncio.gather(*chosen)

    def stages(self, scope: Scope) -> list[list[ResourceType]]:
        """The types on which others stand first, so that their sections are known when the others are judged."""
        catalog = self.auditor.catalog
        chosen = [each for each in catalog if not scope.services or each.service in scope.services]
        first = [each for each in chosen if catalog.dependents(each.name)]
        return [stage for stage in (first, [each for each in chosen if each not in first]) if stage]

    async def _enqueue(self, scope: Scope, resource_type: ResourceType, region: str, sweep_id: str) -> None:
        where = Resource(scope.partition, scope.account, region, resource_type.name, "")
        regions = None if scope.every_region else scope.regions
        found = await self.auditor.lister.find(where, resource_type, regions)
        for error in found.failed:
            self.problems.append(Problem(scope.account, region, resource_type.name, str(error)))
        for resource, sections in found.resources.items():
            if sections:
                self.auditor.prefetched[resource] = sections
        cause = cause_of_sweep(sweep_id)
        due = [
            Due(each, self.auditor.catalog.arn(each), cause, work.SWEEP_PRIORITY) for each in found.resources
        ]
        for start in range(0, len(due), _BATCH):
            await self._put(due[start : start + _BATCH])

    async def _put(self, due: Sequence[Due]) -> None:
        now = self.auditor.clock()
        await self.auditor.database.write(lambda connection: work.add_due(connection, due, now))
        self.progress.found += len(due)
        self.on_progress(self.progress)

    async def _work_off(self, sweep_id: str) -> None:
        """Audit until nothing of this sweep is due any more, whoever does it."""
        cause_id = cause_of_sweep(sweep_id).id
        wait = _SHORTEST_WAIT
        while True:
            left = await self.auditor.database.read(lambda connection: work.pending(connection, cause_id))
            self.progress.done = self.progress.found - left
            self.on_progress(self.progress)
            if not left:
                return
            if await self.auditor.work_once():
                wait = _SHORTEST_WAIT
            else:
                await asyncio.sleep(wait)
                wait = min(_LONGEST_WAIT, wait * 2)
