"""The API of the quarantine: messages that were not understood, and another try."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.intake.envelope import Flaw
from liveaudit.store import quarantine
from liveaudit.store.quarantine import Which
from liveaudit.web.access.principal import Administrator, Operator, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.asking import purge_messages, replay_messages
from liveaudit.web.paging import Cursor, Limit, Page, read_cursor, write_cursor
from liveaudit.web.problems import Problem

router = APIRouter(prefix="/api/v1/quarantine", tags=["quarantine"])
NUMBER = 2**53
QUEUE = "^[ -~]{0,512}$"
"""Printable ASCII: what a queue's name can hold, and more."""


class Message(BaseModel):
    """A message that was not understood."""

    id: int
    at: float = Field(description="When it was put into quarantine.")
    sent: float | None = Field(description="When it came to its queue.")
    reason: str = Field(examples=["not JSON"])
    detail: str
    queue: str = Field(description="Region and name of the queue.", examples=["eu-west-1/liveaudit-events"])
    message_id: str = Field(description="SQS's id.")
    size: int = Field(description="Characters of its body.")


class MessageDetail(Message):
    """A message with its body."""

    body: str = Field(description="As it came; whatever it holds is text.")


class Chosen(BaseModel):
    """Which messages are meant: by their ids, or all that match. Ids and `all` exclude each other."""

    ids: list[Annotated[int, Field(ge=0, le=NUMBER)]] = Field(default=[], max_length=500)
    all: bool = Field(default=False, description="All that match the reason and queue.")
    reason: Flaw | None = None
    queue: str = Field(default="", pattern=QUEUE)

    def which(self) -> Which:
        """As the store takes it. Raises Problem."""
        if bool(self.ids) == self.all:
            raise Problem(422, "Not understood", "give ids, or all", field="ids")
        return Which(tuple(self.ids), self.reason or "", self.queue)


class Replay(BaseModel):
    """What came of another try."""

    understood: int
    due: int = Field(description="Resources that are audited because of it.")
    stay: dict[str, int] = Field(description="How many are still not understood, by reason.")


class Purged(BaseModel):
    """What was removed."""

    removed: int


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the store without what is its own."""
    return {name: row[name] for name in Message.model_fields}


@router.get("")
def list_messages(
    console: ConsoleDep,
    who: Viewer,
    reason: Annotated[Flaw | None, Query(description="Only those kept for this reason.")] = None,
    queue: Annotated[str, Query(pattern=QUEUE, description="Only those of this queue.")] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[Message]:
    """The messages, the latest first."""
    after = read_cursor(cursor, int)
    read = partial(
        quarantine.newest,
        which=Which(reason=reason or "", queue=queue),
        before_id=after[0] if after else None,
        limit=limit + 1,
    )
    found = console.database.read_now(read)
    items = [Message.model_validate(told(row)) for row in found[:limit]]
    return Page(items=items, next=write_cursor(items[-1].id) if len(found) > limit else None)


@router.get("/{message}")
def show_message(
    console: ConsoleDep, who: Viewer, message: Annotated[int, Path(ge=0, le=NUMBER, description="Its id.")]
) -> MessageDetail:
    """One message with its body."""
    return MessageDetail.model_validate(one(console, message))


def one(console: ConsoleDep, message: int) -> dict[str, Any]:
    """A message's row. Raises Problem when it is not there."""
    found = console.database.read_now(partial(quarantine.list_quarantine, which=Which(ids=(message,))))
    if not found:
        raise Problem(404, "No such message", f"{message} is not in quarantine; it may have been replayed")
    return {**found[0], "size": len(found[0]["body"])}


@router.post("/replay")
def replay(console: ConsoleDep, who: Operator, chosen: Chosen) -> Replay:
    """Take messages in again, 500 at most. What is understood now leaves quarantine, and the workers audit it."""
    result = replay_messages(console, who, chosen.which())
    return Replay(understood=result.understood, due=result.due, stay=dict(result.stay))


@router.post("/purge")
def purge(console: ConsoleDep, who: Administrator, chosen: Chosen) -> Purged:
    """Remove messages for good."""
    return Purged(removed=purge_messages(console, who, chosen.which()))
