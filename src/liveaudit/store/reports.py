"""What the report of a framework asks the store: what was looked at, when policies judged, and who accepted what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from liveaudit.catalog.targets import SERVICE_TYPE
from liveaudit.model import Outcome
from liveaudit.store.schema import findings, resources, sweeps, transitions, verdicts


@dataclass(frozen=True, slots=True)
class Looked:
    """An account and region: how many resources there are, and when the last sweep of it was over that is done whole."""

    account: str
    region: str
    resources: int
    swept_at: float | None


@dataclass(frozen=True, slots=True)
class Move:
    """How a finding came to stand as it does: by whom or what (as ``findings.decided_by``), why, and when."""

    by: str
    reason: str
    at: float


def _narrowed(query: Select[Any], table: Table, account: str, region: str) -> Select[Any]:
    if account:
        query = query.where(table.c.account == account)
    return query.where(table.c.region == region) if region else query


def looked_at(connection: Connection, *, account: str = "", region: str = "") -> list[Looked]:
    """The accounts and regions in which resources are known.

    A place counts as swept when each of its services is: what is told is the oldest of these times.
    """
    there = (
        select(resources.c.account, resources.c.region, func.count())
        .where(resources.c.state == "present", resources.c.type != SERVICE_TYPE)
        .group_by(resources.c.account, resources.c.region)
        .order_by(resources.c.account, resources.c.region)
    )
    over = select(
        sweeps.c.account,
        sweeps.c.region,
        func.min(sweeps.c.ended_at),
        func.count(),
        func.count(sweeps.c.ended_at),
    ).group_by(sweeps.c.account, sweeps.c.region)
    swept = {
        (row[0], row[1]): row[2] if row[3] == row[4] else None
        for row in connection.execute(_narrowed(over, sweeps, account, region))
    }
    return [
        Looked(row[0], row[1], int(row[2]), swept.get((row[0], row[1])))
        for row in connection.execute(_narrowed(there, resources, account, region))
    ]


def judged_between(
    connection: Connection, *, account: str = "", region: str = ""
) -> dict[str, tuple[float, float]]:
    """Of each policy, when the oldest and the newest of its verdicts were made."""
    times = (func.min(verdicts.c.judged_at), func.max(verdicts.c.judged_at))
    query = select(verdicts.c.policy, *times).where(verdicts.c.staged == 0)
    if account or region:
        joined = query.join(resources, resources.c.id == verdicts.c.resource_id)
        query = _narrowed(joined, resources, account, region)
    return {row[0]: (row[1], row[2]) for row in connection.execute(query.group_by(verdicts.c.policy))}


def numbers_of(
    connection: Connection, statuses: Sequence[str], *, account: str = "", region: str = ""
) -> dict[str, int]:
    """How many findings of each policy are in one of these statuses."""
    query = select(findings.c.policy, func.count()).where(findings.c.status.in_(statuses))
    rows = connection.execute(_narrowed(query, findings, account, region).group_by(findings.c.policy))
    return {row[0]: int(row[1]) for row in rows}


def unknown_of(
    connection: Connection, policy: str, *, account: str = "", region: str = "", limit: int
) -> list[dict[str, Any]]:
    """Resources of which the policy cannot tell anything, the first by account, region and id."""
    query = (
        select(resources.c.arn, resources.c.account, resources.c.region, verdicts.c.reason)
        .join(resources, resources.c.id == verdicts.c.resource_id)
        .where(
            verdicts.c.outcome == Outcome.UNKNOWN.value, verdicts.c.policy == policy, verdicts.c.staged == 0
        )
        .order_by(resources.c.account, resources.c.region, resources.c.rid)
        .limit(limit)
    )
    return [dict(row._mapping) for row in connection.execute(_narrowed(query, resources, account, region))]


def last_moves(connection: Connection, ids: Sequence[str]) -> dict[str, Move]:
    """The last move of each of these findings."""
    last = (
        select(func.max(transitions.c.id).label("id"))
        .where(transitions.c.finding_id.in_(ids))
        .group_by(transitions.c.finding_id)
        .subquery()
    )
    query = select(transitions.c.finding_id, transitions.c.by, transitions.c.reason, transitions.c.at).join(
        last, last.c.id == transitions.c.id
    )
    return {row.finding_id: Move(row.by, row.reason, row.at) for row in connection.execute(query)}
