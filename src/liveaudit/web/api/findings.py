"""The API of findings: the list with every filter, the counts, and what is done to them."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from liveaudit.model import FindingStatus, Severity
from liveaudit.store import finding_counts, finding_pages
from liveaudit.store.decisions import Action
from liveaudit.web.access.principal import Operator, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.findings.asked import AskedDep, finding_settings, next_cursor
from liveaudit.web.findings.doing import do
from liveaudit.web.findings.told import told
from liveaudit.web.paging import Limit, Page

router = APIRouter(prefix="/api/v1/findings", tags=["findings"])
ID = "^[0-9a-zA-Z-]{1,36}$"


class ListedFinding(BaseModel):
    """A finding as lists tell it."""

    id: str = Field(examples=["0b5a2f9c-6c1e-4b6f-9a53-0e0c8f2a7d11"])
    policy: str = Field(examples=["s3_bucket_public_access"])
    title: str = Field(description="What the policy asks for.")
    severity: Severity
    status: FindingStatus
    decided_by: str = Field(
        description="person:NAME or exemption:ID: who keeps it in this status; empty: audits."
    )
    owner: str
    type: str = Field(examples=["AWS::S3::Bucket"])
    resource: str
    arn: str
    account: str
    region: str
    reason: str
    opened_at: float
    closed_at: float | None
    updated_at: float = Field(description="When it moved last.")
    due_at: float | None = Field(description="Null: never, or it is not open.")
    overdue: bool
    regression: bool = Field(description="It opened again soon after it was closed.")
    times_opened: int
    actor: str = Field(description="Who made the change that it is put down to.")


class Findings(Page[ListedFinding]):
    """One page of findings."""

    total: int | None = Field(description="How many match in all; null where it would take long to know.")


class Act(BaseModel):
    """What is done to which findings."""

    ids: list[Annotated[str, Field(pattern=ID)]] = Field(min_length=1, max_length=500)
    action: Action
    text: str = Field(
        default="",
        max_length=10_000,
        description="The reason (needed for false positive, suppress and reopen), the owner (empty: nobody) or the note.",
    )


class Acted(BaseModel):
    """What came of it."""

    changed: int
    unchanged: int = Field(description="They stood by it already.")
    refused: dict[str, int] = Field(description="How many refused, by the reason.")
    missing: int = Field(description="There is no finding of that id.")


@router.get("")
def list_findings(console: ConsoleDep, who: Viewer, asked: AskedDep, limit: Limit = 100) -> Findings:
    """The findings that match."""
    page = console.database.read_now(
        partial(finding_pages.page, wanted=asked.wanted, order=asked.order, after=asked.after, limit=limit)
    )
    rules, now = finding_settings(console), console.clock()
    items = [ListedFinding.model_validate(told(each, console.policies, rules, now)) for each in page.items]
    return Findings(items=items, next=next_cursor(asked.order, page.after), total=page.total)


@router.get("/counts")
def count_findings(
    console: ConsoleDep,
    who: Viewer,
    by: Annotated[Literal["account", "region", "type", "policy", "severity", "status"], Query()] = "severity",
    status: Annotated[list[FindingStatus] | None, Query(description="Default: every status.")] = None,
) -> dict[str, int]:
    """How many findings there are, by one of their properties: the most first."""
    wanted = {"status": [each.value for each in status]} if status else {}
    return console.database.read_now(partial(finding_counts.facets, wanted=wanted, dimension=by))


@router.post("/actions")
def act(console: ConsoleDep, who: Operator, act: Act) -> Acted:
    """Decide on findings, give them to somebody, or write a note to them."""
    outcome = do(console, who, act.ids, act.action, act.text)
    return Acted(
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        refused=outcome.refused,
        missing=outcome.missing,
    )
