"""``liveaudit sweep``: a full scan, with or without a settings file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    account_ids,
    note,
    open_store,
    print_json,
    print_table,
    read_settings,
    safe,
)

if TYPE_CHECKING:
    from liveaudit.audit.sweep import Problem, Progress, Scope
    from liveaudit.aws.caller import AwsCaller
    from liveaudit.policies.policy import Context
    from liveaudit.provision.resolve import Resolved
    from liveaudit.settings import Settings

_IF_SO = ("unsettled", "staged")
"""What is told of a verdict only where it is so."""


def sweep(
    account: Annotated[
        list[str] | None,
        typer.Option(help="Only this account; may be given several times.", callback=account_ids),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(help="Only this region; may be given several times. Global resources are always in."),
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="Only this service, as s3; may be given several times.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of the ambient credentials.")] = None,
    enqueue: Annotated[
        bool, typer.Option("--enqueue", help="Only ask for it: the workers that are running make it.")
    ] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Audit everything that is there. Without a settings file: the account of the ambient credentials.

    Ends with 3 when something could not be listed, so that the answer is incomplete.
    """
    import asyncio

    from liveaudit.cli import logs
    from liveaudit.services import load
    from liveaudit.settings import find_file

    logs.configure()
    catalog, _ = load()
    unknown = set(service or ()) - catalog.services.keys()
    if unknown:
        raise CommandError(
            f"--service: {', '.join(sorted(unknown))} is not covered; there are: {', '.join(catalog.services)}",
            EXIT_USAGE,
        )
    chosen = (tuple(account or ()), tuple(region or ()), frozenset(service or ()))
    path = find_file(settings)
    if enqueue:
        asyncio.run(_enqueue(read_settings(settings, thoroughly=True), *chosen, as_json=as_json))
        return
    if path is None:
        run = _ambient(*chosen, profile)
    else:
        run = _configured(read_settings(path, thoroughly=True), *chosen)
    verdicts, problems = asyncio.run(run)
    if as_json:
        for verdict in verdicts:
            print_json(verdict)
    else:
        _print(verdicts)
    _tell(problems)


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        where = " ".join(each for each in (problem.account, problem.region) if each)
        note(safe(f"not listed: {problem.type} in {where}: {problem.reason}"))
    if problems:
        raise typer.Exit(EXIT_INCOMPLETE)


def _print(verdicts: list[dict[str, Any]]) -> None:
    from collections import Counter

    shown = [each for each in verdicts if each["verdict"] in ("FAIL", "UNKNOWN")]
    print_table(
        ("verdict", "policy", "account", "region", "resource", "reason"),
        (
            (each["verdict"], each["policy"], each["account"], each["region"], each["id"], each["reason"])
            for each in shown
        ),
    )
    counts = Counter(each["verdict"] for each in verdicts)
    sys.stdout.write("\n" + ", ".join(f"{counts[name]} {name}" for name in sorted(counts)) + "\n")


@contextmanager
def progress_bar(doing: str = "sweep") -> Iterator[Any]:
    """A bar on standard error where that is a terminal; gives the function to tell progress to."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(doing, total=None)

        def told(progress: Progress) -> None:
            bar.update(task, total=progress.found, completed=progress.done)

        yield told


async def _run(
    store_url: str, caller: AwsCaller, context: Context, scopes: list[Scope]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    import uuid

    from liveaudit.assembly import make_parts
    from liveaudit.audit.sweep import Sweeper
    from liveaudit.store.database import Database
    from liveaudit.store.findings import Filter, list_verdicts

    database = Database(store_url)
    parts = make_parts(database, caller, context)
    try:
        problems: list[Problem] = []
        verdicts: list[dict[str, Any]] = []
        with progress_bar() as told:
            for scope in scopes:
                sweeper = Sweeper(parts.auditor, told)
                problems += await sweeper.sweep(scope, uuid.uuid4().hex)
                # who decides policies elsewhere; what is not answered now is not waited for
                while await parts.asker.step():
                    continue
                types = tuple(
                    each.name
                    for each in parts.catalog
                    if not scope.services or each.service in scope.services
                )
                wanted = Filter(account=scope.account, service_types=types)
                found = await database.read(partial(list_verdicts, wanted=wanted))
                verdicts += [
                    {key: value for key, value in each.items() if value or key not in _IF_SO}
                    for each in found
                    if scope.every_region or each["region"] in (*scope.regions, "global")
                ]
    finally:
        await parts.aclose()
        await caller.close()
        database.close()
    return verdicts, problems


async def _ambient(
    accounts: tuple[str, ...], regions: tuple[str, ...], services: frozenset[str], profile: str | None
) -> tuple[list[dict[str, Any]], list[Problem]]:
    import tempfile

    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    from liveaudit.audit.sweep import Scope
    from liveaudit.aws.caller import AwsCaller
    from liveaudit.aws.errors import AwsCallError
    from liveaudit.model import partition_of
    from liveaudit.policies.policy import Context
    from liveaudit.store.database import sqlite_url

    try:
        configured = Session(profile=profile).get_config_variable("region")
    except BotoCoreError as error:
        raise CommandError(
            f"--profile: {safe(error)}; aws configure list-profiles tells which there are", EXIT_USAGE
        ) from error
    # boto3 reads AWS_DEFAULT_REGION alone, the other SDKs and the aws command AWS_REGION too
    configured = configured or os.environ.get("AWS_REGION")
    chosen = regions or ((configured,) if configured else ())
    if not chosen:
        raise CommandError(
            "no region: give --region, or set AWS_REGION or a region in the profile", EXIT_USAGE
        )
    caller = AwsCaller(profile=profile, home=chosen[0])
    try:
        identity = await caller.call("", chosen[0], "sts", "GetCallerIdentity", {})
    except AwsCallError as error:
        await caller.close()
        raise CommandError(
            f"the ambient credentials do not work: {error}; try: aws sts get-caller-identity"
        ) from error
    own = str(identity["Account"])
    if accounts and set(accounts) != {own}:
        await caller.close()
        raise CommandError(
            f"--account: the ambient credentials are of {own}; other accounts need a settings file with their roles",
            EXIT_USAGE,
        )
    scope = Scope(partition_of(chosen[0]), own, tuple(chosen), services, every_region=not regions)
    with tempfile.TemporaryDirectory(prefix="liveaudit-") as folder:
        return await _run(
            sqlite_url(Path(folder) / "sweep.sqlite3"), caller, Context(frozenset({own})), [scope]
        )


async def _scopes(
    settings: Settings,
    caller: AwsCaller,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    services: frozenset[str],
) -> tuple[Resolved, list[Scope], list[Problem]]:
    """What the settings and options come to; and what of it is not known for now."""
    from liveaudit.audit.sweep import Problem, Scope
    from liveaudit.provision.resolve import resolve
    from liveaudit.services import load

    catalog, _ = load()
    resolved = await resolve(settings, caller, catalog=catalog)
    known = {each.id: each for each in resolved.installation.accounts}
    strangers = set(accounts) - known.keys()
    if strangers:
        raise CommandError(
            f"--account: {', '.join(sorted(strangers))} is not enrolled: add it to accounts in the settings, or name one "
            "that liveaudit settings show lists",
            EXIT_USAGE,
        )
    inside = {region for each in known.values() for region in each.regions}
    outside = set(regions) - inside
    if outside:
        raise CommandError(
            f"--region: {', '.join(sorted(outside))} is not among the regions of the settings: {', '.join(sorted(inside))}",
            EXIT_USAGE,
        )
    problems = []
    for each in resolved.problems:
        if each.account not in resolved.installation.undetermined:
            note(safe(f"not as the settings want it: {each}"))
        elif not accounts or each.account in accounts:
            problems.append(Problem(each.account, each.region, "everything", each.reason))
    scopes = []
    for account_id in accounts or known:
        chosen = tuple(each for each in known[account_id].regions if not regions or each in regions)
        if chosen:
            limited = services or frozenset(resolved.installation.services)
            scopes.append(Scope(settings.partition, account_id, chosen, limited))
    return resolved, scopes, problems


async def _configured(
    settings: Settings, accounts: tuple[str, ...], regions: tuple[str, ...], services: frozenset[str]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    from liveaudit.assembly import caller_of, context_of
    from liveaudit.model import LiveauditError

    caller = caller_of(settings)
    try:
        resolved, scopes, problems = await _scopes(settings, caller, accounts, regions, services)
    except LiveauditError:
        await caller.close()
        raise
    verdicts, further = await _run(
        settings.store, caller, context_of(settings, resolved.installation), scopes
    )
    return verdicts, problems + further


async def _enqueue(
    settings: Settings,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    services: frozenset[str],
    *,
    as_json: bool,
) -> None:
    """Ask the workers for it."""
    from liveaudit.assembly import caller_of
    from liveaudit.audit.places import places
    from liveaudit.services import load
    from liveaudit.store import sweeps
    from liveaudit.store.clock import StoreClock

    caller = caller_of(settings)
    try:
        resolved, scopes, problems = await _scopes(settings, caller, accounts, regions, services)
    finally:
        await caller.close()
    catalog, _ = load()
    with closing(open_store(settings)) as database:
        clock = StoreClock(database)
        for scope in scopes:
            account = resolved.installation.account(scope.account)
            asked = sweeps.Asked(
                scope.partition,
                scope.account,
                places(catalog, scope.regions, scope.services),
                account.regions,
                sweeps.DEMAND,
            )
            await database.write(partial(sweeps.watch, account=account.id, watched=account.publishes))
            number = await database.write(partial(sweeps.ask, asked=asked, now=clock()))
            if as_json:
                print_json({"account": scope.account, "asked": number})
            else:
                note(f"{scope.account}: {number} sweeps asked for; liveaudit sweeps list shows them")
    _tell(problems)
