"""From the store to a format: all that match, as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from liveaudit.deliver.interface import Format, Found, Library
from liveaudit.deliver.shapes import gathered
from liveaudit.store import exports
from liveaudit.store.database import Database
from liveaudit.store.finding_wanted import Wanted


def exported(
    database: Database,
    wanted: Wanted,
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


def _windows(database: Database, wanted: Wanted) -> Iterator[list[dict[str, Any]]]:
    few = database.read_now(lambda connection: exports.few_of(connection, wanted))
    if few is not None:
        yield few
        return
    after: str | None = ""
    while after is not None:
        window, after = database.read_now(partial(exports.window_after, wanted=wanted, after=after))
        yield window
