"""The exemptions: findings that are accepted, by whom, until when, and what each of them holds."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from liveaudit.audit.entries import EntryError
from liveaudit.audit.mutelist import Imported
from liveaudit.model import Severity
from liveaudit.policies.rulebook import Exemption
from liveaudit.store import rules
from liveaudit.store.exempted import UNUSED, held_findings, remarks_on, uses
from liveaudit.web.access.principal import Operator, Viewer
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.paging import Cursor, read_cursor, write_cursor
from liveaudit.web.problems import Problem
from liveaudit.web.render import render
from liveaudit.web.rules import changing
from liveaudit.web.rules.forms import ExemptionForm, exemption_fields, fits_form

router = APIRouter()
ROWS = 50
HELD = 50
"""Findings that an exemption's page shows."""
ExemptionId = Annotated[str, Path(max_length=64)]
Given = Annotated[str, Query(max_length=2048)]
STATES = ("in force", "expired", "withdrawn", "all")


@router.get("/exemptions")
def exemptions(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    state: Annotated[str, Query(max_length=20)] = "in force",
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = "",
) -> HTMLResponse:
    """Those that stand so, the newest first."""
    after, now = read_cursor(cursor, float, str), console.clock()
    found = [
        each
        for each in console.database.read_now(rules.list_exemptions)
        if (state == "all" or each.state(now) == state)
        and q.lower() in f"{each.reason} {each.owner} {each.approver} {each.scope.plain()}".lower()
        and (after is None or (-each.made_at, each.id) > (-after[0], after[1]))
    ]
    shown = found[:ROWS]
    last = shown[-1] if len(found) > ROWS else None
    return render(
        request,
        "exemptions/page.html",
        exemptions=shown,
        held=console.database.read_now(lambda connection: uses(connection, shown)),
        unused=UNUSED,
        remarks=console.database.read_now(lambda connection: remarks_on(connection, now)),
        state=state,
        states=STATES,
        q=q,
        next_cursor=write_cursor(last.made_at, last.id) if last else None,
        first=bool(cursor),
    )


@router.get("/exemptions/new")
def new(
    request: Request,
    console: ConsoleDep,
    who: Operator,
    policy: Given = "",
    account: Given = "",
    region: Given = "",
    resource: Given = "",
) -> HTMLResponse:
    """A form, filled in with what the address says."""
    form = ExemptionForm(
        policies=policy, accounts=account, regions=region, resources=resource, owner=who.name[:200]
    )
    return _form(request, console, form, [])


def _form(
    request: Request, console: Console, form: ExemptionForm, wrong: list[tuple[str, str]], editing: str = ""
) -> HTMLResponse:
    return render(
        request,
        "exemptions/form.html",
        status_code=422 if wrong else 200,
        form=form,
        wrong=wrong,
        editing=editing,
        severities=[each.value for each in Severity],
        frameworks=list(console.frameworks),
    )


@router.post("/exemptions")
def make(
    request: Request, console: ConsoleDep, who: Operator, form: Annotated[ExemptionForm, Form()]
) -> Response:
    """Accept findings."""
    try:
        made = changing.make_exemption(console, who, form.plain())
    except EntryError as error:
        return _form(request, console, form, list(error.wrong))
    return RedirectResponse(f"/exemptions/{made.id}", status_code=303)


@router.get("/exemptions/import")
def importing(request: Request, console: ConsoleDep, who: Operator) -> HTMLResponse:
    """A form for a mutelist of Prowler."""
    return _importing(request, "", Imported(), "")


def _importing(request: Request, text: str, found: Imported, done: str, status: int = 200) -> HTMLResponse:
    return render(request, "exemptions/import.html", status_code=status, text=text, found=found, done=done)


@router.post("/exemptions/import")
def take_over(
    request: Request,
    console: ConsoleDep,
    who: Operator,
    mutelist: Annotated[str, Form(max_length=1_000_000)] = "",
    take: Annotated[bool, Form()] = False,
) -> HTMLResponse:
    """Take it over, or tell what it comes to."""
    try:
        found = changing.import_mutelist(console, who, mutelist, dry_run=not take)
    except Problem as problem:
        return _importing(request, mutelist, Imported(), problem.detail, problem.status)
    number = f"{len(found.exemptions)} exemption{'' if len(found.exemptions) == 1 else 's'}"
    return _importing(request, mutelist, found, f"{number} {'taken over' if take else 'would be taken over'}")


@router.get("/exemptions/{exemption}")
def exemption(request: Request, console: ConsoleDep, who: Viewer, exemption: ExemptionId) -> HTMLResponse:
    """One exemption with the findings that it holds."""
    found = changing.exemption_of(console, exemption)
    now = console.clock()
    return render(
        request,
        "exemptions/exemption.html",
        exemption=found,
        state=found.state(now),
        use=console.database.read_now(lambda c: uses(c, [found])).get(found.id, UNUSED),
        findings=console.database.read_now(partial(held_findings, exemption_id=found.id, limit=HELD)),
        most=HELD,
        remarks=[
            each
            for each in console.database.read_now(lambda c: remarks_on(c, now))
            if each.exemption.id == found.id
        ],
    )


@router.get("/exemptions/{exemption}/change")
def editing(request: Request, console: ConsoleDep, who: Operator, exemption: ExemptionId) -> HTMLResponse:
    """An exemption in the form."""
    return _form(request, console, exemption_fields(_fitting(console, exemption)), [], exemption)


def _fitting(console: Console, exemption: str) -> Exemption:
    found = changing.exemption_of(console, exemption)
    if not fits_form(found):
        raise Problem(409, "It excludes more than the form shows", "change it by the API, or make a new one")
    return found


@router.post("/exemptions/{exemption}")
def change(
    request: Request,
    console: ConsoleDep,
    who: Operator,
    exemption: ExemptionId,
    form: Annotated[ExemptionForm, Form()],
) -> Response:
    """Let an exemption say something else."""
    _fitting(console, exemption)
    try:
        changing.change_exemption(console, who, exemption, form.plain())
    except EntryError as error:
        return _form(request, console, form, list(error.wrong), exemption)
    return RedirectResponse(f"/exemptions/{exemption}", status_code=303)


@router.post("/exemptions/{exemption}/withdraw")
def withdraw(console: ConsoleDep, who: Operator, exemption: ExemptionId) -> RedirectResponse:
    """End an exemption."""
    changing.withdraw_exemption(console, who, exemption)
    return RedirectResponse(f"/exemptions/{exemption}", status_code=303)
