"""The API of the frameworks: how every control stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.frameworks.framework import Kind
from liveaudit.frameworks.state import State
from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.standing import Standing, slug, standing_of, standings

router = APIRouter(prefix="/api/v1/frameworks", tags=["frameworks"])
Account = Annotated[str, Query(pattern="^([0-9]{12})?$", description="Only what stands in this account.")]
Region = Annotated[
    str,
    Query(pattern="^[a-z0-9-]{0,32}$", description="Only what stands in this region; `global` is one too."),
]


class FrameworkState(BaseModel):
    """A framework, and how many of its controls stand how."""

    id: str = Field(description="Its name in addresses.", examples=["cis-7.0"])
    name: str = Field(examples=["CIS 7.0"])
    title: str
    source: str = Field(description="Where its numbers come from.")
    controls: int
    states: dict[State, int] = Field(description="How many controls have each state.")
    findings: int = Field(description="Open findings of its policies.")
    share: float | None = Field(
        description="Passing controls among those judged, 0 to 1; null: none is judged."
    )


class ControlStanding(BaseModel):
    """A control, and how it stands."""

    id: str = Field(examples=["3.1.1"])
    title: str
    kind: Kind
    level: int | None
    state: State
    findings: int
    policies: tuple[str, ...] = Field(description="The policies that judge it.")
    failing: tuple[str, ...]
    missing: tuple[str, ...] = Field(description="Policies that would judge it and are not built.")


class FrameworkDetail(FrameworkState):
    """A framework with its controls, in its own order."""

    items: list[ControlStanding]


class Frameworks(BaseModel):
    """All frameworks."""

    items: list[FrameworkState]


def _told(each: Standing) -> dict[str, object]:
    return {
        "id": slug(each.framework.name),
        "name": each.framework.name,
        "title": each.framework.title,
        "source": each.framework.source,
        "controls": len(each.controls),
        "states": each.counts,
        "findings": each.findings,
        "share": each.share,
    }


@router.get("")
def list_frameworks(
    console: ConsoleDep, who: Viewer, account: Account = "", region: Region = ""
) -> Frameworks:
    """Every framework with the number of its controls in each state."""
    return Frameworks(
        items=[FrameworkState.model_validate(_told(each)) for each in standings(console, account, region)]
    )


@router.get("/{framework}")
def show_framework(
    console: ConsoleDep,
    who: Viewer,
    framework: Annotated[str, Path(max_length=100, description="The framework's `id`.")],
    account: Account = "",
    region: Region = "",
    state: Annotated[list[State] | None, Query(description="Only controls of these states.")] = None,
) -> FrameworkDetail:
    """How every control of a framework stands.

    PASS: all that is automated of it holds, which need not be all that it asks for. MANUAL: people have to assess it.
    NOT_COVERED: its policies are not built. NO_DATA: one of them has judged nothing yet.
    """
    found = standing_of(console, framework, account, region)
    items = [
        ControlStanding(
            id=each.control.id,
            title=each.control.title,
            kind=each.control.kind,
            level=each.control.level,
            state=each.state,
            findings=each.findings,
            policies=each.built,
            failing=each.failing,
            missing=each.missing,
        )
        for each in found.controls
        if not state or each.state in state
    ]
    return FrameworkDetail.model_validate({**_told(found), "items": items})
