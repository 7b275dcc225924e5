"""Who is due when a section changes on which others stand: some at once, and however many more bit by bit.

One account setting may have ten thousand dependents. In the transaction that writes the change the first of them are made
due, and a row of due work that stands for the rest: whoever claims that makes the next ones due, in a transaction of
its own. So no transaction is long, nothing is lost when a worker ends, and events come first all the while.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, literal, select

from liveaudit.model import Cause, Resource
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for, least, upsert
from liveaudit.store.schema import due, due_causes, edges, resources
from liveaudit.store.work import DEPENDENT_PRIORITY, Due, add_due

DEPENDENTS_TYPE = "liveaudit::Dependents"
"""No type of AWS's: those who stand on a changed resource, whose row is the id, and are not due yet."""
MOST = 500
"""Resources that are made due in one transaction."""
_STANDS_ON = (
    select(edges.c.resource_id)
    .where(edges.c.on_id == bindparam("key"), edges.c.on_section.in_(bindparam("names", expanding=True)))
    .limit(1)
)
_CHANGED = select(resources).where(resources.c.id == bindparam("key"))
_COLUMNS = ("resource_id", "account", "generation", "since", "not_before", "priority", "attempts")


def make_due(
    connection: Connection,
    key: int,
    changed: Collection[str],
    *,
    order: int,
    now: float,
    change: Mapping[str, Any] | None,
    but: int | None = None,
    after: int = 0,
    most: int | None = None,
) -> int:
    """Everybody who stands on a changed section of resource ``key`` is audited again. Returns how many are due now.

    ``order``: of the claim that found the change, ``change``: who made it. ``but``: the row of the resource that is being
    written right now with this very value. ``after``: the last row that is due already; ``most``: how many at once (none: MOST).
    """
    most = most or MOST
    names = sorted(changed)
    if not names or connection.execute(_STANDS_ON, {"key": key, "names": names}).first() is None:
        return 0
    where = and_(
        edges.c.on_id == key,
        edges.c.on_section.in_(names),
        edges.c.resource_id != (but or 0),
        edges.c.resource_id > after,
    )
    chosen = (
        select(
            edges.c.resource_id,
            resources.c.account,
            literal(1).label("generation"),
            literal(now).label("since"),
            literal(now).label("not_before"),
            literal(DEPENDENT_PRIORITY).label("priority"),
            literal(0).label("attempts"),
        )
        .join_from(edges, resources, resources.c.id == edges.c.resource_id)
        .where(where)
        .distinct()
        .order_by(edges.c.resource_id)
        .limit(most)
    )
    dialect = dialect_of(connection)
    widened = connection.execute(
        insert_for(dialect, due)
        .from_select(_COLUMNS, chosen)
        .on_conflict_do_update(
            index_elements=["resource_id"],
            set_={
                "generation": due.c.generation + 1,
                "priority": least(dialect, due.c.priority, DEPENDENT_PRIORITY),
                "not_before": case((due.c.looking > 0, now), else_=least(dialect, due.c.not_before, now)),
                "since": case((due.c.looking > 0, now), else_=due.c.since),
                "looking": 0,
            },
        )
        .returning(due.c.resource_id, due.c.generation)
    )
    generations: dict[int, int] = {row.resource_id: row.generation for row in widened}
    if not generations:
        return 0
    last = max(generations)
    touched: dict[int, set[str]] = {}
    stands = select(edges.c.resource_id, edges.c.section).where(where, edges.c.resource_id <= last)
    for row in connection.execute(stands):
        # an edge of just now belongs to an audit that has seen the new value
        if row.resource_id in generations:
            touched.setdefault(row.resource_id, set()).add(row.section)
    text = None if change is None else codec.dump(change)
    connection.execute(
        upsert(dialect, due_causes, ("resource_id", "cause_id"), ("generation",)),
        [
            {
                "resource_id": resource_id,
                "generation": generations[resource_id],
                "cause_id": f"depends:{key}:{order}",
                "kind": "dependency",
                "effect": "update",
                "sections": codec.dump(sorted(touched[resource_id])),
                "change": text,
            }
            for resource_id in sorted(touched)
        ],
    )
    if len(generations) == most:
        further = {"after": last, "order": order, "change": change}
        cause = Cause(f"dependents:{order}:{last}", "dependents", frozenset(names), change=further)
        _leave_the_rest(connection, key, cause, now)
    return len(touched)


def _leave_the_rest(connection: Connection, key: int, cause: Cause, now: float) -> None:
    changed = connection.execute(_CHANGED, {"key": key}).one()
    rest = Resource(changed.partition, changed.account, changed.region, DEPENDENTS_TYPE, str(key))
    add_due(connection, [Due(rest, changed.arn, cause, DEPENDENT_PRIORITY)], now)


def go_on(connection: Connection, rest: Resource, causes: Collection[Cause], now: float) -> int:
    """Make the next dependents due for which ``rest`` stands. Returns how many. The causes are for the caller to end."""
    made = 0
    for cause in causes:
        further = cause.change or {}
        made += make_due(
            connection,
            int(rest.id),
            cause.sections,
            order=further["order"],
            now=now,
            change=further["change"],
            after=further["after"],
        )
    return made
