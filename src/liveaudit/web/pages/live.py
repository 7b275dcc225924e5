"""The stream by which pages learn that something moved."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.live import streamed

router = APIRouter()


@router.get("/live")
async def live(console: ConsoleDep, who: Viewer) -> StreamingResponse:
    """``hello`` at the beginning, ``moved`` whenever a finding did."""
    return await streamed(console.hub.signals())
