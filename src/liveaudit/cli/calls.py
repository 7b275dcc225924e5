"""``liveaudit calls``: how many calls there were, in which accounts, and what they were made for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    JsonOption,
    SettingsOption,
    open_store,
    print_json,
    print_table,
    read_settings,
)

if TYPE_CHECKING:
    from liveaudit.store.calls import Calls, EventCalls

LONGEST = 14
"""Days that can be asked for; a test holds it against what is kept."""


class By(StrEnum):
    """What is counted together."""

    ACCOUNT = "account"
    OPERATION = "operation"
    EVENT = "event"


def calls(
    by: Annotated[By, typer.Option(help="What is counted together.")] = By.ACCOUNT,
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    days: Annotated[
        int, typer.Option(help="Today and the days before it, by UTC: so many together.", min=1, max=LONGEST)
    ] = 1,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how many requests were made in each account, how many were throttled, and what one event costs."""
    import time

    from liveaudit.cli.common import EXIT_USAGE, CommandError
    from liveaudit.store import calls as counts

    if by == By.EVENT and account is not None:
        raise CommandError("--account: what events cost is not kept by account", EXIT_USAGE)
    since = time.time() - 86_400 * (days - 1)
    database = open_store(read_settings(settings))
    try:
        if by == By.EVENT:
            _show_events(
                database.read_now(lambda connection: counts.calls_per_event(connection, since=since)), as_json
            )
            return
        counted = counts.per_account if by == By.ACCOUNT else counts.per_operation
        _show(
            database.read_now(lambda connection: counted(connection, since=since, account=account)),
            as_json,
            by_operation=by == By.OPERATION,
        )
    finally:
        database.close()


def _show(found: list[Calls], as_json: bool, *, by_operation: bool) -> None:
    rows = [
        {
            "account": each.account,
            "client": each.client,
            **({"operation": each.operation} if by_operation else {}),
            "calls": each.calls,
            "throttled": each.throttled,
            "denied": each.denied,
            "errors": each.errors,
        }
        for each in found
    ]
    if as_json:
        for row in rows:
            print_json(row)
        return
    headings = ("account", "client", *(("operation",) if by_operation else ()))
    print_table(
        (*headings, "calls", "throttled", "denied", "errors"),
        ((row["account"] or "(ambient)", *list(row.values())[1:]) for row in rows),
    )


def _show_events(found: list[EventCalls], as_json: bool) -> None:
    if as_json:
        for each in found:
            print_json(
                {
                    "kind": each.kind,
                    "event": each.name,
                    "events": each.events,
                    "audits": round(each.audits, 2),
                    "calls": round(each.calls, 2),
                    "per_event": None if each.per_event is None else round(each.per_event, 2),
                }
            )
        return
    print_table(
        ("cause", "event", "events", "audits", "calls", "calls per event"),
        (
            (
                each.kind,
                each.name,
                each.events or "",
                f"{each.audits:.1f}",
                f"{each.calls:.1f}",
                "" if each.per_event is None else f"{each.per_event:.1f}",
            )
            for each in found
        ),
    )
