"""``liveaudit sweeps``: the sweeps that workers make, the changes that no event brought, and the recall."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    account_ids,
    ago,
    iso,
    note,
    open_store,
    print_json,
    print_table,
    read_settings,
)

if TYPE_CHECKING:
    from liveaudit.catalog.catalog import Catalog

app = typer.Typer(
    help="What the workers sweep, and what no event brought.", no_args_is_help=True, rich_markup_mode=None
)
AccountOption = Annotated[str, typer.Option(help="Only this account.", callback=account_ids)]
ServiceOption = Annotated[str, typer.Option(help="Only this service, as s3.")]


@app.command("list")
def list_sweeps(
    account: AccountOption = "",
    region: Annotated[
        str, typer.Option(help="Only this region; global: what belongs to an account as a whole.")
    ] = "",
    service: ServiceOption = "",
    running: Annotated[
        bool, typer.Option("--running", help="Only those that are asked for or under way.")
    ] = False,
    not_listed: Annotated[
        bool, typer.Option("--not-listed", help="Only those that could not list something.")
    ] = False,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 1000,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the last sweep of each account, region and service, those under way first, then the newest."""
    from liveaudit.store import sweep_pages
    from liveaudit.store.sweep_pages import Part, Which

    if running and not_listed:
        raise CommandError("--running and --not-listed: give one of them", EXIT_USAGE)
    part = Part.UNDER_WAY if running else Part.NOT_LISTED if not_listed else Part.ALL
    which = Which(account, region, service)
    loaded = read_settings(settings)
    with closing(open_store(loaded)) as database:
        found = database.read_now(partial(sweep_pages.newest, which=which, part=part, limit=limit))
        number = len(found)
        if number == limit:
            number = database.read_now(partial(sweep_pages.count, which=which, part=part))
    if number > len(found):
        note(f"{len(found)} of {number} are shown: narrow it down, or give --limit {number} for all")
    if as_json:
        for each in found:
            print_json(
                {
                    "account": each.place.account,
                    "region": each.place.region,
                    "service": each.place.service,
                    "why": each.why,
                    "state": each.state,
                    "asked": iso(each.asked_at),
                    "began": iso(each.began_at),
                    "ended": iso(each.ended_at),
                    "found": each.found,
                    "waiting": each.waiting,
                    "missed": each.missed,
                    "unknown": each.unknown,
                    "not_listed": dict(each.failed),
                }
            )
        return
    now = time.time()
    print_table(
        (
            "account",
            "region",
            "service",
            "why",
            "state",
            "asked",
            "audited",
            "missed",
            "unknown",
            "not listed",
        ),
        (
            (
                each.place.account,
                each.place.region,
                each.place.service,
                each.why,
                each.state,
                ago(each.asked_at, now),
                f"{max(0, each.found - each.waiting)} of {each.found}",
                str(each.missed) if each.ended_at is not None else "",
                str(each.unknown) if each.ended_at is not None else "",
                "; ".join(f"{name}: {why}" for name, why in sorted(each.failed.items())),
            )
            for each in found
        ),
    )


@app.command("misses")
def list_misses(
    account: AccountOption = "",
    service: ServiceOption = "",
    late: Annotated[
        bool, typer.Option("--late", help="Also those whose event came in the end, too late.")
    ] = False,
    limit: Annotated[int, typer.Option(help="No more than this many.", min=1)] = 1000,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the changes that a sweep found and no event brought, newest first."""
    from liveaudit.store import misses

    loaded = read_settings(settings)
    with closing(open_store(loaded)) as database:
        found = database.read_now(
            partial(misses.list_misses, account=account, service=service, late=late, limit=limit)
        )
    if as_json:
        for each in found:
            print_json(
                {
                    "account": each.account,
                    "region": each.region,
                    "service": each.service,
                    "type": each.type,
                    "id": each.resource,
                    "section": each.section,
                    "what": each.what,
                    "detail": each.detail,
                    "known": iso(each.known_at),
                    "found": iso(each.found_at),
                    "cause": each.sweep,
                    "late": iso(each.late_at),
                    "event": each.event,
                }
            )
        return
    now = time.time()
    print_table(
        ("found", "account", "region", "type", "resource", "section", "what", "between", "change"),
        (
            (
                ago(each.found_at, now),
                each.account,
                each.region,
                each.type,
                each.resource,
                each.section,
                f"{each.what}, late: {each.event}" if each.late_at is not None else each.what,
                f"{iso(each.known_at)} and {iso(each.found_at)}",
                each.detail,
            )
            for each in found
        ),
    )


@app.command("recall")
def show_recall(
    account: AccountOption = "",
    days: Annotated[int, typer.Option(help="Over so many days, 90 at most.", min=1, max=90)] = 30,
    by_account: Annotated[
        bool, typer.Option("--by-account", help="One line an account and service.")
    ] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show of each service how many of its changes events brought, and what is not counted."""
    from liveaudit.services import load
    from liveaudit.store import misses

    loaded = read_settings(settings)
    with closing(open_store(loaded)) as database:
        found = database.read_now(
            partial(misses.recall, now=time.time(), days=days, account=account, by_account=by_account)
        )
    uncounted = _uncounted(load()[0])
    if as_json:
        for each in found:
            print_json(
                {
                    "service": each.service,
                    "account": each.account,
                    "brought": each.brought,
                    "late": each.late,
                    "missed": each.missed,
                    "waiting": each.waiting,
                    "recall": each.recall,
                    "not_counted": uncounted.get(each.service, {}),
                }
            )
        return
    print_table(
        ("service", "account", "recall", "brought", "late", "missed", "waiting"),
        (
            (
                each.service,
                each.account or "all",
                "" if each.recall is None else f"{each.recall:.2%}",
                str(each.brought),
                str(each.late),
                str(each.missed),
                str(each.waiting),
            )
            for each in found
        ),
    )
    sys.stdout.write("\nNot counted, as no event tells of it:\n")
    for service, types in uncounted.items():
        for name, sections in types.items():
            sys.stdout.write(f"  {service} {name}: {', '.join(sections)}\n")


def _uncounted(catalog: Catalog) -> dict[str, dict[str, list[str]]]:
    from liveaudit.audit.changes import unannounced

    found: dict[str, dict[str, list[str]]] = {}
    for each in catalog:
        if names := unannounced(each):
            found.setdefault(each.service, {})[each.name] = names
    return found
