"""The API of the audit log: who changed what, and who signed in."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from liveaudit.store import audit_log
from liveaudit.store.audit_log import Which
from liveaudit.web.access.principal import Administrator
from liveaudit.web.console import ConsoleDep
from liveaudit.web.paging import Cursor, Limit, Page, read_cursor, write_cursor

router = APIRouter(prefix="/api/v1/audit-log", tags=["access"])
Text = Annotated[str, Query(max_length=200)]
Moment = Annotated[float | None, Query(ge=0, le=1e11, allow_inf_nan=False)]


class Entry(BaseModel):
    """What somebody did."""

    id: int
    at: float
    name: str = Field(description="Who.", examples=["ada"])
    role: str = Field(description="The role they had then.", examples=["operator"])
    way: str = Field(description="How they came.", examples=["session", "token", "command line"])
    address: str = Field(description="From where, when it is known.", examples=["10.0.0.7"])
    action: str = Field(examples=["user.role"])
    target: str = Field(description="To what.")
    detail: str


@router.get("")
def entries(
    console: ConsoleDep,
    who: Administrator,
    name: Text = "",
    action: Annotated[str, Query(max_length=64, description="What the action begins with.")] = "",
    text: Annotated[str, Query(max_length=200, description="What is in the target or the detail.")] = "",
    since: Moment = None,
    until: Moment = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Page[Entry]:
    """Entries that match, the latest first."""
    after = read_cursor(cursor, int)
    which = Which(name, action, text, since, until)
    read = partial(audit_log.page, which=which, before=after[0] if after else None, limit=limit + 1)
    found = console.database.read_now(read)
    following = write_cursor(found[limit - 1].id) if len(found) > limit else None
    items = [
        Entry(
            id=each.id,
            at=each.at,
            name=each.name,
            role=each.role,
            way=each.way,
            address=each.address,
            action=each.action,
            target=each.target,
            detail=each.detail,
        )
        for each in found[:limit]
    ]
    return Page(items=items, next=following)
