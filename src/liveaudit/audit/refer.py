"""The sections of a resource that belong to others: found in the store while young, else read, and their edges kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from liveaudit.audit.answers import search
from liveaudit.audit.reading import (
    ABSENT,
    Lookup,
    Reading,
    References,
    ResourceReading,
    State,
    Wanted,
)
from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.paths import fill
from liveaudit.catalog.plan import base_section, referred, with_bases
from liveaudit.catalog.rows import Section
from liveaudit.model import Resource

Named = dict[str, Resource]
"""Other resources by the id or ARN by which they are referred to."""


def nobody(_account: str) -> bool:
    """No other account is looked into."""
    return False


@dataclass(frozen=True, slots=True)
class _Need:
    """A section that is others', and whose."""

    reading: ResourceReading
    section: Section
    others: Named


@dataclass(frozen=True, slots=True)
class Referring:
    """Fills in the sections that are other resources'.

    ``read`` reads others afresh. The rest as in :class:`liveaudit.audit.read.Reader`.
    """

    catalog: Catalog
    read: Callable[[Sequence[Wanted]], Awaitable[dict[Resource, ResourceReading]]]
    lookup: Lookup | None
    next_order: Callable[[], Awaitable[int]] | None
    enters: Callable[[str], bool]

    async def refer(
        self, wanted: Mapping[Resource, frozenset[str]], readings: Mapping[Resource, ResourceReading]
    ) -> None:
        """Fill in what is wanted of each resource, and what that rests on: a reference may take its ids from another."""
        waiting: dict[Resource, set[str]] = {}
        for resource, sections in wanted.items():
            if not readings[resource].gone:
                resource_type = self.catalog.types[resource.type]
                waiting[resource] = {
                    name
                    for name in with_bases(resource_type, sections)
                    if resource_type.sections[name].reference is not None
                }
        while any(waiting.values()):
            needs = []
            for resource, names in waiting.items():
                table = self.catalog.types[resource.type].sections
                ready = {name for name in names if base_section(table[name]) not in names}
                names.difference_update(ready)
                needs += [
                    _Need(readings[resource], table[name], others)
                    for name in sorted(ready)
                    if (others := self._others(readings[resource], table[name])) is not None
                ]
            await self._fill(needs)

    def _others(self, reading: ResourceReading, section: Section) -> Named | None:
        """Whose section it is; None where that cannot be told, which then stands in the reading."""
        reference = section.reference
        if reference is None:
            return None
        resource = reading.resource
        if reference.id:
            names = [str(fill(reference.id, placeholders(resource)))]
        else:
            base = base_section(section)
            standing = reading.sections.get(base or "")
            if standing is None or standing.state == State.UNKNOWN:
                missing = Reading(State.UNKNOWN, reason=f"{base} was not read")
                reading.sections[section.name] = standing or missing
                return None
            found = search(reference.ids, {base: standing.value}) or []
            found = [found] if isinstance(found, str) else found
            names = list(dict.fromkeys(each for each in found if isinstance(each, str) and each))
        others: Named = {}
        for name in names:
            other = referred(self.catalog, resource, reference.type, name)
            if other is None:
                continue
            if other.account != resource.account and not self.enters(other.account):
                if reference.partial:
                    continue
                reason = f"{name} is of account {other.account}, which is not looked into"[:300]
                reading.sections[section.name] = Reading(State.UNKNOWN, reason=reason)
                return None
            others[name] = other
        return others

    async def _fill(self, needs: Sequence[_Need]) -> None:
        keys = {
            (other, need.section.reference.section)
            for need in needs
            for other in need.others.values()
            if need.section.reference
        }
        known = await self.lookup(keys) if self.lookup is not None and keys else {}
        missing: dict[Resource, set[str]] = {}
        for other, name in sorted(keys - known.keys()):
            missing.setdefault(other, set()).add(name)
        fresh: dict[Resource, ResourceReading] = {}
        order = None
        if missing:
            order = await self.next_order() if self.next_order is not None else None
            fresh = await self.read([Wanted(other, frozenset(names)) for other, names in missing.items()])
        asked_by = Counter(other for need in needs for other in set(need.others.values()) if other in fresh)
        for need in needs:
            read = [each for each in set(need.others.values()) if each in fresh]
            need.reading.calls += sum(fresh[each].calls / asked_by[each] for each in read)
            _fill_in(need, known, fresh, order)


def _fill_in(
    need: _Need, known: References, fresh: Mapping[Resource, ResourceReading], order: int | None
) -> None:
    """Put a reference's value in, with the edges it makes and what was read freshly for it."""
    reading, section, reference = need.reading, need.section, need.section.reference
    if reference is None:
        return
    values: dict[str, Reading] = {}
    for name, other in need.others.items():
        key = (other, reference.section)
        if key in known:
            values[name] = known[key]
        else:
            read = fresh[other]
            gone = replace(ABSENT, order=order)
            values[name] = gone if read.gone else read.sections.get(reference.section, ABSENT)
            if not read.gone:
                reading.borrowed[key] = replace(values[name], order=order)
        reading.stood_on[key] = values[name]
    reading.edges[section.name] = {(other, reference.section) for other in need.others.values()}
    if reference.id:
        reading.sections[section.name] = next(iter(values.values()), ABSENT)
        return
    if reference.partial:
        values = {
            name: each
            for name, each in values.items()
            if each.state != State.UNKNOWN or each.retry is not None
        }
    unknown = [each for each in values.values() if each.state == State.UNKNOWN]
    reading.sections[section.name] = (
        unknown[0] if unknown else Reading(State.VALUE, {name: each.value for name, each in values.items()})
    )
