"""Accounts by regions as text: symbols, and reasons below. Pure; every word from outside is made safe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from liveaudit.cli.common import safe

MANY = 40
"""More accounts than this are summed up: only those that are not as they should be have a line of their own."""
_WORDS = {
    "central": "c",
    "east": "e",
    "north": "n",
    "northeast": "ne",
    "northwest": "nw",
    "south": "s",
    "southeast": "se",
    "southwest": "sw",
    "west": "w",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks. ``rank``: the higher, the more it is worth seeing; ``style``: rich's."""

    symbol: str
    word: str
    style: str
    rank: int


GOOD = Look("●", "current", "green", 0)
LOOKS = {
    "current": GOOD,
    "done": Look("●", "done", "green", 0),
    "removed": Look("-", "removed", "dim", 1),
    "waiting": Look("·", "waiting", "dim", 2),
    "running": Look("◐", "running", "cyan", 3),
    "missing": Look("○", "missing", "yellow", 4),
    "outdated": Look("◑", "outdated", "yellow", 4),
    "surplus": Look("+", "surplus", "yellow", 4),
    "failed": Look("✗", "failed", "bold red", 5),
}
NONE = Look(" ", "", "", -1)


@dataclass(slots=True)
class Matrix:
    """Cells by account and region. ``names``: account to its name; ``reasons``: why a cell is as it is."""

    names: Mapping[str, str] = field(default_factory=dict)
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def regions(self) -> list[str]:
        """The columns."""
        return sorted({region for _, region in self.cells})

    @property
    def accounts(self) -> list[str]:
        """The rows: the worst first where there are many, else by id."""
        return sorted({account for account, _ in self.cells})

    def rows(self) -> list[str]:
        """The accounts that are shown: all of few; of many, those that are worth seeing, and of those the worst."""
        accounts = self.accounts
        if len(accounts) <= MANY:
            return accounts
        rank = dict.fromkeys(accounts, 0)
        for (account, _), state in self.cells.items():
            rank[account] = max(rank[account], LOOKS[state].rank)
        worth = [each for each in accounts if rank[each] > 0]
        return sorted(sorted(worth, key=lambda each: (-rank[each], each))[:MANY])

    def hidden(self) -> int:
        """How many accounts have no line of their own."""
        return len(self.accounts) - len(self.rows())

    def look(self, account: str, region: str) -> Look:
        """How a cell looks; where nothing should be nothing is."""
        return LOOKS.get(self.cells.get((account, region), ""), NONE)

    def label(self, account: str) -> str:
        """The account's id and name."""
        name = self.names.get(account, "")
        return safe(f"{account} {name[:24]}".rstrip())

    def counts(self) -> str:
        """How many cells are in which state, the worst first."""
        found = Counter(LOOKS[state].word for state in self.cells.values())
        ranked = sorted(
            found, key=lambda word: (-max(e.rank for e in LOOKS.values() if e.word == word), word)
        )
        return ", ".join(f"{found[word]} {word}" for word in ranked) or "nothing"

    def told_reasons(self, most: int = 20) -> Iterator[str]:
        """Each reason once, with where it applies."""
        by_reason: dict[str, list[str]] = {}
        for (account, region), reason in sorted(self.reasons.items()):
            if reason and LOOKS[self.cells.get((account, region), "failed")].rank >= 4:
                by_reason.setdefault(
                    reason.replace(account, "(account)").replace(region, "(region)"), []
                ).append(f"{account} {short(region)}")
        for reason, places in list(by_reason.items())[:most]:
            shown = ", ".join(places[:4]) + (f" and {len(places) - 4} more" if len(places) > 4 else "")
            yield safe(f"{shown}: {reason}")
        if len(by_reason) > most:
            yield f"and {len(by_reason) - most} further reasons"

    def lines(self, width: int = 100) -> Iterator[str]:
        """The whole as plain text."""
        if not self.cells:
            yield "nothing is set up"
            return
        for line in self.drawn(width):
            yield "".join(text for text, _ in line).rstrip()
        yield self.legend()

    def drawn(self, width: int) -> Iterator[list[tuple[str, str]]]:
        """Heading and rows, each as texts with their styles. Where ``width`` is short, headings stand upright."""
        regions, rows = self.regions, self.rows()
        head = max([len("ACCOUNT"), *(len(self.label(each)) for each in rows)]) + 2
        names = [short(region) for region in regions]
        lying = head + sum(len(each) + 2 for each in names) <= width
        sizes = [len(each) + 2 if lying else 2 for each in names]
        if lying:
            headings = [names]
        else:
            tall = max(map(len, names), default=0)
            headings = [[each.ljust(tall)[line] for each in names] for line in range(tall)]
        for number, heading in enumerate(headings):
            title = "ACCOUNT" if number == len(headings) - 1 else ""
            cells = [each.ljust(size) for each, size in zip(heading, sizes, strict=True)]
            yield [(title.ljust(head), ""), *((each, "") for each in cells)]
        for account in rows:
            looks = [self.look(account, region) for region in regions]
            marks = [(each.symbol.ljust(size), each.style) for each, size in zip(looks, sizes, strict=True)]
            yield [(self.label(account).ljust(head), ""), *marks]
        if self.hidden():
            yield [(f"and {self.hidden()} accounts more, less in need of being seen", "dim")]

    def legend(self) -> str:
        """What the symbols mean, of those that are there."""
        there = {LOOKS[state] for state in self.cells.values()}
        told = ", ".join(
            f"{each.symbol} {each.word}" for each in sorted(there, key=lambda e: (e.rank, e.word))
        )
        return f"{told}   ({self.counts()})"


def short(region: str) -> str:
    """A region's name as a heading: ``us-east-1`` is ``use1``, ``ap-southeast-2`` is ``apse2``."""
    parts = safe(region).split("-")
    if len(parts) < 3 or not re.fullmatch(r"\d+", parts[-1]):
        return safe(region)
    return "".join(parts[:-2]) + _WORDS.get(parts[-2], parts[-2]) + parts[-1]


def plain_counts(values: Sequence[str]) -> str:
    """``2 create, 1 remove``."""
    found = Counter(values)
    return ", ".join(f"{number} {word}" for word, number in found.items())
