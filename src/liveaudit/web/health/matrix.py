"""The health matrix of accounts and regions, kept between requests; an account and a place of it as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from liveaudit.health.cells import Cell, Limits, Matrix, Row, Wanted, cell, choose, matrix, order
from liveaudit.store import misses, one_place, sweep_pages
from liveaudit.store.misses import Miss
from liveaudit.store.one_place import Reason, Waits
from liveaudit.store.places import Fares, read_places
from liveaudit.store.sweep_pages import Which
from liveaudit.store.sweeps import Sweep
from liveaudit.web.console import Console
from liveaudit.web.health.enrolled import Enrolled, enrolled
from liveaudit.web.health.permissions import Missing, missing
from liveaudit.web.kept import Kept
from liveaudit.web.problems import Problem

FRESH = 2.0
"""Seconds that the matrix stands."""
_NAME = "health matrix"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A page of the matrix; ``next``: after which row (rank and account) the one after it begins, None: it is the last.
    ``found``: how many rows there are in all."""

    rows: list[Row]
    found: int
    next: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Place:
    """An account and region from close by."""

    row: Row
    cell: Cell
    missing: list[Missing]
    reasons: list[Reason]
    waiting: list[Waits]
    missed: list[Miss]
    sweeps: list[Sweep]


def kept_matrix(console: Console) -> Kept[Matrix]:
    """The matrix of a console."""
    kept: Kept[Matrix] = console.shared.setdefault(_NAME, Kept(partial(_reckon, console), FRESH))
    return kept


def _reckon(console: Console) -> Matrix:
    now = console.clock()
    places = console.database.read_now(partial(read_places, now=now))
    who = enrolled(console)
    return matrix(places, now, names=who.accounts, publishers=who.publishers)


def choose_page(made: Matrix, wanted: Wanted, after: tuple[int, str] | None, limit: int) -> Chosen:
    """A page of the rows that are asked for."""
    rows = list(choose(made, wanted))
    left = rows if after is None else [row for row in rows if order(row) > after]
    page = left[:limit]
    return Chosen(page, len(rows), order(page[-1]) if len(left) > limit else None)


def one_account(console: Console, account: str) -> Row:
    """An account as it is now. Raises Problem when nothing is known of it."""
    now = console.clock()
    places = console.database.read_now(partial(read_places, now=now, account=account))
    return _row(places, account, enrolled(console), now)


def _row(places: dict[tuple[str, str], Fares], account: str, who: Enrolled, now: float) -> Row:
    names = {account: who.accounts[account]} if account in who.accounts else {}
    made = matrix(places, now, names=names, publishers=who.publishers)
    if not made.rows:
        raise Problem(404, "No such account", f"nothing is known of {account}; it may not be enrolled yet")
    return made.rows[0]


def one_place_of(console: Console, account: str, region: str) -> Place:
    """An account's region as it is now. Raises Problem when nothing is known of it."""
    row = one_account(console, account)
    now = console.clock()
    found = row.cells.get(region)
    if found is None:
        if region not in enrolled(console).regions:
            raise Problem(404, "No such region", f"nothing is known of {region} in {account}")
        found = cell(Fares(account, region), now, Limits())
    read = console.database.read_now
    reasons = read(partial(one_place.reasons, account=account, region=region))
    return Place(
        row,
        found,
        missing(console.catalog, found.fares, reasons),
        reasons,
        read(partial(one_place.waiting, account=account, region=region, now=now)),
        read(partial(one_place.missed, account=account, region=region)) if found.fares.missed else [],
        read(partial(sweep_pages.page, which=Which(account, region), limit=200)),
    )


def recall_of(console: Console, account: str) -> list[misses.Recall]:
    """How many of an account's changes events brought, by service, over 30 days."""
    now = console.clock()
    return console.database.read_now(partial(misses.recall, now=now, account=account))
