"""Channels: how they fare, what was given up, and the routes that say who is told of what."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from liveaudit.deliver.channels.interface import ChannelError, Kind
from liveaudit.deliver.explaining import explain, reasons
from liveaudit.deliver.faring import fare
from liveaudit.deliver.interface import Library
from liveaudit.deliver.trying import send_test
from liveaudit.model import Severity
from liveaudit.settings.shape_of_routes import MoveName
from liveaudit.store import deliveries
from liveaudit.web import channels as told
from liveaudit.web.access.principal import Administrator, Operator, Viewer
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.problems import Problem
from liveaudit.web.render import render
from liveaudit.web.rules.forms import RouteForm

router = APIRouter()
SHOWN = 100
DID = {
    "set": "The route counts within seconds.",
    "dropped": "The route is taken away.",
    "resent": "What was chosen is tried again.",
}
"""What was done, by what the address says of it."""
Name = Annotated[str, Path(max_length=63)]


@router.get("/channels")
def channels(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    did: Annotated[str, Query(max_length=20)] = "",
    finding: Annotated[str, Query(max_length=36)] = "",
) -> HTMLResponse:
    """All of it; with ``finding`` who is told of that one, and why."""
    return _page(request, console, done=DID.get(did, ""), finding=finding.strip())


def _page(
    request: Request,
    console: Console,
    *,
    done: str = "",
    failed: str = "",
    finding: str = "",
    status: int = 200,
) -> HTMLResponse:
    plan = told.plan_here(console)
    router_here, now = told.router_of(console), console.clock()
    explained = (
        console.database.read_now(lambda c: explain(c, finding, plan, router_here, now)) if finding else None
    )
    _, trouble = told.usable_settings(console)
    return render(
        request,
        "channels/page.html",
        status_code=status,
        channels=fare(console.database.read_now, plan),
        routes=plan.routes,
        given_up=console.database.read_now(lambda c: deliveries.given_up(c, limit=SHOWN)),
        most=SHOWN,
        done=done,
        failed=failed,
        trouble=trouble,
        finding=finding,
        explained=explained,
        says=[
            (heading, answer.route.name, list(reasons(answer, kind, plan)), not answer.why_not)
            for heading, answers, kind in (
                ("when it opens", explained.opening, Kind.OPENED),
                ("when it is overdue", explained.overdue, Kind.ESCALATION),
            )
            for answer in answers
        ]
        if explained
        else [],
    )


@router.get("/channels/routes/new")
def new(request: Request, console: ConsoleDep, who: Administrator) -> HTMLResponse:
    """A form for a route."""
    return _form(request, console, RouteForm(), [])


def _form(request: Request, console: Console, form: RouteForm, wrong: list[tuple[str, str]]) -> HTMLResponse:
    return render(
        request,
        "channels/form.html",
        status_code=422 if wrong else 200,
        form=form,
        wrong=wrong,
        severities=[each.value for each in Severity],
        frameworks=list(console.frameworks),
        names=list(told.plan_here(console).lines),
        moves=get_args(MoveName),
    )


@router.post("/channels/routes")
def make(
    request: Request, console: ConsoleDep, who: Administrator, form: Annotated[RouteForm, Form()]
) -> Response:
    """Set a route: it comes after all that stand."""
    try:
        told.add_route(console, who, form.plain())
    except told.RouteError as error:
        return _form(request, console, form, error.wrong)
    return RedirectResponse("/channels?did=set", status_code=303)


@router.post("/channels/routes/{route}/drop")
def drop(console: ConsoleDep, who: Administrator, route: Annotated[str, Path(max_length=64)]) -> Response:
    """Take a route of the console away."""
    told.drop_route(console, who, route)
    return RedirectResponse("/channels?did=dropped", status_code=303)


@router.post("/channels/{name}/test")
async def test(request: Request, console: ConsoleDep, who: Administrator, name: Name) -> Response:
    """Send a message that says that it is a test."""
    plan, line = told.line_of(console, name)
    try:
        sent = await send_test(line, plan, Library(console.policies), console.clock())
    except ChannelError as error:
        console.log_change(who, "channel.test", name, "it did not arrive")
        return _page(request, console, failed=f"{name}: {error.reason}", status=502)
    console.log_change(who, "channel.test", name, "it arrived")
    return _page(request, console, done=f"{name} has the test. {sent.note}".strip())


@router.get("/channels/{name}/preview")
def previewed(
    request: Request,
    console: ConsoleDep,
    who: Operator,
    name: Name,
    finding: Annotated[str, Query(max_length=36)] = "",
) -> HTMLResponse:
    """What it would be sent of a finding, or as a test."""
    _, line = told.line_of(console, name)
    text = told.preview_of(console, name, finding.strip())
    return render(
        request, "channels/preview.html", name=name, title=line.kind.title, finding=finding.strip(), text=text
    )


@router.post("/channels/resend")
def resend(
    console: ConsoleDep,
    who: Operator,
    message: Annotated[list[Annotated[str, Form(max_length=36)]] | None, Form()] = None,
) -> Response:
    """Have messages that were given up tried again."""
    if not message:
        raise Problem(422, "Nothing is chosen", "choose messages of the list", field="message")
    done = told.resend(console, who, message)
    return RedirectResponse("/channels?did=resent" if done else "/channels", status_code=303)
