"""Which policies were judged as they are, and the resources that are to be judged anew.

Because of an exemption only those are judged anew of which findings are open that it may exempt, or that it holds.

Several workers that start at once find the same: who writes a fingerprint first begins the rejudging. From then on all
may go on with it; each batch is made due once, in the transaction that moves on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from liveaudit.model import OPEN, Cause
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import due_causes, findings, judged_policies, rejudgings, resources
from liveaudit.store.work import POLICY_PRIORITY, add_causes

POLICY = "policy"
"""The kind of the cause."""
Named = tuple[str, str]
"""A policy: resource type and id. One id may stand on several types."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The policies that are new or others than those that were judged, and those that are no more."""

    changed: frozenset[Named]
    removed: frozenset[Named]


def note_policies(
    connection: Connection, fingerprints: Mapping[Named, str], *, complete: bool = True
) -> Changed:
    """Write down that these are the policies. Returns which are others than before: to one of several who ask.

    ``complete``: there are no others; those that are known besides were removed.
    """
    known = {(row.type, row.policy): row.fingerprint for row in connection.execute(select(judged_policies))}
    statement = insert_for(dialect_of(connection), judged_policies)
    given = statement.excluded.fingerprint
    noting = statement.on_conflict_do_update(
        index_elements=["type", "policy"],
        set_={"fingerprint": given},
        where=judged_policies.c.fingerprint != given,
    ).returning(judged_policies.c.policy)
    changed = set()
    for named in sorted(name for name, print_ in fingerprints.items() if known.get(name) != print_):
        row = {"type": named[0], "policy": named[1], "fingerprint": fingerprints[named]}
        if connection.execute(noting, row).first() is not None:
            changed.add(named)
    removed = set()
    for named in sorted(known.keys() - fingerprints.keys()) if complete else ():
        dropping = delete(judged_policies).where(
            judged_policies.c.type == named[0], judged_policies.c.policy == named[1]
        )
        if connection.execute(dropping).rowcount:
            removed.add(named)
    return Changed(frozenset(changed), frozenset(removed))


@dataclass(frozen=True, slots=True)
class Begun:
    """How many resources are to be judged anew, and the ids of the causes for which they become due."""

    resources: int
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Only resources with findings of these: open ones by ``policies`` in ``accounts`` and ``regions`` on resources that are
    ``like`` one of these patterns on id or ARN (each empty: all), and those that stand ``decided_by`` somebody."""

    policies: tuple[str, ...]
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    like: tuple[str, ...]
    decided_by: str

    def condition(self) -> ColumnElement[bool]:
        """For a query on resources."""
        places: list[ColumnElement[bool]] = [
            column.in_(given)
            for column, given in (
                (resources.c.account, self.accounts),
                (resources.c.region, self.regions),
            )
            if given
        ]
        if self.like:
            named = (resources.c.rid, resources.c.arn)
            fits = (column.like(pattern, escape="/") for column in named for pattern in self.like)
            places.append(or_(*fits))
        openly = and_(findings.c.policy.in_(self.policies), findings.c.status.in_(OPEN), *places)
        return exists().where(
            findings.c.resource_id == resources.c.id, or_(openly, findings.c.decided_by == self.decided_by)
        )


def begin(
    connection: Connection, sections: Mapping[str, Collection[str]], narrowed: Narrowed | None = None
) -> Begun:
    """Judge the resources of these types anew, those policies that read one of the sections (none: all policies)."""
    last = connection.execute(select(func.coalesce(func.max(resources.c.id), 0))).scalar_one()
    count, causes = 0, []
    for type_name in sorted(sections):
        there = select(func.count()).where(resources.c.type == type_name, resources.c.state == "present")
        if narrowed is not None:
            there = there.where(narrowed.condition())
        number = connection.execute(there).scalar_one()
        if number:
            beginning = (
                insert(rejudgings)
                .values(
                    type=type_name,
                    sections=codec.dump(sorted(sections[type_name])),
                    upto=0,
                    last=last,
                    narrowed=None if narrowed is None else codec.dump(asdict(narrowed)),
                )
                .returning(rejudgings.c.id)
            )
            causes.append(_cause_id(connection.execute(beginning).scalar_one()))
        count += number
    return Begun(count, tuple(causes))


def _cause_id(number: int) -> str:
    return f"{POLICY}:{number}"


_KEY: Any = bindparam("key")
_NEXT = select(rejudgings).order_by(rejudgings.c.id).limit(1)
_BATCH = (
    select(resources.c.id)
    .where(
        resources.c.type == bindparam("type_name"),
        resources.c.state == "present",
        resources.c.id > bindparam("after"),
        resources.c.id <= bindparam("to"),
    )
    .order_by(resources.c.id)
    .limit(bindparam("most"))
)
_MOVE_ON = (
    update(rejudgings)
    .where(rejudgings.c.id == _KEY, rejudgings.c.upto == bindparam("was"))
    .values(upto=bindparam("at"))
)
_DONE = delete(rejudgings).where(rejudgings.c.id == _KEY)


def make_batch_due(connection: Connection, now: float, *, size: int) -> int | None:
    """Make the next resources due. Returns how many: 0 when another was faster; None when there is nothing to do."""
    row = connection.execute(_NEXT).first()
    if row is None:
        return None
    batch = _BATCH
    if row.narrowed is not None:
        batch = batch.where(
            Narrowed(**{name: _frozen(each) for name, each in codec.load(row.narrowed).items()}).condition()
        )
    found = connection.execute(
        batch, {"type_name": row.type, "after": row.upto, "to": row.last, "most": size}
    )
    keys = list(found.scalars())
    upto = keys[-1] if len(keys) == size else row.last + 1
    if not connection.execute(_MOVE_ON, {"key": row.id, "was": row.upto, "at": upto}).rowcount:
        return 0
    cause = Cause(_cause_id(row.id), POLICY, frozenset(codec.load(row.sections)))
    for key in keys:
        add_causes(connection, key, [(cause, POLICY_PRIORITY)], now)
    if len(keys) < size:
        connection.execute(_DONE, {"key": row.id})
    return len(keys)


def as_like(pattern: str) -> str:
    """A pattern with ``*`` and ``?`` for LIKE, with ``/`` as the escape. It may let more through on SQLite: no case there."""
    escaped = "".join(f"/{each}" if each in "/%_" else each for each in pattern)
    return escaped.replace("*", "%").replace("?", "_")


def _frozen(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


_WAITING = select(func.count()).select_from(due_causes)
_FOR_POLICIES = _WAITING.where(due_causes.c.kind == POLICY)
_FOR_THESE = _WAITING.where(due_causes.c.cause_id.in_(bindparam("causes", expanding=True)))


def waiting(connection: Connection, causes: Collection[str] = ()) -> int:
    """How many resources wait to be judged anew; for these causes, or at all."""
    found = (
        connection.execute(_FOR_THESE, {"causes": list(causes)})
        if causes
        else connection.execute(_FOR_POLICIES)
    )
    return int(found.scalar_one())
