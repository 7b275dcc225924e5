"""Sweeps of one service in one account and region: on a schedule, at enrolment, on demand, and for unknown events.

Such a sweep is due work like any other: any worker takes it, it survives kills, and it yields to what is urgent. What it
finds becomes due piece by piece, so that who takes over after a kill lists that one service again, and no other.

For events that no row of the catalog knows, no more than one is made in ``rest`` seconds; one that began so soon after
an event that AWS may not have shown its change is made once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy import Connection

from liveaudit.audit.listing import Lister
from liveaudit.audit.patience import Patience
from liveaudit.audit.places import types_of
from liveaudit.audit.reading import Reading
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.types import ResourceType
from liveaudit.model import GLOBAL_REGION, Cause, Resource
from liveaudit.store import leases, snapshots, sweeps, work
from liveaudit.store.standing import Look
from liveaudit.store.sweeps import Place, Sweep
from liveaudit.store.work import Claim, Due

log = structlog.get_logger(__name__)

PIECE = 256
"""Resources that are made due in one transaction: events do not wait for longer ones."""
NO_ENTRY_REST = 3600.0
"""Seconds after which a place is tried again of which nothing could be listed: a role that is made later is found so."""
MOST_PREFETCHED = 20_000
"""Resources whose listed sections are kept. What other workers took over is never asked for here, and goes in the end."""


def cause_of_sweep(sweep_id: str) -> Cause:
    """Why a sweep makes a resource due: all its sections."""
    return Cause(f"sweep:{sweep_id}", "sweep")


@dataclass(slots=True)
class Swept:
    """What a sweep found. ``began``: when (Unix seconds), None: it is too soon. ``sweep``: that which was asked for.

    ``complete``: the types listed whole, ``failed``: type to why it was not, ``again``: those worth another try, with
    the last error of theirs.
    """

    began: float | None
    sweep: Sweep | None = None
    resources: dict[Resource, dict[str, Reading]] = field(default_factory=dict)
    complete: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    error: AwsCallError | None = None


@dataclass(frozen=True, slots=True)
class ServiceSweep:
    """Finds everything of a service and makes it due. ``rest``: seconds between two sweeps for unknown events.

    ``prefetched``: takes the sections that the listings gave, for audits in this process.
    """

    lister: Lister
    patience: Patience
    rest: float
    prefetched: dict[Resource, Mapping[str, Reading]]

    async def run(self, claim: Claim) -> Swept:
        """List what the claim asks for, and make it due. Never raises for what AWS says."""
        now = self.lister.clock()
        place = Place(claim.resource.account, claim.resource.region, claim.resource.id)
        asked = any(cause.kind == "sweep" for cause in claim.causes)
        unknown = any(cause.kind != "sweep" for cause in claim.causes)
        if place.service not in self.lister.catalog.services:
            return Swept(None)
        if not asked and now < self._next(claim.standing.read_at):
            return Swept(None)
        sweep = None
        if asked:
            cause_id = cause_of_sweep(str(claim.order)).id
            sweep = await self.lister.database.write(
                lambda connection: sweeps.begin(connection, place, cause_id, now)
            )
        swept = Swept(now, sweep)
        for resource_type in self._types(place, sweep, everything=unknown):
            await self._list(claim, resource_type, swept)
        await self._make_due(claim, swept, unknown=unknown)
        return swept

    def _types(self, place: Place, sweep: Sweep | None, *, everything: bool) -> Sequence[ResourceType]:
        if everything:
            return tuple(self.lister.catalog.services[place.service].types.values())
        types = types_of(self.lister.catalog, place)
        if sweep is None or sweep.left is None:
            return types
        return [each for each in types if each.name in sweep.left]

    async def _list(self, claim: Claim, resource_type: ResourceType, swept: Swept) -> None:
        region = GLOBAL_REGION if resource_type.is_global else claim.resource.region
        where = Resource(claim.resource.partition, claim.resource.account, region, resource_type.name, "")
        regions = swept.sweep.regions if swept.sweep is not None and region == GLOBAL_REGION else (region,)
        found = await self.lister.find(where, resource_type, regions)
        swept.resources.update(found.resources)
        if not found.failed:
            swept.complete.append(resource_type.name)
        for error in found.failed:
            log.warning(
                "service not listed",
                account=where.account,
                type=resource_type.name,
                region=region,
                error=str(error),
            )
            swept.failed[resource_type.name] = str(error)
            if error.kind.passing:
                swept.again.append(resource_type.name)
                swept.error = error

    async def _make_due(self, claim: Claim, swept: Swept, *, unknown: bool) -> None:
        causes = [] if swept.sweep is None else [Cause(swept.sweep.cause, "sweep")]
        if unknown or not causes:
            causes.append(_because(claim))
        if len(self.prefetched) > MOST_PREFETCHED:
            self.prefetched.clear()
        self.prefetched.update({each: given for each, given in swept.resources.items() if given})
        catalog = self.lister.catalog
        found = sorted(swept.resources)
        for start in range(0, len(found), PIECE):
            piece = found[start : start + PIECE]
            due = [
                Due(each, catalog.arn(each), cause, work.SWEEP_PRIORITY) for each in piece for cause in causes
            ]
            await self.lister.database.write(partial(self._put, due=due, number=len(piece), swept=swept))

    def _put(self, connection: Connection, due: Sequence[Due], number: int, swept: Swept) -> None:
        if swept.sweep is not None:
            sweeps.found_more(connection, swept.sweep.place, number)
        work.add_due(connection, due, self.lister.clock())

    def end(
        self, connection: Connection, claim: Claim, swept: Swept, *, now: float, retry_at: float | None
    ) -> None:
        """End the row, or put it off. Raises LeaseLostError."""
        if swept.began is None:
            at = self._next(claim.standing.read_at)
            keep = {cause.id: Look(cause.sections, at) for cause in claim.causes if at > now}
            leases.finish(connection, claim, now=now, keep=keep)
            return
        if swept.sweep is not None:
            failed: Mapping[str, str] = {**swept.sweep.failed, **swept.failed}
            again: Iterable[str] | None = swept.again if retry_at is not None else None
            sweeps.listed(
                connection,
                swept.sweep,
                complete=swept.complete,
                failed={name: failed[name] for name in failed if name not in swept.complete},
                again=again,
                now=now,
            )
        if retry_at is not None:
            leases.put_off(connection, claim, until=retry_at, now=now)
            return
        keep = {
            cause.id: Look(cause.sections, max(swept.began + self.rest, self.patience.until(cause)))
            for cause in self.patience.young(claim.causes, swept.began)
        }
        if swept.failed and not self._listed(swept):
            later = Look(frozenset(), now + NO_ENTRY_REST)
            keep |= {cause.id: later for cause in claim.causes if cause.kind == "sweep"}
        leases.finish(connection, claim, now=now, keep=keep)
        snapshots.mark_resource(
            connection,
            claim.key,
            state="swept",
            order=claim.order,
            read_at=swept.began,
            newest=None,
            streak=1,
            now=now,
        )

    def _listed(self, swept: Swept) -> bool:
        types = self.lister.catalog.types
        return any(types[name].listings for name in swept.complete)

    def _next(self, last: float | None) -> float:
        return 0.0 if last is None else last + self.rest


def _because(claim: Claim) -> Cause:
    """The events are told as what may have been behind a change, not as what was."""
    changes: Sequence[dict[str, object]] = [
        {**cause.change, "certain": False} for cause in claim.causes if cause.change is not None
    ]
    return Cause(f"gap:{claim.order}", "gap", change=changes[-1] if changes else None)
