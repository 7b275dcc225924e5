"""Resources chosen at random, and what stands of one: for holding the store against AWS. Nothing here writes."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from liveaudit.model import Resource
from liveaudit.store.schema import due, due_causes, resources, verdicts
from liveaudit.store.snapshots import standing_sections, stored_digests
from liveaudit.store.standing import Standing


@dataclass(frozen=True, slots=True)
class Chosen:
    """A resource and its row. ``read_order``: of its last reading."""

    key: int
    resource: Resource
    read_order: int


@dataclass(frozen=True, slots=True)
class Stands:
    """What the store says of a resource. ``outcomes``: by policy; ``doubted``: sections that are known to be outdated;
    ``waits``: why work is due for it, empty if none is; ``read_order`` as in :class:`Chosen`."""

    state: str
    read_order: int
    sections: dict[str, Standing] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()
    outcomes: dict[str, str] = field(default_factory=dict)
    waits: str = ""


def sample(
    connection: Connection,
    number: int,
    *,
    seed: int,
    accounts: Collection[str] = (),
    types: Collection[str] = (),
) -> list[Chosen]:
    """Up to ``number`` resources that are there as far as we know; the same ones for the same ``seed`` and store.

    ``accounts``, ``types``: only these; empty: all.
    """
    query = select(resources.c.id).where(resources.c.state == "present")
    if accounts:
        query = query.where(resources.c.account.in_(sorted(accounts)))
    if types:
        query = query.where(resources.c.type.in_(sorted(types)))
    keys: Sequence[int] = connection.execute(query.order_by(resources.c.id)).scalars().all()
    picked = sorted(random.Random(seed).sample(keys, min(number, len(keys))))  # noqa: S311 - no secret
    found: list[Chosen] = []
    for start in range(0, len(picked), 500):
        rows = connection.execute(
            select(resources)
            .where(resources.c.id.in_(picked[start : start + 500]))
            .order_by(resources.c.account, resources.c.id)
        )
        found += [
            Chosen(
                row.id, Resource(row.partition, row.account, row.region, row.type, row.rid), row.read_order
            )
            for row in rows
        ]
    return found


def stands(connection: Connection, key: int) -> Stands:
    """What stands of one resource."""
    row = connection.execute(select(resources).where(resources.c.id == key)).one()
    waits = connection.execute(select(due.c.resource_id).where(due.c.resource_id == key)).first()
    kinds = sorted(
        set(connection.execute(select(due_causes.c.kind).where(due_causes.c.resource_id == key)).scalars())
    )
    judged = connection.execute(
        select(verdicts.c.policy, verdicts.c.outcome).where(verdicts.c.resource_id == key)
    )
    return Stands(
        row.state,
        row.read_order,
        standing_sections(connection, [key]).get(key, {}),
        frozenset(name for name, each in stored_digests(connection, key).items() if each.doubted),
        {each.policy: each.outcome for each in judged},
        f"due: {', '.join(kinds) or 'a look'}" if waits else "",
    )
