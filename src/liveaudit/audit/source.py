"""Where the sections of what is audited come from: AWS, listings and bulk operations, or the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from liveaudit.audit.bulk import BulkReads, Want
from liveaudit.audit.jobs import Job
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import Lookup, Reading, References, ResourceReading, State, Wanted
from liveaudit.aws.caller import Caller
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Resource
from liveaudit.store import snapshots
from liveaudit.store.database import Database


@dataclass(slots=True)
class Source:
    """Gives what jobs want. ``clock`` gives Unix seconds, ``next_order`` numbers readings.

    ``prefetched``: what listings gave, taken out as it is used. ``reference_age``: how many seconds old a section may be
    that is stood on unread; ``enters``: which other accounts may be looked into.
    """

    catalog: Catalog
    caller: Caller
    database: Database
    clock: Callable[[], float]
    next_order: Callable[[], Awaitable[int]]
    bulk: BulkReads
    prefetched: dict[Resource, Mapping[str, Reading]]
    reference_age: float
    enters: Callable[[str], bool]

    async def read(self, jobs: Sequence[Job]) -> dict[Resource, ResourceReading]:
        """Read what the jobs want; for those that nothing in AWS has asked for, what is stored is taken as read."""
        fresh = [job for job in jobs if not job.judges_anew]
        anew = [job for job in jobs if job.judges_anew]
        readings: dict[Resource, ResourceReading] = {}
        if fresh:
            reader = self._reader(self._lookup, await self._prefetched(fresh))
            readings |= await reader.read(_wanted(fresh))
        if anew:
            young = self.clock() - self.reference_age
            stored = {job.claim.resource: job.stored(young) for job in anew}
            readings |= await self._reader(self._lookup_stored, stored).read(_wanted(anew))
            for job in anew:
                taken = readings[job.claim.resource].sections.keys()
                given = stored[job.claim.resource]
                job.from_store = {name: each for name, each in given.items() if name in taken}
        return readings

    def _reader(self, lookup: Lookup, given: Mapping[Resource, Mapping[str, Reading]]) -> Reader:
        return Reader(self.catalog, self.caller, lookup, given, self.next_order, self.enters)

    async def _prefetched(self, jobs: Sequence[Job]) -> dict[Resource, Mapping[str, Reading]]:
        """What listings and bulk operations gave, where it stands for a read: for sweeps, if nothing is newer."""
        given = {job.claim.resource: self.prefetched.pop(job.claim.resource, {}) for job in jobs}
        for job in jobs:
            if any(cause.kind != "sweep" for cause in job.claim.causes):
                given[job.claim.resource] = {}
        sweeping = [job for job in jobs if job.sweeps]
        found = await self.bulk.give(
            Want(
                job.claim.resource,
                job.called(self.catalog) - given[job.claim.resource].keys(),
                frozenset(cause.id for cause in job.claim.causes),
            )
            for job in sweeping
        )
        usable: dict[Resource, Mapping[str, Reading]] = {}
        for job in sweeping:
            resource = job.claim.resource
            readings = {
                name: each
                for name, each in {**given[resource], **found.get(resource, {})}.items()
                if (each.order or 0) > job.claim.last_order
            }
            if readings:
                usable[resource] = readings
                job.began = min([job.began, *(each.began for each in readings.values() if each.began)])
        return usable

    async def _lookup(self, wanted_sections: Set[tuple[Resource, str]]) -> References:
        return await self._known(wanted_sections, self.clock() - self.reference_age, due_too=False)

    async def _lookup_stored(self, wanted_sections: Set[tuple[Resource, str]]) -> References:
        return await self._known(wanted_sections, 0.0, due_too=True)

    async def _known(
        self, wanted_sections: Set[tuple[Resource, str]], since: float, *, due_too: bool
    ) -> References:
        found = await self.database.read(
            lambda connection: snapshots.known_sections(
                connection, wanted_sections, younger_than=since, due_too=due_too
            )
        )
        return {key: Reading(State(each.state), each.value) for key, each in found.items()}


def is_stored(catalog: Catalog, job: Job, reading: ResourceReading) -> bool:
    """Whether nothing of the resource itself was read: all its own sections came from the store."""
    sections = catalog.types[job.claim.resource.type].sections
    own = {name for name in reading.sections if sections[name].reference is None}
    return bool(job.from_store) and not reading.gone and own <= job.from_store.keys()


def _wanted(jobs: Iterable[Job]) -> list[Wanted]:
    return [Wanted(job.claim.resource, job.sections, job.root_first) for job in jobs]
