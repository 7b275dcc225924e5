"""Questions that wait for who decides a policy elsewhere: one a resource and policy, claimed under a lease.

An audit puts them in, in the transaction that writes what it found; so they are never about less than what is stored. Who
is slow to answer holds up nobody: the resource's row of due work is not held meanwhile. An answer counts only if the
question is still the one that was claimed (its generation says so), and ends it in the transaction that writes the verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from liveaudit.model import Cause, Resource
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import resources
from liveaudit.store.schema_asking import questions

ASK = "ask"
"""The kind of the cause for which a question is asked, where nothing else tells why."""
MOST_CAUSES = 20
"""Of those for which one question waits, the latest are kept."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased question on the resource of row ``key``, which is in this ``state``. ``causes``: why it is asked;
    ``attempts``: how often it was before."""

    key: int
    resource: Resource
    arn: str
    state: str
    policy: str
    generation: int
    attempts: int
    owner: str
    causes: tuple[Cause, ...]


_KEY: Any = bindparam("key")
_POLICY: Any = bindparam("name")
_NOW: Any = bindparam("now")
_OF_RESOURCE = select(questions.c.policy, questions.c.causes).where(
    questions.c.resource_id == _KEY, questions.c.policy.in_(bindparam("names", expanding=True))
)
_FREE = or_(questions.c.lease_until.is_(None), questions.c.lease_until < _NOW)
_WAITING = (
    select(questions.c.resource_id)
    .where(questions.c.policy == _POLICY, questions.c.not_before <= _NOW, _FREE)
    .order_by(questions.c.not_before, questions.c.resource_id)
    .limit(bindparam("most"))
)
_NEXT = (
    select(questions.c.not_before)
    .where(questions.c.policy == _POLICY, _FREE)
    .order_by(questions.c.not_before)
    .limit(1)
)
_CHOSEN: Any = bindparam("chosen", expanding=True)
_THESE = (questions.c.policy == _POLICY, questions.c.resource_id.in_(_CHOSEN))
_LEASE = (
    update(questions).where(*_THESE).values(lease_owner=bindparam("owner"), lease_until=bindparam("until"))
)
_CLAIMED = (
    select(questions, resources)
    .join(resources, resources.c.id == questions.c.resource_id)
    .where(*_THESE)
    .order_by(questions.c.not_before, questions.c.resource_id)
)
_HELD = (
    questions.c.resource_id == _KEY,
    questions.c.policy == _POLICY,
    questions.c.lease_owner == bindparam("owner"),
)
_SAME = (*_HELD, questions.c.generation == bindparam("which"))
_LOCKED = select(questions.c.generation).where(*_HELD).with_for_update()
_PUT_OFF = (
    update(questions)
    .where(*_SAME)
    .values(lease_owner=None, lease_until=None, not_before=bindparam("at"), attempts=questions.c.attempts + 1)
)
_FREED = update(questions).where(*_HELD).values(lease_owner=None, lease_until=None)
_KEPT = update(questions).where(*_SAME).values(lease_until=bindparam("until"))
_END = delete(questions).where(*_SAME)


def put(connection: Connection, key: int, wanted: Mapping[str, Sequence[Cause]], now: float) -> None:
    """Ask about the resource of row ``key``, by policy id: because of these causes, besides those that are there."""
    if not wanted:
        return
    waiting = {
        row.policy: codec.load(row.causes)
        for row in connection.execute(_OF_RESOURCE, {"key": key, "names": sorted(wanted)})
    }
    statement = insert_for(dialect_of(connection), questions)
    given = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["resource_id", "policy"],
            set_={
                "generation": questions.c.generation + 1,
                "not_before": given.not_before,
                "attempts": 0,
                "causes": given.causes,
            },
        ),
        [
            {
                "resource_id": key,
                "policy": policy,
                "generation": 1,
                "since": now,
                "not_before": now,
                "attempts": 0,
                "causes": codec.dump(_merged(waiting.get(policy, ()), wanted[policy])),
            }
            for policy in sorted(wanted)
        ],
    )


def _merged(waiting: Iterable[Mapping[str, Any]], causes: Iterable[Cause]) -> list[Mapping[str, Any]]:
    found = {str(each["id"]): each for each in waiting}
    for cause in causes:
        found.pop(cause.id, None)
        found[cause.id] = {"id": cause.id, "kind": cause.kind, "change": cause.change}
    return list(found.values())[-MOST_CAUSES:]


def drop(connection: Connection, key: int, policies: Collection[str]) -> None:
    """Ask these policies nothing more about the resource of row ``key``; an answer under way does not count."""
    if policies:
        connection.execute(
            delete(questions).where(questions.c.resource_id == key, questions.c.policy.in_(sorted(policies)))
        )


def keep_only(connection: Connection, key: int, policies: Collection[str]) -> None:
    """Ask only these policies about the resource of row ``key``: none of them, where it is gone."""
    connection.execute(
        delete(questions).where(questions.c.resource_id == key, questions.c.policy.not_in(sorted(policies)))
    )


def pending(connection: Connection) -> dict[str, int]:
    """How many questions have no answer yet, by policy id."""
    counting = select(questions.c.policy, func.count()).group_by(questions.c.policy)
    return {row[0]: int(row[1]) for row in connection.execute(counting)}


def next_times(connection: Connection, policies: Iterable[str], now: float) -> dict[str, float]:
    """When the next question of these policies may be asked that nobody has in hand (Unix seconds), by policy id."""
    found = {policy: connection.execute(_NEXT, {"name": policy, "now": now}).scalar() for policy in policies}
    return {policy: float(at) for policy, at in found.items() if at is not None}


def claim(
    connection: Connection, policy: str, *, owner: str, now: float, lease_seconds: float, limit: int
) -> list[Claimed]:
    """Lease up to ``limit`` questions of one policy whose time has come, those that wait longest first."""
    found = _WAITING.with_for_update(skip_locked=True)
    chosen = sorted(connection.execute(found, {"name": policy, "now": now, "most": limit}).scalars())
    if not chosen:
        return []
    these = {"name": policy, "chosen": chosen}
    connection.execute(_LEASE, {**these, "owner": owner, "until": now + lease_seconds})
    return [
        Claimed(
            key=row["resource_id"],
            resource=Resource(row["partition"], row["account"], row["region"], row["type"], row["rid"]),
            arn=row["arn"],
            state=row["state"],
            policy=policy,
            generation=row["generation"],
            attempts=row["attempts"],
            owner=owner,
            causes=tuple(
                Cause(each["id"], each["kind"], change=each["change"]) for each in codec.load(row["causes"])
            ),
        )
        for row in connection.execute(_CLAIMED, these).mappings()
    ]


def is_held(connection: Connection, claimed: Claimed) -> bool:
    """Whether the question is still the one that was claimed, by us; it is locked then.

    If it was asked anew meanwhile, it is free for that at once.
    """
    given = _given(claimed)
    generation = connection.execute(_LOCKED, given).scalar()
    if generation is None:
        return False
    if int(generation) != claimed.generation:
        connection.execute(_FREED, given)
        return False
    return True


def end(connection: Connection, claimed: Claimed) -> None:
    """It is answered."""
    connection.execute(_END, {**_given(claimed), "which": claimed.generation})


def put_off(connection: Connection, claimed: Claimed, until: float) -> None:
    """Ask again at ``until``; ``attempts`` counts it."""
    connection.execute(_PUT_OFF, {**_given(claimed), "which": claimed.generation, "at": until})


def hold(connection: Connection, claims: Iterable[Claimed], until: float) -> None:
    """Hold the leases longer, of those that are still ours."""
    for each in sorted(claims, key=lambda one: (one.key, one.policy)):
        connection.execute(_KEPT, {**_given(each), "which": each.generation, "until": until})


def give_back(connection: Connection, claims: Iterable[Claimed]) -> None:
    """Let others ask at once, what is still ours."""
    for each in sorted(claims, key=lambda one: (one.key, one.policy)):
        connection.execute(_FREED, _given(each))


def _given(claimed: Claimed) -> dict[str, Any]:
    return {"key": claimed.key, "name": claimed.policy, "owner": claimed.owner}
