"""The page of a finding's fix: what would be called, what takes it back, what was run; and running it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from liveaudit.fix.plan import undo_commands
from liveaudit.fix.row import step_of
from liveaudit.store.fixes import Fixing
from liveaudit.web.access.principal import Administrator, Role, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.findings import fixing
from liveaudit.web.problems import Problem
from liveaudit.web.render import is_part, render

router = APIRouter()
FixId = Annotated[str, Path(pattern="^[0-9a-f]{1,32}$")]
Sure = Annotated[str, Form(max_length=8)]


@router.get("/findings/{finding_id:uuid}/fix")
def fix(request: Request, console: ConsoleDep, who: Viewer, finding_id: UUID) -> HTMLResponse:
    """The calls as commands, what may break, and the fixes that were run; for htmx these only."""
    plan, why = fixing.plan(console, str(finding_id))
    job = fixing.latest_job(console, str(finding_id))
    is_on = fixing.settings_with_role(console) is not None
    return render(
        request,
        "fix/made.html" if is_part(request) else "fix/page.html",
        finding_id=str(finding_id),
        plan=plan,
        why=why,
        made=fixing.made(console, str(finding_id)),
        undoing=_undoing,
        job=job,
        is_on=is_on,
        may_run=is_on and who.role.includes(Role.ADMINISTRATOR),
    )


def _undoing(fixing: Fixing) -> tuple[str, ...]:
    return undo_commands([step_of(each) for each in fixing.steps], fixing.resource)


@router.post("/findings/{finding_id:uuid}/fix")
async def run(console: ConsoleDep, who: Administrator, finding_id: UUID, sure: Sure = "") -> Response:
    """Have the calls made."""
    _check_sure(sure)
    await fixing.run(console, who, str(finding_id))
    return _back(finding_id)


@router.post("/findings/{finding_id:uuid}/fixes/{fix_id}/undo")
async def undo(
    console: ConsoleDep,
    who: Administrator,
    finding_id: UUID,
    fix_id: FixId,
    sure: Sure = "",
    anyway: Sure = "",
) -> Response:
    """Have a fix taken back."""
    _check_sure(sure)
    await fixing.undo(console, who, str(finding_id), fix_id, anyway=anyway == "yes")
    return _back(finding_id)


def _check_sure(sure: str) -> None:
    if sure != "yes":
        raise Problem(422, "Not understood", "sure: tick the box that says that it is meant", field="sure")


def _back(finding_id: UUID) -> Response:
    return RedirectResponse(f"/findings/{finding_id}/fix", status_code=303)
