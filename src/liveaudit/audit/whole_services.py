"""Sweeps of one service in one account and region, because of events that no row of the catalog knows.

Such a sweep is due work like any other: it survives kills, is made once for many events, and yields to what is urgent.
No more than one is made in ``rest`` seconds. One that began so soon after an event that AWS may not have shown its
change is made once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from liveaudit.audit.listing import Lister
from liveaudit.audit.patience import Patience
from liveaudit.aws.errors import AwsCallError
from liveaudit.model import GLOBAL_REGION, Cause, Resource
from liveaudit.store import leases, locks, snapshots, work
from liveaudit.store.standing import Look
from liveaudit.store.work import Claim, Due

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Swept:
    """What a sweep found. ``began``: when (Unix seconds), None: it is too soon. ``failed``: to be tried again."""

    began: float | None
    resources: set[Resource] = field(default_factory=set)
    failed: AwsCallError | None = None


@dataclass(frozen=True, slots=True)
class ServiceSweep:
    """Finds everything of a service and makes it due. ``rest``: seconds between two sweeps of the same."""

    lister: Lister
    patience: Patience
    rest: float

    async def run(self, claim: Claim, now: float) -> Swept:
        """List everything of the service that the claim is for. Never raises for what AWS says."""
        service = self.lister.catalog.services.get(claim.resource.id)
        if service is None or now < self._next(claim.standing.read_at):
            return Swept(None)
        swept = Swept(now)
        for resource_type in service.types.values():
            region = GLOBAL_REGION if resource_type.is_global else claim.resource.region
            where = Resource(claim.resource.partition, claim.resource.account, region, resource_type.name, "")
            found = await self.lister.find(where, resource_type, (region,))
            swept.resources.update(found.resources)
            for error in found.failed:
                log.warning("service not listed", type=resource_type.name, region=region, error=str(error))
                if error.kind.passing:
                    swept.failed = error
        return swept

    def end(
        self, connection: Connection, claim: Claim, swept: Swept, *, now: float, retry_at: float | None
    ) -> None:
        """Make what was found due, and end the row, or put it off. Raises LeaseLostError."""
        if swept.began is None:
            at = self._next(claim.standing.read_at)
            keep = {cause.id: Look(cause.sections, at) for cause in claim.causes if at > now}
            leases.finish(connection, claim, now=now, keep=keep)
            return
        due = [
            Due(each, self.lister.catalog.arn(each), _because(claim), work.SWEEP_PRIORITY)
            for each in sorted(swept.resources)
        ]
        keys = work.resource_keys(connection, {each.resource: each.arn for each in due}, now)
        locks.due_rows(connection, {claim.key, *keys.values()})
        work.add_due(connection, due, now)
        if retry_at is not None:
            leases.put_off(connection, claim, until=retry_at, now=now)
            return
        keep = {
            cause.id: Look(cause.sections, max(swept.began + self.rest, self.patience.until(cause)))
            for cause in self.patience.young(claim.causes, swept.began)
        }
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

    def _next(self, last: float | None) -> float:
        return 0.0 if last is None else last + self.rest


def _because(claim: Claim) -> Cause:
    """The events are told as what may have been behind a change, not as what was."""
    changes: Sequence[dict[str, object]] = [
        {**cause.change, "certain": False} for cause in claim.causes if cause.change is not None
    ]
    return Cause(f"gap:{claim.order}", "gap", change=changes[-1] if changes else None)
