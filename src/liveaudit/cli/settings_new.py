"""``liveaudit settings new``: a settings file from options, as the console's set-up writes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from liveaudit.cli.common import EXIT_USAGE, CommandError, note, safe

DEFAULT = Path("liveaudit.yaml")


def new(
    receiver: Annotated[str, typer.Option(help="The account of the queues.", metavar="ID")],
    account: Annotated[
        list[str] | None,
        typer.Option(
            help="An account, with its name behind a = if wanted; as often as needed.", metavar="ID"
        ),
    ] = None,
    accounts: Annotated[
        Path | None,
        typer.Option(
            help="A file with accounts: one a line, a table, or what list-accounts prints; - is standard input.",
            metavar="FILE",
        ),
    ] = None,
    organization: Annotated[
        bool, typer.Option("--organization", help="The accounts of the receiver's organization too.")
    ] = False,
    region: Annotated[
        list[str] | None,
        typer.Option(help="Only this region; as often as needed. Else all that are enabled.", metavar="NAME"),
    ] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(help="Only this service, as s3; as often as needed. Else all.", metavar="NAME"),
    ] = None,
    runner: Annotated[str, typer.Option(help="The role or user that runs liveaudit.", metavar="ARN")] = "",
    external_id: Annotated[
        str, typer.Option(help="The external id of the audit roles; else a new one.", metavar="WORD")
    ] = "",
    store: Annotated[str, typer.Option(help="The URL of the database.", metavar="URL")] = "",
    output: Annotated[Path, typer.Option(help="Where to write it; - is standard output.")] = DEFAULT,
    force: Annotated[
        bool, typer.Option("--force", help="Also where a file stands; that is kept with .old at its end.")
    ] = False,
) -> None:
    """Write a settings file, every field with what it is for. Ends with 2 for what would be a mistake in it."""
    import secrets

    from liveaudit.settings.written import save, written

    given = _listed(accounts)
    for each in account or ():
        account_id, _, name = each.partition("=")
        given[account_id.strip()] = name.strip() or given.get(account_id.strip(), "")
    settings: dict[str, Any] = {
        "receiver": receiver,
        "accounts": [
            {"id": each, **({"name": name} if name else {})}
            for each, name in ({receiver: ""} | given).items()
        ],
        "regions": list(region) if region else "all",
        "external_id": external_id or f"liveaudit-{secrets.token_hex(8)}",
    }
    for name, value in (("services", list(service or ())), ("runner", runner), ("store", store)):
        if value:
            settings[name] = value
    if organization:
        settings["organization"] = {}
    text = written(settings)
    _check(text)
    if str(output) == "-":
        sys.stdout.write(text)
        return
    if output.exists() and not force:
        raise CommandError(
            f"{output}: is there already: add --force, or name another with --output", EXIT_USAGE
        )
    kept = save(output, text)
    told = f"; the former one is {safe(kept)}" if kept else ""
    sys.stdout.write(safe(f"{output}: {len(settings['accounts'])} accounts") + f"{told}\n")
    note("next: liveaudit iam, then liveaudit setup check, or all of it in the browser: liveaudit serve")


def _listed(file: Path | None) -> dict[str, str]:
    from liveaudit.settings.pasted import pasted

    if file is None:
        return {}
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--accounts: {safe(file)}: cannot be read: {error}", EXIT_USAGE) from error
    found = pasted(text)
    if found.wrong:
        lines = "\n".join(safe(f"{file}:{line}: {why}") for line, why in found.wrong)
        raise CommandError(f"--accounts: not understood\n{lines}", EXIT_USAGE)
    return dict(found.accounts)


def _check(text: str) -> None:
    from liveaudit.aws.regions import known_regions
    from liveaudit.services import load
    from liveaudit.settings import Known, check_bytes

    checked = check_bytes(text.encode(), "options", Known(frozenset(load()[0].services), known_regions()))
    for each in checked.warnings:
        note(safe(f"warning: {each.field}: {each.text}"))
    if checked.mistakes:
        told = "\n".join(safe(f"{each.field}: {each.text}") for each in checked.mistakes)
        raise CommandError(f"these would be mistakes\n{told}", EXIT_USAGE)
