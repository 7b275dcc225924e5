"""The health matrix: of each account and region what is wrong there, decided from its figures alone; of each account the worst.

Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from liveaudit.aws.errors import Kind, kind_of
from liveaudit.model import GLOBAL_REGION
from liveaudit.store.places import Fares
from liveaudit.store.unknowns import DENIED
from liveaudit.text import duration


class Look(StrEnum):
    """How a place looks. ``NONE``: nothing is known of it yet; the first has the least to say, the last the most."""

    OK = "ok"
    NONE = "none"
    WARNING = "warning"
    BAD = "bad"

    @property
    def rank(self) -> int:
        """The worse, the higher."""
        return _RANKS[self]


_RANKS = {each: number for number, each in enumerate(Look)}


class Sign(StrEnum):
    """What may be wrong with a place, in the words that people filter by."""

    BEHIND = "behind"
    DENIED = "permissions missing"
    SILENT = "silent"
    SLOW = "slow"
    MISSES = "misses"
    UNKNOWN = "unknown"
    NOT_LISTED = "not listed"
    THROTTLED = "throttled"
    UNSWEPT = "not swept"


LOOKS = {Sign.BEHIND: Look.BAD, Sign.DENIED: Look.BAD, Sign.UNSWEPT: Look.NONE}
"""How bad a sign is; those that do not stand here are warnings."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is wrong, in seconds. ``slow``: within which 19 of 20 changes should be judged; ``fresh``: how
    old latencies may be to count."""

    due: float = 300.0
    slow: float = 120.0
    fresh: float = 86_400.0
    throttled: float = 600.0
    silent: float = 3 * 86_400.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A place with its figures and what is wrong: of each sign the words that tell it."""

    fares: Fares
    signs: Mapping[Sign, str]
    look: Look
    """The worst of its signs."""

    @property
    def account(self) -> str:
        """Its account."""
        return self.fares.account

    @property
    def region(self) -> str:
        """Its region; ``global``: what belongs to the account."""
        return self.fares.region

    @property
    def unknown(self) -> int:
        """UNKNOWN verdicts for whatever reason."""
        return sum(self.fares.unknown.values())

    @property
    def denied(self) -> int:
        """UNKNOWN verdicts and listings for which a permission is missing."""
        return self.fares.unknown.get(DENIED, 0) + sum(1 for _ in denied_types(self.fares))


def worst(signs: Iterable[Sign]) -> Look:
    """How a place with these signs looks."""
    return max((LOOKS.get(each, Look.WARNING) for each in signs), key=lambda look: look.rank, default=Look.OK)


def denied_types(fares: Fares) -> Iterator[tuple[str, str]]:
    """The types that could not be listed for want of a permission, each with the reason."""
    for name, reason in sorted(fares.not_listed.items()):
        # as an error of a call is told: operation, code, message
        _, _, rest = reason.partition(": ")
        if kind_of(rest.partition(":")[0], 0) is Kind.DENIED:
            yield name, reason


def cell(fares: Fares, now: float, limits: Limits) -> Cell:
    """What is wrong with a place."""
    signs = dict(_signs(fares, now, limits))
    return Cell(fares, signs, worst(signs))


def _signs(fares: Fares, now: float, limits: Limits) -> Iterator[tuple[Sign, str]]:
    due, slowness = fares.due, fares.slowness
    if due.oldest is not None and now - due.oldest > limits.due:
        waits = _told(due.late, "resource waits", "resources wait")
        yield Sign.BEHIND, f"{waits} to be audited, the first for {duration(now - due.oldest)}"
    denied = fares.unknown.get(DENIED, 0)
    types = sum(1 for _ in denied_types(fares)) if fares.not_listed else 0
    if denied or types:
        told = [_told(denied, "verdict is UNKNOWN", "verdicts are UNKNOWN")] if denied else []
        told += [_told(types, "type cannot be listed", "types cannot be listed")] if types else []
        yield Sign.DENIED, f"{' and '.join(told)} because AWS denied a call"
    if slowness is not None and slowness.seen and now - slowness.until < limits.fresh:
        within = slowness.within(0.95)
        if within is None or within > limits.slow:
            bound = "longer than 15 min" if within is None else f"up to {duration(within)}"
            yield Sign.SLOW, f"one in twenty changes took {bound}"
    if fares.missed:
        changes = _told(fares.missed, "change", "changes")
        yield Sign.MISSES, f"{changes} of the last week came to light by a sweep and by no event"
    if others := sum(fares.unknown.values()) - denied:
        yield Sign.UNKNOWN, _told(others, "verdict is UNKNOWN", "verdicts are UNKNOWN")
    if others := len(fares.not_listed) - types:
        yield Sign.NOT_LISTED, f"{_told(others, 'type', 'types')} could not be listed by the last sweep"
    if fares.throttled_at is not None and now - fares.throttled_at < limits.throttled:
        yield Sign.THROTTLED, f"AWS throttled our calls {duration(max(0.0, now - fares.throttled_at))} ago"
    if fares.swept.services and fares.swept.oldest is None:
        yield Sign.UNSWEPT, "no sweep of it is over yet, so little is known"


def _told(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


@dataclass(frozen=True, slots=True)
class Row:
    """An account with its cells, by region. ``silent``: in words that no event of it comes, empty: they do.

    ``signs``: how many of its cells have each sign; ``look``: the worst of them.
    """

    account: str
    name: str
    cells: Mapping[str, Cell]
    silent: str
    signs: Mapping[Sign, int]
    look: Look

    @property
    def ordered(self) -> list[Cell]:
        """The cells by region, ``global`` first."""
        return [self.cells[region] for region in sorted(self.cells, key=_global_first)]

    @property
    def last_event(self) -> float | None:
        """When its newest event was taken in (Unix seconds)."""
        return max(
            (each.fares.last.taken_at for each in self.cells.values() if each.fares.last), default=None
        )

    @property
    def oldest_due(self) -> float | None:
        """Since when the first of its resources has been due for events (Unix seconds)."""
        return min(
            (each.fares.due.oldest for each in self.cells.values() if each.fares.due.oldest is not None),
            default=None,
        )

    @property
    def late(self) -> int:
        """How many of its resources are due for events."""
        return sum(each.fares.due.late for each in self.cells.values())

    @property
    def unknown(self) -> int:
        """UNKNOWN verdicts for whatever reason."""
        return sum(each.unknown for each in self.cells.values())

    @property
    def denied(self) -> int:
        """What is not known because a permission is missing."""
        return sum(each.denied for each in self.cells.values())

    @property
    def missed(self) -> int:
        """Changes of late that no event brought."""
        return sum(each.fares.missed for each in self.cells.values())


def _global_first(region: str) -> tuple[bool, str]:
    return (region != GLOBAL_REGION, region)


def row_of(account: str, name: str, cells: Mapping[str, Cell], silent: str = "") -> Row:
    """An account with these cells."""
    signs = Counter(sign for each in cells.values() for sign in each.signs)
    if silent:
        signs[Sign.SILENT] = 1
    told = {sign: signs[sign] for sign in Sign if signs[sign]}
    return Row(account, name, cells, silent, told, worst(told))


@dataclass(frozen=True, slots=True)
class Matrix:
    """All of it at one time (Unix seconds): the rows, the worst first; the regions that there are, ``global`` first."""

    at: float
    rows: tuple[Row, ...]
    regions: tuple[str, ...]
    looks: Mapping[Look, int] = field(default_factory=dict)
    """How many cells look how."""
    signs: Mapping[Sign, int] = field(default_factory=dict)
    """How many cells have each sign; of SILENT: how many accounts."""


def matrix(
    places: Mapping[tuple[str, str], Fares],
    now: float,
    *,
    names: Mapping[str, str],
    publishers: Set[str] | None,
    limits: Limits | None = None,
) -> Matrix:
    """The matrix. ``names``: the accounts of the settings, each with what people call it; ``publishers``: those whose events
    should come, None: all of which any has come."""
    limits = limits or Limits()
    by_account: dict[str, dict[str, Cell]] = {each: {} for each in names}
    for (account, region), fares in places.items():
        by_account.setdefault(account, {})[region] = cell(fares, now, limits)
    rows = []
    looks, signs = dict.fromkeys(Look, 0), dict.fromkeys(Sign, 0)
    for account, cells in by_account.items():
        newest = max((each.fares.last.taken_at for each in cells.values() if each.fares.last), default=None)
        watched = newest is not None if publishers is None else account in publishers
        row = row_of(account, names.get(account, ""), cells, _silent(newest, now, limits) if watched else "")
        rows.append(row)
        for sign, number in row.signs.items():
            signs[sign] += number
        for each in cells.values():
            looks[each.look] += 1
    rows.sort(key=order)
    regions = sorted({region for _, region in places}, key=_global_first)
    return Matrix(now, tuple(rows), tuple(regions), looks, {sign: n for sign, n in signs.items() if n})


def order(row: Row) -> tuple[int, str]:
    """Where a row stands: the worst first, then by account."""
    return (-row.look.rank, row.account)


def _silent(newest: float | None, now: float, limits: Limits) -> str:
    if newest is None:
        return "no event has come yet: prove its way here with liveaudit setup verify"
    if now - newest > limits.silent:
        return f"no event for {duration(now - newest)}: prove its way here with liveaudit setup verify"
    return ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for; empty: all. ``text``: a part of the id or name; ``region``: that column alone; ``look``: at
    least so bad; ``sign``: with it in any of the cells."""

    text: str = ""
    region: str = ""
    look: str = ""
    sign: str = ""


def choose(made: Matrix, wanted: Wanted) -> Iterator[Row]:
    """The rows that are asked for, in order."""
    for row in _in_region(made.rows, wanted.region):
        if wanted.text and wanted.text.lower() not in f"{row.account} {row.name}".lower():
            continue
        if wanted.look and row.look.rank < Look(wanted.look).rank:
            continue
        if wanted.sign and Sign(wanted.sign) not in row.signs:
            continue
        yield row


def _in_region(rows: Iterable[Row], region: str) -> Iterable[Row]:
    if not region:
        return rows
    narrowed = [
        row_of(row.account, row.name, {region: row.cells[region]}, row.silent)
        for row in rows
        if region in row.cells
    ]
    return sorted(narrowed, key=order)
