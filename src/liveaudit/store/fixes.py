"""Fixes as they are run: begun only within the limits, one at a time on a resource, and kept with what takes them back.

A row stands before the first call is made, so that whoever dies in the midst leaves what was begun and how to undo it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, or_, select, update

from liveaudit.model import OPEN, FindingStatus, LiveauditError, Resource
from liveaudit.store import audit_log, codec
from liveaudit.store.audit_log import Entry
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import findings
from liveaudit.store.schema_fixes import LONGEST_FIXER, fixes
from liveaudit.store.work import next_value

LOST_AFTER = 300.0
"""Seconds without a sign of life after which who ran a fix counts as dead."""
HOUR = 3600.0
DAY = 86_400.0
MOST_A_DAY = 3
"""Times a day that rules mend one finding."""
FIX, UNDO = "fix", "undo"
_TURN = "fixes"
_LONGEST_MESSAGE = 2_000


class State(StrEnum):
    """How a fix stands. LOST: who ran it died in the midst. REFUSED: it was not begun. DRY: put down, and not to be run."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    REFUSED = "refused"
    DRY = "dry run"


class FixRefusedError(LiveauditError):
    """It is not run; the text says why. ``passing``: later it may be."""

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Fixing:
    """A fix, or the undo of one. Times are Unix seconds.

    ``steps``: plain, as fix.row has them; ``done``: how many of them were made; ``basis``, ``after``: digests of the sections
    before and afterwards; ``verdict``, ``reason``: of the policy afterwards, empty: not known yet. ``other``: of an undo the
    fix that it takes back, of a fix the undo that did. ``rule``: that asked for it; empty: a person.
    """

    id: str
    kind: str
    finding_id: str
    key: int
    opened_at: float
    policy: str
    resource: Resource
    arn: str
    by: str
    steps: Sequence[Mapping[str, Any]]
    basis: Mapping[str, str]
    state: State = State.RUNNING
    rule: str = ""
    after: Mapping[str, str] = field(default_factory=dict)
    done: int = 0
    message: str = ""
    began_at: float = 0.0
    seen_at: float = 0.0
    ended_at: float | None = None
    verdict: str = ""
    reason: str = ""
    other: str = ""

    @property
    def can_be_undone(self) -> bool:
        """Whether it has changed something that can be taken back, and nobody did."""
        made = self.state in (State.DONE, State.FAILED, State.LOST)
        begun = self.steps[: self.done if self.state is State.DONE else self.done + 1]
        return self.kind == FIX and made and not self.other and any(each["undo"] for each in begun)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many fixes may begin within an hour: in all, and by one rule (None: no rule asks)."""

    per_hour: int
    of_rule: int | None = None


@dataclass(frozen=True, slots=True)
class Untried:
    """Which findings a rule may mend: of these policies, accounts and regions (empty: all), and not tried yet."""

    policies: Sequence[str]
    accounts: Sequence[str]
    regions: Sequence[str]
    rule: str


def untried(connection: Connection, wanted: Untried, *, now: float, limit: int) -> list[tuple[str, float]]:
    """Open findings that nobody has taken up, the oldest first: each id, and when it opened.

    Not those that were tried since they opened, that a person has undone a fix of, or that were mended too often within a
    day: whoever opens them again means it. A dry run counts for its own rule alone.
    """
    before = fixes.c.finding_id == findings.c.id
    tried = exists().where(
        before,
        fixes.c.opened_at == findings.c.opened_at,
        or_(fixes.c.state != State.DRY, fixes.c.rule == wanted.rule),
    )
    undone = exists().where(before, fixes.c.kind == FIX, fixes.c.other != "")
    often = (
        select(func.count())
        .where(before, fixes.c.kind == FIX, fixes.c.state != State.DRY, fixes.c.began_at > now - DAY)
        .scalar_subquery()
    )
    query = (
        select(findings.c.id, findings.c.opened_at)
        .where(
            findings.c.policy.in_(list(wanted.policies)),
            findings.c.status.in_((FindingStatus.NEW.value, FindingStatus.REOPENED.value)),
            ~tried,
            ~undone,
            often < MOST_A_DAY,
        )
        .order_by(findings.c.opened_at, findings.c.id)
        .limit(limit)
    )
    if wanted.accounts:
        query = query.where(findings.c.account.in_(list(wanted.accounts)))
    if wanted.regions:
        query = query.where(findings.c.region.in_(list(wanted.regions)))
    return [(row.id, row.opened_at) for row in connection.execute(query)]


def begin(connection: Connection, wanted: Fixing, entry: Entry, limits: Limits, now: float) -> Fixing:
    """Write a fix down as begun, with its entry in the audit log. Raises FixRefusedError.

    Its finding must still stand open, as it was when it was planned; of an undo the fix must not be undone yet.
    """
    # whoever begins one waits here for the others, so that none is counted too few
    next_value(connection, _TURN)
    lose(connection, now)
    if wanted.kind == FIX:
        _check_finding(connection, wanted)
        if wanted.rule:
            _check_first(connection, wanted)
        _check_limits(connection, wanted.rule, limits, now)
    else:
        _mark_undone(connection, wanted)
    begun = replace(wanted, state=State.RUNNING, began_at=now, seen_at=now)
    statement = insert_for(dialect_of(connection), fixes).values(_row(begun)).on_conflict_do_nothing()
    if connection.execute(statement.returning(fixes.c.id)).first() is None:
        raise FixRefusedError("another fix runs on this resource: wait until it has ended", passing=True)
    audit_log.put(connection, entry, now)
    return begun


def _check_finding(connection: Connection, wanted: Fixing) -> None:
    row = connection.execute(
        select(findings.c.status, findings.c.opened_at).where(findings.c.id == wanted.finding_id)
    ).first()
    if row is None or row.status not in OPEN or row.opened_at != wanted.opened_at:
        raise FixRefusedError("the finding has moved meanwhile: look at it again")


def _check_first(connection: Connection, wanted: Fixing) -> None:
    """Another worker carries out the same rules: a finding is mended by one of them."""
    tried = connection.execute(
        select(fixes.c.id).where(
            fixes.c.finding_id == wanted.finding_id,
            fixes.c.opened_at == wanted.opened_at,
            fixes.c.state != State.DRY,
        )
    )
    if tried.first() is not None:
        raise FixRefusedError("it was tried already since the finding opened", passing=True)


def _check_limits(connection: Connection, rule: str, limits: Limits, now: float) -> None:
    query = select(func.count()).where(
        fixes.c.kind == FIX,
        fixes.c.began_at > now - HOUR,
        fixes.c.state.not_in((State.REFUSED, State.DRY)),
    )
    if int(connection.execute(query).scalar_one()) >= limits.per_hour:
        raise FixRefusedError(
            f"{limits.per_hour} fixes were begun within the hour, more are not allowed: wait, or raise fixes.per_hour",
            passing=True,
        )
    if limits.of_rule is None:
        return
    if int(connection.execute(query.where(fixes.c.rule == rule)).scalar_one()) >= limits.of_rule:
        raise FixRefusedError(
            f"the rule has begun {limits.of_rule} fixes within the hour, more it may not: wait, or raise its per_hour",
            passing=True,
        )


def _mark_undone(connection: Connection, undo: Fixing) -> None:
    marked = connection.execute(
        update(fixes).where(fixes.c.id == undo.other, fixes.c.other == "").values(other=undo.id)
    )
    if not marked.rowcount:
        raise FixRefusedError("it was undone already")


def put_down(connection: Connection, fixing: Fixing, entry: Entry, now: float) -> None:
    """Write down a fix that is not run: refused, or a dry run."""
    connection.execute(insert(fixes).values(_row(replace(fixing, began_at=now, seen_at=now, ended_at=now))))
    audit_log.put(connection, entry, now)


def step_done(connection: Connection, fix_id: str, done: int, now: float) -> None:
    """So many calls of it are made."""
    connection.execute(update(fixes).where(fixes.c.id == fix_id).values(done=done, seen_at=now))


def end(connection: Connection, fixing: Fixing, now: float) -> None:
    """Write how it ended. An undo that failed before anything was made leaves its fix as one that can be undone."""
    connection.execute(
        update(fixes)
        .where(fixes.c.id == fixing.id)
        .values(
            state=fixing.state.value,
            done=fixing.done,
            message=codec.storable(fixing.message)[:_LONGEST_MESSAGE],
            seen_at=now,
            ended_at=now,
        )
    )
    if fixing.kind == UNDO and fixing.state is not State.DONE:
        connection.execute(update(fixes).where(fixes.c.id == fixing.other).values(other=""))


def judged(connection: Connection, fix_id: str, verdict: str, reason: str, after: Mapping[str, str]) -> None:
    """Write what the policy says afterwards, on which state."""
    connection.execute(
        update(fixes)
        .where(fixes.c.id == fix_id)
        .values(
            verdict=verdict, reason=codec.storable(reason)[:_LONGEST_MESSAGE], after=codec.dump(dict(after))
        )
    )


def lose(connection: Connection, now: float) -> None:
    """Tell those that fell silent as lost."""
    connection.execute(
        update(fixes)
        .where(fixes.c.state == State.RUNNING, fixes.c.seen_at < now - LOST_AFTER)
        .values(state=State.LOST.value, ended_at=now, message="who ran it died in the midst")
    )
    # what was to be taken back still is
    died = select(fixes.c.id).where(fixes.c.kind == UNDO, fixes.c.state == State.LOST)
    connection.execute(update(fixes).where(fixes.c.kind == FIX, fixes.c.other.in_(died)).values(other=""))


def get(connection: Connection, prefix: str) -> list[Fixing]:
    """The fixes whose id begins so; two at most."""
    query = select(fixes).where(fixes.c.id.startswith(prefix, autoescape=True)).order_by(fixes.c.id).limit(2)
    return [_fixing(row) for row in connection.execute(query)]


def list_fixes(connection: Connection, *, finding_id: str = "", limit: int = 50) -> list[Fixing]:
    """The last fixes, the newest first."""
    query = select(fixes).order_by(fixes.c.began_at.desc(), fixes.c.id).limit(limit)
    if finding_id:
        query = query.where(fixes.c.finding_id == finding_id)
    return [_fixing(row) for row in connection.execute(query)]


def _row(fixing: Fixing) -> dict[str, Any]:
    resource = fixing.resource
    return {
        "id": fixing.id,
        "kind": fixing.kind,
        "finding_id": fixing.finding_id,
        "resource_id": fixing.key,
        "opened_at": fixing.opened_at,
        "policy": fixing.policy,
        "partition": resource.partition,
        "account": resource.account,
        "region": resource.region,
        "type": resource.type,
        "rid": resource.id,
        "arn": fixing.arn,
        "by": codec.storable(fixing.by)[:LONGEST_FIXER],
        "rule": fixing.rule,
        "state": fixing.state.value,
        "steps": codec.dump([dict(each) for each in fixing.steps]),
        "basis": codec.dump(dict(fixing.basis)),
        "message": codec.storable(fixing.message)[:_LONGEST_MESSAGE],
        "began_at": fixing.began_at,
        "seen_at": fixing.seen_at,
        "ended_at": fixing.ended_at,
        "other": fixing.other,
    }


def _fixing(row: Row[Any]) -> Fixing:
    return Fixing(
        id=row.id,
        kind=row.kind,
        finding_id=row.finding_id,
        key=row.resource_id,
        opened_at=row.opened_at,
        policy=row.policy,
        resource=Resource(row.partition, row.account, row.region, row.type, row.rid),
        arn=row.arn,
        by=row.by,
        steps=codec.load(row.steps),
        basis=codec.load(row.basis),
        state=State(row.state),
        rule=row.rule,
        after=codec.load(row.after) or {},
        done=row.done,
        message=row.message,
        began_at=row.began_at,
        seen_at=row.seen_at,
        ended_at=row.ended_at,
        verdict=row.verdict,
        reason=row.reason,
        other=row.other,
    )
