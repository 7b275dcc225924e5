"""The API of the health matrix: accounts, their regions, and what is wrong there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.health.cells import Cell, Look, Row, Sign, Wanted
from liveaudit.web.access.principal import Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.matrix import choose_page, kept_matrix, one_account, one_place_of
from liveaudit.web.paging import Cursor, read_cursor, write_cursor

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])
MOST_ROWS = 100
REGION, REGION_OR_NONE = "^[a-z0-9-]{1,32}$", "^[a-z0-9-]{0,32}$"
Account = Annotated[str, Path(pattern="^[0-9]{12}$", description="The account's id.")]
Region = Annotated[
    str,
    Path(pattern=REGION, description="The region; `global`: what belongs to the account as a whole."),
]


class PlaceHealth(BaseModel):
    """An account's region."""

    region: str = Field(examples=["eu-west-1"])
    look: Look = Field(description="The worst of its signs.")
    signs: dict[Sign, str] = Field(description="What is wrong, each in words.")
    last_event: float | None = Field(description="When its newest event was taken in.")
    events_last_hour: float = Field(description="About how many events came in the last hour.")
    due: int = Field(description="Resources that wait to be audited because of events.")
    oldest_due: float | None = Field(description="Since when the first of them waits.")
    sweeping: int = Field(description="Resources that wait to be audited by a sweep.")
    within_p95: float | None = Field(
        description="Seconds within which 19 of 20 changes were judged, as the upper bound of a step; null: longer than "
        "all steps, or none was measured."
    )
    measured: int = Field(description="How many changes that was measured by.")
    measured_until: float | None = Field(description="The end of the newest hour they are of.")
    misses: int = Field(description="Changes of the last 7 days that no event brought.")
    unknown: dict[str, int] = Field(description="UNKNOWN verdicts by kind of reason.")
    permissions_missing: int = Field(
        description="UNKNOWN verdicts and listings for want of a permission.", examples=[0]
    )
    not_listed: dict[str, str] = Field(description="Types that the last sweep could not list, and why.")
    swept: float | None = Field(description="When the oldest of its last sweeps ended.")
    sweeps_under_way: int = Field(description="How many of its services are being swept, or will be.")
    throttled: float | None = Field(description="When AWS throttled our calls there last.")


class AccountHealth(BaseModel):
    """An account with its regions."""

    account: str = Field(examples=["111122223333"])
    name: str = Field(description="What the settings call it.")
    look: Look = Field(description="The worst of its regions.")
    signs: dict[Sign, int] = Field(description="How many of its regions have each sign.")
    silent: str = Field(description="That no event of it comes, in words; empty: they do.")
    last_event: float | None = Field(description="When its newest event was taken in.")
    regions: list[PlaceHealth]


class MatrixPage(BaseModel):
    """One page of the matrix, the worst accounts first."""

    items: list[AccountHealth]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")
    at: float = Field(description="When the figures were read.")
    found: int = Field(description="How many accounts match in all.")


class MissingPermission(BaseModel):
    """An operation that AWS refused."""

    type: str = Field(examples=["AWS::S3::Bucket"])
    operation: str = Field(examples=["GetBucketAcl"])
    actions: tuple[str, ...] = Field(
        description="The IAM actions that allow it.", examples=[["s3:GetBucketAcl"]]
    )
    verdicts: int = Field(description="How many verdicts are UNKNOWN for want of it.")
    listing: bool = Field(description="Resources of the type are not found at all without it.")
    reason: str


class UnknownReason(BaseModel):
    """Why verdicts are UNKNOWN."""

    type: str
    kind: str
    reason: str
    number: int


class WaitingResource(BaseModel):
    """A resource that waits to be audited because of events."""

    key: int = Field(description="Its key in the store.")
    type: str
    resource: str
    since: float
    not_before: float = Field(description="When it may be audited at the earliest.")
    attempts: int = Field(description="Readings that have failed.")
    held: bool = Field(description="An auditor has it in hand.")


class PlaceDetail(BaseModel):
    """An account's region from close by; of each list the first 50."""

    account: str
    health: PlaceHealth
    permissions_missing: list[MissingPermission]
    unknown: list[UnknownReason]
    waiting: list[WaitingResource]


def _place(cell: Cell) -> PlaceHealth:
    fares = cell.fares
    slowness = fares.slowness
    return PlaceHealth(
        region=cell.region,
        look=cell.look,
        signs=dict(cell.signs),
        last_event=fares.last.taken_at if fares.last else None,
        events_last_hour=round(fares.last.last_hour, 1) if fares.last else 0.0,
        due=fares.due.late,
        oldest_due=fares.due.oldest,
        sweeping=fares.due.sweeping,
        within_p95=slowness.within(0.95) if slowness and slowness.seen else None,
        measured=slowness.seen if slowness else 0,
        measured_until=slowness.until if slowness else None,
        misses=fares.missed,
        unknown=fares.unknown,
        permissions_missing=cell.denied,
        not_listed=fares.not_listed,
        swept=fares.swept.oldest,
        sweeps_under_way=fares.swept.running,
        throttled=fares.throttled_at,
    )


def _account(row: Row) -> AccountHealth:
    return AccountHealth(
        account=row.account,
        name=row.name,
        look=row.look,
        signs=dict(row.signs),
        silent=row.silent,
        last_event=row.last_event,
        regions=[_place(row.cells[region]) for region in sorted(row.cells)],
    )


@router.get("")
def list_accounts(
    console: ConsoleDep,
    who: Viewer,
    q: Annotated[str, Query(max_length=200, description="A part of the account's id or name.")] = "",
    region: Annotated[str, Query(pattern=REGION_OR_NONE, description="Only this region.")] = "",
    look: Annotated[Look | None, Query(description="Accounts that look at least so bad.")] = None,
    sign: Annotated[Sign | None, Query(description="Accounts with this sign.")] = None,
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Accounts on a page.")] = 25,
) -> MatrixPage:
    """The health matrix, a page of accounts at a time, the worst first."""
    made = kept_matrix(console).get()
    after = read_cursor(cursor, int, str)
    wanted = Wanted(q, region, look or "", sign or "")
    chosen = choose_page(made, wanted, None if after is None else (after[0], after[1]), limit)
    return MatrixPage(
        items=[_account(row) for row in chosen.rows],
        next=write_cursor(*chosen.next) if chosen.next else None,
        at=made.at,
        found=chosen.found,
    )


@router.get("/{account}")
def show_account(console: ConsoleDep, who: Viewer, account: Account) -> AccountHealth:
    """One account, region by region, as it is now."""
    return _account(one_account(console, account))


@router.get("/{account}/{region}")
def show_place(console: ConsoleDep, who: Viewer, account: Account, region: Region) -> PlaceDetail:
    """One account's region: which permissions are missing, what is unknown and why, what waits."""
    found = one_place_of(console, account, region)
    return PlaceDetail(
        account=account,
        health=_place(found.cell),
        permissions_missing=[
            MissingPermission.model_validate(each, from_attributes=True) for each in found.missing
        ],
        unknown=[UnknownReason.model_validate(each, from_attributes=True) for each in found.reasons],
        waiting=[WaitingResource.model_validate(each, from_attributes=True) for each in found.waiting],
    )
