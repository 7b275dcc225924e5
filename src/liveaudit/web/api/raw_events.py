"""The API of raw events: looked up in CloudTrail's event history for each request, masked, and kept nowhere."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.findings import raw_event

router = APIRouter(prefix="/api/v1", tags=["raw events"])
Key = Annotated[int, Path(ge=1, le=2**53, description="Its number.")]
Event = Annotated[
    str,
    Query(
        max_length=128,
        description="The event's id, as the finding or the change tells it; empty: the one that it is put down to.",
    ),
]
_WHY: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is none of that id; or CloudTrail does not show it (yet: with Retry-After)."},
    409: {"description": "There are no settings that say how an account is entered."},
    410: {"description": "It is older than the 90 days for which CloudTrail's event history has it."},
    424: {"description": "The account does not permit it; the detail says which permission, and what to do."},
    502: {"description": "CloudTrail did not answer, or not with an event that can be read."},
    503: {"description": "CloudTrail throttles look-ups; with Retry-After."},
}


class RawEvent(BaseModel):
    """An event as CloudTrail has it, without what looks like a secret."""

    event_id: str
    account: str = Field(description="Whose CloudTrail recorded it.")
    region: str = Field(description="In which region.")
    event: dict[str, Any] = Field(description="CloudTrail's record.")
    masked: list[str] = Field(
        description="Where something was taken out, and what it was.",
        examples=[["requestParameters.masterUserPassword: password"]],
    )


@router.get("/findings/{finding}/event", responses=_WHY)
async def of_finding(console: ConsoleDep, who: Viewer, finding: UUID, event: Event = "") -> RawEvent:
    """The raw event that a finding is put down to, or another that its story tells."""
    asked = await raw_event.of_finding(console, str(finding), event)
    found = await raw_event.look(console, who, asked, str(finding))
    return RawEvent(**raw_event.answer(asked, found))


@router.get("/resources/{key}/history/{change}/event", responses=_WHY)
async def of_change(console: ConsoleDep, who: Viewer, key: Key, change: Key, event: Event = "") -> RawEvent:
    """The raw event that made a change of a resource's configuration."""
    asked = await raw_event.of_change(console, key, change, event)
    found = await raw_event.look(console, who, asked, f"resource {key}")
    return RawEvent(**raw_event.answer(asked, found))
