"""The health matrix of accounts and regions, an account of it, and a place from close by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from liveaudit.health.cells import Cell, Look, Sign, Wanted
from liveaudit.web.access.principal import Viewer
from liveaudit.web.api.accounts import REGION_OR_NONE, Account, Region
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.matrix import choose_page, kept_matrix, one_account, one_place_of, recall_of
from liveaudit.web.paging import Cursor, read_cursor, write_cursor
from liveaudit.web.render import is_part, render

router = APIRouter()
ROWS = 25
"""Accounts on a page: some 800 cells with 30 regions."""


_GLYPHS = {Look.OK: "✓", Look.NONE: "·", Look.WARNING: "!", Look.BAD: "✕"}
_WORDS = {Look.OK: "healthy", Look.NONE: "little known", Look.WARNING: "warning", Look.BAD: "unhealthy"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell as it stands in the matrix: a page has hundreds, so it is put into words here."""

    region: str
    look: str
    glyph: str
    title: str
    told: str


def mark(cell: Cell) -> Mark:
    """A cell in words."""
    word = _WORDS[cell.look]
    return Mark(
        quote(cell.region, safe=""),
        cell.look.value,
        _GLYPHS[cell.look],
        f"{cell.region}: {'; '.join(cell.signs.values()) or word}",
        ", ".join([f"{cell.region}: {word}", *cell.signs]),
    )


@router.get("/accounts")
def accounts(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    q: Annotated[str, Query(max_length=200)] = "",
    region: Annotated[str, Query(pattern=REGION_OR_NONE)] = "",
    look: Annotated[Look | str, Query(max_length=20)] = "",
    sign: Annotated[Sign | str, Query(max_length=40)] = "",
    cursor: Cursor = "",
) -> HTMLResponse:
    """The matrix, a page of accounts at a time; for htmx what changes of it."""
    made = kept_matrix(console).get()
    after = read_cursor(cursor, int, str)
    wanted = Wanted(q, region, look if look in set(Look) else "", sign if sign in set(Sign) else "")
    regions = [region] if region else list(made.regions)
    chosen = choose_page(made, wanted, None if after is None else (after[0], after[1]), ROWS)
    return render(
        request,
        "accounts/matrix.html" if is_part(request) else "accounts/page.html",
        made=made,
        chosen=chosen,
        wanted=wanted,
        regions=regions,
        marks=lambda row: [mark(row.cells[each]) if each in row.cells else None for each in regions],
        looks=list(Look),
        signs=list(Sign),
        next_cursor=write_cursor(*chosen.next) if chosen.next else None,
    )


@router.get("/accounts/{account}")
def account(request: Request, console: ConsoleDep, who: Viewer, account: Account) -> HTMLResponse:
    """One account, region by region, as it is now."""
    row = one_account(console, account)
    return render(request, "accounts/account.html", row=row, recall=recall_of(console, account))


@router.get("/accounts/{account}/{region}")
def place(
    request: Request, console: ConsoleDep, who: Viewer, account: Account, region: Region
) -> HTMLResponse:
    """One account's region from close by."""
    return render(request, "accounts/place.html", place=one_place_of(console, account, region))
