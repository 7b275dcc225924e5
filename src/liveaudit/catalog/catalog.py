"""All services together: which types there are, and which event concerns which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.changes import Change
from liveaudit.catalog.paths import fill
from liveaudit.catalog.types import ResourceType, Service
from liveaudit.model import Resource, domain_of


class Catalog:
    """The services' tables, indexed. Read-only once made."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.services: dict[str, Service] = {}
        self.types: dict[str, ResourceType] = {}
        self._by_event: dict[tuple[str, str], list[tuple[ResourceType, Change]]] = {}
        self._by_source: dict[str, list[Service]] = {}
        self._dependents: dict[str, list[tuple[str, str, str]]] = {}
        self._bulks: dict[str, list[Bulk]] = {}
        for service in services:
            self._add(service)

    def _add(self, service: Service) -> None:
        if service.name in self.services:
            raise ValueError(f"service {service.name} is declared twice")
        self.services[service.name] = service
        self._by_source.setdefault(service.event_source, []).append(service)
        for bulk in service.bulks:
            for type_name in sorted({part.type.name for part in bulk.parts}):
                self._bulks.setdefault(type_name, []).append(bulk)
        for resource_type in service.types.values():
            if resource_type.name in self.types:
                raise ValueError(f"{resource_type.name} is declared twice")
            if not resource_type.root:
                raise ValueError(f"{resource_type.name} has no root section")
            self.types[resource_type.name] = resource_type
            for listing in resource_type.listings:
                if listing.provides and listing.region is None and listing.each is None:
                    part = Part(resource_type, listing.items, listing.item_id, listing.provides)
                    self._bulks.setdefault(resource_type.name, []).append(Bulk(listing.call, (part,)))
            for change in resource_type.changes.values():
                key = (change.source or resource_type.event_source, change.event)
                self._by_event.setdefault(key, []).append((resource_type, change))
            for section in resource_type.sections.values():
                if section.reference is not None:
                    other = section.reference
                    self._dependents.setdefault(other.type, []).append(
                        (other.section, resource_type.name, section.name)
                    )

    def __iter__(self) -> Iterator[ResourceType]:
        return iter(self.types.values())

    def changes(self, source: str, name: str) -> list[tuple[ResourceType, Change]]:
        """The resource types that an event of this source and name changes, and how."""
        return self._by_event.get((source, name), [])

    @cached_property
    def calls(self) -> frozenset[tuple[str, str]]:
        """Every call that auditing makes, as its event would be named: source and name."""
        sources = {service.client: service.event_source for service in self.services.values()}
        found: set[tuple[str, str]] = set()
        for each in self.types.values():
            sources.setdefault(each.client, each.event_source)
            calls = [call for listing in each.listings for call in listing.calls]
            calls += [alias.call for alias in each.aliases if alias.call is not None]
            names = [(call.client, call.operation) for call in calls]
            for section in each.sections.values():
                if section.call is not None:
                    further = (section.each, section.prepare)
                    names.append((section.call.client, section.call.operation))
                    names += [(section.call.client, one.operation) for one in further if one is not None]
            names += [(bulk.call.client, bulk.call.operation) for bulk in self.bulks(each.name)]
            found |= {
                (sources.get(client, f"{client}.amazonaws.com"), operation) for client, operation in names
            }
        return frozenset(found)

    def services_of(self, source: str) -> list[Service]:
        """The services whose events come from this source."""
        return self._by_source.get(source, [])

    def dependents(self, type_name: str) -> list[tuple[str, str, str]]:
        """Who refers to this type: (its section, the referring type, the referring type's section)."""
        return self._dependents.get(type_name, [])

    def bulks(self, type_name: str) -> list[Bulk]:
        """The operations that give sections of many resources of this type at once; its listings are among them."""
        return self._bulks.get(type_name, [])

    def placeholders(self, resource: Resource) -> dict[str, str]:
        """What the templates of a call may use of a resource: as the function of that name, and its ``arn``."""
        return {**placeholders(resource), "arn": self.arn(resource)}

    def arn(self, resource: Resource) -> str:
        """The resource's ARN, made from the type's template. The path of an IAM name is not known here: ``/``."""
        if resource.id.startswith("arn:"):
            return resource.id
        return str(fill(self.types[resource.type].arn, placeholders(resource)))


def placeholders(resource: Resource) -> dict[str, str]:
    """What the templates of a table may use of a resource. ``region`` is the one that is called.

    Of an id with slashes ``name`` is what comes after the last one, ``parent`` what comes before it.
    """
    parent, _, name = resource.id.rpartition("/")
    return {
        "partition": resource.partition,
        "domain": domain_of(resource.partition),
        "account": resource.account,
        "region": resource.call_region,
        "id": resource.id,
        "name": name,
        "parent": parent,
        "type": resource.type,
    }
