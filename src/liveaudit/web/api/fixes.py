"""The API of fixes: the calls that mend a finding, what takes them back, and having them run."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from liveaudit.store.fixes import Fixing
from liveaudit.web.access.principal import Administrator, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.findings import fixing
from liveaudit.web.paging import Page

router = APIRouter(prefix="/api/v1/findings", tags=["fixes"])
FixId = Annotated[str, Path(pattern="^[0-9a-f]{1,32}$", description="The fix's id.")]


class PlanAnswer(BaseModel):
    """What would be done about a finding."""

    finding: str
    policy: str
    arn: str
    does: str = Field(description="What the calls do, in words; empty: there is no fix.")
    beware: str = Field(description="What may break.")
    commands: list[str] = Field(description="The calls as commands of the AWS CLI.")
    undo_commands: list[str] = Field(description="What takes them back.")
    not_undone: list[str] = Field(description="Why some of it cannot be undone.")
    why_not: str = Field(description="Why it may not be run; empty: it may.")
    is_on: bool = Field(description="Whether the settings name a role that runs fixes.")


class FixAnswer(BaseModel):
    """A fix that was run, or the undo of one."""

    id: str
    kind: str = Field(description="`fix` or `undo`.")
    policy: str
    arn: str
    by: str
    rule: str = Field(description="The rule that asked for it; empty: a person.")
    state: str
    steps: list[dict[str, Any]] = Field(description="The calls.")
    done: int = Field(description="How many of them were made.")
    message: str
    began_at: float
    ended_at: float | None
    verdict: str = Field(description="Of the policy afterwards; empty: not known yet.")
    reason: str
    can_be_undone: bool


class BegunAnswer(BaseModel):
    """It was begun: the job tells how far it is."""

    job: str | None = Field(description="Its id, for /api/v1/jobs.")


class UndoGiven(BaseModel):
    """How a fix is taken back."""

    anyway: bool = Field(
        default=False, description="Even where somebody has changed since what it would overwrite."
    )


@router.get("/{finding}/fix")
def plan(console: ConsoleDep, who: Viewer, finding: UUID) -> PlanAnswer:
    """The exact calls that would mend it, filled in, and those that take them back."""
    found, why = fixing.plan(console, str(finding))
    is_on = fixing.settings_with_role(console) is not None
    if found is None:
        return PlanAnswer(
            finding=str(finding),
            policy="",
            arn="",
            does="",
            beware="",
            commands=[],
            undo_commands=[],
            not_undone=[],
            why_not=why,
            is_on=is_on,
        )
    return PlanAnswer(
        finding=found.finding["id"],
        policy=found.finding["policy"],
        arn=found.resource.arn or "",
        does=found.fix.does,
        beware=found.fix.beware,
        commands=list(found.commands),
        undo_commands=list(found.undo_commands),
        not_undone=list(found.not_undone),
        why_not=found.why_not,
        is_on=is_on,
    )


@router.get("/{finding}/fixes")
def made(console: ConsoleDep, who: Viewer, finding: UUID) -> Page[FixAnswer]:
    """The fixes of a finding that were run, the newest first."""
    return Page(items=[_told(each) for each in fixing.made(console, str(finding))], next=None)


def _told(each: Fixing) -> FixAnswer:
    return FixAnswer(
        id=each.id,
        kind=each.kind,
        policy=each.policy,
        arn=each.arn,
        by=each.by,
        rule=each.rule,
        state=each.state.value,
        steps=[dict(one) for one in each.steps],
        done=each.done,
        message=each.message,
        began_at=each.began_at,
        ended_at=each.ended_at,
        verdict=each.verdict,
        reason=each.reason,
        can_be_undone=each.can_be_undone,
    )


@router.post("/{finding}/fix", status_code=202)
async def run(console: ConsoleDep, who: Administrator, finding: UUID) -> BegunAnswer:
    """Have the calls made, and the resource audited. 409: fixes are off, or it is not to be mended."""
    await fixing.run(console, who, str(finding))
    return _begun(console, finding)


@router.post("/{finding}/fixes/{fix}/undo", status_code=202)
async def undo(
    console: ConsoleDep, who: Administrator, finding: UUID, fix: FixId, given: UndoGiven
) -> BegunAnswer:
    """Have a fix taken back."""
    await fixing.undo(console, who, str(finding), fix, anyway=given.anyway)
    return _begun(console, finding)


def _begun(console: ConsoleDep, finding: UUID) -> BegunAnswer:
    job = fixing.latest_job(console, str(finding))
    return BegunAnswer(job=job.id if job is not None else None)
