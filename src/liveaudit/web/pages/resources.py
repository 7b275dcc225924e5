"""Resources: the list with its filters, one resource, one change of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from liveaudit.store import resource_pages
from liveaudit.store.resource_pages import STATES
from liveaudit.story.resource import change_of, history_of, tell_resource
from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.paging import Cursor, read_cursor, write_cursor
from liveaudit.web.problems import Problem
from liveaudit.web.render import render
from liveaudit.web.resources.choices import choices, wanted

router = APIRouter()
PAGE = 50
HISTORY_PAGE = 25
Key = Annotated[int, Path(ge=1, le=2**53, description="The resource's number.")]
Text = Annotated[str, Query(max_length=256)]


@router.get("/resources")
def resources(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    service: Text = "",
    type_name: Annotated[str, Query(alias="type", max_length=128)] = "",
    account: Text = "",
    region: Text = "",
    state: Text = "",
    text: Annotated[str, Query(alias="q", max_length=2048)] = "",
    open_only: Annotated[bool, Query(alias="open")] = False,
    cursor: Cursor = "",
) -> HTMLResponse:
    """The list; its filters stand in the address."""
    asked = wanted(
        console,
        service=service,
        type_name=type_name,
        account=account,
        region=region,
        state=state,
        text=text,
        open_only=open_only,
    )
    after = read_cursor(cursor, str, str, str, str)
    found = console.database.read_now(
        partial(resource_pages.list_resources, wanted=asked, after=after, limit=PAGE + 1)
    )
    return render(
        request,
        "resources/page.html",
        found=found[:PAGE],
        next=write_cursor(*found[PAGE - 1].place) if len(found) > PAGE else None,
        cursor=cursor,
        choices=choices(console),
        services=sorted(console.catalog.services),
        states=STATES,
        chosen={
            "service": service,
            "type": type_name,
            "account": account,
            "region": region,
            "state": state,
            "q": text,
            "open": open_only,
        },
        filtered=asked != resource_pages.Wanted(),
    )


@router.get("/resources/{key}")
def resource(request: Request, console: ConsoleDep, who: Viewer, key: Key) -> HTMLResponse:
    """One resource: verdicts, sections, what changed, what stands on it."""
    told = console.database.read_now(partial(tell_resource, key=key, catalog=console.catalog))
    if told is None:
        raise Problem(404, "No such resource", "it may be of another store, or was removed from this one")
    return render(request, "resources/resource.html", told=told, policies=console.policies)


@router.get("/resources/{key}/history")
def history(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    key: Key,
    section: Annotated[str, Query(max_length=64)] = "",
    cursor: Cursor = "",
) -> HTMLResponse:
    """The whole history of a resource's configuration."""
    before = read_cursor(cursor, int)
    listed = console.database.read_now(partial(resource_pages.get_resource, key=key))
    if listed is None:
        raise Problem(404, "No such resource")
    found = console.database.read_now(
        partial(
            history_of,
            key=key,
            catalog=console.catalog,
            section=section or None,
            before=before[0] if before else None,
            limit=HISTORY_PAGE + 1,
        )
    )
    return render(
        request,
        "resources/history.html",
        listed=listed,
        section=section,
        changes=found[:HISTORY_PAGE],
        next=write_cursor(found[HISTORY_PAGE - 1].id) if len(found) > HISTORY_PAGE else None,
        cursor=cursor,
    )


@router.get("/resources/{key}/history/{change}")
def change(request: Request, console: ConsoleDep, who: Viewer, key: Key, change: Key) -> HTMLResponse:
    """One change by itself, so that it can be pointed to."""
    told = console.database.read_now(partial(change_of, key=key, change=change, catalog=console.catalog))
    if told is None:
        raise Problem(404, "No such change", "the newest changes of a section are kept, and none for ever")
    return render(request, "resources/change.html", listed=told[0], change=told[1])
