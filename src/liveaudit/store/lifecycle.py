"""How audits move findings: they open, stay, are resolved or archived, and why. People's part is decisions.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from liveaudit.model import FindingStatus, Resource, Verdict, responsible_one
from liveaudit.store import codec, locks, texts
from liveaudit.store.schema_findings import LONGEST_PERSON, findings, transitions


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding as it stands: its id and status, and who or what keeps it in that."""

    id: str
    status: FindingStatus
    decided_by: str = ""
    policy: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Why a finding moved: the changes behind it and the times of every hop."""

    changes: tuple[Mapping[str, Any], ...]
    hops: Mapping[str, float]

    @property
    def actor(self) -> str:
        """Who made the change that it is put down to; empty when that is not known."""
        actor = responsible_one(self.changes).get("actor", {})
        told = str(actor.get("arn") or actor.get("principal_id") or actor.get("type") or "")
        return codec.storable(told[:LONGEST_PERSON])


NO_STORY = Story((), {})

_STANDING = select(
    findings.c.policy, findings.c.id, findings.c.status, findings.c.decided_by, findings.c.severity
).where(findings.c.resource_id == bindparam("key"))


def standing_findings(connection: Connection, key: int) -> dict[str, Standing]:
    """The findings of one resource, by policy id."""
    rows = connection.execute(_STANDING, {"key": key})
    return {
        row.policy: Standing(row.id, FindingStatus(row.status), row.decided_by, row.policy, row.severity)
        for row in rows
    }


def open_finding(
    connection: Connection,
    key: int,
    *,
    finding_id: str,
    resource: Resource,
    policy: str,
    severity: str,
    verdict: Verdict,
    now: float,
    story: Story,
    status: FindingStatus = FindingStatus.NEW,
    decided_by: str = "",
) -> None:
    """A policy fails for the first time on this resource (row ``key``).

    ``status``, ``decided_by``: otherwise than new where an exemption is there already.
    """
    connection.execute(
        insert(findings).values(
            id=finding_id,
            resource_id=key,
            policy=policy,
            account=resource.account,
            region=resource.region,
            type=resource.type,
            severity=severity,
            status=status.value,
            decided_by=decided_by,
            reason=codec.storable(verdict.reason),
            evidence=codec.dump(verdict.evidence),
            opened_at=now,
            updated_at=now,
            times_opened=1,
            actor=story.actor,
            opened_by=codec.dump(list(story.changes)),
            opened_hops=codec.dump(dict(story.hops)),
        )
    )
    texts.note(connection, finding_id)
    put_down(connection, finding_id, None, status, verdict.reason, now, story, by=decided_by)


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
    decided_by: str = "",
) -> None:
    """A finding reopens, is resolved or archived. Evidence of a closed finding stays as it was.

    ``decided_by``: of one that opens, and is suppressed by an exemption from the beginning.
    """
    values: dict[str, Any] = {"status": status.value, "updated_at": now, "decided_by": decided_by}
    if status.is_closed:
        values |= {
            "closed_at": now,
            "closed_by": codec.dump(list(story.changes)),
            "closed_hops": codec.dump(dict(story.hops)),
        }
    else:
        values |= {
            "reason": codec.storable(reason),
            "evidence": codec.dump(evidence or {}),
            "opened_at": now,
            "closed_before": findings.c.closed_at,
            "closed_at": None,
            "times_opened": findings.c.times_opened + 1,
            "actor": story.actor,
            "opened_by": codec.dump(list(story.changes)),
            "opened_hops": codec.dump(dict(story.hops)),
            "closed_by": None,
            "closed_hops": None,
        }
        if severity:
            values["severity"] = severity
    connection.execute(update(findings).where(findings.c.id == standing.id).values(**values))
    if not status.is_closed:
        texts.note(connection, standing.id)
    put_down(connection, standing.id, standing.status, status, reason, now, story, by=decided_by)


_REFRESH = (
    update(findings)
    .where(
        findings.c.id == bindparam("finding"),
        # most are as they were, and are not written
        or_(
            findings.c.severity != bindparam("how_bad"),
            findings.c.reason != bindparam("because"),
            findings.c.evidence != bindparam("shown"),
        ),
    )
    .values(severity=bindparam("how_bad"), reason=bindparam("because"), evidence=bindparam("shown"))
)


def refresh_finding(connection: Connection, finding_id: str, verdict: Verdict, severity: str) -> None:
    """The policy still fails: severity and evidence are brought up to date, nothing moves."""
    written = connection.execute(
        _REFRESH,
        {
            "finding": finding_id,
            "how_bad": severity,
            "because": codec.storable(verdict.reason),
            "shown": codec.dump(verdict.evidence),
        },
    )
    if written.rowcount:
        texts.note(connection, finding_id)


@dataclass(frozen=True, slots=True)
class LastTransition:
    """The last move of a finding by an audit, with what it is put down to."""

    id: int
    status: FindingStatus
    changes: tuple[Mapping[str, Any], ...]
    hops: Mapping[str, float]


_LAST_MOVE = (
    select(transitions)
    # what people did is put down to no change
    .where(transitions.c.finding_id == bindparam("finding"), transitions.c.by.not_like("person:%"))
    .order_by(transitions.c.id.desc())
    .limit(1)
)


def last_transition(connection: Connection, finding_id: str) -> LastTransition | None:
    """The last move of a finding by an audit."""
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
        {"closed_by": changes, "closed_hops": hops}
        if last.status.is_closed
        else {"opened_by": changes, "opened_hops": hops, "actor": story.actor}
    )
    connection.execute(update(findings).where(findings.c.id == standing.id).values(**values))
    texts.note(connection, standing.id)


def put_down(
    connection: Connection,
    finding_id: str,
    previous: FindingStatus | None,
    status: FindingStatus,
    reason: str,
    now: float,
    story: Story,
    *,
    by: str = "",
) -> None:
    """Write a step of a finding's history. ``by``: who took it, as ``findings.decided_by``; empty: an audit."""
    locks.transitions_move(connection)
    connection.execute(
        insert(transitions).values(
            finding_id=finding_id,
            previous=None if previous is None else previous.value,
            status=status.value,
            at=now,
            by=by,
            reason=codec.storable(reason),
            changes=codec.dump(list(story.changes)),
            hops=codec.dump(dict(story.hops)),
        )
    )
