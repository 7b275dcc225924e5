"""The API of liveaudit's own health: what is wrong, workers, queues, latencies, sweeps, budgets, gaps."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from liveaudit.health.rules import Level
from liveaudit.store import sweep_pages
from liveaudit.store.sweep_pages import Part, Which
from liveaudit.store.sweeps import Place, Sweep
from liveaudit.web.access.principal import Operator, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.health.asking import sweep_now
from liveaudit.web.health.system import System, budgets_of, gaps_of, kept_system
from liveaudit.web.paging import Cursor, Limit, Page, read_cursor, write_cursor

router = APIRouter(prefix="/api/v1", tags=["system"])
MOST_TROUBLES = 200
ACCOUNT, REGION, SERVICE = "^([0-9]{12})?$", "^[a-z0-9-]{0,32}$", "^[a-z0-9-]{0,64}$"
Account = Annotated[str, Query(pattern=ACCOUNT, description="Only this account.")]
Region = Annotated[str, Query(pattern=REGION, description="Only this region; `global` is one too.")]
Service = Annotated[str, Query(pattern=SERVICE, description="Only this service.")]


class TroubleTold(BaseModel):
    """Something that is wrong, or is not known."""

    level: Level
    rule: str = Field(examples=["due for long"])
    where: str
    text: str


class WorkerTold(BaseModel):
    """A worker."""

    id: str
    host: str
    pid: int
    version: str
    since: float
    seen: float = Field(description="Its last sign of life.")
    vanished: bool = Field(description="It fell silent without having stopped.")
    queues: tuple[str, ...] = Field(description="The queues that it polls.")
    messages: int = Field(description="Messages in its hand.")
    audits: int = Field(description="Resources in its hand.")


class QueueTold(BaseModel):
    """A queue of the receiver's as AWS counted it when a worker looked last."""

    queue: str
    at: float
    waiting: int
    in_flight: int
    dead_letters: int
    present: bool = Field(description="It exists.")
    reason: str = Field(description="Why it could not be looked at; empty: it could.")
    polled: bool = Field(description="A living worker polls it.")


class Quantiles(BaseModel):
    """A hop of an event, in seconds."""

    hop: str = Field(examples=["made-stored"])
    count: int
    p50: float
    p95: float
    p99: float


class SweepProgress(BaseModel):
    """The sweeps that are under way, all together."""

    places: int = Field(description="Accounts, regions and services that are asked for or under way.")
    asked: int
    listing: int
    auditing: int
    found: int = Field(description="Resources that they found.")
    audited: int = Field(description="Of these, how many are done.")
    since: float | None


class SystemState(BaseModel):
    """How liveaudit fares."""

    healthy: bool
    summary: str
    at: float
    troubles: list[TroubleTold] = Field(description="The worst first, 200 at most.")
    troubles_found: int = Field(description="How many there are in all.")
    workers: list[WorkerTold]
    queues: list[QueueTold]
    latencies: list[Quantiles] = Field(description="Since the beginning of the last hour by the clock.")
    sweeps: SweepProgress
    quarantine: dict[str, int] = Field(description="Messages in quarantine, by reason.")
    due: int = Field(description="Resources that wait because of events.")
    unknown: int = Field(description="UNKNOWN verdicts.")


class SweepTold(BaseModel):
    """An account, region and service with its last sweep."""

    account: str
    region: str
    service: str
    state: str = Field(examples=["auditing"])
    why: str = Field(examples=["schedule"])
    asked: float
    began: float | None
    ended: float | None
    found: int
    audited: int
    misses: int | None = Field(description="Changes it found that no event brought; null: it is not over.")
    unknown: int | None = Field(description="Resources with an UNKNOWN verdict; null: it is not over.")
    not_listed: dict[str, str] = Field(description="Types that could not be listed, and why.")


class AskSweep(BaseModel):
    """Which sweeps are wanted; empty fields mean all."""

    account: str = Field(default="", pattern=ACCOUNT, examples=["111122223333"])
    region: str = Field(default="", pattern=REGION)
    service: str = Field(default="", pattern=SERVICE)


class Asked(BaseModel):
    """What was asked for."""

    asked: int = Field(description="Accounts, regions and services that will be swept.")


class BudgetTold(BaseModel):
    """The budget of calls of an account, region and service, which all workers share."""

    account: str
    region: str
    client: str = Field(description="The service by botocore's name.", examples=["ec2"])
    rate: float = Field(description="Calls a second that are allowed now.")
    tokens: float
    throttled: float | None = Field(description="When AWS throttled last.")
    throttles: int
    refused: int = Field(description="How often there was nothing left in it.")


class Budgets(BaseModel):
    """Budgets, those that AWS throttled of late first."""

    items: list[BudgetTold]


class GapTold(BaseModel):
    """A changing event of a covered service that the catalog does not know or cannot place."""

    source: str = Field(examples=["s3.amazonaws.com"])
    name: str = Field(examples=["PutBucketFoo"])
    seen: int
    first: float
    last: float
    reason: str
    done: str = Field(description="What was done instead for the last one.")


class Gaps(BaseModel):
    """Gaps, the most frequent first."""

    items: list[GapTold]


@router.get("/system")
def system(console: ConsoleDep, who: Viewer) -> SystemState:
    """Whether liveaudit is healthy and why not; workers, queues, latencies, sweeps."""
    return told(kept_system(console).get())


def told(seen: System) -> SystemState:
    """A state as the API has it."""
    figures, progress = seen.figures, seen.progress
    return SystemState(
        healthy=not any(each.level is Level.UNHEALTHY for each in seen.troubles),
        summary=seen.summary,
        at=seen.at,
        troubles=[
            TroubleTold.model_validate(each, from_attributes=True) for each in seen.troubles[:MOST_TROUBLES]
        ],
        troubles_found=len(seen.troubles),
        workers=[
            WorkerTold(
                id=each.id,
                host=each.host,
                pid=each.pid,
                version=each.version,
                since=each.since,
                seen=each.seen_at,
                vanished=each.vanished(seen.at),
                queues=each.queues,
                messages=each.messages,
                audits=figures.held.get(each.id, 0),
            )
            for each in figures.workers
        ],
        queues=[
            QueueTold(
                queue=each.queue,
                at=each.at,
                waiting=each.waiting,
                in_flight=each.in_flight,
                dead_letters=each.dead_letters,
                present=each.present,
                reason=each.reason,
                polled=each.queue in seen.polled,
            )
            for each in seen.queues
        ],
        latencies=quantiles(seen),
        sweeps=SweepProgress(
            places=progress.places,
            asked=progress.asked,
            listing=progress.listing,
            auditing=progress.auditing,
            found=progress.found,
            audited=progress.audited,
            since=progress.since,
        ),
        quarantine=figures.quarantine,
        due=sum(each.late for each in figures.due.values()),
        unknown=sum(figures.unknown.values()),
    )


def quantiles(seen: System) -> list[Quantiles]:
    """The hops that were measured, in their order."""
    found = []
    for hop, histogram in seen.figures.latencies:
        p50, p95, p99 = (histogram.quantile(share) for share in (0.5, 0.95, 0.99))
        if p50 is not None and p95 is not None and p99 is not None:
            found.append(Quantiles(hop=hop, count=histogram.count, p50=p50.at, p95=p95.at, p99=p99.at))
    return found


@router.get("/sweeps")
def list_sweeps(
    console: ConsoleDep,
    who: Viewer,
    part: Annotated[Part, Query(description="Which sweeps.")] = Part.ALL,
    account: Account = "",
    region: Region = "",
    service: Service = "",
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[SweepTold]:
    """The last sweep of every account, region and service."""
    items, after = sweeps_page(console, part, Which(account, region, service), cursor, limit)
    return Page(items=[_sweep(each) for each in items], next=after)


def sweeps_page(
    console: ConsoleDep, part: Part, which: Which, cursor: str, limit: int
) -> tuple[list[Sweep], str | None]:
    """A page of sweeps, and the cursor of the next one."""
    given = read_cursor(cursor, str, str, str)
    after = None if given is None else Place(*given)
    found = console.database.read_now(
        partial(sweep_pages.page, which=which, part=part, after=after, limit=limit + 1)
    )
    items = found[:limit]
    if len(found) <= limit:
        return items, None
    last = items[-1].place
    return items, write_cursor(last.account, last.region, last.service)


def _sweep(each: Sweep) -> SweepTold:
    over = each.ended_at is not None
    return SweepTold(
        account=each.place.account,
        region=each.place.region,
        service=each.place.service,
        state=each.state,
        why=each.why,
        asked=each.asked_at,
        began=each.began_at,
        ended=each.ended_at,
        found=each.found,
        audited=max(0, each.found - each.waiting),
        misses=each.missed if over else None,
        unknown=each.unknown if over else None,
        not_listed=dict(each.failed),
    )


@router.post("/sweeps", status_code=202)
def ask_for_sweeps(console: ConsoleDep, who: Operator, wanted: AskSweep) -> Asked:
    """Sweep now: the workers begin as soon as they can. What is under way is swept once more."""
    return Asked(asked=sweep_now(console, who, Which(wanted.account, wanted.region, wanted.service)))


@router.get("/budgets")
def list_budgets(console: ConsoleDep, who: Viewer, account: Account = "") -> Budgets:
    """The budgets of an account; without one, those that AWS has throttled, 200 at most."""
    return Budgets(
        items=[
            BudgetTold(
                account=place.account,
                region=place.region,
                client=place.client,
                **_budget(row),
            )
            for place, row in budgets_of(console, account)
        ]
    )


def _budget(row: Any) -> dict[str, Any]:
    return {
        "rate": row["rate"],
        "tokens": row["tokens"],
        "throttled": row["throttled_at"],
        "throttles": row["throttles"],
        "refused": row["refused"],
    }


@router.get("/gaps")
def list_gaps(console: ConsoleDep, who: Viewer) -> Gaps:
    """Event names that the catalog does not know, 500 at most."""
    return Gaps(
        items=[
            GapTold(
                source=each.source,
                name=each.name,
                seen=each.seen,
                first=each.first_at,
                last=each.last_at,
                reason=each.reason,
                done=each.done,
            )
            for each in gaps_of(console)
        ]
    )
