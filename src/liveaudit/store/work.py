"""Due work: one row per resource, widened by every cause, claimed under a lease, done only if nothing was added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from liveaudit.model import Cause, LiveauditError, Resource
from liveaudit.store import codec
from liveaudit.store.schema import due, due_causes, resources, sequences

EVENT_PRIORITY = 0
DEPENDENT_PRIORITY = 1
SWEEP_PRIORITY = 5


class LeaseLostError(LiveauditError):
    """Somebody else took the row over: what was read under the old lease must not be written."""


@dataclass(frozen=True, slots=True)
class Due:
    """A resource to audit, because of one cause."""

    resource: Resource
    arn: str
    cause: Cause
    priority: int = EVENT_PRIORITY


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased row. ``order`` rises with every claim: what was read under a higher one is newer."""

    key: int
    resource: Resource
    generation: int
    order: int
    owner: str
    attempts: int
    since: float
    last_order: int
    causes: tuple[Cause, ...] = field(default=())


def dialect_of(connection: Connection) -> str:
    """``sqlite`` or ``postgresql``: what the statements below are built for, once each."""
    return connection.dialect.name


def insert_for(dialect: str, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT, for either database."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def least(dialect: str, one: Any, other: Any) -> Any:
    """The smaller of two values."""
    return func.min(one, other) if dialect == "sqlite" else func.least(one, other)


@lru_cache
def upsert(dialect: str, table: Any, keys: tuple[str, ...], overwritten: tuple[str, ...]) -> Any:
    """INSERT, and where a row with these keys is there, overwrite these columns. Takes rows as parameters."""
    statement = insert_for(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in overwritten}
    )


@lru_cache
def _next_value(dialect: str) -> Any:
    statement = insert_for(dialect, sequences)
    return statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": sequences.c.value + 1}
    ).returning(sequences.c.value)


def next_value(connection: Connection, name: str) -> int:
    """The next number of a sequence that all workers share."""
    given = {"name": name, "value": 1}
    return int(connection.execute(_next_value(dialect_of(connection)), given).scalar_one())


_KEY_OF = select(resources.c.id).where(
    resources.c.account == bindparam("account"),
    resources.c.region == bindparam("region"),
    resources.c.type == bindparam("type"),
    resources.c.rid == bindparam("rid"),
)


def resource_keys(connection: Connection, wanted: Mapping[Resource, str], now: float) -> dict[Resource, int]:
    """The row ids of resources (given with their ARNs), made where there are none yet."""
    keys: dict[Resource, int] = {}
    for resource in sorted(wanted):
        named = {
            "account": resource.account,
            "region": resource.region,
            "type": resource.type,
            "rid": resource.id,
        }
        found = connection.execute(_KEY_OF, named).scalar()
        if found is None:
            made = {
                "partition": resource.partition,
                "arn": wanted[resource],
                "state": "new",
                "first_seen": now,
            }
            statement = insert_for(dialect_of(connection), resources).on_conflict_do_nothing()
            connection.execute(statement, {**named, **made})
            found = connection.execute(_KEY_OF, named).scalar_one()
        keys[resource] = int(found)
    return keys


def add_due(connection: Connection, work: Sequence[Due], now: float) -> int:
    """Put work in, or widen what is there. A cause that is there already is only renewed. Returns rows touched."""
    keys = resource_keys(connection, {each.resource: each.arn for each in work}, now)
    by_key: dict[int, list[Due]] = {}
    for each in work:
        by_key.setdefault(keys[each.resource], []).append(each)
    for key in sorted(by_key):
        add_causes(connection, key, [(each.cause, each.priority) for each in by_key[key]], now)
    return len(by_key)


@lru_cache
def widen(dialect: str) -> Any:
    """INSERT into due, or widen the row that is there: a generation more, more urgent, earlier."""
    statement = insert_for(dialect, due)
    return statement.on_conflict_do_update(
        index_elements=["resource_id"],
        set_={
            "generation": due.c.generation + 1,
            "priority": least(dialect, due.c.priority, statement.excluded.priority),
            "not_before": least(dialect, due.c.not_before, statement.excluded.not_before),
            "attempts": 0,
        },
    ).returning(due.c.generation)


def add_causes(connection: Connection, key: int, causes: Iterable[tuple[Cause, int]], now: float) -> None:
    """Make the resource of row ``key`` due for these causes."""
    given = list(causes)
    row = {
        "resource_id": key,
        "generation": 1,
        "since": now,
        "not_before": now,
        "priority": min(each for _, each in given),
        "attempts": 0,
    }
    dialect = dialect_of(connection)
    generation = connection.execute(widen(dialect), row).scalar_one()
    connection.execute(
        upsert(dialect, due_causes, ("resource_id", "cause_id"), ("generation",)),
        [
            {
                "resource_id": key,
                "generation": generation,
                "cause_id": cause.id,
                "kind": cause.kind,
                "effect": cause.effect,
                "sections": codec.dump(sorted(cause.sections)),
                "change": None if cause.change is None else codec.dump(cause.change),
            }
            for cause, _ in given
        ],
    )


_NOW: Any = bindparam("now")
_FREE = (
    select(due.c.resource_id)
    .where(or_(due.c.lease_until.is_(None), due.c.lease_until < _NOW), due.c.not_before <= _NOW)
    .order_by(due.c.priority, due.c.not_before, due.c.resource_id)
    .limit(bindparam("most"))
)
_FREE_LOCKED = _FREE.with_for_update(skip_locked=True)
_CHOSEN: Any = bindparam("chosen", expanding=True)
_LEASE = (
    update(due)
    .where(due.c.resource_id.in_(_CHOSEN))
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), lease_order=bindparam("order"))
)
_CAUSES_OF = select(due_causes).where(due_causes.c.resource_id.in_(_CHOSEN)).order_by(due_causes.c.id)
_CLAIMED = (
    select(due, resources)
    .join(resources, resources.c.id == due.c.resource_id)
    .where(due.c.resource_id.in_(_CHOSEN))
    .order_by(due.c.priority, due.c.not_before, due.c.resource_id)
)


def claim(connection: Connection, *, owner: str, now: float, lease_seconds: float, limit: int) -> list[Claim]:
    """Lease up to ``limit`` rows whose time has come, the most urgent first."""
    free = _FREE if dialect_of(connection) == "sqlite" else _FREE_LOCKED
    chosen = sorted(connection.execute(free, {"now": now, "most": limit}).scalars())
    if not chosen:
        return []
    order = next_value(connection, "read_order")
    connection.execute(
        _LEASE, {"chosen": chosen, "owner": owner, "until": now + lease_seconds, "order": order}
    )
    causes: dict[int, list[Cause]] = {}
    for row in connection.execute(_CAUSES_OF, {"chosen": chosen}):
        causes.setdefault(row.resource_id, []).append(
            Cause(
                row.cause_id,
                row.kind,
                frozenset(codec.load(row.sections)),
                row.effect,
                codec.load(row.change),
            )
        )
    return [
        Claim(
            key=row["resource_id"],
            resource=Resource(row["partition"], row["account"], row["region"], row["type"], row["rid"]),
            generation=row["generation"],
            order=order,
            owner=owner,
            attempts=row["attempts"],
            since=row["since"],
            last_order=row["read_order"],
            causes=tuple(causes.get(row["resource_id"], ())),
        )
        for row in connection.execute(_CLAIMED, {"chosen": chosen}).mappings()
    ]


_KEY: Any = bindparam("key")
_END_CAUSES = delete(due_causes).where(
    due_causes.c.resource_id == _KEY, due_causes.c.generation <= bindparam("upto")
)
_END = delete(due).where(due.c.resource_id == _KEY)
_FREE_AGAIN = update(due).where(due.c.resource_id == _KEY).values(lease_owner=None, lease_until=None)
_HELD = select(due.c.generation).where(
    due.c.resource_id == _KEY,
    due.c.lease_owner == bindparam("owner"),
    due.c.lease_order == bindparam("order"),
)
_HELD_LOCKED = _HELD.with_for_update()


def finish(connection: Connection, claimed: Claim) -> bool:
    """End the row, or free it for another round if causes came in meanwhile. Returns whether it ended.

    Raises LeaseLostError when the lease is no longer ours.
    """
    generation = _held_generation(connection, claimed)
    connection.execute(_END_CAUSES, {"key": claimed.key, "upto": claimed.generation})
    if generation == claimed.generation:
        connection.execute(_END, {"key": claimed.key})
        return True
    connection.execute(_FREE_AGAIN, {"key": claimed.key})
    return False


def put_off(connection: Connection, claimed: Claim, *, until: float) -> None:
    """Give the row back, to be tried again at ``until``; its causes stay. Raises LeaseLostError."""
    generation = _held_generation(connection, claimed)
    not_before = until if generation == claimed.generation else 0.0
    connection.execute(
        update(due)
        .where(due.c.resource_id == claimed.key)
        .values(lease_owner=None, lease_until=None, not_before=not_before, attempts=claimed.attempts + 1)
    )


def _held_generation(connection: Connection, claimed: Claim) -> int:
    held = _HELD if dialect_of(connection) == "sqlite" else _HELD_LOCKED
    given = {"key": claimed.key, "owner": claimed.owner, "order": claimed.order}
    generation = connection.execute(held, given).scalar()
    if generation is None:
        raise LeaseLostError(f"the lease on {claimed.resource.id} ran out while it was audited")
    return int(generation)


def pending(connection: Connection, cause_id: str | None = None) -> int:
    """How many resources are due, or are due because of one cause."""
    if cause_id is None:
        return int(connection.execute(select(func.count()).select_from(due)).scalar_one())
    query = select(func.count()).select_from(due_causes).where(due_causes.c.cause_id == cause_id)
    return int(connection.execute(query).scalar_one())
