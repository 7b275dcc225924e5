"""The API of channels: how they fare, the routes that say who is told, who is told of a finding, and what was given up."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.deliver.channels.interface import ChannelError, Kind
from liveaudit.deliver.explaining import explain, reasons
from liveaudit.deliver.faring import fare
from liveaudit.deliver.interface import Library
from liveaudit.deliver.plan import Answer, Plan
from liveaudit.deliver.trying import send_test
from liveaudit.store import console_routes, deliveries
from liveaudit.store.deliveries import Delivery
from liveaudit.web import channels as doing
from liveaudit.web.access.principal import Administrator, Operator, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.paging import Limit, Page
from liveaudit.web.problems import Problem

router = APIRouter(prefix="/api/v1/channels", tags=["channels"])
Name = Annotated[str, Path(max_length=63, description="The channel's name in the settings.")]
RouteId = Annotated[str, Path(max_length=64, description="The route's id.")]
_Text = Annotated[str, Field(max_length=2048)]
_Texts = Annotated[list[_Text], Field(max_length=1000)]


class ChannelAnswer(BaseModel):
    """A channel and how it fares."""

    name: str = Field(examples=["security-team"])
    kind: str = Field(description="What it is; empty: the settings have it no longer.", examples=["slack"])
    state: str = Field(description="`well`, `failing`, `not used yet` or `gone`.")
    sent: int = Field(description="Messages that arrived.")
    last_sent_at: float | None
    waiting: int = Field(description="Messages that are to be sent.")
    not_yet_messages: int = Field(description="Moves of findings that are still being put together.")
    given_up: int
    failing_since: float | None
    next_try_at: float | None
    reason: str = Field(description="Why the last message did not arrive.")


class OverdueGiven(BaseModel):
    """Who is told of findings that are still open on their due date."""

    tell: _Texts = Field(description="The names of the channels.")
    again: str = Field(default="never", max_length=20, description="Once more after such a time, as 7d.")


class RouteGiven(BaseModel):
    """Who is told of which findings: as a route of the settings file. Every list that is empty fits all."""

    name: str = Field(default="", max_length=200, description="What it is called.")
    policies: _Texts = []
    services: _Texts = []
    severities: _Texts = []
    frameworks: _Texts = []
    accounts: _Texts = []
    regions: _Texts = []
    resources: _Texts = []
    tags: _Texts = []
    owners: _Texts = []
    environments: _Texts = []
    moves: _Texts = Field(
        default=[], description="What has to happen to a finding; empty: as the settings say."
    )
    tell: _Texts = Field(default=[], description="The names of the channels.")
    digest: str = Field(default="", max_length=200, description="When all is told together.")
    wait: str = Field(default="", max_length=200, description="How long more of one change is waited for.")
    overdue: OverdueGiven | None = Field(default=None, description="Null: nobody.")
    stop: bool = Field(default=False, description="Whether no later route is looked at.")


class RouteAnswer(BaseModel):
    """A route, in the order in which they are looked at."""

    id: str = Field(description="Of a route of the console; empty: it stands in the settings file.")
    name: str
    source: str = Field(description="`file` or `console`.")
    tell: list[str]
    overdue: list[str] = Field(description="Who is told of those that outlive their due date.")
    stop: bool
    body: dict[str, Any] = Field(description="What was set in the console; empty for those of the file.")


class MadeAnswer(BaseModel):
    """A route that was set."""

    id: str


class SaysAnswer(BaseModel):
    """What a route says of a finding."""

    route: str
    fits: bool
    tells: list[str] = Field(description="The channels.")
    says: list[str] = Field(description="In words: who is told and when, or why not.")


class MessageAnswer(BaseModel):
    """A message."""

    id: str = Field(description="The same each time that it is sent.")
    channel: str
    kind: str
    state: str
    made_at: float
    ended_at: float | None
    attempts: int
    reason: str = Field(description="Why the last try failed.")


class ToldAnswer(MessageAnswer):
    """A message that told of a finding."""

    what: str = Field(description="What it told of it, as `opened`.")
    route: str


class ExplainedAnswer(BaseModel):
    """Who is told of a finding, and why."""

    finding: str
    opening: list[SaysAnswer] = Field(description="When it opens.")
    overdue: list[SaysAnswer] = Field(description="When it outlives its due date.")
    told: list[ToldAnswer] = Field(description="What was told of it, the last first.")


class TestAnswer(BaseModel):
    """A test arrived."""

    receipt: str = Field(description="What the receiver gave for it.")
    note: str


class PreviewAnswer(BaseModel):
    """What a channel would send."""

    text: str = Field(
        description="Words as people read them, or every request as a system gets it: where, headers, body. The name of a "
        "secret stands in its place."
    )


class ResendGiven(BaseModel):
    """Messages that were given up."""

    messages: Annotated[
        list[Annotated[str, Field(max_length=36)]],
        Field(min_length=1, max_length=doing.MOST_RESENT, description="Their ids."),
    ]


class ResentAnswer(BaseModel):
    """How many are tried again."""

    resent: int


@router.get("")
def channels(console: ConsoleDep, who: Viewer) -> Page[ChannelAnswer]:
    """The channels in the settings' order, and those of which something is left."""
    found = fare(console.database.read_now, doing.plan_here(console))
    items = [
        ChannelAnswer(
            name=each.name,
            kind=each.kind,
            state=each.word,
            sent=each.state.sent,
            last_sent_at=each.state.last_sent_at,
            waiting=each.state.waiting,
            not_yet_messages=each.state.letters,
            given_up=each.state.given_up,
            failing_since=each.state.failing_since,
            next_try_at=each.state.paused_until if each.state.failing_since is not None else None,
            reason=each.state.reason,
        )
        for each in found
    ]
    return Page(items=items, next=None)


@router.get("/routes")
def routes(console: ConsoleDep, who: Viewer) -> Page[RouteAnswer]:
    """The routes that count, in their order: those of the file, then those of the console."""
    bodies = {each.id: each.body for each in console.database.read_now(console_routes.list_routes)}
    items = [
        RouteAnswer(
            id=each.id,
            name=each.name,
            source=each.source,
            tell=list(each.tell),
            overdue=list(each.overdue),
            stop=each.stop,
            body=dict(bodies.get(each.id, {})),
        )
        for each in doing.plan_here(console).routes
    ]
    return Page(items=items, next=None)


@router.post("/routes", status_code=201)
def set_route(console: ConsoleDep, who: Administrator, given: RouteGiven) -> MadeAnswer:
    """Set a route: it comes after all that stand."""
    try:
        return MadeAnswer(id=doing.add_route(console, who, given.model_dump()))
    except doing.RouteError as error:
        field, text = error.wrong[0]
        raise Problem(422, "Not understood", f"{field}: {text}" if field else text, field=field) from error


@router.delete("/routes/{route}", status_code=204)
def drop_route(console: ConsoleDep, who: Administrator, route: RouteId) -> None:
    """Take a route of the console away."""
    doing.drop_route(console, who, route)


@router.get("/explain/{finding}")
def explain_finding(
    console: ConsoleDep,
    who: Viewer,
    finding: Annotated[str, Path(max_length=36, description="The finding's id, or how it begins.")],
) -> ExplainedAnswer:
    """Who is told of a finding, by which route, when, and what was told of it already."""
    plan, here, now = doing.plan_here(console), doing.router_of(console), console.clock()
    found = console.database.read_now(lambda connection: explain(connection, finding, plan, here, now))
    if found is None:
        raise Problem(404, "No such finding", "no finding's id begins so, or several do")
    return ExplainedAnswer(
        finding=found.finding["id"],
        opening=[_says(each, Kind.OPENED, plan) for each in found.opening],
        overdue=[_says(each, Kind.ESCALATION, plan) for each in found.overdue],
        told=[
            ToldAnswer(**_message(each).model_dump(), what=what, route=route)
            for each, what, route in found.told
        ],
    )


def _says(answer: Answer, kind: Kind, plan: Plan) -> SaysAnswer:
    return SaysAnswer(
        route=answer.route.name,
        fits=not answer.why_not,
        tells=[each.channel for each in answer.letters],
        says=list(reasons(answer, kind, plan)),
    )


def _message(each: Delivery) -> MessageAnswer:
    return MessageAnswer(**{name: getattr(each, name) for name in MessageAnswer.model_fields})


@router.get("/{name}/preview")
def preview(
    console: ConsoleDep,
    who: Operator,
    name: Name,
    finding: Annotated[
        str,
        Query(
            max_length=36, description="A finding's id, or how it begins; left out: the message of a test."
        ),
    ] = "",
) -> PreviewAnswer:
    """What a channel would send; nothing is sent."""
    return PreviewAnswer(text=doing.preview_of(console, name, finding))


@router.get("/given-up")
def given_up(
    console: ConsoleDep,
    who: Viewer,
    channel: Annotated[str, Query(max_length=63, description="Only of this channel.")] = "",
    limit: Limit = 100,
) -> Page[MessageAnswer]:
    """The messages that were given up, the last first."""
    found = console.database.read_now(
        lambda connection: deliveries.given_up(connection, channel, limit=limit)
    )
    return Page(items=[_message(each) for each in found], next=None)


@router.post("/given-up/resend")
def resend(console: ConsoleDep, who: Operator, given: ResendGiven) -> ResentAnswer:
    """Have messages that were given up tried again."""
    return ResentAnswer(resent=doing.resend(console, who, given.messages))


@router.post("/{name}/test")
async def test(console: ConsoleDep, who: Administrator, name: Name) -> TestAnswer:
    """Send a message that says that it is a test. 502: it did not arrive."""
    plan, line = doing.line_of(console, name)
    try:
        sent = await send_test(line, plan, Library(console.policies), console.clock())
    except ChannelError as error:
        console.log_change(who, "channel.test", name, "it did not arrive")
        raise Problem(502, "It did not arrive", error.reason) from error
    console.log_change(who, "channel.test", name, "it arrived")
    return TestAnswer(receipt=sent.receipt, note=sent.note)
