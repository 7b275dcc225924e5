"""How a claimed row is given back: done, put off, or to be looked at again. Only by who still holds its lease."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from liveaudit.model import Cause
from liveaudit.store import clocks, codec
from liveaudit.store.causes import row_of
from liveaudit.store.clocks import NO_RINGS, Ring
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema import due, due_causes, resources
from liveaudit.store.standing import Look
from liveaudit.store.work import RENEWED, Claim, LeaseLostError

_KEY: Any = bindparam("key")
_CLAIMED = (
    due_causes.c.resource_id == _KEY,
    due_causes.c.generation <= bindparam("upto"),
    due_causes.c.not_before <= bindparam("claimed_at"),
)
_END_CAUSES = delete(due_causes).where(*_CLAIMED)
_KEEP = (
    update(due_causes)
    .where(*_CLAIMED, due_causes.c.cause_id == bindparam("cause"))
    .values(sections=bindparam("only"), not_before=bindparam("at"), looks=due_causes.c.looks + 1)
)
_NEXT_LOOK = select(func.min(due_causes.c.not_before)).where(due_causes.c.resource_id == _KEY)
_END = delete(due).where(due.c.resource_id == _KEY)
_GIVE_BACK = (
    update(due)
    .where(due.c.resource_id == _KEY)
    .values(
        lease_owner=None,
        lease_until=None,
        not_before=bindparam("at"),
        since=bindparam("from_now"),
        attempts=bindparam("tried"),
        looking=bindparam("looks_only"),
    )
)
_HELD = (
    select(due.c.generation)
    .where(
        due.c.resource_id == _KEY,
        due.c.lease_owner == bindparam("owner"),
        due.c.lease_order == bindparam("order"),
    )
    .with_for_update()
)
_AUDITED = (
    update(resources)
    .where(resources.c.id == _KEY)
    .values(streak=bindparam("row"), audited_at=bindparam("at"))
)


NO_LOOKS: Mapping[str, Look] = MappingProxyType({})


def finish(
    connection: Connection,
    claimed: Claim,
    *,
    now: float,
    rest: float = 0.0,
    keep: Mapping[str, Look] = NO_LOOKS,
    besides: Cause | None = None,
    besides_at: float = 0.0,
    rings: Mapping[str, Ring | None] = NO_RINGS,
) -> bool:
    """End the causes of the claim, but those of ``keep``; and the row, if no other is left. Returns whether it ended.

    ``besides``: one more cause, for a look at ``besides_at``. ``rings``: when time alone may change what a policy says,
    by policy id. If causes came in meanwhile the row is free for them
    after ``rest`` seconds, else when the first look is due. Raises LeaseLostError when the lease is no longer ours.
    """
    generation = _held_generation(connection, claimed)
    given = {"key": claimed.key, "upto": claimed.generation, "claimed_at": claimed.claimed_at}
    for cause_id in sorted(keep):
        only = codec.dump(sorted(keep[cause_id].sections))
        connection.execute(_KEEP, {**given, "cause": cause_id, "only": only, "at": keep[cause_id].at})
    connection.execute(_END_CAUSES, given)
    if besides is not None:
        _add_look(connection, claimed, besides, besides_at)
    clocks.wind(connection, claimed, rings)
    if generation != claimed.generation:
        _give_back(connection, claimed, now=now, at=now + rest)
        return False
    next_look = connection.execute(_NEXT_LOOK, {"key": claimed.key}).scalar()
    if next_look is None:
        connection.execute(_END, {"key": claimed.key})
        return True
    _give_back(connection, claimed, now=now, at=next_look, looking=True)
    return False


def put_off(connection: Connection, claimed: Claim, *, until: float, now: float, rest: float = 0.0) -> None:
    """Give the row back, to be tried again at ``until``; its causes stay. Raises LeaseLostError."""
    same = _held_generation(connection, claimed) == claimed.generation
    at = until if same else now + rest
    _give_back(
        connection, claimed, now=now, at=at, tried=claimed.attempts + 1, looking=same and claimed.looks > 0
    )


def _add_look(connection: Connection, claimed: Claim, cause: Cause, at: float) -> None:
    row = {"resource_id": claimed.key, "generation": claimed.generation, **row_of(cause)}
    connection.execute(
        upsert(dialect_of(connection), due_causes, ("resource_id", "cause_id"), RENEWED),
        {**row, "not_before": at, "looks": claimed.looks + 1},
    )


def audited(connection: Connection, claimed: Claim, *, streak: int, now: float) -> None:
    """Note that the resource was audited, so many times in a row."""
    connection.execute(_AUDITED, {"key": claimed.key, "row": streak, "at": now})


def _give_back(
    connection: Connection,
    claimed: Claim,
    *,
    now: float,
    at: float,
    tried: int = 0,
    looking: bool = False,
) -> None:
    given = {"key": claimed.key, "at": at, "from_now": now, "tried": tried, "looks_only": int(looking)}
    connection.execute(_GIVE_BACK, given)


def _held_generation(connection: Connection, claimed: Claim) -> int:
    given = {"key": claimed.key, "owner": claimed.owner, "order": claimed.order}
    generation = connection.execute(_HELD, given).scalar()
    if generation is None:
        raise LeaseLostError(f"the lease on {claimed.resource.id} ran out while it was audited")
    return int(generation)
