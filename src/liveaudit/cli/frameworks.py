"""``liveaudit frameworks``: how the controls of CIS, FSBP, PCI DSS and others stand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    account_ids,
    note,
    open_store,
    own_policies_if_any,
    print_json,
    print_table,
    read_settings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liveaudit.frameworks.framework import Framework
    from liveaudit.frameworks.state import ControlState, Tally

app = typer.Typer(
    help="The frameworks, and how their controls stand.", no_args_is_help=True, rich_markup_mode=None
)
AccountOption = Annotated[str, typer.Option(help="Only what stands in this account.", callback=account_ids)]
RegionOption = Annotated[str, typer.Option(help='Only what stands in this region; "global" is one too.')]


def _tallies(settings: Path | None, account: str, region: str) -> Mapping[str, Tally] | None:
    """What stands of each policy in the store; None where no settings name one."""
    from liveaudit.settings import find_file
    from liveaudit.store.tallies import tally

    if find_file(settings) is None:
        if account or region:
            raise CommandError("--account and --region need a store: name the settings file", EXIT_USAGE)
        return None
    database = open_store(read_settings(settings))
    try:
        return database.read_now(lambda connection: tally(connection, account=account, region=region))
    finally:
        database.close()


def _states(framework: Framework, tallies: Mapping[str, Tally] | None) -> list[ControlState]:
    from liveaudit.frameworks.state import state_of
    from liveaudit.services import load

    built = frozenset(policy.id for policy in load()[1].all())
    return [state_of(control, built, tallies or {}) for control in framework.controls.values()]


def _counted(framework: Framework, states: list[ControlState], *, stored: bool) -> dict[str, Any]:
    from liveaudit.frameworks.state import State

    number = Counter(each.state for each in states)
    told: dict[str, Any] = {
        "framework": framework.name,
        "title": framework.title,
        "controls": len(states),
        "covered": sum(1 for each in states if each.built),
        "partly": sum(1 for each in states if each.built and each.missing),
        "manual": number[State.MANUAL],
        "not_covered": number[State.NOT_COVERED],
    }
    for key, state in (
        ("passing", State.PASS),
        ("failing", State.FAIL),
        ("unknown", State.UNKNOWN),
        ("no_data", State.NO_DATA),
    ):
        told[key] = number[state] if stored else None
    return told


@app.command("list")
def list_frameworks(
    account: AccountOption = "",
    region: RegionOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the frameworks: how many controls are covered, and how these stand where there is a store."""
    from liveaudit.frameworks.framework import load_frameworks

    own_policies_if_any(settings)
    tallies = _tallies(settings, account, region)
    told = [
        _counted(each, _states(each, tallies), stored=tallies is not None)
        for each in load_frameworks().values()
    ]
    if as_json:
        for one in told:
            print_json(one)
        return
    headings = ["framework", "controls", "covered", "manual", "not_covered"]
    if tallies is not None:
        headings += ["passing", "failing", "unknown", "no_data"]
    print_table(
        [heading.replace("_", " ") for heading in headings],
        ([one[heading] for heading in headings] for one in told),
    )


def _plain(framework: Framework, each: ControlState) -> dict[str, Any]:
    return {
        "framework": framework.name,
        "control": each.control.id,
        "title": each.control.title,
        "kind": each.control.kind.value,
        "level": each.control.level,
        "state": each.state.value,
        "findings": each.findings,
        "policies": list(each.built),
        "failing": list(each.failing),
        "missing": list(each.missing),
    }


@app.command("show")
def show_framework(
    name: Annotated[str, typer.Argument(help='The framework, as "CIS 7.0".')],
    state: Annotated[
        list[str] | None, typer.Option(help="Only controls of this state, as FAIL; several may be given.")
    ] = None,
    account: AccountOption = "",
    region: RegionOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell how every control of a framework stands.

    PASS: all that is automated of it holds, which need not be all that it asks for. MANUAL: people have to assess it.
    NOT_COVERED: its policies are not built. NO_DATA: one of them has judged nothing yet.
    """
    from liveaudit.frameworks.framework import load_frameworks
    from liveaudit.frameworks.state import State

    own_policies_if_any(settings)
    frameworks = load_frameworks()
    found = {each.lower(): framework for each, framework in frameworks.items()}.get(name.lower())
    if found is None:
        raise CommandError(f"no framework {name!r}; there are: {', '.join(frameworks)}", EXIT_NOT_FOUND)
    wanted = {each.upper().replace("-", "_") for each in state or State}
    if wrong := sorted(wanted - set(State)):
        raise CommandError(f"--state: {wrong[0]!r} is none of: {', '.join(State)}", EXIT_USAGE)
    tallies = _tallies(settings, account, region)
    if tallies is None:
        note("no settings file, so nothing is known of any account: name one with --settings FILE")
    states = [each for each in _states(found, tallies) if each.state in wanted]
    if as_json:
        for each in states:
            print_json(_plain(found, each))
        return
    print_table(
        ("control", "state", "findings", "title", "policies"),
        (
            (
                each.control.id,
                each.state.value,
                each.findings or "",
                each.control.title,
                _policies(each),
            )
            for each in states
        ),
    )


def _policies(each: ControlState) -> str:
    """The policies of a control for a cell of a table: those that fail, else how many there are."""
    if each.failing:
        more = len(each.failing) - 2
        return ", ".join(each.failing[:2]) + (f" and {more} more" if more > 0 else "")
    if not each.built:
        return ""
    of = f" of {len(each.built) + len(each.missing)}" if each.missing else ""
    return f"{len(each.built)}{of}"
