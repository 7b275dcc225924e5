"""What is swept together: a service in a region, or what of it belongs to the account or is listed for all regions."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from liveaudit.audit.listing import spans_regions
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.types import ResourceType
from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.store.sweeps import Place


def is_of_the_account(resource_type: ResourceType) -> bool:
    """Whether a type is swept once for an account, and not region by region."""
    return resource_type.is_global or spans_regions(resource_type)


def places(
    catalog: Catalog, regions: Iterable[str], services: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """The (region, service) pairs that are all of an account; ``services`` empty: all of them."""
    found = set()
    regions = tuple(regions)
    for each in catalog:
        if not services or each.service in services:
            there = (GLOBAL_REGION,) if is_of_the_account(each) else regions
            found |= {(region, each.service) for region in there}
    return tuple(sorted(found))


def types_of(catalog: Catalog, place: Place) -> tuple[ResourceType, ...]:
    """The types that are swept in a place."""
    service = catalog.services.get(place.service)
    return tuple(
        each
        for each in (service.types.values() if service is not None else ())
        if is_of_the_account(each) == (place.region == GLOBAL_REGION)
    )


def place_of(catalog: Catalog, resource: Resource) -> Place:
    """The place in which a resource is swept."""
    resource_type = catalog.types[resource.type]
    region = GLOBAL_REGION if is_of_the_account(resource_type) else resource.region
    return Place(resource.account, region, resource_type.service)
