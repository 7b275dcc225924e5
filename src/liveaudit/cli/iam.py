"""``liveaudit iam``: the roles and policies that the owner of each account makes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from liveaudit.cli.common import (
    EXIT_USAGE,
    CommandError,
    SettingsOption,
    account_ids,
    note,
    read_settings,
    safe,
    write_files,
)

if TYPE_CHECKING:
    from liveaudit.provision.documents import AccountDocuments, Documents
    from liveaudit.provision.documents.files import Format
    from liveaudit.provision.installation import Installation


FormatName = Literal["json", "cloudformation", "terraform"]


def iam(
    settings: SettingsOption = None,
    account: Annotated[str, typer.Option(help="Only this account.", metavar="ID", callback=account_ids)] = "",
    form: Annotated[FormatName, typer.Option("--format", help="How the documents are written.")] = "json",
    output: Annotated[
        Path | None,
        typer.Option(help="Write files into this folder, one folder an account.", metavar="DIR"),
    ] = None,
    original: Annotated[
        bool, typer.Option("--original", help="The original's documents, as they were printed.")
    ] = False,
    differences: Annotated[
        bool, typer.Option("--differences", help="How the documents differ from the original's, and why.")
    ] = False,
    receiver: Annotated[
        str, typer.Option(help="The receiver's account; then no settings file is read.", metavar="ID")
    ] = "",
    publisher: Annotated[
        list[str] | None, typer.Option(help="With --receiver: a further publisher.", metavar="ID")
    ] = None,
    external_id: Annotated[
        str, typer.Option(help="With --receiver: the external id of the audit roles.", metavar="TEXT")
    ] = "",
    region: Annotated[
        list[str] | None, typer.Option(help="With --receiver: a region that is watched.", metavar="REGION")
    ] = None,
    runner: Annotated[
        str, typer.Option(help="With --receiver: the role or user that runs liveaudit.", metavar="ARN")
    ] = "",
    resolve: Annotated[
        bool, typer.Option("--resolve", help="Ask AWS for the organization's accounts first.")
    ] = False,
) -> None:
    """Print the roles and policies that each account's owner makes, with the reason of each."""
    from liveaudit.provision.documents import documents
    from liveaudit.provision.documents.files import Format
    from liveaudit.services import load

    if original and differences:
        raise CommandError("--original and --differences: choose one", EXIT_USAGE)
    if receiver:
        installation = _installation(receiver, publisher or (), external_id, region or (), runner)
    else:
        alone = [
            name
            for name, given in (
                ("--publisher", publisher),
                ("--external-id", external_id),
                ("--region", region),
                ("--runner", runner),
            )
            if given
        ]
        if alone:
            raise CommandError(
                f"{', '.join(alone)}: only with --receiver, else the settings say it", EXIT_USAGE
            )
        installation = _from_settings(settings, resolve=resolve)
    made = documents(installation, *load())
    chosen = (made.account(account),) if account else made.accounts
    if original:
        _original(installation, chosen, output, form)
    elif differences:
        _differences(installation, made, chosen)
    else:
        _tell(made, chosen, Format(form), output)


def _installation(
    receiver: str, publishers: Iterable[str], external_id: str, regions: Iterable[str], runner: str
) -> Installation:
    """The installation that the options tell, checked as the settings are."""
    from liveaudit.provision.resolve import declared
    from liveaudit.settings import SettingsError, parse

    accounts = dict.fromkeys((receiver, *publishers))
    given = {
        "receiver": receiver,
        "accounts": [{"id": each} for each in accounts],
        "regions": list(regions) or ["us-east-1"],
        **({"external_id": external_id} if external_id else {}),
        **({"runner": runner} if runner else {}),
    }
    try:
        return declared(parse(given, "options"))
    except SettingsError as error:
        wrong = dict.fromkeys(f"{_option(each.path)}: {each.text}" for each in error.mistakes)
        raise CommandError(safe("; ".join(wrong)), EXIT_USAGE) from error


def _option(path: tuple[str | int, ...]) -> str:
    """The option that says a field of such settings."""
    if path[:1] == ("receiver",) or path[:2] == ("accounts", 0):
        return "--receiver"
    named = {"accounts": "--publisher", "regions": "--region"}
    return named.get(str(path[0]), f"--{str(path[0]).replace('_', '-')}")


def _from_settings(settings: Path | None, *, resolve: bool) -> Installation:
    import asyncio

    from liveaudit.assembly import caller_of
    from liveaudit.provision.resolve import declared
    from liveaudit.provision.resolve import resolve as look_up
    from liveaudit.services import load

    loaded = read_settings(settings, thoroughly=True)
    if not resolve:
        if loaded.needs_lookup:
            note(
                "the settings leave accounts or regions to be looked up, and none of these is in what follows: once the "
                "receiver's documents are made, run this again with --resolve"
            )
        return declared(loaded)

    async def ask() -> Installation:
        caller = caller_of(loaded)
        try:
            found = await look_up(loaded, caller, catalog=load()[0])
        finally:
            await caller.close()
        for each in found.problems:
            note(safe(each))
        return found.installation

    return asyncio.run(ask())


def _tell(
    documents: Documents, chosen: Iterable[AccountDocuments], form: Format, output: Path | None
) -> None:
    from liveaudit.provision.documents.files import GUIDE, files, guide

    for number, each in enumerate(chosen):
        text, made = guide(documents, each, form), files(documents, each, form)
        if output is not None:
            folder = write_files(output / each.account, {GUIDE: text, **made}, "--output")
            sys.stdout.write(f"{folder}: {', '.join((GUIDE, *made))}\n")
            continue
        if number:
            sys.stdout.write("\n")
        _print_guide(text)
        for name, content in made.items():
            sys.stdout.write(f"\n--- {safe(name)}\n{content}")


def _print_guide(text: str) -> None:
    for line in text.splitlines():
        sys.stdout.write(safe(line) + "\n")


def _original(
    installation: Installation, chosen: Iterable[AccountDocuments], output: Path | None, form: FormatName
) -> None:
    from liveaudit.provision.documents.differences import original_of
    from liveaudit.provision.render.text import json_text

    if form != "json":
        raise CommandError("--original: the original's documents are JSON; leave --format out", EXIT_USAGE)
    for each in chosen:
        found = original_of(each, installation)
        made = {f"{name}.policy.json": json_text(document) for name, document in found.policies.items()}
        made |= {f"{role.name}.trust.json": json_text(role.trust) for role in found.roles if role.trust}
        if output is not None:
            folder = write_files(output / found.account, made, "--output")
            sys.stdout.write(f"{folder}: {', '.join(made) or 'nothing'}\n")
            continue
        sys.stdout.write(f"{found.account}: the original's, as they were printed\n")
        for role in found.roles:
            sys.stdout.write(f"role {role.name} with {', '.join(role.attached)}\n")
        for name, content in made.items():
            sys.stdout.write(f"\n--- {safe(name)}\n{content}")


def _differences(
    installation: Installation, documents: Documents, chosen: Iterable[AccountDocuments]
) -> None:
    from liveaudit.provision.documents.differences import Kind, differences

    wanted = {each.account for each in chosen}
    grouped: dict[str, dict[str, dict[tuple[str, str], list[str]]]] = {}
    for each in differences(documents, installation):
        if each.account in wanted:
            of_document = grouped.setdefault(each.account, {}).setdefault(each.document, {})
            told = f"{each.subject} ({each.after})" if each.kind is Kind.CONDITION else each.subject
            of_document.setdefault((each.kind, each.reason), []).append(told)
    for account, of_account in grouped.items():
        sys.stdout.write(f"{account}\n")
        for document, found in of_account.items():
            sys.stdout.write(safe(f"  {document}") + "\n")
            for (kind, reason), subjects in found.items():
                named = ", ".join(filter(None, subjects))
                sys.stdout.write(safe(f"    {kind}{': ' if named else ''}{named}") + "\n")
                sys.stdout.write(safe(f"      {reason}") + "\n")
