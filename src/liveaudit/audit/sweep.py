"""A full scan of an account: everything that is listed, always there, or known becomes due, and is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from liveaudit.audit.auditor import Auditor, Prefetched, cause_of_sweep
from liveaudit.audit.read import Reader, Wanted, search
from liveaudit.audit.reading import Reading, State
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.targets import LEGACY_REGIONS, identify
from liveaudit.catalog.types import Listing, ResourceType
from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.store import codec, snapshots, work
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
        for stage in self._stages(scope):
            places = [
                (resource_type, region)
                for resource_type in stage
                for region in ((GLOBAL_REGION,) if resource_type.is_global else scope.regions)
            ]
            spanning = {id(each) for each in stage if _spans_regions(each)}
            seen: set[int] = set()
            chosen = []
            for resource_type, region in places:
                if id(resource_type) in spanning:
                    if id(resource_type) in seen:
                        continue
                    seen.add(id(resource_type))
                chosen.append(self._enqueue(scope, resource_type, region, sweep_id))
            await asyncio.gather(*chosen)
            await self._work_off(sweep_id)
        # what another worker took over was read anew there
        self.auditor.prefetched.clear()
        return self.problems

    def _stages(self, scope: Scope) -> list[list[ResourceType]]:
        """The types on which others stand first, so that their sections are known when the others are judged."""
        catalog = self.auditor.catalog
        chosen = [each for each in catalog if not scope.services or each.service in scope.services]
        first = [each for each in chosen if catalog.dependents(each.name)]
        return [stage for stage in (first, [each for each in chosen if each not in first]) if stage]

    async def _enqueue(self, scope: Scope, resource_type: ResourceType, region: str, sweep_id: str) -> None:
        found: dict[Resource, Prefetched | None] = {}
        where = Resource(scope.partition, scope.account, region, resource_type.name, "")
        for template in resource_type.always:
            resource_id = str(fill(template, placeholders(where)))
            found[Resource(scope.partition, scope.account, region, resource_type.name, resource_id)] = None
        for listing in resource_type.listings:
            order = await self.auditor.database.write(
                lambda connection: work.next_value(connection, "read_order")
            )
            try:
                found.update(await self._list(scope, resource_type, listing, where, order))
            except AwsCallError as error:
                self.problems.append(Problem(scope.account, region, resource_type.name, str(error)))
        regions: tuple[str, ...] | None = (region,)
        if _spans_regions(resource_type):
            regions = None if scope.every_region else scope.regions
        for resource in await self.auditor.database.read(
            lambda connection: snapshots.known_resources(
                connection, account=scope.account, type_name=resource_type.name, regions=regions
            )
        ):
            found.setdefault(resource, None)
        for resource, prefetched in found.items():
            if prefetched is not None:
                self.auditor.prefetched[resource] = prefetched
        cause = cause_of_sweep(sweep_id)
        due = [Due(each, self.auditor.catalog.arn(each), cause, work.SWEEP_PRIORITY) for each in found]
        for start in range(0, len(due), _BATCH):
            await self._put(due[start : start + _BATCH])

    async def _put(self, due: Sequence[Due]) -> None:
        now = self.auditor.clock()
        await self.auditor.database.write(lambda connection: work.add_due(connection, due, now))
        self.progress.found += len(due)
        self.on_progress(self.progress)

    async def _list(
        self, scope: Scope, resource_type: ResourceType, listing: Listing, where: Resource, order: int
    ) -> dict[Resource, Prefetched]:
        call = listing.call
        answer = await self.auditor.caller.call(
            scope.account,
            where.call_region,
            call.client,
            call.operation,
            fill(call.params, placeholders(where)),
        )
        found = {}
        for item in search(listing.items, answer) or ():
            name = item.get(listing.item_id) if isinstance(item, dict) else item
            if not isinstance(name, str) or not name:
                continue
            region = where.region
            if listing.region is not None:
                region = str(search(listing.region, item) or await self._region(listing, where, name))
                if not scope.every_region and region not in scope.regions:
                    continue
            resource = identify(resource_type, name, scope.partition, scope.account, region)
            if resource is not None:
                found[resource] = Prefetched(order, dict(_provided(resource_type, listing, item)))
        return found

    async def _region(self, listing: Listing, where: Resource, name: str) -> str:
        """The region of a resource whose listing does not tell it: emulators, and endpoints of before 2024."""
        if listing.region_section is None:
            return where.call_region
        resource = Resource(where.partition, where.account, where.region, where.type, name)
        reader = Reader(self.auditor.catalog, self.auditor.caller)
        readings = await reader.read([Wanted(resource, frozenset({listing.region_section}))])
        found = readings[resource].sections.get(listing.region_section)
        value = found.value if found is not None and found.state == State.VALUE else None
        return LEGACY_REGIONS.get(str(value), str(value)) if value else where.call_region

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


def _spans_regions(resource_type: ResourceType) -> bool:
    return any(listing.region is not None for listing in resource_type.listings)


def _provided(resource_type: ResourceType, listing: Listing, item: object) -> Iterable[tuple[str, Reading]]:
    for name, path in listing.provides.items():
        value = search(path, item)
        if value is None:
            yield name, Reading(State.ABSENT)
            continue
        omit = resource_type.sections[name].omit
        if omit and isinstance(value, dict):
            value = {key: each for key, each in value.items() if key not in omit}
        yield name, Reading(State.VALUE, codec.plain(value))
