"""``liveaudit settings``: the settings file checked, its JSON schema, and what it comes to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    EXIT_USAGE,
    JsonOption,
    check_settings,
    note,
    print_json,
    print_table,
    read_settings,
    resolve_settings,
    safe,
    settings_file,
)

if TYPE_CHECKING:
    from liveaudit.provision.resolve import Resolved
    from liveaudit.settings import Mistake, Settings

app = typer.Typer(
    help="The settings file: check it, its JSON schema, what it comes to.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="Settings file; else LIVEAUDIT_SETTINGS, else ./liveaudit.yaml.",
        show_default=False,
    ),
]


@app.command("check")
def check(file: FileArgument = None, as_json: JsonOption = False) -> None:
    """Find every mistake, each with line, column and field. Ends with 2 when there is one; warnings are told apart."""
    checked = check_settings(settings_file(file))
    for each in (*checked.mistakes, *checked.warnings):
        if as_json:
            print_json(_plain(checked.where, each))
        else:
            sys.stdout.write(safe(each.told(checked.where)) + "\n")
    if checked.mistakes:
        raise typer.Exit(EXIT_USAGE)
    if not as_json:
        sys.stdout.write(safe(f"{checked.where}: no mistakes") + "\n")


def _plain(where: str, each: Mistake) -> dict[str, Any]:
    return {
        "file": where,
        "line": each.place.line if each.place else None,
        "column": each.place.column if each.place else None,
        "field": each.field,
        "severity": "warning" if each.warning else "error",
        "text": each.text,
    }


@app.command("schema")
def schema() -> None:
    """Print the JSON schema of the settings file, for editors."""
    from liveaudit import settings

    sys.stdout.write(json.dumps(settings.schema(), indent=2) + "\n")


@app.command("show")
def show(
    file: FileArgument = None,
    resolve: Annotated[
        bool,
        typer.Option("--resolve", help="Ask AWS for the organization's accounts and the enabled regions."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the settings come to: accounts, how they are entered, regions. Ends with 3 when something is amiss."""
    from liveaudit.provision.resolve import Resolved, declared

    loaded = read_settings(file, thoroughly=True)
    resolved = resolve_settings(loaded) if resolve else Resolved(declared(loaded))
    if as_json:
        print_json(_installation(loaded, resolved))
    else:
        _print(loaded, resolved, asked=resolve)
    if resolved.problems:
        raise typer.Exit(EXIT_INCOMPLETE)


def _installation(loaded: Settings, resolved: Resolved) -> dict[str, Any]:
    """As plain data. The store is told without its password; regions that are not known are null."""
    from liveaudit.store.engines import parse_url
    from liveaudit.store.engines import told as store_told

    made = resolved.installation
    organization = made.organization
    return {
        "receiver": made.receiver,
        "partition": loaded.partition,
        "regions": list(made.regions),
        "services": list(made.services) or "all",
        "delivery": made.delivery.value,
        "rollout": made.rollout.value,
        "forwarding_role": made.forwarding_role.value,
        "runner": made.runner,
        "queue": made.queue,
        "store": store_told(parse_url(loaded.store)),
        "trusted_accounts": list(loaded.trusted_accounts),
        "organization": None
        if organization is None
        else {
            "id": organization.id,
            "management_account": organization.management_account,
            "targets": list(organization.targets),
            "excluded_accounts": list(organization.excluded_accounts),
            "by_delegated_administrator": organization.by_delegated_administrator,
        },
        "accounts": [
            {
                "id": each.id,
                "name": each.name,
                "publisher": each.publishes,
                "role_arn": _role(loaded, each.id),
                "external_id": each.external_id,
                "regions": None if each.id in made.undetermined else list(each.regions),
            }
            for each in made.accounts
        ],
        "problems": [
            {"account": each.account, "region": each.region, "reason": each.reason}
            for each in resolved.problems
        ],
    }


def _few(regions: list[str] | None, everywhere: list[str]) -> str:
    if regions is None:
        return "not known"
    if len(regions) > 4 and regions == everywhere:
        return f"all {len(regions)} above"
    return ", ".join(regions) or "none"


def _role(loaded: Settings, account_id: str) -> str:
    from liveaudit.provision.resolve import role_of
    from liveaudit.settings import AMBIENT

    return role_of(loaded, account_id).role_arn or AMBIENT


def _print(loaded: Settings, resolved: Resolved, *, asked: bool) -> None:
    told = _installation(loaded, resolved)
    accounts, problems = told.pop("accounts"), told.pop("problems")
    organization = told.pop("organization")
    for name, value in {
        **told,
        **{f"organization.{key}": each for key, each in (organization or {}).items()},
    }.items():
        text = ", ".join(value) if isinstance(value, list) else value
        sys.stdout.write(safe(f"{name:28}{text if text != '' else '-'}") + "\n")
    sys.stdout.write("\n")
    print_table(
        ("account", "name", "publisher", "regions", "role", "external id"),
        (
            (
                each["id"],
                each["name"] or "-",
                "yes" if each["publisher"] else "no",
                _few(each["regions"], told["regions"]),
                each["role_arn"],
                each["external_id"] or "-",
            )
            for each in accounts
        ),
    )
    if loaded.needs_lookup and not asked:
        note("accounts of the organization and enabled regions are not looked up: add --resolve")
    for each in problems:
        where = " ".join(part for part in (each["account"], each["region"]) if part)
        note(safe(f"problem: {where}: {each['reason']}" if where else f"problem: {each['reason']}"))
