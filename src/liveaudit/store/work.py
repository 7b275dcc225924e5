"""Due work: one row per resource, widened by every cause, claimed under a lease, done only if nothing was added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, func, literal, or_, select, update

from liveaudit.model import Cause, LiveauditError, Resource
from liveaudit.store import codec, fair
from liveaudit.store.causes import cause_of, row_of
from liveaudit.store.dialects import dialect_of, greatest, insert_for, least, upsert
from liveaudit.store.fair import NOTHING, InHand
from liveaudit.store.pace import PACE, Pace
from liveaudit.store.schema import LONGEST_NAME, READ_ORDER, due, due_causes, resources, sequences
from liveaudit.store.standing import NEVER_READ, StandingResource

EVENT_PRIORITY = 0
DEPENDENT_PRIORITY = 1
SWEEP_PRIORITY = 5
LISTING_PRIORITY = 6
"""What is found is audited before more is listed."""
POLICY_PRIORITY = SWEEP_PRIORITY
URGENT = (EVENT_PRIORITY, SWEEP_PRIORITY - 1)
UNHURRIED = (SWEEP_PRIORITY, LISTING_PRIORITY)
EVERYTHING = (EVENT_PRIORITY, LISTING_PRIORITY)
"""Lanes: the priorities that are claimed together, from and to."""


class LeaseLostError(LiveauditError):
    """Somebody else took the row over: what was read under the old lease must not be written."""


class UnstorableError(LiveauditError):
    """A name that no database of ours takes."""


@dataclass(frozen=True, slots=True)
class Due:
    """A resource to audit, because of one cause."""

    resource: Resource
    arn: str
    cause: Cause
    priority: int = EVENT_PRIORITY


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased row. ``order`` rises with every claim: what was read under a higher one is newer.

    ``causes``: those whose time has come; others wait for a look of theirs. ``looks``: how often there was one for
    these. ``streak``, ``audited_at``: how many
    audits in a row there were, and when the last one ended. ``standing``: what is known of the resource, without its
    sections.
    """

    key: int
    resource: Resource
    generation: int
    order: int
    owner: str
    attempts: int
    since: float
    last_order: int
    causes: tuple[Cause, ...] = field(default=())
    claimed_at: float = 0.0
    looks: int = 0
    streak: int = 0
    audited_at: float | None = None
    standing: StandingResource = NEVER_READ


@lru_cache
def _next_value(dialect: str) -> Any:
    statement = insert_for(dialect, sequences)
    return statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": sequences.c.value + 1}
    ).returning(sequences.c.value)


_NEXT_ORDER = select(READ_ORDER.next_value())


def next_value(connection: Connection, name: str) -> int:
    """The next number of a sequence that all workers share: who asks later gets more, on whatever machine.

    The database gives it, no clock. ``read_order`` is the order of readings.
    """
    dialect = dialect_of(connection)
    if dialect == "postgresql" and name == READ_ORDER.name:
        return int(connection.execute(_NEXT_ORDER).scalar_one())
    return int(connection.execute(_next_value(dialect), {"name": name, "value": 1}).scalar_one())


_PLACE = ("account", "region", "type")
_KEYS_IN = select(resources.c.id, resources.c.rid).where(
    *(resources.c[name] == bindparam(name) for name in _PLACE),
    resources.c.rid.in_(bindparam("rids", expanding=True)),
)


@lru_cache
def _make_resource(dialect: str) -> Any:
    return insert_for(dialect, resources).on_conflict_do_nothing()


def resource_keys(connection: Connection, wanted: Mapping[Resource, str], now: float) -> dict[Resource, int]:
    """The row ids of resources (given with their ARNs), made where there are none yet. Raises UnstorableError."""
    for resource, arn in wanted.items():
        _check("id", resource, resource.id)
        _check("ARN", resource, arn)
    keys = _stored_keys(connection, wanted)
    missing = sorted(set(wanted) - keys.keys())
    if missing:
        connection.execute(
            _make_resource(dialect_of(connection)),
            [
                {
                    "partition": resource.partition,
                    "account": resource.account,
                    "region": resource.region,
                    "type": resource.type,
                    "rid": resource.id,
                    "arn": wanted[resource],
                    "state": "new",
                    "first_seen": now,
                }
                for resource in missing
            ],
        )
        keys |= _stored_keys(connection, missing)
    return keys


def _check(what: str, resource: Resource, text: str) -> None:
    if len(text) > LONGEST_NAME:
        raise UnstorableError(
            f"the {what} of a {resource.type} has {len(text)} characters, more than {LONGEST_NAME}"
        )
    if "\0" in text or text != codec.storable(text):
        raise UnstorableError(f"the {what} of a {resource.type} holds what is no character: {text[:100]!r}")


def _stored_keys(connection: Connection, wanted: Iterable[Resource]) -> dict[Resource, int]:
    places: dict[tuple[str, str, str], dict[str, list[Resource]]] = {}
    for each in wanted:
        there = places.setdefault((each.account, each.region, each.type), {})
        there.setdefault(each.id, []).append(each)
    keys = {}
    for place, by_id in places.items():
        given = {**dict(zip(_PLACE, place, strict=True)), "rids": list(by_id)}
        for row in connection.execute(_KEYS_IN, given):
            keys.update(dict.fromkeys(by_id[row.rid], int(row.id)))
    return keys


def add_due(connection: Connection, work: Sequence[Due], now: float, *, pace: Pace = PACE) -> int:
    """Put work in, or widen what is there. A cause that is there already is only renewed. Returns rows touched.

    ``pace`` says how long the events of a resource that keeps changing wait for each other.
    """
    keys = resource_keys(connection, {each.resource: each.arn for each in work}, now)
    by_key: dict[int, list[tuple[Cause, int]]] = {}
    for each in work:
        by_key.setdefault(keys[each.resource], []).append((each.cause, each.priority))
    _widen(connection, by_key, now, pace)
    return len(by_key)


_ACCOUNT_OF = select(resources.c.account).where(resources.c.id == bindparam("its")).scalar_subquery()


@lru_cache
def widen(dialect: str, most: float) -> Any:
    """INSERT into due, or widen the row that is there: a generation more, more urgent, earlier.

    A time after ``since`` is one for which others of the burst are waited for: it puts the row off, but never more than
    ``most`` seconds beyond the first that waits. What was only to be looked at again is due like new.
    """
    statement = insert_for(dialect, due).values(account=_ACCOUNT_OF)
    given = statement.excluded
    waits = least(dialect, greatest(dialect, due.c.not_before, given.not_before), due.c.since + literal(most))
    return statement.on_conflict_do_update(
        index_elements=["resource_id"],
        set_={
            "generation": due.c.generation + 1,
            "priority": least(dialect, due.c.priority, given.priority),
            "not_before": case(
                (due.c.looking > 0, given.not_before),
                (given.not_before > given.since, waits),
                else_=least(dialect, due.c.not_before, given.not_before),
            ),
            "since": case((due.c.looking > 0, given.since), else_=due.c.since),
            "attempts": 0,
            "looking": 0,
        },
    ).returning(due.c.resource_id, due.c.generation)


def add_causes(connection: Connection, key: int, causes: Iterable[tuple[Cause, int]], now: float) -> None:
    """Make the resource of row ``key`` due for these causes."""
    _widen(connection, {key: list(causes)}, now, PACE)


_PACES = (
    select(resources.c.id, resources.c.streak, resources.c.audited_at, due.c.not_before)
    .outerjoin(due, and_(due.c.resource_id == resources.c.id, due.c.looking == 0))
    .where(resources.c.id.in_(bindparam("keys", expanding=True)), resources.c.audited_at.is_not(None))
)


RENEWED = ("generation", "sections", "not_before", "looks")
"""What is another for a cause that comes once more."""
AT_ONCE = {"not_before": 0.0, "looks": 0}


def _widen(
    connection: Connection, wanted: Mapping[int, Sequence[tuple[Cause, int]]], now: float, pace: Pace
) -> None:
    """Make resources due, by row id; the rows are locked in the order of their keys."""
    if not wanted:
        return
    dialect = dialect_of(connection)
    events = [key for key, given in wanted.items() if any(cause.kind == "event" for cause, _ in given)]
    times = {
        row.id: pace.not_before(row.streak, row.audited_at, now, row.not_before)
        for row in (connection.execute(_PACES, {"keys": events}) if events else ())
    }
    rows = connection.execute(
        widen(dialect, pace.most),
        [
            {
                "resource_id": key,
                "its": key,
                "generation": 1,
                "since": now,
                "not_before": times.get(key, now),
                "priority": min(priority for _, priority in wanted[key]),
                "attempts": 0,
            }
            for key in sorted(wanted)
        ],
    )
    generations = {row.resource_id: row.generation for row in rows}
    connection.execute(
        upsert(dialect, due_causes, ("resource_id", "cause_id"), RENEWED),
        [
            {"resource_id": key, "generation": generations[key], **row_of(cause), **AT_ONCE}
            for key in sorted(wanted)
            for cause, _ in wanted[key]
        ],
    )


_NOW: Any = bindparam("now")
_IS_DUE = (due_causes.c.resource_id == due.c.resource_id, due_causes.c.not_before <= _NOW)
_ONLY: Any = bindparam("only", expanding=True)
_FREE_FOR = (
    select(due.c.resource_id)
    .where(
        or_(due.c.lease_until.is_(None), due.c.lease_until < _NOW),
        due.c.not_before <= _NOW,
        exists().where(*_IS_DUE, due_causes.c.cause_id.in_(_ONLY)),
        ~exists().where(*_IS_DUE, due_causes.c.cause_id.not_in(_ONLY)),
    )
    .order_by(due.c.resource_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CHOSEN: Any = bindparam("chosen", expanding=True)
_LEASE = (
    update(due)
    .where(due.c.resource_id.in_(_CHOSEN))
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), lease_order=bindparam("order"))
)
_CAUSES_OF = (
    select(due_causes)
    .where(due_causes.c.resource_id.in_(_CHOSEN), due_causes.c.not_before <= _NOW)
    .order_by(due_causes.c.id)
)
_CLAIMED = (
    select(due, resources)
    .join(resources, resources.c.id == due.c.resource_id)
    .where(due.c.resource_id.in_(_CHOSEN))
    .order_by(due.c.priority, due.c.not_before, due.c.resource_id)
)


def claim(
    connection: Connection,
    *,
    owner: str,
    now: float,
    lease_seconds: float,
    limit: int,
    lane: tuple[int, int] = EVERYTHING,
    in_hand: InHand = NOTHING,
    only: Sequence[str] = (),
) -> list[Claim]:
    """Lease up to ``limit`` rows of a lane whose time has come, the most urgent first, no account before all others.

    ``only``: ids of causes; rows that are due for some of these and for no others.
    """
    if only:
        given = {"now": now, "most": limit, "only": list(only)}
        chosen = sorted(connection.execute(_FREE_FOR, given).scalars())
    else:
        chosen = sorted(fair.choose(connection, now=now, limit=limit, lane=lane, in_hand=in_hand))
    if not chosen:
        return []
    order = next_value(connection, "read_order")
    connection.execute(
        _LEASE, {"chosen": chosen, "owner": owner, "until": now + lease_seconds, "order": order}
    )
    causes: dict[int, list[Cause]] = {}
    looks: dict[int, int] = {}
    for row in connection.execute(_CAUSES_OF, {"chosen": chosen, "now": now}):
        causes.setdefault(row.resource_id, []).append(cause_of(row))
        looks[row.resource_id] = max(row.looks, looks.get(row.resource_id, 0))
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
            claimed_at=now,
            looks=looks.get(row["resource_id"], 0),
            streak=row["streak"],
            audited_at=row["audited_at"],
            standing=StandingResource(row["state"], row["read_at"], row["event_at"], arn=row["arn"]),
        )
        for row in connection.execute(_CLAIMED, {"chosen": chosen}).mappings()
    ]


_PENDING = select(func.count()).select_from(due).where(due.c.looking == 0)


def pending(connection: Connection, cause_id: str | None = None) -> int:
    """How many resources are due, or are due because of one cause. What is only to be looked at again is not counted."""
    if cause_id is None:
        return int(connection.execute(_PENDING).scalar_one())
    query = select(func.count()).select_from(due_causes).where(due_causes.c.cause_id == cause_id)
    return int(connection.execute(query).scalar_one())


_NEXT = select(func.min(due.c.not_before)).where(
    due.c.lease_until.is_(None),
    due.c.priority.between(bindparam("first"), bindparam("last")),
    due.c.account.not_in(bindparam("full", expanding=True)),
)


def next_time(
    connection: Connection, lane: tuple[int, int] = EVERYTHING, in_hand: InHand = NOTHING
) -> float | None:
    """When the next row of a lane becomes due that nobody has in hand, in Unix seconds.

    Those of accounts of which enough is in hand do not count.
    """
    given = {"first": lane[0], "last": lane[1], "full": sorted(in_hand.full)}
    return connection.execute(_NEXT, given).scalar()
