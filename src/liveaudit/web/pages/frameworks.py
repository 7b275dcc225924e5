"""The frameworks, and how every control of one stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from liveaudit.frameworks.state import State
from liveaudit.web.access.principal import Viewer
from liveaudit.web.api.frameworks import Account, Region
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.enrolled import enrolled
from liveaudit.web.health.matrix import kept_matrix
from liveaudit.web.health.standing import Standing, slug, standing_of, standings, tallies_of
from liveaudit.web.render import render

router = APIRouter()


def bar(standing: Standing) -> list[tuple[str, float, float, int]]:
    """A bar of the states: of each its name, where it begins and how long it is in percent, how many controls have it."""
    found, at = [], 0.0
    for state, number in standing.counts.items():
        width = 100.0 * number / max(1, len(standing.controls))
        if number:
            found.append((state.value, round(at, 3), round(width, 3), number))
        at += width
    return found


@router.get("/frameworks")
def frameworks(
    request: Request, console: ConsoleDep, who: Viewer, account: Account = "", region: Region = ""
) -> HTMLResponse:
    """All of them."""
    return render(
        request,
        "frameworks/page.html",
        standings=[
            (slug(each.framework.name), each, bar(each)) for each in standings(console, account, region)
        ],
        account=account,
        region=region,
        accounts=enrolled(console).accounts,
        regions=kept_matrix(console).get().regions,
        states=list(State),
    )


@router.get("/frameworks/{framework}")
def framework(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    framework: Annotated[str, Path(max_length=100)],
    account: Account = "",
    region: Region = "",
    state: Annotated[list[State | str] | None, Query(max_length=12)] = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """How every control stands."""
    standing = standing_of(console, framework, account, region)
    states = {each for each in state or () if each in set(State)}
    text = q.lower()
    controls = [
        each
        for each in standing.controls
        if (not states or each.state in states)
        and (not text or text in f"{each.control.id} {each.control.title} {' '.join(each.built)}".lower())
    ]
    return render(
        request,
        "frameworks/framework.html",
        standing=standing,
        controls=controls,
        bar=bar(standing),
        tallies=tallies_of(console, account, region),
        account=account,
        region=region,
        accounts=enrolled(console).accounts,
        regions=kept_matrix(console).get().regions,
        states=list(State),
        chosen_states=states,
        q=q,
    )
