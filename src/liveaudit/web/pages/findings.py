"""The page of findings: filters, search, order and views in the address; and what is done to many at once."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from liveaudit.store import finding_counts, finding_pages
from liveaudit.store.decisions import Action
from liveaudit.store.finding_wanted import SEVERITIES, Order
from liveaudit.web.access.principal import Operator, Viewer
from liveaudit.web.api.findings import ID
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.findings.asked import Asked, AskedDep, Which, finding_settings, next_cursor
from liveaudit.web.findings.doing import MOST, do, matching_ids
from liveaudit.web.findings.told import told
from liveaudit.web.render import is_part, render

router = APIRouter()
ROWS = 50
VIEWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Open", {}),
    ("Critical and high", {"severity": ["critical", "high"], "sort": "severity"}),
    ("Overdue", {"overdue": "true", "sort": "due"}),
    ("Last 24 hours", {"days": "1", "sort": "opened"}),
    ("Regressions", {"regression": "true"}),
    ("Without owner", {"unowned": "true", "sort": "severity"}),
    ("In review", {"status": ["in review"]}),
    ("Accepted", {"status": ["suppressed", "false positive"]}),
    ("Everything", {"status": ["all"]}),
)
"""Views that many want: a name, and what stands in the address."""
ORDERS = {
    Order.MOVED: "moved last",
    Order.OPENED: "opened last",
    Order.OLDEST: "open longest",
    Order.SEVERITY: "worst first",
    Order.DUE: "due first",
}
MOST_NAMES = 200
"""Accounts that are offered to choose from."""


@router.get("/findings")
def findings(request: Request, console: ConsoleDep, who: Viewer, asked: AskedDep) -> HTMLResponse:
    """The page; for htmx its list only."""
    page = console.database.read_now(
        partial(finding_pages.page, wanted=asked.wanted, order=asked.order, after=asked.after, limit=ROWS)
    )
    rules, now = finding_settings(console), console.clock()
    context: dict[str, Any] = {
        "asked": asked,
        "wanted": asked.wanted,
        "items": [told(each, console.policies, rules, now) for each in page.items],
        "total": page.total,
        "next_cursor": next_cursor(asked.order, page.after),
        "first": asked.after is not None,
        "may_act": who.role != "viewer",
        "most": MOST,
    }
    if is_part(request):
        return render(request, "findings/list.html", **context)
    return render(request, "findings/page.html", **context, **_choices(request, console, asked))


def _choices(request: Request, console: Console, asked: Asked) -> dict[str, Any]:
    """What the filters offer, with how many there are of each."""
    wanted = asked.wanted.counted
    read = console.database.read_now
    of_status = {"status": wanted["status"]} if "status" in wanted else {}
    facet = partial(finding_counts.facets, wanted=of_status)
    accounts = read(partial(facet, dimension="account"))
    known = {(key, value) for key, value in request.query_params.multi_items() if value and key != "cursor"}
    return {
        "severities": SEVERITIES,
        "by_severity": read(partial(finding_counts.facets, wanted=wanted, dimension="severity")),
        "statuses": list(Which),
        "accounts": list(accounts)[:MOST_NAMES],
        "regions": sorted(read(partial(facet, dimension="region"))),
        "services": sorted(console.catalog.services),
        "frameworks": list(console.frameworks),
        "policies": list(read(partial(facet, dimension="policy"))),
        "orders": ORDERS,
        "views": [(name, query, _pairs(query) == known) for name, query in VIEWS],
        "actions": list(Action),
        "narrowed": bool(known),
    }


def _pairs(query: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (key, each)
        for key, values in query.items()
        for each in (values if isinstance(values, list) else [values])
    }


@router.post("/findings")
def act(
    request: Request,
    console: ConsoleDep,
    who: Operator,
    asked: AskedDep,
    action: Annotated[Action, Form()],
    ids: Annotated[
        list[Annotated[str, Form(pattern=ID)]], Form(alias="id", max_length=500, default_factory=list)
    ],
    text: Annotated[str, Form(max_length=10_000)] = "",
    every: Annotated[bool, Form(alias="all")] = False,
) -> HTMLResponse:
    """Do something to the chosen findings, or to all that the address finds; and tell what came of it."""
    chosen = matching_ids(console, asked.wanted) if every else ids
    outcome = do(console, who, chosen, action, text) if chosen else None
    return render(request, "findings/done.html", outcome=outcome, action=action, number=len(chosen))
