"""What people and exemptions do to findings, many at once: decide, own, remark. Each step is kept with who and why.

A decision is made on what stands: the rows of the resources are locked, so that it and an audit of the same resource
come one after the other, and neither overwrites the other (locks.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from liveaudit.model import FindingStatus, LiveauditError, Outcome
from liveaudit.store import codec, locks, texts
from liveaudit.store.life import Decision, NotPossibleError, decided
from liveaudit.store.lifecycle import NO_STORY, put_down
from liveaudit.store.schema import resources, verdicts
from liveaudit.store.schema_findings import LONGEST_PERSON, findings, remarks

MOST_AT_ONCE = 500
"""Findings that one transaction may touch."""
LONGEST_REASON = 2_000
LONGEST_NOTE = 10_000


class Action(StrEnum):
    """What people do to findings: the decisions, and what is written beside."""

    REVIEW = "review"
    FALSE_POSITIVE = "false positive"
    SUPPRESS = "suppress"
    REOPEN = "reopen"
    OWNER = "owner"
    NOTE = "note"


class UnfitError(LiveauditError):
    """What was given cannot be written down; ``field`` says which part of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one finding. ``refused``: why nothing did; else it moved, or was as wanted already."""

    id: str
    previous: str
    status: str
    refused: str = ""

    @property
    def moved(self) -> bool:
        """Whether it is in another status than before."""
        return self.previous != self.status


_IDS: Any = bindparam("ids", expanding=True)
_KEYS = select(findings.c.resource_id).where(findings.c.id.in_(_IDS)).distinct()
_STAND = (
    select(
        findings.c.id,
        findings.c.status,
        findings.c.decided_by,
        findings.c.times_opened,
        findings.c.owner,
        resources.c.state,
        verdicts.c.outcome,
    )
    .join(resources, resources.c.id == findings.c.resource_id)
    .outerjoin(
        verdicts,
        (verdicts.c.resource_id == findings.c.resource_id) & (verdicts.c.policy == findings.c.policy),
    )
    .where(findings.c.id.in_(_IDS))
    .order_by(findings.c.id)
)


def act(
    connection: Connection, ids: Sequence[str], action: Action, text: str, *, by: str, now: float
) -> list[Done]:
    """Do what a person does. ``text``: the reason, the owner or the note. Raises UnfitError."""
    if action == Action.OWNER:
        return give_to(connection, ids, text, by=by, now=now)
    if action == Action.NOTE:
        return remark(connection, ids, text, by=by, now=now)
    return decide(connection, ids, Decision(action.value), by=by, reason=text, now=now)


def decide(
    connection: Connection, ids: Sequence[str], decision: Decision, *, by: str, reason: str, now: float
) -> list[Done]:
    """Carry out a decision on findings, by id. Returns what came of each that there is, by id. Raises UnfitError.

    ``by``: who or what, as ``findings.decided_by``.
    """
    reason = codec.storable(reason.strip())
    if decision.needs_reason and not reason:
        raise UnfitError("reason", "say why: it stands in the finding's history")
    if len(reason) > LONGEST_REASON:
        raise UnfitError("reason", f"a reason has at most {LONGEST_REASON} characters")
    return [_decide(connection, row, decision, by, reason, now) for row in _locked(connection, ids, by)]


def _decide(
    connection: Connection, row: Row[Any], decision: Decision, by: str, reason: str, now: float
) -> Done:
    standing = FindingStatus(row.status)
    present = row.state != "gone"
    try:
        status = decided(
            standing,
            decision,
            by=by,
            decided_by=row.decided_by,
            outcome=Outcome(row.outcome) if row.outcome and present else None,
            times_opened=row.times_opened,
        )
    except NotPossibleError as error:
        return Done(row.id, row.status, row.status, str(error))
    if status is None:
        return Done(row.id, row.status, row.status)
    values: dict[str, Any] = {
        "status": status.value,
        "updated_at": now,
        "decided_by": "" if status.is_closed or decision == Decision.REOPEN else by,
    }
    if status.is_closed:
        values |= {"closed_at": now, "closed_by": "[]", "closed_hops": "{}"}
    elif decision == Decision.REOPEN and standing != FindingStatus.IN_REVIEW:
        # it was never mended, so it is no regression; it is due from now on
        values |= {
            "opened_at": now,
            "closed_before": None,
            "times_opened": row.times_opened + 1,
        }
    connection.execute(update(findings).where(findings.c.id == row.id).values(**values))
    put_down(connection, row.id, standing, status, reason, now, NO_STORY, by=by)
    return Done(row.id, row.status, status.value)


def give_to(connection: Connection, ids: Sequence[str], owner: str, *, by: str, now: float) -> list[Done]:
    """Make somebody the owner of findings; empty: nobody. Raises UnfitError."""
    owner = codec.storable(owner.strip())
    if len(owner) > LONGEST_PERSON:
        raise UnfitError("owner", f"an owner has at most {LONGEST_PERSON} characters")
    done = []
    for row in _locked(connection, ids, by):
        done.append(Done(row.id, row.status, row.status))
        if row.owner == owner:
            continue
        connection.execute(update(findings).where(findings.c.id == row.id).values(owner=owner))
        _remark(connection, row.id, "owner", owner, by, now)
    return done


def remark(connection: Connection, ids: Sequence[str], text: str, *, by: str, now: float) -> list[Done]:
    """Write a note to findings. Raises UnfitError."""
    text = codec.storable(text.strip())
    if not text:
        raise UnfitError("note", "the note is empty")
    if len(text) > LONGEST_NOTE:
        raise UnfitError("note", f"a note has at most {LONGEST_NOTE} characters")
    done = []
    for row in _locked(connection, ids, by):
        _remark(connection, row.id, "note", text, by, now)
        done.append(Done(row.id, row.status, row.status))
    return done


def _remark(connection: Connection, finding: str, kind: str, text: str, by: str, now: float) -> None:
    connection.execute(insert(remarks).values(finding_id=finding, at=now, by=by, kind=kind, text=text))
    texts.note(connection, finding)


def _locked(connection: Connection, ids: Iterable[str], by: str) -> list[Any]:
    """The findings as they stand, when no audit of their resources is under way any more. Raises UnfitError."""
    wanted = sorted(set(ids))
    if len(wanted) > MOST_AT_ONCE:
        raise UnfitError("ids", f"at most {MOST_AT_ONCE} findings at once")
    if not 0 < len(by) <= LONGEST_PERSON:
        raise UnfitError("by", f"a name has 1 to {LONGEST_PERSON} characters")
    keys = set(connection.execute(_KEYS, {"ids": wanted}).scalars())
    locks.due_rows(connection, keys)
    locks.sections(connection, written=keys, stood_on=set())
    return list(connection.execute(_STAND, {"ids": wanted}))
