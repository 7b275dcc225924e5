"""``liveaudit exemptions``: findings that are accepted, for how long, and what each of them holds."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    note,
    open_store,
    print_json,
    print_table,
    read_settings,
    safe,
)
from liveaudit.cli.users import entry
from liveaudit.text import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from liveaudit.policies.rulebook import Exemption
    from liveaudit.store.audit_log import Entry
    from liveaudit.store.exempted import Use

app = typer.Typer(help="Findings that are accepted.", no_args_is_help=True, rich_markup_mode=None)

PolicyOption = Annotated[
    list[str] | None,
    typer.Option(help="Only this policy; * stands for any text. May be given several times."),
]
ServiceOption = Annotated[list[str] | None, typer.Option(help="Only policies of this service.")]
OfSeverityOption = Annotated[list[str] | None, typer.Option(help="Only policies of this severity.")]
FrameworkOption = Annotated[list[str] | None, typer.Option(help="Only policies of this framework.")]
AccountOption = Annotated[list[str] | None, typer.Option(help="Only in this account.")]
RegionOption = Annotated[
    list[str] | None, typer.Option(help="Only in this region; global: what belongs to an account.")
]
ResourceOption = Annotated[
    list[str] | None, typer.Option(help="Only resources whose ARN or id is like this; * stands for any text.")
]
TagOption = Annotated[
    list[str] | None, typer.Option(help="Only resources with this tag, KEY=VALUE or KEY; all of those given.")
]


def scope_given(**given: list[str] | None) -> dict[str, list[str]]:
    """The fields of a scope, as they were given by options."""
    return {name: values for name, values in given.items() if values}


def plain(exemption: Exemption, use: Use, now: float) -> dict[str, Any]:
    """An exemption with what it holds, for JSON."""
    from liveaudit.store.rules import plain_exemption

    told = dict(plain_exemption(exemption, now))
    for name in ("ends_at", "made_at", "withdrawn_at"):
        told[name] = iso(told[name])
    return {**told, "findings": use.findings, "hidden": use.hidden}


@app.command("list")
def list_exemptions(
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the exemptions, with how many findings each holds."""
    from liveaudit.store import rules
    from liveaudit.store.exempted import UNUSED, uses

    now = time.time()
    with closing(open_store(read_settings(settings))) as database:
        found = database.read_now(rules.list_exemptions)
        held = database.read_now(lambda connection: uses(connection, found))
    found = [each for each in found if every or each.is_in_force(now)]
    told = [plain(each, held.get(each.id, UNUSED), now) for each in found]
    if as_json:
        for each in told:
            print_json(each)
        return
    print_table(
        ("id", "state", "ends", "findings", "hidden", "owner", "exempts", "reason"),
        (
            (
                each["id"],
                each["state"],
                (each["ends_at"] or "never")[:10],
                each["findings"],
                each["hidden"],
                each["owner"],
                "; ".join(f"{name} {', '.join(values)}" for name, values in each["scope"].items())[:80],
                each["reason"][:60],
            )
            for each in told
        ),
    )


@app.command("add")
def add_exemption(
    reason: Annotated[str, typer.Option(help="Why these findings are accepted.")],
    policy: PolicyOption = None,
    service: ServiceOption = None,
    severity: OfSeverityOption = None,
    framework: FrameworkOption = None,
    account: AccountOption = None,
    region: RegionOption = None,
    resource: ResourceOption = None,
    tag: TagOption = None,
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    approver: Annotated[str, typer.Option(help="Who has approved it.")] = "",
    ends: Annotated[
        str, typer.Option(help="The last day on which it counts, as 2027-03-31; or a time in UTC.")
    ] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept findings. A worker applies it within seconds."""
    from liveaudit.audit.entries import EntryError, doubts, new_exemption
    from liveaudit.provision.known import everything_known
    from liveaudit.store import rules
    from liveaudit.store.exempted import UNUSED

    now = time.time()
    scope = scope_given(
        policies=policy,
        services=service,
        severities=severity,
        frameworks=framework,
        accounts=account,
        regions=region,
        resources=resource,
        tags=tag,
    )
    given = {**scope, "reason": reason, "owner": owner, "approver": approver, "ends": ends}
    made_id = rules.new_id()
    did = entry("exemption.make", made_id, reason)
    about = {"id": made_id, "source": "command", "made_by": did.name, "made_at": now}
    try:
        made = new_exemption(given, known := everything_known(), **about)
    except EntryError as error:
        raise CommandError(safe(error), EXIT_USAGE) from error
    for each in doubts("exemptions", given, known):
        note(safe(f"warning: {each}"))
    with closing(open_store(read_settings(settings))) as database:
        database.write_now(lambda connection: _make(connection, [made], did, now))
    if as_json:
        print_json(plain(made, UNUSED, now))
    else:
        typer.echo(f"exemption {made.id} {'ends ' + (iso(made.ends_at) or '') if ends else 'never ends'}")


@app.command("withdraw")
def withdraw_exemption(
    exemption: Annotated[str, typer.Argument(help="The exemption's id.")], settings: SettingsOption = None
) -> None:
    """End an exemption: what still fails reopens."""
    from liveaudit.store import audit_log, rules

    with closing(open_store(read_settings(settings))) as database:
        found = database.read_now(lambda connection: rules.list_exemptions(connection, ids=[exemption]))
        if not found or found[0].withdrawn_at is not None:
            raise CommandError(
                f"no exemption {exemption!r} that could be ended; see: liveaudit exemptions list",
                EXIT_NOT_FOUND,
            )
        if found[0].source == rules.FILE:
            raise CommandError(f"{exemption} stands in the settings file: take it out there", EXIT_USAGE)
        did = entry("exemption.withdraw", exemption)

        def write(connection: Connection) -> None:
            now = time.time()
            if rules.withdraw_exemption(connection, exemption, by=did.name, now=now):
                audit_log.put(connection, did, now)

        database.write_now(write)
    typer.echo(f"exemption {exemption} is withdrawn")


@app.command("check")
def check_exemptions(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Report exemptions that hold nothing, that hide what is new, that never end or end soon.

    Ends with 3 when there is any.
    """
    from liveaudit.store.exempted import remarks_on

    now = time.time()
    with closing(open_store(read_settings(settings))) as database:
        found = database.read_now(lambda connection: remarks_on(connection, now))
    for each in found:
        if as_json:
            print_json({"exemption": each.exemption.id, "kind": each.kind, "text": each.text})
        else:
            typer.echo(safe(f"{each.exemption.id}  {each.kind}: {each.text}"))
    if found:
        raise typer.Exit(EXIT_INCOMPLETE)
    if not as_json:
        typer.echo("nothing to report")


@app.command("import")
def import_mutelist(
    file: Annotated[Path, typer.Argument(help="Prowler's mutelist file (YAML).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it comes to.")] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take over a mutelist of Prowler. Entries that cannot be taken over are told with their line, and end it with 3.

    Once more changes nothing but what is new in the file.
    """
    from liveaudit.audit.mutelist import MutelistError, read_mutelist
    from liveaudit.services import load
    from liveaudit.store.exempted import UNUSED

    now = time.time()
    _, policies = load()
    try:
        did = entry("exemption.import", str(file))
        found = read_mutelist(
            file.read_bytes(), {each.id for each in policies.all()}, made_by=did.name, now=now
        )
    except OSError as error:
        raise CommandError(
            f"{safe(file)}: cannot be read: {error.strerror}: name a mutelist", EXIT_USAGE
        ) from error
    except MutelistError as error:
        raise CommandError(f"{safe(file)}: {safe(error)}", EXIT_USAGE) from error
    for left in found.left_out:
        note(safe(f"{file}:{left.line}: not taken: {left.entry}: {left.reason}"))
    new = found.exemptions
    if not dry_run:
        with closing(open_store(read_settings(settings))) as database:
            new = database.write_now(lambda connection: _make(connection, found.exemptions, did, now))
    if as_json:
        for each in new:
            print_json(plain(each, UNUSED, now))
    else:
        typer.echo(f"{len(new)} exemptions{' would be' if dry_run else ''} taken, {len(found.left_out)} not")
    if found.left_out:
        raise typer.Exit(EXIT_INCOMPLETE)


def _make(connection: Connection, given: Sequence[Exemption], did: Entry, now: float) -> list[Exemption]:
    """Write those that are not there yet, and who did it. Returns them."""
    from liveaudit.store import audit_log, rules

    new = rules.add_exemptions(connection, given)
    if new:
        audit_log.put(connection, did, now)
    return new
