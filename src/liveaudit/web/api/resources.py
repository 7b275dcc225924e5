"""The API of resources: list, one with its sections and verdicts, the history of its configuration."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.store import resource_pages
from liveaudit.store.resource_pages import Edge, Listed
from liveaudit.story import told
from liveaudit.story.resource import change_of, history_of, tell_resource
from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.paging import Cursor, Limit, Page, read_cursor, write_cursor
from liveaudit.web.problems import Problem
from liveaudit.web.resources.choices import wanted

router = APIRouter(prefix="/api/v1/resources", tags=["resources"])
Key = Annotated[int, Path(ge=1, le=2**53, description="The resource's number.")]
Text = Annotated[str, Query(max_length=256)]
_GONE: dict[int | str, dict[str, Any]] = {404: {"description": "There is none of that number."}}


class ResourceItem(BaseModel):
    """A resource."""

    key: int = Field(description="Its number in this store.")
    id: str = Field(examples=["shop-photos"])
    type: str = Field(examples=["AWS::S3::Bucket"])
    arn: str
    account: str = Field(examples=["111122223333"])
    region: str = Field(
        description="`global` for what belongs to the account as a whole.", examples=["eu-west-1"]
    )
    partition: str = Field(examples=["aws"])
    state: str = Field(description="`present`, `gone`, or `new`: not read yet.")
    first_seen: float
    audited_at: float | None
    changed_at: float | None = Field(description="When the newest change was made that an event told.")
    open_findings: dict[str, int] = Field(description="How many are open, by severity.")


class Line(BaseModel):
    """A line of a comparison."""

    kind: Literal["same", "removed", "added", "skipped"]
    text: str


class EventItem(BaseModel):
    """An event that made a change, or may have."""

    name: str = Field(examples=["PutBucketAcl"])
    who: str = Field(description="The ARN, or what else is known of who made it.")
    type: str
    issuer: str = Field(description="The role of a session.")
    address: str
    agent: str
    event_id: str
    account: str = Field(description="Whose CloudTrail recorded it.")
    region: str = Field(description="In which region.")
    at: float | None
    certain: bool = Field(description="false: it may as well have been made just after the reading.")


class ChangeItem(BaseModel):
    """A section that is another than it was."""

    id: int
    section: str = Field(description="Empty: the resource as a whole.")
    resource: ResourceItem | None = Field(description="Whose section it is, where that is another resource.")
    before_state: str = Field(description="`value` or `absent`; of the whole `new`, `present` or `gone`.")
    after_state: str
    before_read_at: float | None = Field(description="When it was last read to be as before.")
    read_at: float = Field(description="When it was read to be another.")
    events: list[EventItem]
    found_by: str = Field(description="What led to the audit, where no event did.")
    lines: list[Line] = Field(description="What differs, with a few lines around it.")
    removed: int
    added: int
    note: str = Field(description="What could not be compared.")


class SectionItem(BaseModel):
    """A section as it stands."""

    name: str = Field(examples=["acl"])
    state: str = Field(description="`value` or `absent`.")
    value: Any = Field(description="As the API of AWS shapes it; secrets are left out when it is read.")
    doubt: str = Field(description="Why it may be outdated; empty: it is not.")
    read_at: float
    event_at: float | None


class VerdictItem(BaseModel):
    """What a policy says of it."""

    policy: str = Field(examples=["s3_bucket_public_access"])
    outcome: str = Field(examples=["FAIL"])
    reason: str
    unsettled: str = Field(description="Why it may not be the last word yet.")
    judged_at: float
    finding: str | None
    status: str | None
    severity: str | None


class EdgeItem(BaseModel):
    """A section that stands on a section of another resource."""

    section: str = Field(description="Of who stands on the other.")
    other: ResourceItem
    other_section: str = Field(description="Of whom it stands on.")


class ResourceDetail(ResourceItem):
    """A resource with all that is known of it."""

    sections: list[SectionItem]
    verdicts: list[VerdictItem]
    changes: list[ChangeItem] = Field(description="The newest changes of its configuration.")
    stands_on: list[EdgeItem]
    dependents: list[EdgeItem]


def item(each: Listed) -> ResourceItem:
    """A resource as the API tells it."""
    return ResourceItem(**told.resource(each))


def _edge(each: Edge) -> EdgeItem:
    return EdgeItem(section=each.section, other=item(each.other), other_section=each.other_section)


@router.get("")
def resources(
    console: ConsoleDep,
    who: Viewer,
    service: Text = "",
    type_name: Annotated[str, Query(alias="type", max_length=128)] = "",
    account: Text = "",
    region: Text = "",
    state: Text = "",
    text: Annotated[str, Query(alias="q", max_length=2048, description="A part of the id, or an ARN.")] = "",
    open_only: Annotated[bool, Query(alias="open", description="Only with open findings.")] = False,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[ResourceItem]:
    """The resources that match, by account, region, type and id."""
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
        partial(resource_pages.list_resources, wanted=asked, after=after, limit=limit + 1)
    )
    return Page(
        items=[item(each) for each in found[:limit]],
        next=write_cursor(*found[limit - 1].place) if len(found) > limit else None,
    )


@router.get("/{key}", responses=_GONE)
def resource(console: ConsoleDep, who: Viewer, key: Key) -> ResourceDetail:
    """One resource: its sections, what the policies say, what changed last, what it hangs together with."""
    found = console.database.read_now(partial(tell_resource, key=key, catalog=console.catalog))
    if found is None:
        raise Problem(404, "No such resource")
    whole = told.whole_resource(found)
    return ResourceDetail(
        **told.resource(found.listed),
        sections=whole["sections"],
        verdicts=whole["verdicts"],
        changes=whole["changes"],
        stands_on=[_edge(each) for each in found.stands_on],
        dependents=[_edge(each) for each in found.dependents],
    )


@router.get("/{key}/history", responses=_GONE)
def history(
    console: ConsoleDep,
    who: Viewer,
    key: Key,
    section: Annotated[str, Query(max_length=64, description="Only of this section.")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Cursor = "",
) -> Page[ChangeItem]:
    """What its configuration was, and who changed it, the newest first."""
    before = read_cursor(cursor, int)
    if console.database.read_now(partial(resource_pages.get_resource, key=key)) is None:
        raise Problem(404, "No such resource")
    found = console.database.read_now(
        partial(
            history_of,
            key=key,
            catalog=console.catalog,
            section=section or None,
            before=before[0] if before else None,
            limit=limit + 1,
        )
    )
    return Page(
        items=[ChangeItem(**told.change(each)) for each in found[:limit]],
        next=write_cursor(found[limit - 1].id) if len(found) > limit else None,
    )


@router.get("/{key}/history/{change}", responses=_GONE)
def change(
    console: ConsoleDep,
    who: Viewer,
    key: Key,
    change: Annotated[int, Path(ge=1, le=2**53, description="The change's number.")],
) -> ChangeItem:
    """One change of its configuration."""
    found = console.database.read_now(partial(change_of, key=key, change=change, catalog=console.catalog))
    if found is None:
        raise Problem(404, "No such change")
    return ChangeItem(**told.change(found[1]))
