"""Due work: one row per resource, widened by every cause, claimed under a lease, done only if nothing was added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, update
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


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT, for either database."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def next_value(connection: Connection, name: str) -> int:
    """The next number of a sequence that all workers share."""
    statement = (
        upsert(connection, sequences)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": sequences.c.value + 1})
        .returning(sequences.c.value)
    )
    return int(connection.execute(statement).scalar_one())


def resource_keys(connection: Connection, wanted: Mapping[Resource, str], now: float) -> dict[Resource, int]:
    """The row ids of resources (given with their ARNs), made where there are none yet."""
    keys: dict[Resource, int] = {}
    for resource in sorted(wanted):
        where = and_(
            resources.c.account == resource.account,
            resources.c.region == resource.region,
            resources.c.type == resource.type,
            resources.c.rid == resource.id,
        )
        found = connection.execute(select(resources.c.id).where(where)).scalar()
        if found is None:
            statement = (
                upsert(connection, resources)
                .values(
                    partition=resource.partition,
                    account=resource.account,
                    region=resource.region,
                    type=resource.type,
                    rid=resource.id,
                    arn=wanted[resource],
                    state="new",
                    first_seen=now,
                )
                .on_conflict_do_nothing()
            )
            connection.execute(statement)
            found = connection.execute(select(resources.c.id).where(where)).scalar_one()
        keys[resource] = int(found)
    return keys


def add_due(connection: Connection, work: Sequence[Due], now: float) -> int:
    """Put work in, or widen what is there. A cause that is there already changes nothing. Returns rows touched."""
    keys = resource_keys(connection, {each.resource: each.arn for each in work}, now)
    by_key: dict[int, list[Due]] = {}
    for each in work:
        by_key.setdefault(keys[each.resource], []).append(each)
    for key in sorted(by_key):
        add_causes(connection, key, [(each.cause, each.priority) for each in by_key[key]], now)
    return len(by_key)


def add_causes(connection: Connection, key: int, causes: Iterable[tuple[Cause, int]], now: float) -> None:
    """Make the resource of row ``key`` due for these causes."""
    given = list(causes)
    priority = min(each for _, each in given)
    statement = upsert(connection, due).values(
        resource_id=key, generation=1, since=now, not_before=now, priority=priority, attempts=0
    )
    generation = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["resource_id"],
            set_={
                "generation": due.c.generation + 1,
                "priority": _least(connection, due.c.priority, priority),
                "not_before": _least(connection, due.c.not_before, now),
                "attempts": 0,
            },
        ).returning(due.c.generation)
    ).scalar_one()
    for cause, _ in given:
        connection.execute(
            upsert(connection, due_causes)
            .values(
                resource_id=key,
                generation=generation,
                cause_id=cause.id,
                kind=cause.kind,
                effect=cause.effect,
                sections=codec.dump(sorted(cause.sections)),
                change=None if cause.change is None else codec.dump(cause.change),
            )
            .on_conflict_do_update(
                index_elements=["resource_id", "cause_id"], set_={"generation": generation}
            )
        )


def _least(connection: Connection, column: Any, value: float) -> Any:
    return func.min(column, value) if connection.dialect.name == "sqlite" else func.least(column, value)


def claim(
    connection: Connection,
    *,
    owner: str,
    now: float,
    lease_seconds: float,
    limit: int,
    keys: Iterable[int] | None = None,
) -> list[Claim]:
    """Lease up to ``limit`` rows whose time has come, the most urgent first."""
    free = or_(due.c.lease_until.is_(None), due.c.lease_until < now)
    query = select(due.c.resource_id).where(free, due.c.not_before <= now)
    if keys is not None:
        query = query.where(due.c.resource_id.in_(list(keys)))
    query = query.order_by(due.c.priority, due.c.not_before, due.c.resource_id).limit(limit)
    if connection.dialect.name != "sqlite":
        query = query.with_for_update(skip_locked=True)
    chosen = sorted(connection.execute(query).scalars())
    if not chosen:
        return []
    order = next_value(connection, "read_order")
    connection.execute(
        update(due)
        .where(due.c.resource_id.in_(chosen))
        .values(lease_owner=owner, lease_until=now + lease_seconds, lease_order=order)
    )
    causes: dict[int, list[Cause]] = {}
    for row in connection.execute(
        select(due_causes).where(due_causes.c.resource_id.in_(chosen)).order_by(due_causes.c.id)
    ):
        causes.setdefault(row.resource_id, []).append(
            Cause(
                row.cause_id,
                row.kind,
                frozenset(codec.load(row.sections)),
                row.effect,
                codec.load(row.change),
            )
        )
    rows = connection.execute(
        select(due, resources)
        .join(resources, resources.c.id == due.c.resource_id)
        .where(due.c.resource_id.in_(chosen))
        .order_by(due.c.priority, due.c.not_before, due.c.resource_id)
    ).mappings()
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
        for row in rows
    ]


def finish(connection: Connection, claimed: Claim) -> bool:
    """End the row, or free it for another round if causes came in meanwhile. Returns whether it ended.

    Raises LeaseLostError when the lease is no longer ours.
    """
    generation = _held_generation(connection, claimed)
    connection.execute(
        delete(due_causes).where(
            due_causes.c.resource_id == claimed.key, due_causes.c.generation <= claimed.generation
        )
    )
    if generation == claimed.generation:
        connection.execute(delete(due).where(due.c.resource_id == claimed.key))
        return True
    connection.execute(
        update(due).where(due.c.resource_id == claimed.key).values(lease_owner=None, lease_until=None)
    )
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
    query = select(due.c.generation).where(
        due.c.resource_id == claimed.key,
        due.c.lease_owner == claimed.owner,
        due.c.lease_order == claimed.order,
    )
    if connection.dialect.name != "sqlite":
        query = query.with_for_update()
    generation = connection.execute(query).scalar()
    if generation is None:
        raise LeaseLostError(f"the lease on {claimed.resource.id} ran out while it was audited")
    return int(generation)


def pending(connection: Connection, cause_id: str | None = None) -> int:
    """How many resources are due, or are due because of one cause."""
    if cause_id is None:
        return int(connection.execute(select(func.count()).select_from(due)).scalar_one())
    query = select(func.count()).select_from(due_causes).where(due_causes.c.cause_id == cause_id)
    return int(connection.execute(query).scalar_one())


def next_time(connection: Connection) -> float | None:
    """When the earliest row that nobody holds comes due (Unix seconds), or None."""
    return connection.execute(select(func.min(due.c.not_before)).where(due.c.lease_until.is_(None))).scalar()
