"""Two configurations side by side: the lines that went, those that came, and a few around them. Pure.

Only true differences: lists are put in one order, documents that stand as text are opened, and what changes by itself is
left out. Whatever the size, it takes bounded time and gives bounded lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from liveaudit.same import aligned, opened
from liveaudit.store.history import Side

Kind = Literal["same", "removed", "added", "skipped"]
AROUND = 3
"""Lines that stay the same and are shown around those that change."""
MOST_LINES = 400
LONGEST_LINE = 1000
_MOST_COMPARED = 1500
MARKS = {"same": " ", "removed": "-", "added": "+", "skipped": "…"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison. Of ``skipped`` the text says how many are left out."""

    kind: Kind
    text: str

    @property
    def mark(self) -> str:
        """The sign before it."""
        return MARKS[self.kind]


@dataclass(frozen=True, slots=True)
class Diff:
    """A comparison. ``removed``, ``added``: how many lines there are of these; ``note``: what could not be compared."""

    lines: tuple[Line, ...]
    removed: int
    added: int
    note: str = ""


def compare(before: Side, after: Side, silent: Set[str] = frozenset()) -> Diff:
    """What differs between two sides of a change."""
    unkept = [name for name, side in (("before", before), ("after", after)) if not side.kept]
    note = f"what it was {' and '.join(unkept)} is too long to be kept" if unkept else ""
    try:
        old = opened(before.value, silent)
        new = aligned(old, opened(after.value, silent))
        sides = _lines(before, old), _lines(after, new)
    except RecursionError:
        return Diff((), 0, 0, "it is nested too deep to be shown")
    found = list(_compared(*sides))
    removed = sum(each.kind == "removed" for each in found)
    added = sum(each.kind == "added" for each in found)
    shown = list(_around(found))
    if len(shown) > MOST_LINES:
        shown = [*shown[:MOST_LINES], Line("skipped", f"{len(shown) - MOST_LINES} more lines")]
    return Diff(tuple(shown), removed, added, note)


def _lines(side: Side, value: Any) -> list[str]:
    if side.state != "value" or not side.kept:
        return []
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str).splitlines()


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    begin = 0
    while begin < min(len(old), len(new)) and old[begin] == new[begin]:
        begin += 1
    end = 0
    while end < min(len(old), len(new)) - begin and old[-1 - end] == new[-1 - end]:
        end += 1
    yield from _each("same", old[:begin])
    middle, other = old[begin : len(old) - end], new[begin : len(new) - end]
    if max(len(middle), len(other)) > _MOST_COMPARED:
        yield from _each("removed", middle)
        yield from _each("added", other)
    else:
        matcher = SequenceMatcher(None, middle, other, autojunk=False)
        for tag, from_old, to_old, from_new, to_new in matcher.get_opcodes():
            if tag == "equal":
                yield from _each("same", middle[from_old:to_old])
            else:
                yield from _each("removed", middle[from_old:to_old])
                yield from _each("added", other[from_new:to_new])
    yield from _each("same", old[len(old) - end :])


def _each(kind: Kind, lines: Sequence[str]) -> Iterator[Line]:
    for line in lines:
        more = len(line) - LONGEST_LINE
        yield Line(kind, line if more <= 0 else f"{line[:LONGEST_LINE]}… ({more} more characters)")


def _around(lines: Sequence[Line]) -> Iterator[Line]:
    near = [False] * len(lines)
    for number, line in enumerate(lines):
        if line.kind != "same":
            for place in range(max(0, number - AROUND), min(len(lines), number + AROUND + 1)):
                near[place] = True
    left_out = 0
    for number, line in enumerate(lines):
        if near[number]:
            if left_out:
                yield _left_out(left_out)
                left_out = 0
            yield line
        else:
            left_out += 1
    if left_out:
        yield _left_out(left_out)


def _left_out(number: int) -> Line:
    return Line("skipped", f"{number} line{'s' if number > 1 else ''} unchanged")
