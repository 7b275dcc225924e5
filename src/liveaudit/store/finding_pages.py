"""Lists of findings: any filter, several orders, page by page, and none of it slower for a million of them.

There are two ways to a page. One is to walk along an index that has the order, and to leave out what does not match: short
where many match. It is done in branches, one for each status (and severity) that has any, which are then put together. The
other is to gather all that match by what is rarest of them, and to sort these: short where few match. The counts know how
many there are, so what each way takes is known before it is taken. Where the words of a question are in few findings, or an
owner has few, these are gathered; else each finding of the walk is asked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from sqlalchemy import Connection, Select, func, select, union_all

from liveaudit.store import finding_counts, resource_tags, texts
from liveaudit.store.finding_conditions import Conditions
from liveaudit.store.finding_wanted import SEVERITIES, After, Order, Wanted, narrowed
from liveaudit.store.findings import FINDING_COLUMNS, finding_row
from liveaudit.store.schema import findings, resources
from liveaudit.store.schema_finding_counts import finding_texts

FEW = 2_000
"""Findings that are gathered by account and policy."""
FEW_FOUND = 5_000
"""Findings that are gathered, of those that hold the words of a question or have an owner."""
FEW_BEARING = 500
"""Resources whose findings are gathered, of those with a tag."""
MOST_PAIRS = 1_000
_SORTED = 1.5
"""What a gathered row takes more than one that is walked by."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page of findings. ``after``: where the next one begins; None: there is none. ``total``: None: not known."""

    items: list[dict[str, Any]]
    after: After | None
    total: int | None


def page(
    connection: Connection,
    wanted: Wanted,
    order: Order = Order.MOVED,
    *,
    after: After | None = None,
    limit: int = 50,
) -> FoundPage:
    """The findings that match, after a place in the order."""
    wanted = narrowed(wanted, order)
    matching = finding_counts.count(connection, wanted.counted, "status", "severity")
    known = sum(matching.values()) if wanted.status and wanted.severity else 0
    if not known:
        return FoundPage([], None, 0)
    asking = _Asking(connection, wanted, Conditions(connection, wanted, order, after), limit + 1, matching)
    chosen = asking.chosen()
    rows = connection.execute(
        select(*FINDING_COLUMNS, chosen.c.k)
        .select_from(chosen)
        .join(findings, findings.c.id == chosen.c.id)
        .join(resources, resources.c.id == findings.c.resource_id)
        .order_by(*asking.conditions.order_of(chosen))
    ).all()
    items = [finding_row(row) for row in rows[:limit]]
    total = known if wanted.is_counted else None
    if len(rows) <= limit:
        return FoundPage(items, None, len(items) if total is None and after is None else total)
    last = rows[limit - 1]
    return FoundPage(items, After(float(last.k), items[-1]["severity"], items[-1]["id"]), total)


@dataclass(slots=True)
class _Way:
    """A way to the page, and how many rows are looked at on it."""

    rows: float
    parts: Callable[[], list[Select[Any]]]


@dataclass
class _Asking:
    """One question. ``matching``: how many match what the counts know of it, by status and severity."""

    connection: Connection
    wanted: Wanted
    conditions: Conditions
    limit: int
    matching: dict[tuple[str, ...], int]
    known: int = field(init=False)

    def __post_init__(self) -> None:
        self.known = sum(self.matching.values())

    @cached_property
    def everything(self) -> dict[tuple[str, ...], int]:
        """How many findings there are, by status and severity."""
        return finding_counts.count(self.connection, {}, "status", "severity")

    def chosen(self) -> Any:
        """The ids of the page with rank and key, as a subquery."""
        parts = (self._found_by_name() or min(self._ways(), key=lambda each: each.rows)).parts()
        together = union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
        return select(together).order_by(*self.conditions.order_of(together)).limit(self.limit).subquery()

    def _found_by_name(self) -> _Way | None:
        """Gather what an index finds at once, if that is little: of a resource, with these words, a tag, of an owner."""
        wanted = self.wanted
        if wanted.resource:
            return _Way(0, partial(self._gathered, "resource_id"))
        everything = sum(self.everything.values())
        if (found := texts.few(self.connection, wanted.text, FEW_FOUND, of=everything)) is not None:
            texts_of = finding_texts.c.finding_id == findings.c.id
            return _Way(
                0, lambda: [self.conditions.gathered(words=False).join(finding_texts, texts_of).where(found)]
            )
        tag = resource_tags.rarest(self.connection, wanted.tags, FEW_BEARING)
        if tag is not None:
            return _Way(0, lambda: [self.conditions.gathered(drive="resource_id", tag=tag)])
        for name in ("owner", "actor", "decided_by"):
            if getattr(wanted, name) and self._is_few(self.conditions.named(name)):
                return _Way(0, partial(self._gathered, name))
        return None

    def _gathered(self, drive: str) -> list[Select[Any]]:
        return [self.conditions.gathered(drive=drive)]

    def _is_few(self, query: Select[Any]) -> bool:
        some = query.limit(FEW_FOUND + 1).subquery()
        return int(self.connection.execute(select(func.count()).select_from(some)).scalar_one()) <= FEW_FOUND

    def _ways(self) -> list[_Way]:
        ways = [*self._walks(), *self._gatherings()]
        if self.known <= FEW:
            pairs = list(
                finding_counts.count(
                    self.connection, self.wanted.counted, "account", "policy", most=MOST_PAIRS + 1
                )
            )
            if len(pairs) <= MOST_PAIRS:
                ways.append(_Way(3 * self.known + len(pairs), lambda: [self.conditions.of_pairs(pairs)]))
        return ways

    def _walks(self) -> list[_Way]:
        order, wanted = self.conditions.order, self.wanted
        everything = self.everything
        ways = []
        if order == Order.MOVED:
            for name in ("account", "policy"):
                given = getattr(wanted, name)
                if len(given) == 1:
                    there = finding_counts.count(self.connection, {name: given}, "status")
                    ways.append(self._by_status(there, name))
            ways.append(self._by_status(_by_first(everything), ""))
        else:
            ways.append(self._by_severity(everything))
        if order in (Order.MOVED, Order.OPENED, Order.OLDEST):
            rows = self._walk(sum(everything.values()), self.known)
            ways.append(_Way(rows, lambda: [self._ended(self.conditions.walk(None, None))]))
        return ways

    def _by_status(self, there: dict[tuple[str, ...], int], along: str) -> _Way:
        matching = _by_first(self.matching)
        rows = sum(self._walk(there.get(key, number), number) for key, number in matching.items())
        return _Way(
            rows,
            lambda: [
                self._ended(self.conditions.walk(status, None, along)) for (status,) in sorted(matching)
            ],
        )

    def _by_severity(self, there: dict[tuple[str, ...], int]) -> _Way:
        matching = self.matching
        if self.conditions.order == Order.SEVERITY:
            matching = self._worst(matching)
        rows = sum(self._walk(there.get(key, number), number) for key, number in matching.items())
        return _Way(
            rows,
            lambda: [
                self._ended(self.conditions.walk(status, severity)) for status, severity in sorted(matching)
            ],
        )

    def _worst(self, matching: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
        """Of the severities, the worst that fill the page: the one where it begins, and so many after it as it takes."""
        after = self.conditions.after
        first = SEVERITIES.index(after.severity) if after is not None else 0
        chosen: dict[tuple[str, ...], int] = {}
        filled = 0
        for number, severity in enumerate(SEVERITIES):
            of_it = {key: each for key, each in matching.items() if key[1] == severity}
            if number < first or (filled >= self.limit and self.wanted.is_counted):
                continue
            chosen |= of_it
            # of the one in which the page before ended it is not known how many are left
            filled += sum(of_it.values()) if after is None or number > first else 0
        return chosen or matching

    def _walk(self, there: int, matching: int) -> float:
        return min(float(there), self.limit * there / max(1, matching))

    def _ended(self, query: Select[Any]) -> Select[Any]:
        inner = query.order_by(*self.conditions.order_within()).limit(self.limit)
        return select(inner.subquery())

    def _gatherings(self) -> list[_Way]:
        wanted, ways = self.wanted, []
        for name in ("account", "policy"):
            given: Sequence[str] = getattr(wanted, name)
            if len(given) == 1:
                of_it = {key: each for key, each in wanted.counted.items() if key in (name, "status")}
                number = finding_counts.total(self.connection, of_it)
                ways.append(_Way(number * _SORTED, partial(self._gathered, name)))
        return ways


def _by_first(counts: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for key, number in counts.items():
        found[key[:1]] = found.get(key[:1], 0) + number
    return found
