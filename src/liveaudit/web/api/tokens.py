"""The API of one's own tokens and sessions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.store import api_tokens, console_sessions
from liveaudit.store.api_tokens import LONGEST_NAME, MOST_DAYS, Scope
from liveaudit.store.api_tokens import Token as Stored
from liveaudit.store.console_sessions import HANDLE
from liveaudit.store.roles import Role
from liveaudit.web.access.people import People
from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["access"])


class Token(BaseModel):
    """A token by which a program uses the API. What it is cannot be seen again."""

    id: int
    name: str = Field(examples=["nightly report"])
    begins: str = Field(description="Its first characters.", examples=["lva_Xy3f"])
    scope: Scope
    user: str | None = Field(description="Whose it is; null: no user's.")
    made_by: str
    made_at: float
    seen_at: float | None = Field(description="When it was used last, to the minute.")
    expires_at: float


class NewToken(BaseModel):
    """A token to be made."""

    name: str = Field(max_length=LONGEST_NAME, examples=["nightly report"])
    scope: Scope = Scope.READ
    days: int = Field(default=90, ge=1, le=MOST_DAYS, description="How long it holds.")


class MadeToken(Token):
    """A new token."""

    token: str = Field(description="What to send as Authorization: Bearer; it is not shown again.")


class Session(BaseModel):
    """A browser that is signed in."""

    id: str
    way: str = Field(description="How it was signed in.", examples=["password", "link", "provider"])
    address: str
    agent: str = Field(description="What the browser calls itself; whatever it holds is text.")
    made_at: float
    seen_at: float
    expires_at: float
    current: bool = Field(description="Whether it is the one that asks.")


def shown_token(token: Stored) -> Token:
    """A token as its owner sees it."""
    return Token(
        id=token.id,
        name=token.name,
        begins=token.hint,
        scope=token.scope,
        user=token.user,
        made_by=token.made_by,
        made_at=token.made_at,
        seen_at=token.seen_at,
        expires_at=token.expires_at,
    )


@router.get("/tokens")
def list_tokens(
    console: ConsoleDep,
    who: Viewer,
    everybody: Annotated[bool, Query(description="Everybody's, for administrators.")] = False,
) -> list[Token]:
    """One's own tokens, those that are over too."""
    if everybody and not who.role.includes(Role.ADMINISTRATOR):
        raise Problem(403, "Not allowed", "this needs the role administrator", field="everybody")
    if everybody:
        return [shown_token(each) for each in console.database.read_now(api_tokens.list_tokens)]
    return [shown_token(each) for each in People(console.database, who, console.clock()).tokens()]


@router.post("/tokens", status_code=201)
def create_token(console: ConsoleDep, who: Viewer, given: NewToken) -> MadeToken:
    """A token of one's own, that may no more than oneself."""
    made, secret = People(console.database, who, console.clock()).issue(given.name, given.scope, given.days)
    return MadeToken(**shown_token(made).model_dump(), token=secret)


@router.delete("/tokens/{number}", status_code=204)
def revoke_token(console: ConsoleDep, who: Viewer, number: Annotated[int, Path(ge=1, le=2**53)]) -> None:
    """End a token: one's own, or as an administrator anybody's."""
    People(console.database, who, console.clock()).revoke(number)


@router.get("/sessions")
def list_sessions(console: ConsoleDep, who: Viewer) -> list[Session]:
    """One's own sessions."""
    if who.user_id is None and who.kind != "session":
        return []
    read = partial(console_sessions.list_sessions, user_id=who.user_id, now=console.clock())
    return [
        Session(
            id=each.handle,
            way=each.way,
            address=each.address,
            agent=each.agent,
            made_at=each.made_at,
            seen_at=each.seen_at,
            expires_at=each.expires_at,
            current=who.kind == "session" and who.credential.startswith(each.handle),
        )
        for each in console.database.read_now(read)
    ]


@router.delete("/sessions/{handle}", status_code=204)
def end_session(
    console: ConsoleDep,
    who: Viewer,
    handle: Annotated[str, Path(pattern=f"^[0-9a-f]{{{HANDLE}}}$")],
) -> None:
    """Sign a browser of one's own out."""
    People(console.database, who, console.clock()).end_session(handle)
