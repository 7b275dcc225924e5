"""The first page: what is open, what moves, how fast, and whether the pipeline is well."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.overview import SEVERITIES, kept_overview, newest_moves
from liveaudit.web.render import is_part, render

router = APIRouter()


@router.get("/")
def front(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """The page; for htmx its figures only."""
    seen = kept_overview(console).get()
    moving = {
        "times": seen.hours,
        "series": [
            {"label": "opened", "values": seen.opened, "color": "bad", "fill": True},
            {"label": "closed", "values": seen.closed, "color": "good", "fill": True},
        ],
    }
    latency = {
        "times": seen.hours,
        "unit": "seconds",
        "series": [
            {"label": "p50", "values": seen.p50, "color": "main"},
            {"label": "p95", "values": seen.p95, "color": "other"},
        ],
    }
    context: dict[str, Any] = {
        "seen": seen,
        "severities": SEVERITIES,
        "moving": moving,
        "latency": latency,
        "moves": newest_moves(console),
        "set_up": console.settings_path.exists(),
        "supervisor": console.supervisor,
    }
    return render(request, "front/figures.html" if is_part(request) else "front/page.html", **context)
