"""``liveaudit channels``: where is told, how the channels fare, who is told of a finding and why, what was given up."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_ERROR,
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    ago,
    iso,
    open_store,
    print_json,
    print_table,
    read_settings,
    safe,
)
from liveaudit.cli.users import entry

if TYPE_CHECKING:
    from liveaudit.deliver.plan import Answer, Line, Plan
    from liveaudit.deliver.routing import Router
    from liveaudit.settings import Settings
    from liveaudit.store.database import Database
    from liveaudit.store.deliveries import Delivery

app = typer.Typer(help="Channels on which is told.", no_args_is_help=True, rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(help="The channel's name.")]


def _plan(settings: Settings, database: Database) -> Plan:
    from liveaudit.deliver.plan import plan_of
    from liveaudit.deliver.plans import routes_of
    from liveaudit.store import console_routes

    return plan_of(settings, routes_of(database.read_now(console_routes.list_routes)))


def _line(plan: Plan, name: str) -> Line:
    if name not in plan.lines:
        known = ", ".join(plan.lines) or "none at all"
        raise CommandError(f"no channel {safe(name)!r}; the settings have {known}", EXIT_NOT_FOUND)
    return plan.lines[name]


def _router() -> Router:
    from liveaudit.deliver.routing import Router
    from liveaudit.services import load

    catalog, policies = load()
    return Router(policies, catalog)


@app.command("list")
def list_channels(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """List the channels, how they fare, and what waits."""
    from liveaudit.deliver.faring import Fares, fare

    now = time.time()
    loaded = read_settings(settings)
    with closing(open_store(loaded)) as database:
        found: list[Fares] = fare(database.read_now, _plan(loaded, database))
    if as_json:
        for each in found:
            print_json(each.plain())
        return
    print_table(
        ("channel", "kind", "state", "sent", "last", "waiting", "given up", "why"),
        (
            (
                each.name,
                each.kind,
                each.word,
                each.state.sent,
                "never" if each.state.last_sent_at is None else f"{ago(each.state.last_sent_at, now)} ago",
                each.state.waiting + each.state.letters,
                each.state.given_up,
                each.state.reason[:80],
            )
            for each in found
        ),
    )


@app.command("test")
def try_channel(name: NameArgument, settings: SettingsOption = None) -> None:
    """Send a message that says that it is a test. Ends with 1 when it does not arrive."""
    import asyncio

    from liveaudit.deliver.channels.interface import ChannelError
    from liveaudit.deliver.interface import Library
    from liveaudit.deliver.trying import send_test
    from liveaudit.services import load

    loaded = read_settings(settings)
    with closing(open_store(loaded)) as database:
        plan = _plan(loaded, database)
    line = _line(plan, name)
    try:
        sent = asyncio.run(send_test(line, plan, Library(load()[1]), time.time()))
    except ChannelError as error:
        raise CommandError(f"{name}: {safe(error.reason)}", EXIT_ERROR) from error
    told = "; ".join(each for each in (sent.receipt, sent.note) if each)
    typer.echo(f"{name} has it" + (f" ({safe(told)})" if told else ""))


@app.command("explain")
def explain_finding(
    finding: Annotated[str, typer.Argument(help="The finding's id, or how it begins.")],
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell who is told of a finding, by which route, when, and what was told of it already."""
    from liveaudit.deliver.channels.interface import Kind
    from liveaudit.deliver.explaining import explain

    loaded = read_settings(settings)
    with closing(open_store(loaded)) as database:
        plan, router = _plan(loaded, database), _router()
        found = database.read_now(lambda c: explain(c, finding, plan, router, time.time()))
    if found is None:
        raise CommandError(
            f"no finding whose id begins with {safe(finding)!r}, or several; see: liveaudit findings list",
            EXIT_NOT_FOUND,
        )
    if as_json:
        print_json(
            {
                "finding": found.finding["id"],
                "opening": _plain(found.opening, Kind.OPENED, plan),
                "overdue": _plain(found.overdue, Kind.ESCALATION, plan),
                "told": [
                    {**_plain_delivery(each), "what": what, "route": route}
                    for each, what, route in found.told
                ],
            }
        )
        return
    one = found.finding
    typer.echo(safe(f"{one['severity']} {one['policy']} on {one['arn']}, {one['status']}"))
    if not plan.routes:
        typer.echo("nobody is told: the settings have no routes")
    for heading, answers, kind in (
        ("when it opens", found.opening, Kind.OPENED),
        ("when it is overdue", found.overdue, Kind.ESCALATION),
    ):
        if answers:
            typer.echo(f"\n{heading}:")
        for answer in answers:
            for line in _plain([answer], kind, plan)[0]["says"]:
                typer.echo(safe(f"  {answer.route.name}: {line}"))
    typer.echo("\ntold so far:" if found.told else "\nnothing was told of it so far")
    for each, what, route in found.told:
        how = each.state if each.state != "waiting" else f"tried {each.attempts} times"
        at = iso(each.ended_at or each.made_at)
        typer.echo(safe(f"  {at} {each.channel}: {what}, {how} ({route}) {each.reason}".rstrip()))


def _plain(answers: tuple[Answer, ...] | list[Answer], kind: Any, plan: Plan) -> list[dict[str, Any]]:
    from liveaudit.deliver.explaining import reasons

    return [
        {
            "route": each.route.name,
            "source": each.route.source,
            "fits": not each.why_not,
            "tells": [letter.channel for letter in each.letters],
            "says": list(reasons(each, kind, plan)),
        }
        for each in answers
    ]


@app.command("preview")
def preview_message(
    name: NameArgument,
    finding: Annotated[
        str, typer.Argument(help="A finding's id, or how it begins; without it the message of a test.")
    ] = "",
    settings: SettingsOption = None,
) -> None:
    """Show what a channel would be told, and send nothing."""
    from liveaudit.deliver.channels.interface import ChannelError
    from liveaudit.deliver.interface import Library
    from liveaudit.deliver.telling import sample
    from liveaudit.deliver.trying import message_of, preview
    from liveaudit.services import load

    loaded = read_settings(settings)
    library, now = Library(load()[1]), time.time()
    with closing(open_store(loaded)) as database:
        plan = _plan(loaded, database)
        line = _line(plan, name)
        message = (
            database.read_now(lambda c: message_of(c, finding, plan, library, now))
            if finding
            else sample(plan, library, now, "preview")
        )
    if message is None:
        raise CommandError(
            f"no finding whose id begins with {safe(finding)!r}, or several; see: liveaudit findings list",
            EXIT_NOT_FOUND,
        )
    try:
        told = preview(line, message)
    except ChannelError as error:
        raise CommandError(f"{name}: {safe(error.reason)}", EXIT_USAGE) from error
    for each in told.splitlines():
        typer.echo(safe(each))


@app.command("given-up")
def list_given_up(
    channel: Annotated[str, typer.Option(help="Only of this channel.")] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the messages that were given up, the last first, each with its reason."""
    from liveaudit.store import deliveries

    now = time.time()
    with closing(open_store(read_settings(settings))) as database:
        found = database.read_now(lambda c: deliveries.given_up(c, channel))
    if as_json:
        for each in found:
            print_json(_plain_delivery(each))
        return
    print_table(
        ("id", "channel", "given up", "tries", "findings", "why"),
        (
            (
                each.id,
                each.channel,
                f"{ago(each.ended_at or now, now)} ago",
                each.attempts,
                each.letters,
                each.reason[:100],
            )
            for each in found
        ),
    )


@app.command("resend")
def resend(
    messages: Annotated[list[str] | None, typer.Argument(help="The messages' ids.")] = None,
    channel: Annotated[str, typer.Option(help="All that were given up on this channel.")] = "",
    settings: SettingsOption = None,
) -> None:
    """Have messages that were given up tried again, under the ids that they had."""
    from liveaudit.store import audit_log, deliveries

    if bool(messages) == bool(channel):
        raise CommandError("name messages, or a channel with --channel: one of the two", EXIT_USAGE)
    now = time.time()
    with closing(open_store(read_settings(settings))) as database:
        ids = messages or [
            each.id for each in database.read_now(lambda c: deliveries.given_up(c, channel, limit=10_000))
        ]
        done = database.write_now(lambda c: deliveries.resend(c, ids, now))
        if done:
            did = entry("channel.resend", channel or ", ".join(done)[:500], f"{len(done)} messages")
            database.write_now(lambda c: audit_log.put(c, did, now))
    missing = sorted(set(messages or ()) - set(done))
    typer.echo(f"{len(done)} message{'' if len(done) == 1 else 's'} will be tried again")
    if missing:
        raise CommandError(
            f"not among those given up: {safe(', '.join(missing))}; see: liveaudit channels given-up",
            EXIT_NOT_FOUND,
        )


def _plain_delivery(each: Delivery) -> dict[str, Any]:
    return {
        "id": each.id,
        "channel": each.channel,
        "state": each.state,
        "findings": each.letters,
        "attempts": each.attempts,
        "made_at": iso(each.made_at),
        "ended_at": iso(each.ended_at),
        "reason": each.reason,
        "receipt": each.receipt,
    }
