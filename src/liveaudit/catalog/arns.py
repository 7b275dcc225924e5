"""Resources that an event names by ARN, wherever it does: for events that no row knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.paths import find_all
from liveaudit.catalog.targets import identify
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Event, Resource

MOST_RESOURCES = 20
"""An event that names more than these is better answered by a sweep."""
_MOST_NODES = 5_000
_DEEPEST = 30


def named_by_arn(catalog: Catalog, event: Event) -> tuple[Resource, ...]:
    """The resources of the event's own service and account whose ARN stands in it; none when there are too many.

    ``resources[]`` comes first, which CloudTrail fills for that very purpose, then request and response.
    """
    types = [each for service in catalog.services_of(event.source) for each in service.types.values()]
    found: dict[Resource, None] = {}
    for arn in _arns(event):
        for resource_type in types:
            resource = _read(resource_type, arn, event)
            if resource is not None:
                found[resource] = None
        if len(found) > MOST_RESOURCES:
            return ()
    return tuple(found)


def _arns(event: Event) -> Iterator[str]:
    told = [arn for each in event.resources for arn in find_all(each, "ARN")]
    yield from (each for each in told if each.startswith("arn:"))
    for record in (event.request, event.response):
        for text in _texts(record):
            if text.startswith("arn:"):
                yield from find_all({"arn": text}, "arn")


def _texts(node: Any) -> Iterator[str]:
    """Every string in a record, whatever its shape, as far as that is worth looking at."""
    waiting = [(node, 0)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        each, depth = waiting.pop()
        if isinstance(each, str):
            yield each
        elif depth < _DEEPEST and isinstance(each, Mapping):
            waiting.extend((value, depth + 1) for value in each.values())
        elif depth < _DEEPEST and isinstance(each, list):
            waiting.extend((value, depth + 1) for value in each)


def _read(resource_type: ResourceType, arn: str, event: Event) -> Resource | None:
    """The resource of this type that an ARN names, if it is one, and the event's account's own."""
    if resource_type.arn == "{id}" and resource_type.id_pattern is None:
        return None
    resource = identify(resource_type, arn, event.partition, event.account, event.region)
    if resource is None or resource.account != event.account or resource.partition != event.partition:
        return None
    if resource_type.id_pattern is not None and not re.fullmatch(resource_type.id_pattern, resource.id):
        return None
    return resource
