"""Findings and their transitions as rows; verdicts as they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, or_, select, update

from liveaudit.model import FindingStatus, Verdict
from liveaudit.store import codec, locks
from liveaudit.store.schema import findings, resources, transitions, verdicts
from liveaudit.store.work import dialect_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding as it stands: its id and status."""

    id: str
    status: FindingStatus


@dataclass(frozen=True, slots=True)
class Story:
    """Why a finding moved: the changes behind it and the times of every hop."""

    changes: tuple[Mapping[str, Any], ...]
    hops: Mapping[str, float]


_STANDING = select(findings.c.policy, findings.c.id, findings.c.status).where(
    findings.c.resource_id == bindparam("key")
)


def standing_findings(connection: Connection, key: int) -> dict[str, Standing]:
    """The findings of one resource, by policy id."""
    rows = connection.execute(_STANDING, {"key": key})
    return {row.policy: Standing(row.id, FindingStatus(row.status)) for row in rows}


def open_finding(
    connection: Connection,
    key: int,
    *,
    finding_id: str,
    policy: str,
    severity: str,
    verdict: Verdict,
    now: float,
    story: Story,
) -> None:
    """A policy fails for the first time on this resource."""
    connection.execute(
        insert(findings).values(
            id=finding_id,
            resource_id=key,
            policy=policy,
            severity=severity,
            status=FindingStatus.NEW.value,
            reason=codec.storable(verdict.reason),
            evidence=codec.dump(verdict.evidence),
            opened_at=now,
            updated_at=now,
            times_opened=1,
            opened_by=codec.dump(list(story.changes)),
            opened_hops=codec.dump(dict(story.hops)),
        )
    )
    _transition(connection, finding_id, None, FindingStatus.NEW, verdict.reason, now, story)


def move_finding(
    connection: Connection,
    standing: Standing,
    status: FindingStatus,
    *,
    severity: str | None,
    reason: str,
    evidence: Mapping[str, Any] | None,
    now: float,
    story: Story,
) -> None:
    """A finding reopens, is resolved or archived. Evidence of a closed finding stays as it was."""
    values: dict[str, Any] = {"status": status.value, "updated_at": now}
    if status.is_open:
        values |= {
            "reason": codec.storable(reason),
            "evidence": codec.dump(evidence or {}),
            "opened_at": now,
            "closed_at": None,
            "times_opened": findings.c.times_opened + 1,
            "opened_by": codec.dump(list(story.changes)),
            "opened_hops": codec.dump(dict(story.hops)),
            "closed_by": None,
            "closed_hops": None,
        }
        if severity:
            values["severity"] = severity
    else:
        values |= {
            "closed_at": now,
            "closed_by": codec.dump(list(story.changes)),
            "closed_hops": codec.dump(dict(story.hops)),
        }
    connection.execute(update(findings).where(findings.c.id == standing.id).values(**values))
    _transition(connection, standing.id, standing.status, status, reason, now, story)


_REFRESH = (
    update(findings)
    .where(findings.c.id == bindparam("finding"))
    .values(severity=bindparam("how_bad"), reason=bindparam("because"), evidence=bindparam("shown"))
)


def refresh_finding(connection: Connection, finding_id: str, verdict: Verdict, severity: str) -> None:
    """The policy still fails: severity and evidence are brought up to date, nothing moves."""
    connection.execute(
        _REFRESH,
        {
            "finding": finding_id,
            "how_bad": severity,
            "because": codec.storable(verdict.reason),
            "shown": codec.dump(verdict.evidence),
        },
    )


@dataclass(frozen=True, slots=True)
class LastTransition:
    """The last move of a finding, with what it is put down to."""

    id: int
    status: FindingStatus
    changes: tuple[Mapping[str, Any], ...]
    hops: Mapping[str, float]


_LAST_MOVE = (
    select(transitions)
    .where(transitions.c.finding_id == bindparam("finding"))
    .order_by(transitions.c.id.desc())
    .limit(1)
)


def last_transition(connection: Connection, finding_id: str) -> LastTransition | None:
    """The last move of a finding."""
    row = connection.execute(_LAST_MOVE, {"finding": finding_id}).first()
    if row is None:
        return None
    return LastTransition(
        row.id, FindingStatus(row.status), tuple(codec.load(row.changes)), codec.load(row.hops)
    )


def amend_transition(connection: Connection, standing: Standing, last: LastTransition, story: Story) -> None:
    """Put a move down to more changes than were known when it was made."""
    changes, hops = codec.dump(list(story.changes)), codec.dump(dict(story.hops))
    connection.execute(
        update(transitions).where(transitions.c.id == last.id).values(changes=changes, hops=hops)
    )
    values = (
        {"opened_by": changes, "opened_hops": hops}
        if last.status.is_open
        else {"closed_by": changes, "closed_hops": hops}
    )
    connection.execute(update(findings).where(findings.c.id == standing.id).values(**values))


def _transition(
    connection: Connection,
    finding_id: str,
    previous: FindingStatus | None,
    status: FindingStatus,
    reason: str,
    now: float,
    story: Story,
) -> None:
    locks.transitions_move(connection)
    connection.execute(
        insert(transitions).values(
            finding_id=finding_id,
            previous=None if previous is None else previous.value,
            status=status.value,
            at=now,
            reason=codec.storable(reason),
            changes=codec.dump(list(story.changes)),
            hops=codec.dump(dict(story.hops)),
        )
    )


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


def _finding(row: Row[Any]) -> dict[str, Any]:
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
    }


_FINDING_COLUMNS = (
    findings,
    resources.c.type,
    resources.c.rid,
    resources.c.arn,
    resources.c.account,
    resources.c.region,
)


def _where(wanted: Filter, policy: Any) -> list[Any]:
    conditions: list[Any] = []
    if wanted.policy:
        conditions.append(policy == wanted.policy)
    if wanted.account:
        conditions.append(resources.c.account == wanted.account)
    if wanted.region:
        conditions.append(resources.c.region == wanted.region)
    if wanted.service_types:
        conditions.append(resources.c.type.in_(wanted.service_types))
    if wanted.resource:
        conditions.append(or_(resources.c.rid == wanted.resource, resources.c.arn == wanted.resource))
    return conditions


def list_findings(connection: Connection, wanted: Filter, *, limit: int = 1000) -> list[dict[str, Any]]:
    """The findings that match, the most recently moved first."""
    of_resource = wanted.account or wanted.region or wanted.service_types or wanted.resource
    query = select(*_FINDING_COLUMNS).join(
        resources,
        resources.c.id == findings.c.resource_id,
        # every finding has its resource: outer only says to begin with the findings
        isouter=not of_resource,
    )
    for condition in _where(wanted, findings.c.policy):
        query = query.where(condition)
    status: ColumnElement[str] = findings.c.status
    severity: ColumnElement[str] = findings.c.severity
    if dialect_of(connection) == "sqlite":
        # as an expression no index serves it: SQLite would rather sort all that are open than go by their time
        status, severity = status.concat(""), severity.concat("")
    if wanted.status:
        query = query.where(status.in_(wanted.status))
    if wanted.severity:
        query = query.where(severity.in_(wanted.severity))
    query = query.order_by(findings.c.updated_at.desc(), findings.c.id).limit(limit)
    return [_finding(row) for row in connection.execute(query)]


def get_findings(connection: Connection, prefix: str) -> list[dict[str, Any]]:
    """The findings whose id begins with ``prefix``, with their history; two at most."""
    query = (
        select(*_FINDING_COLUMNS)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.id.startswith(prefix, autoescape=True))
        .limit(2)
    )
    # a tree's order is not what LIKE asks of it, so the range is said too; z comes after every digit of an id
    begins = prefix.lower().rstrip("-")
    if begins:
        query = query.where(findings.c.id.between(begins, f"{begins}z"))
    found = [_finding(row) for row in connection.execute(query)]
    for each in found:
        each["history"] = [
            {
                "status": row.status,
                "previous": row.previous,
                "at": row.at,
                "reason": row.reason,
                "changes": codec.load(row.changes),
                "hops": codec.load(row.hops),
            }
            for row in connection.execute(
                select(transitions).where(transitions.c.finding_id == each["id"]).order_by(transitions.c.id)
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
            transitions.c.at.label("moved_at"),
            transitions.c.changes.label("changes"),
            transitions.c.hops.label("hops"),
            *_FINDING_COLUMNS,
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
        each = _finding(row)
        each.update(
            number=row.number,
            to=row.to,
            at=row.moved_at,
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
    for condition in _where(wanted, verdicts.c.policy):
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
        }
        for row in connection.execute(query)
    ]


def count_findings(connection: Connection) -> dict[tuple[str, str], int]:
    """How many findings stand, by (status, severity)."""
    query = select(findings.c.status, findings.c.severity, func.count()).group_by(
        findings.c.status, findings.c.severity
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}
