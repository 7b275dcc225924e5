"""From a name to the resources that bear it, by our store and by AWS: they become due."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from liveaudit.audit.answers import search
from liveaudit.audit.patience import PATIENCE, Patience
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.changes import Effect
from liveaudit.catalog.paths import fill
from liveaudit.catalog.rows import Alias
from liveaudit.catalog.targets import alias_of
from liveaudit.model import Resource
from liveaudit.store import leases, locks, snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.pace import PACE, Pace
from liveaudit.store.standing import Look
from liveaudit.store.work import Claim, Due

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Named:
    """The resources that bear a name. ``error``: why AWS could not be asked."""

    found: frozenset[Resource]
    error: AwsCallError | None = None


@dataclass(frozen=True, slots=True)
class Namer:
    """Resolves names, and makes due who bears them. ``patience``: how long a name may not show yet."""

    catalog: Catalog
    caller: Caller
    database: Database
    patience: Patience = PATIENCE
    pace: Pace = PACE

    async def resolve(self, resource: Resource) -> Named:
        """Who bears the name that stands in place of an id."""
        resource_type = self.catalog.types[resource.type]
        known = alias_of(resource_type, resource.id)
        if known is None:
            return Named(frozenset())
        alias, name = known
        found = await self._bearers(resource_type.root, alias, resource, name)
        try:
            return Named(found | await self._named(alias, resource, name))
        except AwsCallError as error:
            log.warning("name not resolved", name=name, error=str(error))
            return Named(found, error)

    def end(
        self,
        connection: Connection,
        claim: Claim,
        named: Named,
        *,
        began: float,
        now: float,
        retry_at: float | None,
    ) -> None:
        """Make due who was found, and end the claim, or put it off: who is not found may not show yet.

        ``began``: when it was asked for, in Unix seconds; ``retry_at``: when it is asked again, as AWS gave no answer.
        Raises LeaseLostError.
        """
        due = [
            Due(each, self.catalog.arn(each), cause) for each in sorted(named.found) for cause in claim.causes
        ]
        if due:
            keys = work.resource_keys(connection, {each.resource: each.arn for each in due}, now)
            locks.due_rows(connection, {claim.key, *keys.values()})
            work.add_due(connection, due, now, pace=self.pace)
        if retry_at is not None:
            leases.put_off(connection, claim, until=retry_at, now=now)
            return
        at = self.patience.next_look(claim.looks, now)
        keep = {
            each.id: Look(each.sections, min(at, self.patience.until(each)))
            for each in self.patience.young(claim.causes, began)
            if each.effect != Effect.DELETE and not named.found
        }
        leases.finish(connection, claim, now=now, keep=keep)

    async def _bearers(self, root: str, alias: Alias, resource: Resource, name: str) -> frozenset[Resource]:
        found = await self.database.read(
            lambda connection: snapshots.resources_with(
                connection,
                account=resource.account,
                region=resource.region,
                type_name=resource.type,
                section=root,
                key=alias.key,
                value=name,
            )
        )
        return frozenset(found)

    async def _named(self, alias: Alias, resource: Resource, name: str) -> frozenset[Resource]:
        call = alias.call
        if call is None:
            return frozenset()
        params = fill(call.params, {**placeholders(resource), "alias": name})
        answer = await self.caller.call(
            resource.account, resource.call_region, call.client, call.operation, params
        )
        items = search(alias.items, answer) or ()
        ids = [item.get(alias.item_id) for item in items if not alias.listed or item.get(alias.key) == name]
        return frozenset(
            Resource(resource.partition, resource.account, resource.region, resource.type, each)
            for each in ids
            if isinstance(each, str)
        )
