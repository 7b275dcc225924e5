"""Long work that was begun here, by whom, how far it is, and how to end it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.store import jobs
from liveaudit.web.access.principal import Operator, Viewer
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.paging import Cursor, Limit, Page, read_cursor, write_cursor
from liveaudit.web.problems import Problem

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])
JobId = Annotated[str, Path(max_length=64, description="The job's id.")]


class JobAnswer(BaseModel):
    """A job, without what its kind makes of it."""

    id: str = Field(examples=["6bf058de223f4b01b9c95266464a4c23"])
    kind: str = Field(description="What it does; one of a kind runs at a time.", examples=["setup check"])
    asked_by: str = Field(description="Who began it.")
    state: jobs.State = Field(description="`lost`: its process died before it ended.")
    began_at: float
    ended_at: float | None
    cancelled_by: str = Field(description="Who wants it ended; empty: nobody.")
    done: int = Field(description="Parts that are done.")
    total: int = Field(description="Parts that there are; 0: not known.")
    message: str = Field(description="What it does now, or why it failed.")
    subject: str = Field(description="What it is about: jobs on the same settings bear the same.")


class WholeJob(JobAnswer):
    """A job with its progress and its result."""

    progress: dict[str, Any] = Field(description="`matrices` of states by account and region, and `notes`.")
    result: dict[str, Any] | None = Field(description="What it came to; null before its end.")


def told(job: jobs.Job) -> WholeJob:
    """A job as the API tells it."""
    return WholeJob(**_plain(job), progress=dict(job.progress), result=_or_none(job))


def _or_none(job: jobs.Job) -> dict[str, Any] | None:
    return None if job.result is None else dict(job.result)


def _plain(job: jobs.Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in JobAnswer.model_fields}


@router.get("")
def list_jobs(
    console: ConsoleDep,
    who: Viewer,
    kind: Annotated[str, Query(max_length=64, description="Only of this kind.")] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[JobAnswer]:
    """Jobs, the newest first."""
    after = read_cursor(cursor, float, str)
    found = console.database.read_now(
        partial(
            jobs.list_jobs,
            now=console.clock(),
            kind=kind,
            limit=limit + 1,
            after=None if after is None else (after[0], after[1]),
        )
    )
    items = found[:limit]
    more = write_cursor(items[-1].began_at, items[-1].id) if len(found) > limit else None
    return Page(items=[JobAnswer(**_plain(each)) for each in items], next=more)


@router.get("/{job_id}", responses={404: {"description": "There is no such job."}})
def get_job(console: ConsoleDep, who: Viewer, job_id: JobId) -> WholeJob:
    """One job, with how far it is and what it came to."""
    return told(_job(console, job_id))


@router.post(
    "/{job_id}/cancel",
    responses={404: {"description": "There is no such job."}, 409: {"description": "It has ended."}},
)
def cancel_job(console: ConsoleDep, who: Operator, job_id: JobId) -> WholeJob:
    """End a job at its next sign of life. What AWS has begun goes on there."""
    job = _job(console, job_id)
    if not console.database.write_now(partial(jobs.ask_to_end, job_id=job_id, by=who.name)):
        raise Problem(409, "It has ended", f"the job is {job.state.value}")
    console.log_change(who, "job cancelled", job.kind, job_id)
    return told(_job(console, job_id))


def _job(console: Console, job_id: str) -> jobs.Job:
    found = console.database.read_now(partial(jobs.get, job_id=job_id, now=console.clock()))
    if found is None:
        raise Problem(404, "Not Found", "there is no such job")
    return found
