"""The quarantine: messages that were not understood, why, and another try."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from liveaudit.intake.envelope import Flaw
from liveaudit.store import quarantine
from liveaudit.store.quarantine import Which
from liveaudit.web.access.principal import Administrator, Operator, Viewer
from liveaudit.web.api.quarantine import NUMBER, QUEUE, Chosen, one
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.asking import MOST_REPLAYED, purge_messages, replay_messages
from liveaudit.web.paging import Cursor, read_cursor, write_cursor
from liveaudit.web.render import render

router = APIRouter()
ROWS = 50
LONGEST_BODY = 100_000
"""Characters of a body that a page shows."""


@router.get("/quarantine")
def messages(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    reason: Annotated[Flaw | str, Query(max_length=40)] = "",
    queue: Annotated[str, Query(pattern=QUEUE)] = "",
    cursor: Cursor = "",
    understood: Annotated[int | None, Query(ge=0, le=NUMBER)] = None,
    stay: Annotated[int, Query(ge=0, le=NUMBER)] = 0,
    removed: Annotated[int | None, Query(ge=0, le=NUMBER)] = None,
) -> HTMLResponse:
    """The messages, the latest first."""
    after = read_cursor(cursor, int)
    which = Which(reason=reason if reason in set(Flaw) else "", queue=queue)
    read = partial(quarantine.newest, which=which, before_id=after[0] if after else None, limit=ROWS + 1)
    found = console.database.read_now(read)
    return render(
        request,
        "quarantine/page.html",
        messages=found[:ROWS],
        which=which,
        counts=console.database.read_now(quarantine.count_quarantine),
        reasons=list(Flaw),
        next_cursor=write_cursor(found[ROWS - 1]["id"]) if len(found) > ROWS else None,
        first=bool(cursor),
        most=MOST_REPLAYED,
        understood=understood,
        stay=stay,
        removed=removed,
    )


@router.get("/quarantine/{message}")
def message(
    request: Request, console: ConsoleDep, who: Viewer, message: Annotated[int, Path(ge=0, le=NUMBER)]
) -> HTMLResponse:
    """One message: why it is kept, and its body."""
    row = one(console, message)
    body = _readable(row["body"])
    return render(
        request,
        "quarantine/message.html",
        message=row,
        body=body[:LONGEST_BODY],
        cut=len(body) > LONGEST_BODY,
    )


def _readable(body: str) -> str:
    """JSON with its parts on lines of their own; what is no JSON, or is long, as it is."""
    if len(body) > LONGEST_BODY:
        return body
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def _chosen(ids: list[int], every: bool, reason: str, queue: str) -> Which:
    flaw = Flaw(reason) if reason in set(Flaw) else None
    return Chosen(ids=ids, all=every, reason=flaw, queue=queue).which()


Ids = Annotated[list[int], Form(alias="id", max_length=ROWS, default_factory=list)]
Every = Annotated[bool, Form(alias="all")]
Reason = Annotated[str, Form(max_length=40)]
Queue = Annotated[str, Form(pattern=QUEUE)]


@router.post("/quarantine/replay")
def replay(
    console: ConsoleDep,
    who: Operator,
    ids: Ids,
    every: Every = False,
    reason: Reason = "",
    queue: Queue = "",
) -> RedirectResponse:
    """Take messages in again."""
    result = replay_messages(console, who, _chosen(ids, every, reason, queue))
    told = f"understood={result.understood}&stay={sum(result.stay.values())}"
    return RedirectResponse(f"/quarantine?{told}", status_code=303)


@router.post("/quarantine/purge")
def purge(
    console: ConsoleDep,
    who: Administrator,
    ids: Ids,
    every: Every = False,
    reason: Reason = "",
    queue: Queue = "",
) -> RedirectResponse:
    """Remove messages for good."""
    removed = purge_messages(console, who, _chosen(ids, every, reason, queue))
    return RedirectResponse(f"/quarantine?removed={removed}", status_code=303)
