"""From a name to the resources that bear it: by our store, and by AWS."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from liveaudit.audit.answers import search
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.rows import Alias
from liveaudit.catalog.targets import alias_of
from liveaudit.model import Resource
from liveaudit.store import snapshots
from liveaudit.store.database import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Named:
    """The resources that bear a name. ``error``: why AWS could not be asked."""

    found: frozenset[Resource]
    error: AwsCallError | None = None


@dataclass(frozen=True, slots=True)
class Namer:
    """Resolves names."""

    catalog: Catalog
    caller: Caller
    database: Database

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
