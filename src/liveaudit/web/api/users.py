"""The API of users: who may use the console."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from liveaudit.store import users
from liveaudit.store.roles import Role
from liveaudit.store.users import User as Stored
from liveaudit.web.access.answers import own_address
from liveaudit.web.access.people import People
from liveaudit.web.access.principal import Administrator, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["access"])
Number = Annotated[int, Path(ge=1, le=2**53, description="The user's number.")]


class Me(BaseModel):
    """Who asks."""

    name: str = Field(examples=["ada"])
    role: Role
    kind: str = Field(description="By what they are known.", examples=["session", "token"])


class User(BaseModel):
    """Somebody who may use the console."""

    id: int
    name: str = Field(examples=["ada"])
    role: Role
    by: str = Field(description="How they sign in.", examples=["password", "provider"])
    disabled: bool
    made_at: float
    seen_at: float | None = Field(description="When they signed in last.")


class NewUser(BaseModel):
    """A user to be made."""

    name: str = Field(max_length=256, examples=["ada"])
    role: Role = Role.VIEWER


class UserChange(BaseModel):
    """What is to be otherwise; what is left out stays."""

    role: Role | None = None
    disabled: bool | None = None


class Link(BaseModel):
    """A link that lets one browser in, once."""

    url: str
    expires_at: float


def shown_user(user: Stored) -> User:
    """A user without what is nobody's business."""
    return User(
        id=user.id,
        name=user.name,
        role=user.role,
        by="password" if user.local else "provider",
        disabled=user.disabled,
        made_at=user.made_at,
        seen_at=user.seen_at,
    )


@router.get("/me")
def me(who: Viewer) -> Me:
    """Who asks, and what they may do."""
    return Me(name=who.name, role=who.role, kind=who.kind)


@router.get("/users")
def list_users(console: ConsoleDep, who: Administrator) -> list[User]:
    """All users, by name."""
    return [shown_user(each) for each in console.database.read_now(users.list_users)]


@router.post("/users", status_code=201)
def add_user(console: ConsoleDep, who: Administrator, given: NewUser) -> User:
    """A new user. They come in by a link of theirs, and choose a password."""
    return shown_user(People(console.database, who, console.clock()).add(given.name, given.role))


@router.patch("/users/{number}")
def change_user(console: ConsoleDep, who: Administrator, number: Number, given: UserChange) -> User:
    """Another role, or shut out, or let in again."""
    people = People(console.database, who, console.clock())
    if given.role is None and given.disabled is None:
        raise Problem(422, "Not understood", "give role, or disabled", field="role")
    if given.role is not None:
        people.set_role(number, given.role)
    if given.disabled is not None:
        people.set_disabled(number, given.disabled)
    return shown_user(people.user(number))


@router.delete("/users/{number}", status_code=204)
def remove_user(console: ConsoleDep, who: Administrator, number: Number) -> None:
    """Take a user out, with all sessions and tokens."""
    People(console.database, who, console.clock()).remove(number)


@router.post("/users/{number}/link", status_code=201)
def make_link(request: Request, console: ConsoleDep, who: Administrator, number: Number) -> Link:
    """A link for a user who begins, or has forgotten the password. A former one is void."""
    code, until = People(console.database, who, console.clock()).link(number)
    return Link(url=f"{own_address(request)}/sign-in/link#{code}", expires_at=until)


@router.delete("/users/{number}/sessions", status_code=204)
def end_sessions(console: ConsoleDep, who: Administrator, number: Number) -> None:
    """End all sessions of a user."""
    People(console.database, who, console.clock()).end_sessions(number)
