"""Findings, their history and the verdicts, as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, or_, select, union_all

from liveaudit.model import FindingStatus
from liveaudit.store import codec, locks
from liveaudit.store.dialects import dialect_of
from liveaudit.store.schema import findings, remarks, resources, transitions, verdicts


@dataclass(frozen=True, slots=True)
class Filter:
    """Which findings or verdicts are wanted; empty fields want all."""

    status: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    policy: str = ""
    account: str = ""
    region: str = ""
    service_types: tuple[str, ...] = ()
    resource: str = ""
    outcome: tuple[str, ...] = ()


def finding_row(row: Row[Any]) -> dict[str, Any]:
    """A row of FINDING_COLUMNS as it is told."""
    given = row._mapping
    return {
        "id": given["id"],
        "policy": given["policy"],
        "severity": given["severity"],
        "status": given["status"],
        "type": given["type"],
        "resource": given["rid"],
        "arn": given["arn"],
        "account": given["account"],
        "region": given["region"],
        "reason": given["reason"],
        "evidence": codec.load(given["evidence"]),
        "opened_at": given["opened_at"],
        "closed_at": given["closed_at"],
        "updated_at": given["updated_at"],
        "times_opened": given["times_opened"],
        "opened_by": codec.load(given["opened_by"]),
        "closed_by": codec.load(given["closed_by"]),
        "opened_hops": codec.load(given["opened_hops"]),
        "closed_hops": codec.load(given["closed_hops"]),
        "closed_before": given["closed_before"],
        "decided_by": given["decided_by"],
        "owner": given["owner"],
        "actor": given["actor"],
    }


FINDING_COLUMNS = (
    findings,
    resources.c.rid,
    resources.c.arn,
)


def conditions_of(wanted: Filter, table: Table) -> list[Any]:
    """Conditions on findings or verdicts; the place of a finding stands in its own row."""
    place = table if table is findings else resources
    conditions: list[Any] = []
    if wanted.policy:
        conditions.append(table.c.policy == wanted.policy)
    if wanted.account:
        conditions.append(place.c.account == wanted.account)
    if wanted.region:
        conditions.append(place.c.region == wanted.region)
    if wanted.service_types:
        conditions.append(place.c.type.in_(wanted.service_types))
    if wanted.resource:
        conditions.append(or_(resources.c.rid == wanted.resource, resources.c.arn == wanted.resource))
    return conditions


def list_findings(connection: Connection, wanted: Filter, *, limit: int = 1000) -> list[dict[str, Any]]:
    """The findings that match, the most recently moved first."""
    severity: ColumnElement[str] = findings.c.severity
    if dialect_of(connection) == "sqlite":
        # as an expression no index serves it: SQLite would rather sort all of a severity than go by their time
        severity = severity.concat("")
    parts = []
    # each status is read in order by its index, and as many as are wanted; then they are put together
    for status in wanted.status or [each.value for each in FindingStatus]:
        query = select(findings.c.id, findings.c.updated_at).where(findings.c.status == status)
        if wanted.resource:
            query = query.join(resources, resources.c.id == findings.c.resource_id)
        for condition in conditions_of(wanted, findings):
            query = query.where(condition)
        if wanted.severity:
            query = query.where(severity.in_(wanted.severity))
        ordered = query.order_by(findings.c.updated_at.desc(), findings.c.id).limit(limit)
        parts.append(select(ordered.subquery()))
    together = union_all(*parts).subquery()
    chosen = select(together).order_by(together.c.updated_at.desc(), together.c.id).limit(limit).subquery()
    rows = (
        select(*FINDING_COLUMNS)
        .select_from(chosen)
        .join(findings, findings.c.id == chosen.c.id)
        .join(resources, resources.c.id == findings.c.resource_id)
        .order_by(chosen.c.updated_at.desc(), chosen.c.id)
    )
    return [finding_row(row) for row in connection.execute(rows)]


def get_findings(connection: Connection, prefix: str) -> list[dict[str, Any]]:
    """The findings whose id begins with ``prefix``, with their history; two at most."""
    query = (
        select(*FINDING_COLUMNS)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.id.startswith(prefix, autoescape=True))
        .limit(2)
    )
    # a tree's order is not what LIKE asks of it, so the range is said too; z comes after every digit of an id
    begins = prefix.lower().rstrip("-")
    if begins:
        query = query.where(findings.c.id.between(begins, f"{begins}z"))
    found = [finding_row(row) for row in connection.execute(query)]
    for each in found:
        each["history"] = [
            {
                "status": row.status,
                "previous": row.previous,
                "at": row.at,
                "reason": row.reason,
                "by": row.by,
                "changes": codec.load(row.changes),
                "hops": codec.load(row.hops),
            }
            for row in connection.execute(
                select(transitions).where(transitions.c.finding_id == each["id"]).order_by(transitions.c.id)
            )
        ]
        each["remarks"] = [
            {"kind": row.kind, "at": row.at, "by": row.by, "text": row.text}
            for row in connection.execute(
                select(remarks).where(remarks.c.finding_id == each["id"]).order_by(remarks.c.id)
            )
        ]
    return found


def newest_transition(connection: Connection) -> int:
    """The number up to which all transitions are committed; 0: there is none."""
    settled = locks.settled_transition(connection)
    if settled is not None:
        return settled
    newest = connection.execute(select(func.max(transitions.c.id))).scalar_one()
    return int(newest or 0)


def transitions_since(connection: Connection, after: int, *, limit: int = 0) -> list[dict[str, Any]]:
    """Transitions with a number above ``after``, in order, with the finding they belong to; ``limit`` at most (0: all).

    Who goes on from the last number that was given misses none, whichever worker committed when.
    """
    settled = locks.settled_transition(connection)
    query = (
        select(
            transitions.c.id.label("number"),
            transitions.c.status.label("to"),
            transitions.c.previous.label("came_from"),
            transitions.c.at.label("moved_at"),
            transitions.c.by.label("moved_by"),
            transitions.c.changes.label("changes"),
            transitions.c.hops.label("hops"),
            *FINDING_COLUMNS,
        )
        .join(findings, findings.c.id == transitions.c.finding_id)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(transitions.c.id > after)
        .order_by(transitions.c.id)
    )
    if settled is not None:
        query = query.where(transitions.c.id <= settled)
    if limit:
        query = query.limit(limit)
    found = []
    for row in connection.execute(query):
        each = finding_row(row)
        each.update(
            number=row.number,
            to=row.to,
            previous=row.came_from,
            at=row.moved_at,
            by=row.moved_by,
            changes=codec.load(row.changes),
            hops=codec.load(row.hops),
        )
        found.append(each)
    return found


def count_transitions(connection: Connection) -> int:
    """How often findings moved in all."""
    return int(connection.execute(select(func.count()).select_from(transitions)).scalar_one())


def list_verdicts(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """The verdicts that match, by account, region, type, id and policy."""
    query = select(
        verdicts, resources.c.type, resources.c.rid, resources.c.arn, resources.c.account, resources.c.region
    ).join(resources, resources.c.id == verdicts.c.resource_id)
    for condition in conditions_of(wanted, verdicts):
        query = query.where(condition)
    if wanted.outcome:
        query = query.where(verdicts.c.outcome.in_(wanted.outcome))
    query = query.order_by(
        resources.c.account, resources.c.region, resources.c.type, resources.c.rid, verdicts.c.policy
    )
    return [
        {
            "policy": row.policy,
            "type": row.type,
            "id": row.rid,
            "arn": row.arn,
            "account": row.account,
            "region": row.region,
            "verdict": row.outcome,
            "reason": row.reason,
            "evidence": codec.load(row.evidence),
            "unsettled": row.unsettled,
            "staged": bool(row.staged),
        }
        for row in connection.execute(query)
    ]


def count_findings(connection: Connection) -> dict[tuple[str, str], int]:
    """How many findings stand, by (status, severity)."""
    query = select(findings.c.status, findings.c.severity, func.count()).group_by(
        findings.c.status, findings.c.severity
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}
