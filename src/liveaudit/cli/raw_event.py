"""``liveaudit findings event``: the raw event behind a finding, from CloudTrail's event history."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_ERROR,
    EXIT_NOT_FOUND,
    CommandError,
    JsonOption,
    SettingsOption,
    note,
    open_store,
    print_json,
    read_settings,
    safe,
    this_user,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liveaudit.settings import Settings
    from liveaudit.store.database import Database
    from liveaudit.story.raw_event import Asked, Found, Missing


def show_event(
    finding: Annotated[str, typer.Argument(help="The finding's id, or the beginning of it.")],
    event: Annotated[
        str,
        typer.Option(
            help="Another event of the finding's story, by its id. Default: the one that it is put down to.",
            metavar="ID",
        ),
    ] = "",
    by: Annotated[str, typer.Option(help="Who looks. Default: the user of this machine.")] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the raw event behind a finding as JSON, looked up in CloudTrail's event history; what looks like a secret is masked.

    Ends with 4 when there is no such finding, event or record, and with 1 when CloudTrail does not tell.
    """
    loaded = read_settings(settings)
    with closing(open_store(loaded)) as database:
        whole, asked = database.read_now(partial(_asked, prefix=finding, event_id=event))
        found = _look(loaded, database, asked, whole, by or this_user())
    _print(asked, found, as_json=as_json)


def _asked(connection: Connection, prefix: str, event_id: str) -> tuple[str, Asked]:
    from liveaudit.cli.fix import one_finding
    from liveaudit.services import load, remedies
    from liveaudit.story.finding import tell_finding
    from liveaudit.story.known_events import event_of_finding

    catalog, policies = load()
    whole = one_finding(connection, prefix)
    story = tell_finding(connection, whole, catalog=catalog, policies=policies, remedies=remedies())
    if story is None:
        raise CommandError(f"no finding {prefix!r}; see: liveaudit findings list --all", EXIT_NOT_FOUND)
    asked = event_of_finding(story, event_id)
    if asked is None and event_id:
        raise CommandError(
            f"--event: {event_id!r} is not told of this finding; see: liveaudit findings show {prefix}",
            EXIT_NOT_FOUND,
        )
    if asked is None:
        raise CommandError(
            f"no event is known that opened it: it was found by {story.found_by or 'an audit'}",
            EXIT_NOT_FOUND,
        )
    return whole, asked


def _look(loaded: Settings, database: Database, asked: Asked, finding: str, who: str) -> Found | Missing:
    import asyncio

    from liveaudit.assembly import caller_of
    from liveaudit.store import audit_log
    from liveaudit.store.audit_log import Entry
    from liveaudit.story.raw_event import Pace, look_up, outcome

    async def looked_up() -> Found | Missing:
        caller = caller_of(loaded, retries=1)
        try:
            return await look_up(
                caller, asked, now=time.time(), pace=Pace(time.monotonic), sleep=asyncio.sleep
            )
        finally:
            await caller.close()

    found = asyncio.run(looked_up())
    entry = Entry(who, "event.look", finding, outcome(asked, found), way="command line")
    database.write_now(partial(audit_log.put, entry=entry, now=time.time()))
    return found


def _print(asked: Asked, found: Found | Missing, *, as_json: bool) -> None:
    from liveaudit.story.raw_event import Found, Why, told

    if not isinstance(found, Found):
        lines = (
            found.told,
            found.advice,
            found.command,
            f"With the account's own credentials: {asked.command}",
        )
        gone = found.why in (Why.NOT_YET, Why.TOO_OLD, Why.NOT_THERE)
        text = "\n".join(safe(each) for each in lines if each)
        raise CommandError(text, EXIT_NOT_FOUND if gone else EXIT_ERROR)
    if as_json:
        print_json(told(asked, found))
        return
    sys.stdout.write(json.dumps(found.event, indent=2) + "\n")
    for each in found.masked:
        note(safe(f"masked: {each}"))
