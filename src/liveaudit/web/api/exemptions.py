"""The API of exemptions: findings that are accepted, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.audit.entries import EntryError
from liveaudit.policies.rulebook import Exemption
from liveaudit.store import rules
from liveaudit.store.exempted import UNUSED, remarks_on, uses
from liveaudit.web.access.principal import Operator, Viewer
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.paging import Cursor, Limit, Page, read_cursor, write_cursor
from liveaudit.web.rules import changing
from liveaudit.web.rules.models import ExemptionAnswer, ExemptionGiven, exemption_told

router = APIRouter(prefix="/api/v1/exemptions", tags=["exemptions"])
ExemptionId = Annotated[str, Path(max_length=64, description="The exemption's id.")]
StateName = Literal["in force", "expired", "withdrawn"]


class RemarkAnswer(BaseModel):
    """What is odd about an exemption."""

    exemption: str = Field(description="Its id.")
    kind: Literal["unused", "hides", "ends soon", "never ends"]
    text: str


class MutelistGiven(BaseModel):
    """A mutelist of Prowler."""

    mutelist: str = Field(max_length=1_000_000, description="The file's text (YAML).")
    dry_run: bool = Field(default=False, description="Only tell what it comes to.")


class LeftOutAnswer(BaseModel):
    """An entry that was not taken, and why."""

    line: int
    entry: str
    reason: str


class ImportedAnswer(BaseModel):
    """What a mutelist came to."""

    exemptions: list[ExemptionAnswer] = Field(description="Those that are new.")
    left_out: list[LeftOutAnswer]


def told(console: Console, found: list[Exemption]) -> list[ExemptionAnswer]:
    """Exemptions as the API tells them, with what they hold."""
    held = console.database.read_now(lambda connection: uses(connection, found))
    now = console.clock()
    return [exemption_told(each, held.get(each.id, UNUSED), now) for each in found]


@router.get("")
def exemptions(
    console: ConsoleDep,
    who: Viewer,
    state: Annotated[StateName | None, Query(description="Only those that stand so.")] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[ExemptionAnswer]:
    """The exemptions, the newest first."""
    after, now = read_cursor(cursor, float, str), console.clock()
    found = [
        each
        for each in console.database.read_now(rules.list_exemptions)
        if (state is None or each.state(now) == state)
        and (after is None or (-each.made_at, each.id) > (-after[0], after[1]))
    ]
    items = told(console, found[:limit])
    more = len(found) > limit
    return Page(items=items, next=write_cursor(items[-1].made_at, items[-1].id) if more else None)


@router.get("/remarks")
def remarks(console: ConsoleDep, who: Viewer) -> Page[RemarkAnswer]:
    """What is to be reported of those that count: they hold nothing, hide what is new, never end, or end soon."""
    now = console.clock()
    found = console.database.read_now(lambda connection: remarks_on(connection, now))
    items = [RemarkAnswer(exemption=each.exemption.id, kind=each.kind, text=each.text) for each in found]
    return Page(items=items, next=None)


@router.post("", status_code=201)
def make(console: ConsoleDep, who: Operator, given: ExemptionGiven) -> ExemptionAnswer:
    """Accept findings; a worker applies it within seconds."""
    try:
        return told(console, [changing.make_exemption(console, who, given.plain())])[0]
    except EntryError as error:
        raise changing.refused(error) from error


@router.post("/import")
def take_over(console: ConsoleDep, who: Operator, given: MutelistGiven) -> ImportedAnswer:
    """Take over a mutelist of Prowler. Once more takes only what is new."""
    found = changing.import_mutelist(console, who, given.mutelist, dry_run=given.dry_run)
    return ImportedAnswer(
        exemptions=told(console, found.exemptions),
        left_out=[
            LeftOutAnswer(line=each.line, entry=each.entry, reason=each.reason) for each in found.left_out
        ],
    )


@router.get("/{exemption}")
def show(console: ConsoleDep, who: Viewer, exemption: ExemptionId) -> ExemptionAnswer:
    """One exemption."""
    return told(console, [changing.exemption_of(console, exemption)])[0]


@router.put("/{exemption}")
def change(
    console: ConsoleDep, who: Operator, exemption: ExemptionId, given: ExemptionGiven
) -> ExemptionAnswer:
    """Let an exemption say something else."""
    try:
        return told(console, [changing.change_exemption(console, who, exemption, given.plain())])[0]
    except EntryError as error:
        raise changing.refused(error) from error


@router.post("/{exemption}/withdraw")
def withdraw(console: ConsoleDep, who: Operator, exemption: ExemptionId) -> ExemptionAnswer:
    """End an exemption: what still fails reopens."""
    return told(console, [changing.withdraw_exemption(console, who, exemption)])[0]
