"""Signing in and out."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from liveaudit.store import console_sessions, users
from liveaudit.web.access.answers import (
    begin_visit,
    keep_visit,
    own_address,
    signed_in,
    signed_out,
    visitor_of,
)
from liveaudit.web.access.oidc import Answer, Way, called, provider_of
from liveaudit.web.access.passwords import LONGEST
from liveaudit.web.access.principal import Viewer, principal_of
from liveaudit.web.access.sign_in import SignIn, safe_next
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.problems import Problem
from liveaudit.web.render import render

router = APIRouter()
Next = Annotated[str, Query(max_length=4096)]
NextField = Annotated[str, Form(max_length=4096)]


def _page(request: Request, console: Console, wanted: str, problem: Problem | None = None) -> Response:
    visit = begin_visit(request)
    provider = provider_of(console)
    response = render(
        request,
        "access/sign_in.html",
        status_code=200 if problem is None else problem.status,
        headers={} if problem is None else problem.headers,
        problem=problem,
        wanted=safe_next(wanted),
        anybody=console.database.read_now(users.anybody),
        provider=None if provider is None else called(provider.settings),
    )
    keep_visit(response, request, visit)
    return response


@router.get("/sign-in")
def sign_in_page(
    request: Request,
    console: ConsoleDep,
    next_page: Annotated[str, Query(alias="next", max_length=4096)] = "/",
) -> Response:
    """The ways in."""
    if principal_of(request) is not None:
        return RedirectResponse(safe_next(next_page), 303)
    return _page(request, console, next_page)


@router.post("/sign-in")
def by_password(
    request: Request,
    console: ConsoleDep,
    name: Annotated[str, Form(max_length=256)],
    password: Annotated[str, Form(max_length=LONGEST)],
    wanted: NextField = "/",
) -> Response:
    """With a user's name and password."""
    sign_in = SignIn(console.database, console.clock())
    try:
        secret = sign_in.by_password(request.app.state.passwords, name, password, visitor_of(request))
    except Problem as problem:
        return _page(request, console, wanted, problem)
    return signed_in(request, secret, wanted)


@router.get("/sign-in/link")
def link_page(request: Request) -> Response:
    """Where a one-time link leads: its secret stands behind the #, which no browser sends, and no server writes down."""
    visit = begin_visit(request)
    response = render(request, "access/link.html", problem=None)
    keep_visit(response, request, visit)
    return response


@router.post("/sign-in/link")
def by_link(request: Request, console: ConsoleDep, code: Annotated[str, Form(max_length=256)]) -> Response:
    """With the secret of a one-time link."""
    try:
        secret = SignIn(console.database, console.clock()).by_link(code, visitor_of(request))
    except Problem as problem:
        if principal_of(request) is not None:
            # the link was followed once more by whom it has let in
            return RedirectResponse("/", 303)
        visit = begin_visit(request)
        response = render(
            request,
            "access/link.html",
            status_code=problem.status,
            headers=problem.headers,
            problem=problem,
        )
        keep_visit(response, request, visit)
        return response
    return signed_in(request, secret, "/")


@router.get("/sign-in/provider")
def to_provider(
    request: Request,
    console: ConsoleDep,
    next_page: Annotated[str, Query(alias="next", max_length=4096)] = "/",
) -> Response:
    """On to the provider's own sign-in."""
    visit = begin_visit(request)
    try:
        way = _way(console)
        here = f"{own_address(request)}/sign-in/callback"
        address = way.there(visit, here, safe_next(next_page), visitor_of(request))
    except Problem as problem:
        return _page(request, console, next_page, problem)
    response = RedirectResponse(address, 303)
    keep_visit(response, request, visit)
    return response


def _way(console: Console) -> Way:
    provider = provider_of(console)
    if provider is None:
        raise Problem(404, "Not signed in", "there is no provider in the settings")
    return Way(provider, console.database, console.clock())


@router.get("/sign-in/callback")
def from_provider(
    request: Request,
    console: ConsoleDep,
    state: Annotated[str, Query(max_length=256)] = "",
    code: Annotated[str, Query(max_length=4096)] = "",
    iss: Annotated[str, Query(max_length=1024)] = "",
    error: Annotated[str, Query(max_length=256)] = "",
) -> Response:
    """Back from there."""
    try:
        secret, wanted = _way(console).back(
            request.state.visit, Answer(state, code, iss, error), visitor_of(request)
        )
    except Problem as problem:
        return _page(request, console, "/", problem)
    return signed_in(request, secret, wanted)


@router.post("/sign-out")
def sign_out(request: Request, console: ConsoleDep, who: Viewer) -> Response:
    """End this session."""
    if who.kind == "session":
        console.database.write_now(partial(console_sessions.end, digest=who.credential))
        console.log_change(who, "sign-in.ended", who.name)
    return signed_out(request)
