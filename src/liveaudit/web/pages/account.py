"""One's own account: password, sessions, tokens."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from liveaudit.store import console_sessions, users
from liveaudit.store.api_tokens import LONGEST_NAME, MOST_DAYS, Scope
from liveaudit.store.console_sessions import HANDLE
from liveaudit.store.roles import Role
from liveaudit.web.access.passwords import LONGEST, SHORTEST
from liveaudit.web.access.people import People
from liveaudit.web.access.principal import Principal, Viewer
from liveaudit.web.access.sign_in import LINK
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.problems import Problem
from liveaudit.web.render import render

router = APIRouter()
HOLD_DAYS = (7, 30, 90, 365)


def _page(
    request: Request,
    console: Console,
    who: Principal,
    *,
    problem: Problem | None = None,
    token: str = "",
    changed: bool = False,
) -> HTMLResponse:
    read = console.database.read_now
    now = console.clock()
    user = None if who.user_id is None else read(partial(users.find, user_id=who.user_id))
    own = user is not None or who.role.includes(Role.ADMINISTRATOR)
    sessions = read(partial(console_sessions.list_sessions, user_id=who.user_id, now=now)) if own else []
    return render(
        request,
        "access/account.html",
        status_code=problem.status if problem else 200,
        user=user,
        sessions=sessions,
        tokens=People(console.database, who, now).tokens() if own else [],
        scopes=[each for each in Scope if who.role.includes(each.role)],
        days=HOLD_DAYS,
        by_link=who.way == LINK,
        shortest=SHORTEST,
        problem=problem,
        token=token,
        changed=changed,
    )


@router.get("/account")
def account(request: Request, console: ConsoleDep, who: Viewer, changed: bool = False) -> HTMLResponse:
    """Who one is here, and where one is signed in."""
    return _page(request, console, who, changed=changed)


@router.post("/account/password")
def change_password(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    wanted: Annotated[str, Form(max_length=LONGEST)],
    again: Annotated[str, Form(max_length=LONGEST)],
    current: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:
    """Another password; other sessions end."""
    try:
        if wanted != again:
            raise Problem(422, "Not changed", "the two new passwords are not the same", field="again")
        People(console.database, who, console.clock()).own_password(
            request.app.state.passwords, current, wanted
        )
    except Problem as problem:
        return _page(request, console, who, problem=problem)
    return RedirectResponse("/account?changed=true", 303)


@router.post("/account/sessions/{handle}/end")
def end_session(
    console: ConsoleDep, who: Viewer, handle: Annotated[str, Path(pattern=f"^[0-9a-f]{{{HANDLE}}}$")]
) -> Response:
    """Sign one of one's browsers out."""
    People(console.database, who, console.clock()).end_session(handle)
    return RedirectResponse("/account", 303)


@router.post("/account/tokens")
def create_token(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    name: Annotated[str, Form(max_length=LONGEST_NAME)],
    scope: Annotated[Scope, Form()] = Scope.READ,
    days: Annotated[int, Form(ge=1, le=MOST_DAYS)] = 90,
) -> Response:
    """A token of one's own, shown this once."""
    try:
        _, secret = People(console.database, who, console.clock()).issue(name, scope, days)
    except Problem as problem:
        return _page(request, console, who, problem=problem)
    return _page(request, console, who, token=secret)


@router.post("/tokens/{number}/revoke")
def revoke_token(
    console: ConsoleDep,
    who: Viewer,
    number: Annotated[int, Path(ge=1, le=2**53)],
    back: Annotated[Literal["/account", "/users"], Form()] = "/account",
) -> Response:
    """End a token."""
    People(console.database, who, console.clock()).revoke(number)
    return RedirectResponse(back, 303)
