"""What PostgreSQL needs so that many workers neither wait in a circle nor overlook each other.

On SQLite these functions do nothing: there is one writer at a time. On PostgreSQL (isolation READ COMMITTED) each
transaction takes its locks in this order, within each kind by key, so that no two wait for each other:

0. rows of ``sweep_accounts``, then of ``sweeps``;
1. new rows of ``resources``, by account, region, type and id;
2. rows of ``due``, by resource; who holds one may write the causes, edges, verdicts and findings of that resource;
3. rows of ``resources``: shared by whoever stands on the sections of a resource, alone by whoever writes them. Else a
   section could change while another audit that stands on it writes its edge, and neither would see the other;
4. rows of ``questions``; what an answer is about stays as it is, as the resource's row is shared by then;
5. rows of ``quarantine``, then of ``counters``, then of ``misses`` and ``recall``;
6. the lock of transitions, shared.

What a process has measured is written in transactions of its own: its row of ``workers``, then rows of ``arrivals``, then
of ``latencies``, then of ``place_latencies``, each by key. Rows of ``jobs``, ``drafts`` and ``fixes`` too are written in
transactions of their own, and so is what is told: the row of ``outbox_place``, or the row of ``channel_states``, and then what
belongs to it of ``outbox`` and ``deliveries``.

Claims take rows as they are free (SKIP LOCKED) and wait for nobody. Where the order cannot be kept, PostgreSQL finds
the deadlock, and the transaction is run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from liveaudit.store.schema import due, edges, resources, transitions

_TRANSITIONS = 0x6C617564_6D6F7665
"""The advisory lock of the numbers of transitions."""

_COUNTS = 0x6C617564_636E7473
"""The advisory lock of who folds the counts of findings."""

_KEY: Any = bindparam("key")
_ROW = select(resources.c.id).where(resources.c.id == _KEY)
_ALONE = _ROW.with_for_update(key_share=True)
_SHARED = _ROW.with_for_update(read=True)
_DUE_ROWS = (
    select(due.c.resource_id)
    .where(due.c.resource_id.in_(bindparam("keys", expanding=True)))
    .order_by(due.c.resource_id)
    .with_for_update()
)
_MOVING = select(func.pg_advisory_xact_lock_shared(_TRANSITIONS))
_NONE_MOVING = select(func.pg_advisory_xact_lock(_TRANSITIONS))
_NEWEST = select(func.coalesce(func.max(transitions.c.id), 0))


def are_needed(connection: Connection) -> bool:
    """Whether others write at the same time."""
    return connection.dialect.name != "sqlite"


def due_rows(connection: Connection, keys: Iterable[int]) -> None:
    """Lock those of these rows of due work that are there, in order."""
    if are_needed(connection):
        connection.execute(_DUE_ROWS, {"keys": sorted(keys)})


def due_rows_of_dependents(connection: Connection, key: int, changed: Mapping[int, Set[str]]) -> None:
    """Lock the due row of ``key`` and those of all who stand on the changed sections, given by resource."""
    groups = [
        and_(edges.c.on_id == on_id, edges.c.on_section.in_(sorted(names)))
        for on_id, names in changed.items()
        if names
    ]
    if not groups or not are_needed(connection):
        return
    dependents = select(edges.c.resource_id).where(or_(*groups))
    connection.execute(
        select(due.c.resource_id)
        .where(or_(due.c.resource_id == key, due.c.resource_id.in_(dependents)))
        .order_by(due.c.resource_id)
        .with_for_update()
    )


def sections(connection: Connection, *, written: Set[int], stood_on: Set[int]) -> None:
    """Lock the resources whose sections are written, and those whose sections must stay as they are meanwhile."""
    if are_needed(connection):
        for key in sorted(written | stood_on):
            connection.execute(_ALONE if key in written else _SHARED, {"key": key})


def transitions_move(connection: Connection) -> None:
    """Before a transition gets its number: it shares the lock until it is committed."""
    if are_needed(connection):
        connection.execute(_MOVING)


def settled_transition(connection: Connection) -> int | None:
    """The number up to which all transitions are committed; None: all that are seen are.

    Numbers are given before the commit, so a lower one may be committed after a higher one was seen. For a moment
    nobody may be between the two.
    """
    if not are_needed(connection):
        return None
    with connection.begin_nested() as moment:
        connection.execute(_NONE_MOVING)
        newest = int(connection.execute(_NEWEST).scalar_one())
        # taken back, and with it the lock
        moment.rollback()
    return newest


def alone_counting(connection: Connection) -> bool:
    """Whether this transaction is the one that may fold the counts of findings; nobody waits for that."""
    if not are_needed(connection):
        return True
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_COUNTS))).scalar_one())
