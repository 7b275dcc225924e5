"""Long work that somebody asked for, as rows: how far it is, how it ended. One of a kind at a time.

Who runs a job writes a sign of life every few seconds. One that fell silent is told as lost: its process died, nobody
works at it any more, and another of its kind may begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, or_, select, update

from liveaudit.model import LiveauditError
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema_jobs import LONGEST_BY, jobs

LOST_AFTER = 20.0
"""Seconds without a sign of life after which a job's process counts as dead."""
KEEP_SECONDS = 90 * 86_400.0
_LONGEST_MESSAGE = 4_000


class State(StrEnum):
    """How a job stands. LOST: its process died before it ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Job:
    """Long work. Times are Unix seconds.

    ``owner``: the process that does it; ``done`` of ``total`` parts (0: not known); ``message``: what it does now, or why
    it failed; ``subject``: what it is about, so that a later one on something else is told from it; ``progress`` and
    ``result``: what its kind makes of them; ``cancelled_by``: who wants it ended, empty: nobody.
    """

    id: str
    kind: str
    asked_by: str
    owner: str
    state: State
    began_at: float
    seen_at: float
    ended_at: float | None = None
    cancelled_by: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    subject: str = ""
    progress: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None

    @property
    def running(self) -> bool:
        """Whether somebody works at it."""
        return self.state is State.RUNNING


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is."""

    done: int = 0
    total: int = 0
    message: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


class JobRunningError(LiveauditError):
    """One of this kind is under way; ``job`` is it."""

    def __init__(self, job: Job) -> None:
        super().__init__(
            f"{job.kind} is under way already, begun by {job.asked_by}: wait for it, or cancel it"
        )
        self.job = job


def begin(
    connection: Connection, *, job_id: str, kind: str, by: str, owner: str, now: float, subject: str = ""
) -> Job:
    """A new job. Raises JobRunningError when one of its kind is under way."""
    lose(connection, now)
    connection.execute(
        delete(jobs).where(jobs.c.began_at < now - KEEP_SECONDS, jobs.c.state != State.RUNNING)
    )
    made = Job(
        job_id,
        kind,
        codec.storable(by)[:LONGEST_BY],
        owner[:64],
        State.RUNNING,
        now,
        now,
        subject=subject,
    )
    row = {
        "id": made.id,
        "kind": kind,
        "asked_by": made.asked_by,
        "owner": made.owner,
        "state": made.state.value,
        "began_at": now,
        "seen_at": now,
        "subject": subject,
    }
    statement = insert_for(dialect_of(connection), jobs).values(row).on_conflict_do_nothing()
    if connection.execute(statement.returning(jobs.c.id)).first() is None:
        running = connection.execute(
            select(jobs).where(jobs.c.kind == kind, jobs.c.state == State.RUNNING)
        ).mappings()
        found = running.first()
        if found is None:  # it ended between the two
            return begin(connection, job_id=job_id, kind=kind, by=by, owner=owner, now=now, subject=subject)
        raise JobRunningError(_job(found))
    return made


def tell(connection: Connection, job_id: str, progress: Progress | None, now: float) -> bool:
    """A sign of life, with how far it is if that is new. Returns whether to go on: not when it is to end, or was lost."""
    values: dict[str, Any] = {"seen_at": now}
    if progress is not None:
        values |= {
            "done": progress.done,
            "total": progress.total,
            "message": codec.storable(progress.message)[:_LONGEST_MESSAGE],
            "progress": codec.dump(dict(progress.more)),
        }
    left = connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == State.RUNNING)
        .values(values)
        .returning(jobs.c.cancelled_by)
    ).first()
    return left is not None and not left.cancelled_by


def end(
    connection: Connection,
    job_id: str,
    state: State,
    now: float,
    *,
    progress: Progress,
    result: Mapping[str, Any] | None = None,
) -> None:
    """Write how a job ended. Does nothing to one that has ended before."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == State.RUNNING)
        .values(
            state=state.value,
            seen_at=now,
            ended_at=now,
            done=progress.done,
            total=progress.total,
            message=codec.storable(progress.message)[:_LONGEST_MESSAGE],
            progress=codec.dump(dict(progress.more)),
            result=None if result is None else codec.dump(dict(result)),
        )
    )


def ask_to_end(connection: Connection, job_id: str, by: str) -> bool:
    """Somebody wants a job ended: its process ends it at its next sign of life. Returns whether it was running."""
    asked = connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == State.RUNNING)
        .values(cancelled_by=(codec.storable(by) or "somebody")[:LONGEST_BY])
        .returning(jobs.c.id)
    )
    return asked.first() is not None


def lose(connection: Connection, now: float, *, owners: frozenset[str] = frozenset()) -> int:
    """Tell the jobs of processes that died as lost: those that fell silent, and those of ``owners``. How many."""
    silent = jobs.c.seen_at < now - LOST_AFTER
    changed = connection.execute(
        update(jobs)
        .where(jobs.c.state == State.RUNNING, or_(silent, jobs.c.owner.in_(owners)) if owners else silent)
        .values(state=State.LOST.value, ended_at=now)
    )
    return changed.rowcount


def running(connection: Connection, now: float) -> list[Job]:
    """The jobs under way, the oldest first."""
    rows = connection.execute(
        select(jobs)
        .where(jobs.c.state == State.RUNNING, jobs.c.seen_at >= now - LOST_AFTER)
        .order_by(jobs.c.began_at, jobs.c.id)
    )
    return [_job(each) for each in rows.mappings()]


def get(connection: Connection, job_id: str, now: float) -> Job | None:
    """One job as it stands; one that fell silent is told as lost, whether or not that is written already."""
    found = connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
    return None if found is None else _told(found, now)


def latest(connection: Connection, kind: str, now: float) -> Job | None:
    """The last job of a kind."""
    statement = (
        select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.began_at.desc(), jobs.c.id.desc()).limit(1)
    )
    found = connection.execute(statement).mappings().first()
    return None if found is None else _told(found, now)


def list_jobs(
    connection: Connection,
    now: float,
    *,
    kind: str = "",
    limit: int = 50,
    after: tuple[float, str] | None = None,
) -> list[Job]:
    """Jobs, the newest first, without their results. ``after``: when the last one before this page began, and its id."""
    columns = [each for each in jobs.c if each.name not in ("progress", "result")]
    statement = select(*columns).order_by(jobs.c.began_at.desc(), jobs.c.id.desc()).limit(limit)
    if kind:
        statement = statement.where(jobs.c.kind == kind)
    if after is not None:
        began, last = after
        statement = statement.where(
            or_(jobs.c.began_at < began, and_(jobs.c.began_at == began, jobs.c.id < last))
        )
    return [_told(each, now) for each in connection.execute(statement).mappings()]


def _told(row: RowMapping, now: float) -> Job:
    found = _job(row)
    if found.running and found.seen_at < now - LOST_AFTER:
        values = {name: getattr(found, name) for name in found.__slots__}
        return Job(**{**values, "state": State.LOST, "ended_at": found.seen_at})
    return found


def _job(row: RowMapping) -> Job:
    values = dict(row)
    values["state"] = State(values["state"])
    values["progress"] = codec.load(values.get("progress")) or {}
    values["result"] = codec.load(values.get("result"))
    return Job(**values)
