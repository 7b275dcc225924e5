"""Sections of many resources from one operation, for the sweeps.

The operation is asked when several resources are in hand that a sweep wants audited. What it tells of the others of
the account is kept for their turn: not for long, and not beyond a number of bytes. A reading is taken only for causes that
were there before it began; the auditor sees to it that nothing was written or announced since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from jmespath.exceptions import JMESPathError

from liveaudit.audit.answers import search, section_value
from liveaudit.audit.reading import Reading, State
from liveaudit.aws.caller import Caller
from liveaudit.aws.errors import AwsCallError
from liveaudit.catalog.bulk import Bulk, Part
from liveaudit.catalog.catalog import Catalog, placeholders
from liveaudit.catalog.paths import fill
from liveaudit.model import Resource
from liveaudit.store import codec

log = structlog.get_logger(__name__)

_OTHER_SHAPE = (JMESPathError, AttributeError, KeyError, TypeError, ValueError)
_Key = tuple[str, str, str]
"""Account, region that is called, and the operation with its parameters."""
_One = tuple[str, str]
"""Type and id of a resource."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``least``: for how many resources an operation is asked. ``kept``: for how many seconds its answer may be used.

    ``most_bytes``: how much JSON of one answer is kept; of what is beyond, the sections are read one by one.
    """

    least: int = 4
    kept: float = 300.0
    most_bytes: int = 64_000_000


@dataclass(frozen=True, slots=True)
class Want:
    """A resource with the sections that are to be read of it, and the ids of the causes that ask for them."""

    resource: Resource
    sections: frozenset[str]
    causes: frozenset[str]


@dataclass(slots=True)
class _Answer:
    """What one asking gave: texts of JSON, None for an absence. ``whole``: nothing is missing."""

    began: float
    order: int
    causes: frozenset[str]
    pages: int = 0
    size: int = 0
    whole: bool = True
    own: dict[_One, dict[str, str | None]] = field(default_factory=dict)
    gathered: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class BulkReads:
    """Asks bulk operations and hands out what they told. ``clock`` gives Unix seconds, ``next_order`` numbers readings."""

    catalog: Catalog
    caller: Caller
    clock: Callable[[], float]
    next_order: Callable[[], Awaitable[int]]
    limits: Limits = field(default_factory=Limits)
    _answers: dict[_Key, _Answer] = field(default_factory=dict)
    _pages: dict[_Key, int] = field(default_factory=dict)
    _refused_until: dict[_Key, float] = field(default_factory=dict)
    _locks: dict[_Key, asyncio.Lock] = field(default_factory=dict)

    async def give(self, wants: Iterable[Want]) -> dict[Resource, dict[str, Reading]]:
        """The wanted sections that bulk operations tell. What is missing is read one by one. Never raises for AWS."""
        self._forget()
        by_key: dict[_Key, tuple[Bulk, list[Want]]] = {}
        for want in wants:
            for bulk in self.catalog.bulks(want.resource.type):
                if bulk.sections_of(want.resource.type) & want.sections:
                    by_key.setdefault(_key(want.resource, bulk), (bulk, []))[1].append(want)
        given: dict[Resource, dict[str, Reading]] = {}
        for key, (bulk, wanting) in by_key.items():
            async with self._locks.setdefault(key, asyncio.Lock()):
                answer = await self._answer(key, bulk, wanting)
            if answer is not None:
                for want in wanting:
                    if want.causes <= answer.causes:
                        found = self._take(bulk, answer, want)
                        given.setdefault(want.resource, {}).update(found)
        return {resource: found for resource, found in given.items() if found}

    def _forget(self) -> None:
        oldest = self.clock() - self.limits.kept
        for key in [key for key, answer in self._answers.items() if answer.began < oldest]:
            del self._answers[key]

    async def _answer(self, key: _Key, bulk: Bulk, wanting: list[Want]) -> _Answer | None:
        """The answer that is kept, or a new one where it saves calls."""
        answer = self._answers.get(key)
        missing = (
            wanting if answer is None else [each for each in wanting if not each.causes <= answer.causes]
        )
        saved = {
            (each.resource, name)
            for each in missing
            for name in each.sections & bulk.sections_of(each.resource.type)
        }
        if len({resource for resource, _ in saved}) < self.limits.least or len(saved) <= self._pages.get(
            key, 1
        ):
            return answer
        if self._refused_until.get(key, 0.0) > self.clock():
            return answer
        causes = frozenset[str]().union(*(each.causes for each in wanting))
        try:
            self._answers[key] = await self._ask(bulk, wanting[0].resource, causes)
        except AwsCallError as error:
            self._refused_until[key] = self.clock() + self.limits.kept
            log.warning(
                "bulk read failed, its sections are read one by one",
                operation=bulk.name,
                account=key[0],
                region=key[1],
                error=str(error),
            )
            return answer
        self._pages[key] = self._answers[key].pages
        return self._answers[key]

    async def _ask(self, bulk: Bulk, where: Resource, causes: frozenset[str]) -> _Answer:
        answer = _Answer(self.clock(), await self.next_order(), causes)
        params = fill(bulk.call.params, placeholders(where))
        while True:
            page = await self.caller.call(
                where.account,
                where.call_region,
                bulk.call.client,
                bulk.call.operation,
                params,
                pages=bulk.call.pages,
            )
            answer.pages += 1
            for part in bulk.parts:
                self._keep(part, page, answer)
            token = page.get(bulk.token[1]) if bulk.token is not None else None
            if bulk.token is None or not isinstance(token, str) or not token:
                return answer
            if answer.size > self.limits.most_bytes:
                answer.whole = False
                answer.gathered.clear()
                log.warning("bulk answer is too large, the rest is read one by one", operation=bulk.name)
                return answer
            params = {**params, bulk.token[0]: token}

    def _keep(self, part: Part, page: Mapping[str, Any], answer: _Answer) -> None:
        for item in search(part.items, page) or ():
            ids = search(part.ids, item)
            for each in (ids,) if isinstance(ids, str) else ids or ():
                for name, path in part.sections.items():
                    try:
                        value = search(path, item)
                        if part.gathered:
                            text = codec.dump(value)
                            where = (part.type.name, str(each), name, part.into)
                            answer.gathered.setdefault(where, []).append(text)
                        else:
                            value = section_value(part.type.sections[name], value)
                            kept = None if value is None else codec.dump(value)
                            answer.own.setdefault((part.type.name, str(each)), {})[name] = kept
                            text = kept or ""
                    except _OTHER_SHAPE:
                        # read by itself it says what is wrong about it
                        answer.whole = answer.whole and not part.gathered
                        continue
                    answer.size += len(text)

    def _take(self, bulk: Bulk, answer: _Answer, want: Want) -> dict[str, Reading]:
        """What an answer tells of a resource; it is handed out once."""
        resource = want.resource
        found = {}
        for name, text in answer.own.pop((resource.type, resource.id), {}).items():
            state = State.ABSENT if text is None else State.VALUE
            found[name] = Reading(state, codec.load(text), order=answer.order, began=answer.began)
        gathering: dict[str, dict[str, list[Any]]] = {}
        for part in bulk.parts if answer.whole else ():
            if part.gathered and part.type.name == resource.type:
                for name in part.sections:
                    texts = answer.gathered.get((resource.type, resource.id, name, part.into), ())
                    gathering.setdefault(name, {})[part.into] = [codec.load(text) for text in texts]
        for name, lists in gathering.items():
            section = self.catalog.types[resource.type].sections[name]
            try:
                value = section_value(section, lists.get("", lists))
            except _OTHER_SHAPE:
                continue
            found[name] = Reading(State.VALUE, value, order=answer.order, began=answer.began)
        return {name: reading for name, reading in found.items() if name in want.sections}


def _key(resource: Resource, bulk: Bulk) -> _Key:
    called = codec.dump([bulk.call.client, bulk.call.operation, bulk.call.params])
    return resource.account, resource.call_region, called
