"""``liveaudit doctor``: whether this installation can work, and whether what it has stored still holds."""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_ERROR,
    EXIT_INCOMPLETE,
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
    safe,
)

if TYPE_CHECKING:
    from liveaudit.health.checks import Check
    from liveaudit.health.compare import Compared
    from liveaudit.model import Resource
    from liveaudit.settings import Settings


def doctor(
    compare: Annotated[
        bool, typer.Option("--compare", help="Read stored resources anew, and tell which are not as stored.")
    ] = False,
    sample: Annotated[int, typer.Option(help="With --compare: so many resources, at random.", min=1)] = 100,
    seed: Annotated[
        int | None, typer.Option(help="With --compare: a number that leads to the same resources again.")
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(
            help="With --compare: only this account; may be given several times.", callback=account_ids
        ),
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="With --compare: only this service; may be given several times.")
    ] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check store, clock, disk, credentials and roles; with --compare hold what is stored against AWS instead.

    Nothing is changed, in AWS or in the store. Ends with 1 when something is wrong or drifted, with 3 when nothing
    did but something could not be read.
    """
    import asyncio
    import secrets

    from liveaudit.services import load

    loaded = read_settings(settings, thoroughly=True)
    if not compare:
        checks = asyncio.run(_checks(loaded))
        _print_checks(checks, as_json)
        if any(each.outcome == "failed" for each in checks):
            raise typer.Exit(EXIT_ERROR)
        return
    catalog, _ = load()
    unknown = set(service or ()) - catalog.services.keys()
    if unknown:
        raise CommandError(
            f"--service: {', '.join(sorted(unknown))} is not covered; there are: {', '.join(catalog.services)}",
            EXIT_USAGE,
        )
    chosen_seed = secrets.randbelow(1_000_000) if seed is None else seed
    types = [each.name for each in catalog if each.service in service] if service else []
    found = asyncio.run(_compare(loaded, sample, chosen_seed, account or [], types))
    _print_compared(found, chosen_seed, as_json)
    if found.drifts:
        raise typer.Exit(EXIT_ERROR)
    if found.unread:
        raise typer.Exit(EXIT_INCOMPLETE)


async def _checks(settings: Settings) -> list[Check]:
    import os
    import time

    from liveaudit.assembly import caller_of
    from liveaudit.health import checks
    from liveaudit.model import home_region
    from liveaudit.provision.resolve import resolve
    from liveaudit.services import load
    from liveaudit.store.clock import StoreClock

    region = home_region(settings.partition)
    suffix = "amazonaws.com.cn" if settings.partition == "aws-cn" else "amazonaws.com"
    url = os.environ.get("AWS_ENDPOINT_URL") or f"https://sts.{region}.{suffix}/"
    found = [checks.Check("settings", checks.OK, "they can be used")]
    with closing(open_store(settings)) as database:
        found.append(checks.check_store(database))
        found.append(checks.check_disk(database))
        found.append(checks.check_clock(StoreClock(database), time.time))
    found.append(await checks.check_aws_clock(url))
    caller = caller_of(settings)
    try:
        resolved = await resolve(settings, caller, catalog=load()[0])
        found += [checks.Check("settings", checks.FAILED, str(each)) for each in resolved.problems]
        found += await checks.check_roles(caller, resolved.installation)
    finally:
        await caller.close()
    return found


def _print_checks(checks: list[Check], as_json: bool) -> None:
    if as_json:
        for each in checks:
            print_json({"check": each.name, "outcome": each.outcome, "text": each.text})
        return
    print_table(("check", "outcome", "seen"), [(each.name, each.outcome, each.text) for each in checks])


async def _compare(
    settings: Settings, number: int, seed: int, accounts: list[str], types: list[str]
) -> Compared:
    from liveaudit.assembly import caller_of, context_of
    from liveaudit.audit.rules import Rules
    from liveaudit.health.compare import Comparer
    from liveaudit.provision.resolve import resolve
    from liveaudit.services import load
    from liveaudit.store.clock import StoreClock
    from liveaudit.store.samples import sample

    catalog, policies = load()
    caller = caller_of(settings)
    try:
        resolved = await resolve(settings, caller, catalog=catalog)
        strangers = set(accounts) - resolved.installation.account_ids
        if strangers:
            raise CommandError(f"--account: {', '.join(sorted(strangers))} is not enrolled", EXIT_USAGE)
        context = context_of(settings, resolved.installation)
        with closing(open_store(settings)) as database:
            wanted = set(accounts) or resolved.installation.account_ids
            chosen = database.read_now(
                partial(sample, number=number, seed=seed, accounts=wanted, types=types)
            )
            book = await Rules(database).refresh()
            comparer = Comparer(catalog, policies, caller, database, context, StoreClock(database), book)
            return await comparer.compare(chosen)
    finally:
        await caller.close()


def _place(resource: Resource) -> dict[str, str]:
    return {
        "account": resource.account,
        "region": resource.region,
        "type": resource.type,
        "id": resource.id,
    }


def _print_compared(found: Compared, seed: int, as_json: bool) -> None:
    import time

    if as_json:
        for each in found.drifts:
            changed = [{"path": path, "stands": one, "is": other} for path, one, other in each.differences]
            print_json(
                {
                    "what": each.what,
                    **_place(each.resource),
                    "name": each.name,
                    "differences": changed,
                    "read_at": iso(each.read_at),
                }
            )
        for resource, reason in found.pending:
            print_json({"what": "pending", **_place(resource), "reason": reason})
        for unread in found.unread:
            place = _place(unread.resource)
            print_json({"what": "unread", **place, "name": unread.name, "reason": unread.reason})
        print_json(
            {
                "what": "summary",
                "sampled": found.sampled,
                "drifted": found.drifted,
                "pending": len(found.pending),
                "unread": len(found.unread),
                "seed": seed,
            }
        )
        return
    now = time.time()
    for each in found.drifts:
        since = f", as read {ago(each.read_at, now)} ago" if each.read_at is not None else ""
        where = f"{each.resource.account} {each.resource.region} {each.resource.type} {each.resource.id}"
        sys.stdout.write(safe(f"{where}: {each.what} {each.name}".rstrip() + since) + "\n")
        for path, one, other in each.differences:
            sys.stdout.write(f"    {safe(f'{path}: ' if path else '')}{safe(one)} -> {safe(other)}\n")
    for resource, reason in found.pending:
        note(safe(f"pending: {resource.account} {resource.region} {resource.type} {resource.id}: {reason}"))
    for unread in found.unread:
        where = f"{unread.resource.account} {unread.resource.region} {unread.resource.id}"
        note(safe(f"not compared: {where} {unread.name}: {unread.reason}"))
    sys.stdout.write(
        f"{found.sampled} sampled, {found.drifted} drifted, {len(found.pending)} pending, "
        f"{len(found.unread)} sections not compared (again the same: --seed {seed})\n"
    )
