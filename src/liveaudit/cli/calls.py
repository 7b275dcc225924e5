"""``liveaudit calls``: how many calls there were, in which accounts, and what they were made for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    JsonOption,
    SettingsOption,
    account_ids,
    ago,
    iso,
    open_store,
    print_json,
    print_table,
    read_settings,
)

if TYPE_CHECKING:
    from liveaudit.store.budgets import Place, Row
    from liveaudit.store.calls import Calls, EventCalls

LONGEST = 14
"""Days that can be asked for; a test holds it against what is kept."""


class By(StrEnum):
    """What is counted together."""

    ACCOUNT = "account"
    OPERATION = "operation"
    EVENT = "event"
    BUDGET = "budget"


def calls(
    by: Annotated[By, typer.Option(help="What is counted together.")] = By.ACCOUNT,
    account: Annotated[str | None, typer.Option(help="Only this account.", callback=account_ids)] = None,
    days: Annotated[
        int, typer.Option(help="Today and the days before it, by UTC: so many together.", min=1, max=LONGEST)
    ] = 1,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how many requests were made in each account, how many were throttled, what one event costs, and the budgets."""
    import time

    from liveaudit.cli.common import EXIT_USAGE, CommandError
    from liveaudit.store import budgets
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
        if by == By.BUDGET:
            _show_budgets(
                database.read_now(lambda connection: budgets.list_budgets(connection, account=account)),
                as_json,
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


def _show_budgets(found: list[tuple[Place, Row]], as_json: bool) -> None:
    import time

    from liveaudit.aws.budget import Bucket, rate_at
    from liveaudit.aws.caller import is_emulated
    from liveaudit.aws.rates import limit_of

    now = time.time()
    rows = []
    for place, state in found:
        bucket = Bucket(**state)
        limit = limit_of(place.client, emulated=is_emulated(place.client))
        rows.append((place, bucket, min(limit.most, rate_at(limit, bucket, now)), limit.most))
    if as_json:
        for place, bucket, rate, most in rows:
            print_json(
                {
                    "account": place.account,
                    "region": place.region,
                    "client": place.client,
                    "rate": round(rate, 2),
                    "most": most,
                    "throttled_at": iso(bucket.throttled_at),
                    "slowed": bucket.throttles,
                    "refused": bucket.refused,
                }
            )
        return
    print_table(
        ("account", "region", "client", "calls/s", "at most", "throttled", "times slowed", "put off"),
        (
            (
                place.account or "(ambient)",
                place.region,
                place.client,
                f"{rate:.1f}",
                f"{most:.0f}",
                "" if bucket.throttled_at is None else f"{ago(bucket.throttled_at, now)} ago",
                bucket.throttles,
                bucket.refused,
            )
            for place, bucket, rate, most in rows
        ),
    )
