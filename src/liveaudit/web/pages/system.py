"""How liveaudit itself fares: health, workers, queues, latencies, sweeps, budgets, gaps."""

from __future__ import annotations

import math
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from liveaudit.store.latencies import HOPS
from liveaudit.store.sweep_pages import Part, Which
from liveaudit.web.access.principal import Operator, Viewer
from liveaudit.web.api.system import (
    ACCOUNT,
    REGION,
    SERVICE,
    Account,
    Region,
    Service,
    quantiles,
    sweeps_page,
)
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.asking import sweep_now
from liveaudit.web.health.system import budgets_of, gaps_of, kept_system, look_of
from liveaudit.web.paging import Cursor
from liveaudit.web.render import is_part, render

router = APIRouter()
ROWS = 100
SHOWN = 12
"""Gaps and budgets on the first page."""
SHOWN_BUDGETS = 300
_LEAST, _MOST = 0.001, 3600.0


@router.get("/system")
def system(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """All of it; for htmx what changes."""
    seen = kept_system(console).get()
    return render(
        request,
        "system/figures.html" if is_part(request) else "system/page.html",
        seen=seen,
        hops=[(each, HOPS[each.hop], bar(each.p95)) for each in quantiles(seen)],
        gaps=gaps_of(console)[:SHOWN],
        budgets=budgets_of(console, "")[:SHOWN],
        supervisor=console.supervisor,
        look_of=look_of,
    )


def bar(seconds: float) -> float:
    """Where a latency lies between a millisecond and an hour, in percent of a logarithmic scale."""
    share = math.log(max(seconds, _LEAST) / _LEAST) / math.log(_MOST / _LEAST)
    return round(100 * min(1.0, share), 1)


@router.get("/system/sweeps")
def sweeps(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    part: Annotated[Part | str, Query(max_length=20)] = Part.UNDER_WAY,
    account: Account = "",
    region: Region = "",
    service: Service = "",
    cursor: Cursor = "",
    asked: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> HTMLResponse:
    """The sweeps of every account, region and service, and asking for them."""
    chosen = Part(part) if part in set(Part) else Part.UNDER_WAY
    items, after = sweeps_page(console, chosen, Which(account, region, service), cursor, ROWS)
    return render(
        request,
        "system/sweeps.html",
        sweeps=items,
        next_cursor=after,
        part=chosen,
        parts_of=list(Part),
        account=account,
        region=region,
        service=service,
        services=sorted(console.catalog.services),
        progress=kept_system(console).get().progress,
        asked=asked,
        first=bool(cursor),
    )


@router.post("/system/sweeps")
def ask(
    console: ConsoleDep,
    who: Operator,
    account: Annotated[str, Form(pattern=ACCOUNT)] = "",
    region: Annotated[str, Form(pattern=REGION)] = "",
    service: Annotated[str, Form(pattern=SERVICE)] = "",
) -> RedirectResponse:
    """Sweep now."""
    number = sweep_now(console, who, Which(account, region, service))
    given = {"account": account, "region": region, "service": service}
    query = urlencode({**{name: value for name, value in given.items() if value}, "asked": number})
    return RedirectResponse(f"/system/sweeps?{query}", status_code=303)


@router.get("/system/budgets")
def budgets(request: Request, console: ConsoleDep, who: Viewer, account: Account = "") -> HTMLResponse:
    """The budgets of calls of an account, or those that AWS has throttled."""
    found = budgets_of(console, account)
    return render(
        request,
        "system/budgets.html",
        budgets=found[:SHOWN_BUDGETS],
        more=len(found) - SHOWN_BUDGETS,
        account=account,
    )


@router.get("/system/gaps")
def gaps(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """Events that the catalog does not know."""
    return render(request, "system/gaps.html", gaps=gaps_of(console))
