"""From the store to a format: all that match, as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from liveaudit.deliver.interface import Format, Found, Library
from liveaudit.deliver.shapes import gathered
from liveaudit.store import exports, finding_pages
from liveaudit.store.database import Database
from liveaudit.store.finding_wanted import After, Order, Wanted
from liveaudit.store.findings import Filter


def exported(
    database: Database,
    wanted: Filter | Wanted,
    wanted_format: Format,
    library: Library,
    told: Callable[[int], None] = lambda _done: None,
) -> Iterator[bytes]:
    """The findings that match, written in a format, in blocks. ``told``: hears how many are written."""

    def found() -> Iterator[Found]:
        done = 0
        for window in _windows(database, wanted):
            for each in window:
                yield Found(each, library.of(each["policy"], each["type"]))
            done += len(window)
            told(done)

    return gathered(wanted_format.write(found()))


def _windows(database: Database, wanted: Filter | Wanted) -> Iterator[list[dict[str, Any]]]:
    if isinstance(wanted, Wanted):
        yield from _pages(database, wanted)
        return
    few = database.read_now(lambda connection: exports.few_of(connection, wanted))
    if few is not None:
        yield few
        return
    after: str | None = ""
    while after is not None:
        window, after = database.read_now(partial(exports.window_after, wanted=wanted, after=after))
        yield window


def _pages(database: Database, wanted: Wanted) -> Iterator[list[dict[str, Any]]]:
    """What the console's list finds, from the one that opened first: that order changes least meanwhile."""
    place: After | None = None
    while True:
        page = database.read_now(
            partial(finding_pages.page, wanted=wanted, order=Order.OLDEST, after=place, limit=exports.WINDOW)
        )
        yield page.items
        place = page.after
        if place is None:
            return
