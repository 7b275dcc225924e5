"""The audit log: who changed what, and who signed in."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from liveaudit.store import audit_log
from liveaudit.store.audit_log import Which
from liveaudit.web.access.principal import Administrator
from liveaudit.web.console import ConsoleDep
from liveaudit.web.paging import Cursor, read_cursor, write_cursor
from liveaudit.web.render import render

router = APIRouter()
ROWS = 100
_DAY = "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"
Day = Annotated[str, Query(pattern=_DAY)]


def _begins(day: str) -> dt.datetime | None:
    """The beginning of a day (UTC); None for what is no day."""
    try:
        return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC) if day else None
    except ValueError:
        return None


@router.get("/audit-log")
def log(
    request: Request,
    console: ConsoleDep,
    who: Administrator,
    name: Annotated[str, Query(max_length=200)] = "",
    action: Annotated[str, Query(max_length=64)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
    since: Day = "",
    until: Day = "",
    cursor: Cursor = "",
) -> HTMLResponse:
    """Entries that match, the latest first. ``until``: that day too."""
    after = read_cursor(cursor, int)
    first, last = _begins(since), _begins(until)
    which = Which(
        name,
        action,
        text,
        first.timestamp() if first else None,
        last.timestamp() + 86_400 if last else None,
    )
    read = partial(audit_log.page, which=which, before=after[0] if after else None, limit=ROWS + 1)
    found = console.database.read_now(read)
    return render(
        request,
        "access/audit_log.html",
        entries=found[:ROWS],
        chosen={"name": name, "action": action, "text": text, "since": since, "until": until},
        next_cursor=write_cursor(found[ROWS - 1].id) if len(found) > ROWS else None,
        first=bool(cursor),
    )
