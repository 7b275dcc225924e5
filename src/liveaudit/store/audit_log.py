"""Who changed what, and who signed in. Entries are never changed; of those that are too old to be kept, an entry tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from liveaudit.store import codec
from liveaudit.store.schema_access import audit_log as log

T = TypeVar("T")
LONGEST_DETAIL = 4000
DAY = 86_400.0
_MOST_AT_ONCE = 1000
_CUT = {"name": 128, "role": 16, "way": 16, "address": 64, "action": 64, "target": 2048}


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did. ``way``: how they came: session, token, command line. ``target``: to what."""

    name: str
    action: str
    target: str = ""
    detail: str = ""
    role: str = ""
    way: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Put(Entry):
    """An entry as it stands in the log."""

    id: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Which:
    """Which entries are meant; empty fields mean all. ``action``: what it begins with.

    ``text``: what is in the target or the detail, in any case. ``since``, ``until``: Unix seconds.
    """

    name: str = ""
    action: str = ""
    text: str = ""
    since: float | None = None
    until: float | None = None


def put(connection: Connection, entry: Entry, now: float) -> None:
    """Write an entry, best in the transaction of what it tells."""
    row = {field: _fit(getattr(entry, field), most) for field, most in _CUT.items()}
    connection.execute(insert(log).values(at=now, detail=_fit(entry.detail, LONGEST_DETAIL), **row))


def noted(work: Callable[[Connection], T], entry: Entry, now: float) -> Callable[[Connection], T]:
    """``work``, with an entry in its own transaction: neither is there without the other."""

    def both(connection: Connection) -> T:
        done = work(connection)
        put(connection, entry, now)
        return done

    return both


def _fit(text: str, most: int) -> str:
    told = codec.storable(text)
    return told if len(told) <= most else told[: most - 1] + "…"


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if which.name:
        found.append(log.c.name == codec.storable(which.name))
    if which.action:
        action = codec.storable(which.action)
        found.append(log.c.action.startswith(action, autoescape=True))
    if which.text:
        text = codec.storable(which.text)
        found.append(
            log.c.target.icontains(text, autoescape=True) | log.c.detail.icontains(text, autoescape=True)
        )
    if which.since is not None:
        found.append(log.c.at >= which.since)
    if which.until is not None:
        found.append(log.c.at < which.until)
    return found


def page(connection: Connection, which: Which, *, before: int | None = None, limit: int = 100) -> list[Put]:
    """Entries that match, the latest first; ``before``: those with a lower number."""
    query = select(log).where(*_conditions(which)).order_by(log.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(log.c.id < before)
    return [_put(row._mapping) for row in connection.execute(query)]


def _put(row: Any) -> Put:
    return Put(**{field: row[field] for field in (*_CUT, "detail", "id", "at")})


def prune(connection: Connection, days: int, now: float, *, limit: int = _MOST_AT_ONCE) -> int:
    """Forget what is older than so many whole days (UTC), so many entries at most, and tell it in one. Returns how many."""
    before = (now // DAY - days) * DAY
    old = (
        select(log.c.id)
        .where(log.c.at < before)
        .order_by(log.c.at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(old).scalars())
    if ids:
        connection.execute(delete(log).where(log.c.id.in_(ids)))
        day = dt.datetime.fromtimestamp(before, tz=dt.UTC).date()
        entries = "1 entry" if len(ids) == 1 else f"{len(ids)} entries"
        put(
            connection,
            Entry("liveaudit", "audit-log.prune", "audit log", f"{entries} from before {day}", way="worker"),
            now,
        )
    return len(ids)
