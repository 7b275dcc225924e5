"""The calls that a set of wanted sections takes, made at once, each no more than once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jmespath.exceptions import JMESPathError

from liveaudit.audit.answers import search, section_value
from liveaudit.audit.reading import ABSENT, Lookup, Reading, ResourceReading, State, Wanted
from liveaudit.audit.refer import Referring, nobody
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.paths import fill
from liveaudit.catalog.plan import with_bases
from liveaudit.catalog.rows import Section
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Resource
from liveaudit.store import codec

Answer = Mapping[str, Any] | AwsCallError
_MAX_PREPARE = 3
_PREPARE_WAIT = 1.0


@dataclass(slots=True)
class _Slot:
    """One section of one resource, waiting for its answer."""

    reading: ResourceReading
    resource_type: ResourceType
    section: Section
    answer: Answer | None = None


@dataclass(slots=True)
class Reader:
    """Reads sections of many resources with as few calls as they allow.

    ``lookup`` gives those sections of other resources that may be stood on without a call; ``prefetched`` are
    sections of the wanted resources that a listing gave; ``next_order`` numbers the readings of others' sections, which
    begin later than those of the wanted ones; ``enters`` says which other accounts may be looked into.
    """

    catalog: Catalog
    caller: Caller
    lookup: Lookup | None = None
    prefetched: Mapping[Resource, Mapping[str, Reading]] = field(default_factory=dict)
    next_order: Callable[[], Awaitable[int]] | None = None
    enters: Callable[[str], bool] = nobody

    async def read(self, wanted: Sequence[Wanted]) -> dict[Resource, ResourceReading]:
        """Everything wanted, by resource. Never raises for what AWS says; that stands in the readings."""
        readings = {each.resource: ResourceReading(each.resource) for each in wanted}
        asked = {each.resource: self._direct(each) for each in wanted}
        first = {each.resource for each in wanted if each.root_first}
        await self._fetch(
            readings,
            {
                resource: {self.catalog.types[resource.type].root} if resource in first else sections
                for resource, sections in asked.items()
            },
        )
        later = {
            resource: asked[resource] - readings[resource].sections.keys()
            for resource in first
            if not readings[resource].gone
        }
        await self._fetch(readings, later)
        await self._fetch(readings, self._doubtful(readings))
        await self._refer({each.resource: each.sections for each in wanted}, readings)
        return readings

    async def _refer(
        self, wanted: Mapping[Resource, frozenset[str]], readings: Mapping[Resource, ResourceReading]
    ) -> None:
        inner = replace(self, prefetched={}, next_order=None)
        await Referring(self.catalog, inner.read, self.lookup, self.next_order, self.enters).refer(
            wanted, readings
        )

    def _direct(self, wanted: Wanted) -> set[str]:
        resource_type = self.catalog.types[wanted.resource.type]
        needed = with_bases(resource_type, wanted.sections)
        return {name for name in needed if resource_type.sections[name].call is not None}

    def _doubtful(self, readings: Mapping[Resource, ResourceReading]) -> dict[Resource, set[str]]:
        """Where only absences were seen, and their code could as well mean that the resource is gone."""
        doubtful = {}
        for resource, reading in readings.items():
            resource_type = self.catalog.types[resource.type]
            if reading.gone or reading.present or resource_type.root in reading.sections:
                continue
            if any(
                each.state == State.ABSENT and each.reason in resource_type.gone
                for each in reading.sections.values()
            ):
                doubtful[resource] = {resource_type.root}
        return doubtful

    async def _fetch(
        self, readings: Mapping[Resource, ResourceReading], asked: Mapping[Resource, Iterable[str]]
    ) -> None:
        slots: list[_Slot] = []
        for resource, names in asked.items():
            resource_type = self.catalog.types[resource.type]
            given = self.prefetched.get(resource, {})
            for name in sorted(names):
                if name in given:
                    _take(readings[resource], resource_type, name, given[name])
                else:
                    slots.append(_Slot(readings[resource], resource_type, resource_type.sections[name]))
        if not slots:
            return
        await self._answer(slots)
        outcomes = await asyncio.gather(*(self._extract(slot) for slot in slots))
        for slot, outcome in zip(slots, outcomes, strict=True):
            _take(slot.reading, slot.resource_type, slot.section.name, outcome)

    async def _answer(self, slots: Sequence[_Slot]) -> None:
        """Make the calls: shared where the parameters are the same, many ids at once where the API takes them."""
        calls: dict[tuple[str, ...], tuple[Resource, Section, dict[str, Any], list[_Slot]]] = {}
        batches: dict[tuple[str, ...], list[_Slot]] = {}
        for slot in slots:
            call = slot.section.call
            if call is None:
                raise ValueError(f"{slot.section.name} is read by no call of its own")
            resource = slot.reading.resource
            where = (resource.account, resource.call_region, call.client, call.operation)
            if call.many:
                batches.setdefault((*where, codec.dump(call.params)), []).append(slot)
                continue
            params = fill(call.params, self.catalog.placeholders(resource))
            key = (*where, codec.dump(params))
            calls.setdefault(key, (resource, slot.section, params, []))[3].append(slot)
        for kind, waiting in batches.items():
            call = waiting[0].section.call
            ids = list(dict.fromkeys(slot.reading.resource.id for slot in waiting))
            size = call.many if call is not None else 1
            for start in range(0, len(ids), size):
                some = ids[start : start + size]
                chosen = [slot for slot in waiting if slot.reading.resource.id in set(some)]
                resource, section = chosen[0].reading.resource, chosen[0].section
                params = fill(
                    call.params if call else {}, {**self.catalog.placeholders(resource), "ids": some}
                )
                calls[(*kind, codec.dump(some))] = (resource, section, params, chosen)

        async def one(
            resource: Resource, section: Section, params: dict[str, Any], waiting: list[_Slot]
        ) -> None:
            answer, made = await self._call(resource, section, params)
            for slot in waiting:
                slot.answer = answer
                slot.reading.calls += made / len(waiting)

        await asyncio.gather(*(one(*each) for each in calls.values()))

    async def _call(
        self, resource: Resource, section: Section, params: Mapping[str, Any]
    ) -> tuple[Answer, int]:
        """The answer, and how many calls it took."""
        call, made = section.call, 0
        if call is None:
            raise ValueError(f"{section.name} is read by no call of its own")

        async def ask(operation: str, given: Mapping[str, Any]) -> Answer:
            nonlocal made
            made += 1
            try:
                return await self.caller.call(
                    resource.account, resource.call_region, call.client, operation, given, pages=call.pages
                )
            except AwsCallError as error:
                return error

        answer = await ask(call.operation, params)
        prepare = section.prepare
        for _ in range(_MAX_PREPARE if prepare is not None else 0):
            if not isinstance(answer, AwsCallError) or prepare is None:
                break
            if answer.code in prepare.codes:
                prepared = await ask(prepare.operation, {})
                if isinstance(prepared, AwsCallError):
                    return prepared, made
            elif answer.code not in prepare.pending:
                break
            await asyncio.sleep(_PREPARE_WAIT if answer.code in prepare.pending else 0)
            answer = await ask(call.operation, params)
        if isinstance(answer, AwsCallError) and prepare is not None and answer.code in prepare.pending:
            answer = AwsCallError(
                Kind.UNAVAILABLE, answer.code, "the report is not ready yet", call.operation
            )
        return answer, made

    async def _extract(self, slot: _Slot) -> Reading:
        section, answer = slot.section, slot.answer
        if answer is None:
            raise ValueError(f"{section.name} was not asked for")
        if isinstance(answer, AwsCallError):
            return _error(slot.resource_type, section, answer)
        try:
            value: Any = answer
            if section.items is not None:
                value = _own_item(section, search(section.items, answer), slot.reading.resource.id)
                if value is None:
                    return Reading(State.ABSENT, reason=_NOT_LISTED)
            value = search(section.value, value)
            if section.each is not None:
                value = await self._each(slot, value)
                if isinstance(value, AwsCallError):
                    return _error(slot.resource_type, section, value)
            value = section_value(section, value)
        except (JMESPathError, KeyError, TypeError, ValueError) as error:
            return Reading(
                State.UNKNOWN, reason=f"{section.name}: the answer has another shape: {error}"[:300]
            )
        return ABSENT if value is None else Reading(State.VALUE, value)

    async def _each(self, slot: _Slot, items: Any) -> Any:
        """The items with their further calls made; an item that went away between the calls is left out."""
        resource = slot.reading.resource
        each, call = slot.section.each, slot.section.call
        if each is None or call is None:
            return items

        async def one(item: Any) -> Any:
            slot.reading.calls += 1
            params = fill(each.params, {**self.catalog.placeholders(resource), "item": item})
            try:
                answer = await self.caller.call(
                    resource.account, resource.call_region, call.client, each.operation, params
                )
            except AwsCallError as error:
                return error
            value = search(each.value, answer)
            return value if each.into is None else {**item, each.into: value}

        results = []
        for result in await asyncio.gather(*(one(item) for item in items or ())):
            if not isinstance(result, AwsCallError):
                results.append(result)
            elif result.code not in slot.resource_type.gone:
                return result
        return results


def _take(reading: ResourceReading, resource_type: ResourceType, name: str, outcome: Reading) -> None:
    gone = outcome.state == State.GONE or (name == resource_type.root and outcome.state == State.ABSENT)
    if gone and not resource_type.ids_are_fixed:
        reading.gone = True
        return
    if outcome.state == State.VALUE or (
        outcome.state == State.ABSENT
        and outcome.reason != _NOT_LISTED
        and outcome.reason not in resource_type.gone
    ):
        reading.present = True
    reading.sections[name] = outcome


_NOT_LISTED = "not in the list"


def _error(resource_type: ResourceType, section: Section, error: AwsCallError) -> Reading:
    if section.means_absence(error.code, error.message):
        return Reading(State.ABSENT, reason=error.code)
    if error.code in resource_type.gone:
        return Reading(State.GONE, reason=error.code)
    if error.kind == Kind.ANSWER:
        return Reading(State.UNKNOWN, reason=f"{error.operation}: {error.code}: {error.message}"[:300])
    reason = f"{error.operation} {_SAYS[error.kind]}: {error.code}"
    return Reading(State.UNKNOWN, reason=reason, retry=error.kind if error.kind.passing else None)


_SAYS = {
    Kind.DENIED: "was denied",
    Kind.THROTTLED: "was throttled",
    Kind.UNAVAILABLE: "got no answer",
    Kind.UNSUPPORTED: "is not supported here",
    Kind.ANSWER: "failed",
}


def _own_item(section: Section, items: Any, resource_id: str) -> Any:
    for item in items or ():
        if isinstance(item, Mapping) and item.get(section.item_id) == resource_id:
            return item
    return None
