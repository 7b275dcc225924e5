"""The page of a raw event, which is part of the pages that tell of it, too."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from liveaudit.story.raw_event import Asked, Found, Missing
from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.findings import raw_event
from liveaudit.web.render import is_part, render

router = APIRouter()
MOST_SHOWN = 100_000
"""Characters on a page; the API and the command give all of it."""
Key = Annotated[int, Path(ge=1, le=2**53)]
Event = Annotated[str, Query(max_length=128)]


@router.get("/findings/{finding_id:uuid}/event")
async def of_finding(
    request: Request, console: ConsoleDep, who: Viewer, finding_id: UUID, event: Event = ""
) -> HTMLResponse:
    """The raw event that a finding is put down to, or another that is told there; for htmx it only."""
    asked = await raw_event.of_finding(console, str(finding_id), event)
    found = await raw_event.look(console, who, asked, str(finding_id))
    return _shown(request, asked, found, f"/findings/{finding_id}")


@router.get("/resources/{key}/history/{change}/event")
async def of_change(
    request: Request, console: ConsoleDep, who: Viewer, key: Key, change: Key, event: Event = ""
) -> HTMLResponse:
    """The raw event that made a change of a resource; for htmx it only."""
    asked = await raw_event.of_change(console, key, change, event)
    found = await raw_event.look(console, who, asked, f"resource {key}")
    return _shown(request, asked, found, f"/resources/{key}/history/{change}")


def _shown(request: Request, asked: Asked, found: Found | Missing, back: str) -> HTMLResponse:
    return render(
        request,
        "event/raw.html" if is_part(request) else "event/page.html",
        asked=asked,
        found=found if isinstance(found, Found) else None,
        missing=found if isinstance(found, Missing) else None,
        most=MOST_SHOWN,
        back=back,
    )
