"""What resources can be filtered by: the accounts, regions and types there are, as they were counted last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from liveaudit.store import resource_pages
from liveaudit.store.resource_pages import Wanted
from liveaudit.web.console import Console
from liveaudit.web.kept import Kept
from liveaudit.web.problems import Problem

FRESH = 20.0
"""Seconds for which the counts are shown without being counted anew."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Each with how many resources there are of it."""

    accounts: Counter[str]
    regions: Counter[str]
    types: Counter[str]
    total: int


def choices(console: Console) -> Choices:
    """What there is to filter by."""
    kept: Kept[Choices] = console.shared.setdefault(
        "resources.choices", Kept(lambda: _counted(console), FRESH)
    )
    return kept.get()


def _counted(console: Console) -> Choices:
    found = Choices(Counter(), Counter(), Counter(), 0)
    total = 0
    for each in console.database.read_now(resource_pages.kinds):
        found.accounts[each.account] += each.number
        found.regions[each.region] += each.number
        found.types[each.type] += each.number
        total += each.number
    return Choices(found.accounts, found.regions, found.types, total)


def wanted(
    console: Console,
    *,
    service: str,
    type_name: str,
    account: str,
    region: str,
    state: str,
    text: str,
    open_only: bool,
) -> Wanted:
    """The filters as the store takes them. Raises Problem for a service that there is none of."""
    types: tuple[str, ...] = (type_name,) if type_name else ()
    if service:
        if service not in console.catalog.services:
            raise Problem(
                422, "Not understood", f"service: there is no service {service[:64]}", field="service"
            )
        of_service = tuple(console.catalog.services[service].types)
        # nothing is of a type and of another service
        types = tuple(each for each in of_service if not type_name or each == type_name) or ("",)
    return Wanted(types, account, region, state, text.strip(), open_only)
