"""One account and region from close by: what waits there, what is not known and why, what no event brought."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, literal_column, select

from liveaudit.store.misses import Miss
from liveaudit.store.schema import due, misses, resources, verdicts
from liveaudit.store.unknowns import kind_of
from liveaudit.store.work import SWEEP_PRIORITY

MOST = 50
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Waits:
    """A resource that is due for events. ``since``, ``not_before``: Unix seconds; ``attempts``: readings that failed;
    ``held``: an auditor has it in hand."""

    key: int
    type: str
    resource: str
    since: float
    not_before: float
    attempts: int
    held: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why verdicts on resources of a type are UNKNOWN, and how many are for this reason; as hostile as who made it up."""

    type: str
    kind: str
    reason: str
    number: int


def waiting(
    connection: Connection, account: str, region: str, *, now: float, most: int = MOST
) -> list[Waits]:
    """What is due for events, but for further looks; those that wait longest first."""
    query = (
        select(
            resources.c.id,
            resources.c.type,
            resources.c.rid,
            due.c.since,
            due.c.not_before,
            due.c.attempts,
            due.c.lease_until,
        )
        .join(resources, resources.c.id == due.c.resource_id)
        .where(
            due.c.account == account,
            due.c.priority < SWEEP_PRIORITY,
            due.c.looking == 0,
            resources.c.region == region,
        )
        .order_by(due.c.since, resources.c.id)
        .limit(most)
    )
    return [Waits(*row[:6], (row[6] or 0.0) > now) for row in connection.execute(query)]


def reasons(connection: Connection, account: str, region: str, *, most: int = MOST) -> list[Reason]:
    """Why verdicts are UNKNOWN there, the most frequent reasons first."""
    told = func.substr(verdicts.c.reason, 1, _LONGEST_REASON).label("told")
    kind = kind_of(verdicts.c.reason).label("kind")
    query = (
        select(resources.c.type, kind, told, func.count().label("number"))
        .join(resources, resources.c.id == verdicts.c.resource_id)
        .where(
            resources.c.account == account,
            resources.c.region == region,
            # written out, so that the index of just these is used
            verdicts.c.outcome == literal_column("'UNKNOWN'"),
        )
        .group_by(resources.c.type, literal_column("kind"), literal_column("told"))
        .order_by(literal_column("number").desc(), resources.c.type, literal_column("told"))
        .limit(most)
    )
    return [Reason(row.type, row.kind, row.told, row.number) for row in connection.execute(query)]


def missed(connection: Connection, account: str, region: str, *, most: int = MOST) -> list[Miss]:
    """Changes there that no event has brought, newest first."""
    query = (
        select(misses, resources.c.region, resources.c.type, resources.c.rid.label("resource"))
        .join(resources, resources.c.id == misses.c.resource_id)
        .where(misses.c.account == account, resources.c.region == region, misses.c.late_at.is_(None))
        .order_by(misses.c.counted_at.desc(), misses.c.id.desc())
        .limit(most)
    )
    names = Miss.__dataclass_fields__
    return [Miss(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()]
