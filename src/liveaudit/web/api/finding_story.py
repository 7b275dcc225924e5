"""The API of a finding's story."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from liveaudit.services import remedies
from liveaudit.story import told
from liveaudit.story.finding import tell_finding
from liveaudit.web.access.principal import Viewer
from liveaudit.web.api.resources import ChangeItem, EventItem, ResourceItem
from liveaudit.web.console import ConsoleDep
from liveaudit.web.problems import Problem

router = APIRouter(prefix="/api/v1/findings", tags=["findings"])


class StepItem(BaseModel):
    """A step of the way from the change to the finding."""

    name: str = Field(examples=["received"])
    at: float
    seconds: float = Field(description="Since the step before.")


class MoveItem(BaseModel):
    """A step of the finding's life."""

    status: str
    previous: str | None
    at: float
    reason: str
    by: str = Field(description="The person; empty: an audit.")
    events: list[EventItem]
    found_by: str


class RemarkItem(BaseModel):
    """What somebody wrote beside it."""

    kind: str
    at: float
    by: str
    text: str


class StoryItem(BaseModel):
    """A finding with all that belongs to it."""

    id: str
    policy: str
    title: str
    why: str
    fix: str
    severity: str
    status: str
    reason: str = Field(description="What is wrong.")
    evidence: Any
    opened_at: float
    closed_at: float | None
    times_opened: int
    owner: str
    decided_by: str
    resource: ResourceItem
    frameworks: dict[str, list[str]]
    who: EventItem | None = Field(description="The event that it is put down to.")
    found_by: str
    changes: list[ChangeItem] = Field(description="What opened it: sections before and after.")
    closing: list[ChangeItem] = Field(description="What ended it.")
    steps: list[StepItem]
    remedies: dict[str, str] = Field(description="How to fix it in four ways, filled in for the resource.")
    history: list[MoveItem] = Field(description="The newest first.")
    remarks: list[RemarkItem]


@router.get("/{finding_id}/story", responses={404: {"description": "There is none of that id."}})
def story(console: ConsoleDep, who: Viewer, finding_id: UUID) -> StoryItem:
    """What is wrong and since when, who changed what and from what, how to fix it, and what happened."""
    found = console.database.read_now(
        partial(
            tell_finding,
            finding_id=str(finding_id),
            catalog=console.catalog,
            policies=console.policies,
            remedies=remedies(),
        )
    )
    if found is None:
        raise Problem(404, "No such finding")
    return StoryItem(**told.story(found))
