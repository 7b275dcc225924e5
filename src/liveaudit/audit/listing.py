"""What there is of a type: listed by AWS, always there, or known in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from liveaudit.audit.answers import search, section_value
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import Reading, State, Wanted
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.rows import Call, Listing
from liveaudit.catalog.targets import LEGACY_REGIONS, identify
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Resource
from liveaudit.store import snapshots, work
from liveaudit.store.database import Database


@dataclass(slots=True)
class Found:
    """Resources with the sections that their listing gave. ``failed``: why it is not complete."""

    resources: dict[Resource, dict[str, Reading]] = field(default_factory=dict)
    failed: list[AwsCallError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lister:
    """Finds resources. ``clock`` gives Unix seconds."""

    catalog: Catalog
    caller: Caller
    database: Database
    clock: Callable[[], float]

    async def find(
        self, where: Resource, resource_type: ResourceType, regions: tuple[str, ...] | None
    ) -> Found:
        """Every resource of the type in the account and region of ``where`` (its id does not count).

        ``regions``: where a listing spans regions, those that are wanted; None: all of them.
        """
        found = Found()
        for template in resource_type.always:
            resource_id = str(fill(template, placeholders(where)))
            found.resources[_at(where, resource_type, resource_id)] = {}
        for listing in resource_type.listings:
            try:
                await self._list(where, resource_type, listing, regions, found)
            except AwsCallError as error:
                found.failed.append(error)
        known_in = regions if spans_regions(resource_type) else (where.region,)
        for resource in await self.database.read(
            lambda connection: snapshots.known_resources(
                connection, account=where.account, type_name=resource_type.name, regions=known_in
            )
        ):
            found.resources.setdefault(resource, {})
        return found

    async def _list(
        self,
        where: Resource,
        resource_type: ResourceType,
        listing: Listing,
        regions: tuple[str, ...] | None,
        found: Found,
    ) -> None:
        order = await self.database.write(lambda connection: work.next_value(connection, "read_order"))
        began = self.clock()
        for item in await listed(self.caller, where, resource_type, listing):
            name = item.get(listing.item_id) if isinstance(item, dict) else item
            if not isinstance(name, str) or not name:
                continue
            region = where.region
            if listing.region is not None:
                region = str(search(listing.region, item) or await self._region(listing, where, name))
                if regions is not None and region not in regions:
                    continue
            resource = identify(resource_type, name, where.partition, where.account, region)
            if resource is not None:
                found.resources[resource] = dict(_provided(resource_type, listing, item, order, began))

    async def _region(self, listing: Listing, where: Resource, name: str) -> str:
        """The region of a resource whose listing does not tell it: emulators, and endpoints of before 2024."""
        if listing.region_section is None:
            return where.call_region
        resource = Resource(where.partition, where.account, where.region, where.type, name)
        reader = Reader(self.catalog, self.caller)
        readings = await reader.read([Wanted(resource, frozenset({listing.region_section}))])
        read = readings[resource].sections.get(listing.region_section)
        value = read.value if read is not None and read.state == State.VALUE else None
        return LEGACY_REGIONS.get(str(value), str(value)) if value else where.call_region


class Asks(Protocol):
    """What of a caller is needed here: see :class:`liveaudit.aws.caller.Caller`."""

    async def call(
        self, account: str, region: str, client: str, operation: str, params: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The answer, all its pages. Raises AwsCallError."""


async def listed(
    caller: Asks, where: Resource, resource_type: ResourceType, listing: Listing, *, most: int | None = None
) -> list[Any]:
    """The items that a listing gives in the account and region of ``where``. Raises AwsCallError.

    By way of other resources, where the listing says so: of those that went away between the calls, none.
    ``most``: by way of so many of them only.
    """

    async def ask(call: Call, item: Any = None) -> Mapping[str, Any]:
        params = fill(call.params, {**placeholders(where), "item": item})
        return await caller.call(where.account, where.call_region, call.client, call.operation, params)

    first, *further = listing.calls
    items = list(search(listing.items, await ask(first)) or ())
    if listing.each is None:
        return items
    answers = await asyncio.gather(*(ask(further[0], item) for item in items[:most]), return_exceptions=True)
    found: list[Any] = []
    for answer in answers:
        if isinstance(answer, AwsCallError) and answer.code in resource_type.gone:
            continue
        if isinstance(answer, BaseException):
            raise answer
        found += search(listing.each.value, answer) or ()
    return found


def spans_regions(resource_type: ResourceType) -> bool:
    """Whether one listing gives the resources of every region."""
    return any(listing.region is not None for listing in resource_type.listings)


def _at(where: Resource, resource_type: ResourceType, resource_id: str) -> Resource:
    return Resource(where.partition, where.account, where.region, resource_type.name, resource_id)


def _provided(
    resource_type: ResourceType, listing: Listing, item: object, order: int, began: float
) -> Iterable[tuple[str, Reading]]:
    for name, path in listing.provides.items():
        value = search(path, item)
        if value is None:
            yield name, Reading(State.ABSENT, order=order, began=began)
            continue
        value = section_value(resource_type.sections[name], value)
        yield name, Reading(State.VALUE, value, order=order, began=began)
