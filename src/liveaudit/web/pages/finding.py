"""The page of one finding: its story."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from liveaudit.fix.table import FIXES
from liveaudit.reference.policy_page import WAYS
from liveaudit.services import remedies
from liveaudit.story.finding import tell_finding
from liveaudit.web.access.principal import Role, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.problems import Problem
from liveaudit.web.render import is_part, render

router = APIRouter()


@router.get("/findings/{finding_id:uuid}")
def finding(request: Request, console: ConsoleDep, who: Viewer, finding_id: UUID) -> HTMLResponse:
    """What is wrong, since when, who did it, how to mend it; for htmx the story only."""
    story = console.database.read_now(
        partial(
            tell_finding,
            finding_id=str(finding_id),
            catalog=console.catalog,
            policies=console.policies,
            remedies=remedies(),
        )
    )
    if story is None:
        raise Problem(404, "No such finding", "it may be of another store, or its resource was removed")
    template = "finding/story.html" if is_part(request) else "finding/page.html"
    has_fix = (story.finding["policy"], story.finding["type"]) in FIXES
    may_act = who.role.includes(Role.OPERATOR)
    return render(request, template, story=story, ways=WAYS, may_act=may_act, has_fix=has_fix)
