"""Server-sent events for programs: every transition of a finding, as it happens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.live import streamed

router = APIRouter(prefix="/api/v1", tags=["live"])
_TOLD = (
    "number",
    "id",
    "policy",
    "severity",
    "to",
    "at",
    "type",
    "resource",
    "arn",
    "account",
    "region",
    "reason",
    "changes",
    "hops",
)


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def live(
    console: ConsoleDep,
    who: Viewer,
    after: Annotated[
        int | None,
        Query(ge=0, le=2**53, description="Begin after the transition of this number; else from now on."),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(pattern="^[0-9]{1,15}$", description="What a client sends that connects again.")
    ] = None,
) -> StreamingResponse:
    """Every transition of a finding as an event ``transition`` with its number as id; ``hello`` at the beginning."""
    since = int(last_event_id) if last_event_id else after
    return await streamed(console.hub.transitions(since, _told))


def _told(each: dict[str, Any]) -> dict[str, Any]:
    return {name: each[name] for name in _TOLD}
