"""Which permissions a place lacks, from the words in which AWS's refusals are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.types import ResourceType
from liveaudit.health.cells import denied_types
from liveaudit.provision.actions import actions_of
from liveaudit.store.one_place import Reason
from liveaudit.store.places import Fares
from liveaudit.store.unknowns import DENIED

_REFUSED = re.compile(r"([A-Za-z0-9]{1,128}) was denied: ")
_NOT_LISTED = re.compile(r"([A-Za-z0-9]{1,128}): ")


@dataclass(frozen=True, slots=True)
class Missing:
    """An operation that AWS refused. ``actions``: the IAM actions that allow it; ``verdicts``: how many are UNKNOWN for want
    of it; ``listing``: a type's resources are not found at all without it."""

    type: str
    operation: str
    actions: tuple[str, ...]
    verdicts: int
    listing: bool
    reason: str


def missing(catalog: Catalog, fares: Fares, reasons: Iterable[Reason]) -> list[Missing]:
    """What is refused in a place, what hides most first."""
    found = [*_listings(catalog, fares), *_readings(catalog, reasons)]
    return sorted(found, key=lambda each: (not each.listing, -each.verdicts, each.type, each.operation))


def _listings(catalog: Catalog, fares: Fares) -> Iterator[Missing]:
    for type_name, reason in denied_types(fares):
        told = _NOT_LISTED.match(reason)
        yield _missing(catalog, type_name, told[1] if told else "", 0, reason, listing=True)


def _readings(catalog: Catalog, reasons: Iterable[Reason]) -> Iterator[Missing]:
    for each in reasons:
        told = _REFUSED.match(each.reason)
        if each.kind == DENIED:
            operation = told[1] if told else ""
            yield _missing(catalog, each.type, operation, each.number, each.reason, listing=False)


def _missing(
    catalog: Catalog, type_name: str, operation: str, verdicts: int, reason: str, *, listing: bool
) -> Missing:
    known = catalog.types.get(type_name)
    actions = actions_of(_client(known, operation), operation) if known is not None and operation else ()
    return Missing(type_name, operation, actions, verdicts, listing, reason)


def _client(known: ResourceType, operation: str) -> str:
    """Botocore's service of an operation: that of the section which is read by it, else the type's own."""
    for section in known.sections.values():
        if section.call is not None and section.call.operation == operation:
            return section.call.client
    return known.client
