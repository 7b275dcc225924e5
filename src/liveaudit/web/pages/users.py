"""Users, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from liveaudit.store import api_tokens, users
from liveaudit.store.roles import Role
from liveaudit.web.access.answers import own_address
from liveaudit.web.access.people import People
from liveaudit.web.access.principal import Administrator
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.problems import Problem
from liveaudit.web.render import render

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=2**53)]


def _page(
    request: Request,
    console: Console,
    *,
    problem: Problem | None = None,
    link: str = "",
    link_for: str = "",
    status: int = 200,
) -> HTMLResponse:
    return render(
        request,
        "access/users.html",
        status_code=problem.status if problem else status,
        users=console.database.read_now(users.list_users),
        tokens=console.database.read_now(api_tokens.list_tokens),
        roles=list(Role),
        problem=problem,
        link=link,
        link_for=link_for,
    )


@router.get("/users")
def list_users(request: Request, console: ConsoleDep, who: Administrator) -> HTMLResponse:
    """All users, and everybody's tokens."""
    return _page(request, console)


@router.post("/users")
def add_user(
    request: Request,
    console: ConsoleDep,
    who: Administrator,
    name: Annotated[str, Form(max_length=256)],
    role: Annotated[Role, Form()] = Role.VIEWER,
) -> Response:
    """A new user, and the link that lets them in, shown this once."""
    people = People(console.database, who, console.clock())
    try:
        made = people.add(name, role)
    except Problem as problem:
        return _page(request, console, problem=problem)
    return _with_link(request, console, people, made.id)


def _with_link(request: Request, console: Console, people: People, number: int) -> Response:
    try:
        code, _ = people.link(number)
    except Problem as problem:
        return _page(request, console, problem=problem)
    address = f"{own_address(request)}/sign-in/link#{code}"
    return _page(request, console, link=address, link_for=people.user(number).name)


@router.post("/users/{number}/link")
def make_link(request: Request, console: ConsoleDep, who: Administrator, number: Number) -> Response:
    """A link for a user, shown this once."""
    return _with_link(request, console, People(console.database, who, console.clock()), number)


@router.post("/users/{number}")
def change_user(
    request: Request,
    console: ConsoleDep,
    who: Administrator,
    number: Number,
    role: Annotated[Role | None, Form()] = None,
    disabled: Annotated[bool | None, Form()] = None,
    remove: Annotated[bool, Form()] = False,
    end_sessions: Annotated[bool, Form()] = False,
) -> Response:
    """Another role, shut out, let in again, or out for good."""
    people = People(console.database, who, console.clock())
    try:
        if role is not None:
            people.set_role(number, role)
        if disabled is not None:
            people.set_disabled(number, disabled)
        if end_sessions:
            people.end_sessions(number)
        if remove:
            people.remove(number)
    except Problem as problem:
        return _page(request, console, problem=problem)
    return RedirectResponse("/users", 303)
