"""What has to be judged and read when sections of a resource may have changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.rows import Section
from liveaudit.catalog.targets import identify
from liveaudit.catalog.types import ResourceType
from liveaudit.model import GLOBAL_REGION, Resource

_BASE = re.compile(r"^[A-Za-z_]+")


@dataclass(frozen=True, slots=True, order=True)
class PlannedCall:
    """One API call that a read will make; two sections that share it cost it once."""

    account: str
    region: str
    client: str
    operation: str
    params: str


def base_section(section: Section) -> str | None:
    """The section of the same resource from whose value a reference takes its ids, if it does."""
    if section.reference is None or not section.reference.ids:
        return None
    found = _BASE.match(section.reference.ids)
    if found is None:
        raise ValueError(f"{section.name}: {section.reference.ids!r} does not begin with a section")
    return found.group()


def with_bases(resource_type: ResourceType, sections: Iterable[str]) -> frozenset[str]:
    """The sections and those of the same resource that have to be read to read them."""
    needed: set[str] = set()
    waiting = list(sections)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            base = base_section(resource_type.sections[name])
            waiting += [] if base is None else [base]
    return frozenset(needed)


def resting_on(resource_type: ResourceType, sections: Iterable[str]) -> frozenset[str]:
    """The sections and all references of the same resource whose ids come from them, at however many removes."""
    found = set(sections)
    while (
        further := {name for name, each in resource_type.sections.items() if base_section(each) in found}
        - found
    ):
        found |= further
    return frozenset(found)


def referred(catalog: Catalog, resource: Resource, type_name: str, name: str) -> Resource | None:
    """The other resource, of ``type_name``, that ``resource`` refers to by an id or an ARN.

    An ARN tells its own account and region, and an id is one of the same account, region and partition. None for an
    ARN of something else.
    """
    other = catalog.types[type_name]
    region = GLOBAL_REGION if other.is_global else resource.region
    return identify(other, name, resource.partition, resource.account, region)


def planned_calls(catalog: Catalog, resource: Resource, sections: Iterable[str]) -> frozenset[PlannedCall]:
    """The calls that reading these sections takes when nothing is known yet: the least number.

    Further calls for the items of a list (an access key's last use) depend on what stands in it and are not in.
    """
    resource_type = catalog.types[resource.type]
    calls = set()
    for name in with_bases(resource_type, sections):
        section = resource_type.sections[name]
        if section.call is not None:
            calls.add(_planned(catalog, resource, section))
        elif section.reference is not None and section.reference.id:
            other_id = str(fill(section.reference.id, placeholders(resource)))
            other = referred(catalog, resource, section.reference.type, other_id)
            if other is not None:
                calls |= planned_calls(catalog, other, [section.reference.section])
    return frozenset(calls)


def _planned(catalog: Catalog, resource: Resource, section: Section) -> PlannedCall:
    call = section.call
    if call is None:
        raise ValueError(f"{section.name} is read by no call of its own")
    params = fill(call.params, {**catalog.placeholders(resource), "ids": [resource.id]})
    return PlannedCall(
        resource.account,
        resource.call_region,
        call.client,
        call.operation,
        json.dumps(params, sort_keys=True),
    )
