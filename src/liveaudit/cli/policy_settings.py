"""``liveaudit policies set``, ``settings`` and ``unset``: how policies are set, beside what the settings file says."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    note,
    open_store,
    own_policies_if_any,
    print_json,
    print_table,
    read_settings,
    safe,
)
from liveaudit.cli.exemptions import (
    AccountOption,
    FrameworkOption,
    OfSeverityOption,
    PolicyOption,
    RegionOption,
    ResourceOption,
    ServiceOption,
    TagOption,
    scope_given,
)
from liveaudit.cli.users import entry
from liveaudit.text import iso

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liveaudit.policies.rulebook import Setting


def add_to(app: typer.Typer) -> None:
    """Make the commands part of a group."""
    app.command("set")(set_policies)
    app.command("settings")(list_settings)
    app.command("unset")(unset)


def set_policies(
    policy: PolicyOption = None,
    service: ServiceOption = None,
    of_severity: OfSeverityOption = None,
    framework: FrameworkOption = None,
    account: AccountOption = None,
    region: RegionOption = None,
    resource: ResourceOption = None,
    tag: TagOption = None,
    state: Annotated[str, typer.Option(help="enabled, staged (judges silently) or disabled.")] = "",
    severity: Annotated[str, typer.Option(help="How bad their findings are.")] = "",
    parameter: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE; a list as NAME=ONE,TWO.", metavar="NAME=VALUE")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set policies. It decides before what was set earlier and before the settings file; workers see it within seconds."""
    from liveaudit.audit.entries import EntryError, doubts, new_setting, read_parameter
    from liveaudit.provision.known import everything_known
    from liveaudit.store import audit_log, rules

    scope = scope_given(
        policies=policy,
        services=service,
        severities=of_severity,
        frameworks=framework,
        accounts=account,
        regions=region,
        resources=resource,
        tags=tag,
    )
    own_policies_if_any(settings)
    made_id = rules.new_id()
    did = entry("policy.set", made_id)
    about = {"id": made_id, "source": "command", "made_by": did.name, "made_at": time.time()}
    try:
        values = dict(read_parameter(each) for each in parameter or ())
        given = {**scope, "state": state, "severity": severity, "parameters": values, "reason": reason}
        made = new_setting(given, known := everything_known(), **about)
    except EntryError as error:
        raise CommandError(safe(error), EXIT_USAGE) from error
    for each in doubts("policies", given, known):
        note(safe(f"warning: {each}"))
    with closing(open_store(read_settings(settings))) as database:

        def write(connection: Connection) -> None:
            rules.put_setting(connection, made)
            audit_log.put(connection, replace(did, detail=", of ".join(words(plain(made)))), made.made_at)

        database.write_now(write)
    if as_json:
        print_json(plain(made))
    else:
        typer.echo(f"setting {made.id}")


def plain(setting: Setting) -> dict[str, Any]:
    """A setting for JSON."""
    return {
        "id": setting.id,
        "source": setting.source,
        "scope": setting.scope.plain(),
        "state": setting.state,
        "severity": setting.severity,
        "parameters": dict(setting.parameters),
        "reason": setting.reason,
        "made_by": setting.made_by,
        "made_at": iso(setting.made_at),
    }


def list_settings(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """List how policies are set, in their order: a later one decides before an earlier one."""
    from liveaudit.store import rules

    with closing(open_store(read_settings(settings))) as database:
        found = [plain(each) for each in database.read_now(rules.list_settings)]
    if as_json:
        for each in found:
            print_json(each)
        return
    print_table(
        ("id", "source", "says", "of", "reason"),
        ((each["id"], each["source"], *words(each), each["reason"][:60]) for each in found),
    )


def words(told: dict[str, Any]) -> tuple[str, str]:
    """What a setting says, and of what."""
    says = [each for each in (told["state"], told["severity"]) if each]
    says += [f"{name}={value}" for name, value in told["parameters"].items()]
    scope = "; ".join(f"{name} {', '.join(values)}" for name, values in told["scope"].items())
    return ", ".join(says), scope or "all policies"


def unset(
    setting: Annotated[str, typer.Argument(help="The setting's id.")], settings: SettingsOption = None
) -> None:
    """Take a setting away: what was set before it, or nothing, counts again."""
    from liveaudit.store import audit_log, rules

    with closing(open_store(read_settings(settings))) as database:
        standing = {each.id: each for each in database.read_now(rules.list_settings)}
        if setting not in standing:
            raise CommandError(f"no setting {setting!r}; see: liveaudit policies settings", EXIT_NOT_FOUND)
        if standing[setting].source == rules.FILE:
            raise CommandError(f"{setting} stands in the settings file: take it out there", EXIT_USAGE)

        def write(connection: Connection) -> None:
            if rules.drop_setting(connection, setting) is not None:
                audit_log.put(connection, entry("policy.unset", setting), time.time())

        database.write_now(write)
    typer.echo(f"setting {setting} is gone")
