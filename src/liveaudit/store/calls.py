"""How many calls there were: by day, account, client and operation, and by what they were made for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, delete, func, select

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import calls, event_calls

KEPT_DAYS = 14
"""For so many days counts are kept, today's among them."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Calls:
    """Requests sent to AWS, each page and each try counted. ``account`` empty: that of the ambient credentials.

    ``throttled``, ``denied``, ``errors``: how many of them gave no value for that reason. ``operation`` empty: all.
    """

    account: str
    client: str
    operation: str
    calls: int
    throttled: int = 0
    denied: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class EventCalls:
    """What audits cost. ``kind``: of their cause; ``name``: the event's, as ``s3:PutBucketAcl``, else empty.

    ``events``: how many came. ``audits``, ``calls``: one that several causes share is divided between them. Here a call
    counts once, whatever its pages.
    """

    kind: str
    name: str
    events: int
    audits: float
    calls: float

    @property
    def per_event(self) -> float | None:
        """Calls for one event; None: there was none."""
        return self.calls / self.events if self.events else None


def day_of(now: float) -> int:
    """The day of a time (Unix seconds), in days since 1970 by UTC."""
    return int(now // _DAY)


def add(connection: Connection, made: Iterable[Calls], caused: Iterable[EventCalls], *, day: int) -> None:
    """Add to the counts of a day. Rows are taken in the order of their keys."""
    dialect = dialect_of(connection)
    rows = [
        {
            "day": day,
            "account": each.account,
            "client": each.client,
            "operation": each.operation,
            "calls": each.calls,
            "throttled": each.throttled,
            "denied": each.denied,
            "errors": each.errors,
        }
        for each in sorted(made, key=lambda one: (one.account, one.client, one.operation))
    ]
    if rows:
        connection.execute(_adding(dialect, calls, ("calls", "throttled", "denied", "errors")), rows)
    rows = [
        {
            "day": day,
            "kind": each.kind,
            "name": codec.storable(each.name),
            "events": each.events,
            "audits": each.audits,
            "calls": each.calls,
        }
        for each in sorted(caused, key=lambda one: (one.kind, one.name))
    ]
    if rows:
        connection.execute(_adding(dialect, event_calls, ("events", "audits", "calls")), rows)


@lru_cache
def _adding(dialect: str, table: Any, counted: tuple[str, ...]) -> Any:
    statement = insert_for(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_={name: table.c[name] + statement.excluded[name] for name in counted},
    )


def forget(connection: Connection, *, day: int) -> None:
    """Drop the counts of days that are not kept any more on this one."""
    for table in (calls, event_calls):
        connection.execute(delete(table).where(table.c.day <= day - KEPT_DAYS))


def per_account(connection: Connection, *, since: float = 0.0, account: str | None = None) -> list[Calls]:
    """Requests by account and client, on the day of ``since`` (Unix seconds) and later; the most frequent first."""
    return _made(connection, since, account, by_operation=False)


def per_operation(connection: Connection, *, since: float = 0.0, account: str | None = None) -> list[Calls]:
    """The same by operation too."""
    return _made(connection, since, account, by_operation=True)


def _made(connection: Connection, since: float, account: str | None, *, by_operation: bool) -> list[Calls]:
    keys = [calls.c.account, calls.c.client, *([calls.c.operation] if by_operation else [])]
    counted = [func.sum(calls.c[name]).label(name) for name in ("calls", "throttled", "denied", "errors")]
    query = select(*keys, *counted).where(calls.c.day >= day_of(since)).group_by(*keys)
    if account is not None:
        query = query.where(calls.c.account == account)
    return [
        Calls(
            row.account,
            row.client,
            row.operation if by_operation else "",
            int(row.calls),
            int(row.throttled),
            int(row.denied),
            int(row.errors),
        )
        for row in connection.execute(query.order_by(counted[0].desc(), *keys))
    ]


def calls_per_event(connection: Connection, *, since: float = 0.0) -> list[EventCalls]:
    """What audits cost, by what they were made for, on the day of ``since`` and later; the dearest first."""
    table = event_calls.c
    total = func.sum(table.calls)
    query = (
        select(table.kind, table.name, func.sum(table.events), func.sum(table.audits), total)
        .where(table.day >= day_of(since))
        .group_by(table.kind, table.name)
        .order_by(total.desc(), table.kind, table.name)
    )
    return [
        EventCalls(kind, name, int(events), float(audits), float(spent))
        for kind, name, events, audits, spent in connection.execute(query)
    ]
