"""``liveaudit setup destroy``: everything taken down, and checked by listing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    note,
    print_json,
    safe,
)
from liveaudit.cli.setup.apply import (
    DEFAULT_PATIENCE,
    PatienceOption,
    YesOption,
    carry_out,
    tell_outcome,
)
from liveaudit.cli.setup.common import run_setup
from liveaudit.cli.setup.plan import tell_problems

if TYPE_CHECKING:
    from liveaudit.provision.apply import Outcome
    from liveaudit.provision.leftovers import Checked, Unchecked
    from liveaudit.setting_up import SetupContext


def destroy(
    settings: SettingsOption = None,
    yes: YesOption = False,
    abandon: Annotated[
        list[str] | None,
        typer.Option(
            help="Let go of this account: its stacks stay where they are. May be given several times.",
            metavar="ID",
        ),
    ] = None,
    patience: PatienceOption = DEFAULT_PATIENCE,
    as_json: JsonOption = False,
) -> None:
    """Take everything down, publishers first, then look everywhere that nothing is left. Ends with 3 when something is."""
    wrong = [each for each in abandon or () if not re.fullmatch(r"\d{12}", each)]
    if wrong:
        raise CommandError(f"--abandon: {', '.join(wrong)} is not twelve digits", EXIT_USAGE)
    outcome, checked = run_setup(
        settings,
        lambda setup: _destroy(setup, frozenset(abandon or ()), yes=yes, patience=patience, as_json=as_json),
    )
    if checked is not None:
        _tell(checked, as_json=as_json)
    tell_outcome(outcome, as_json=as_json, done="everything is taken down")
    if checked is not None and not checked.clean:
        raise typer.Exit(EXIT_INCOMPLETE)


async def _destroy(
    setup: SetupContext, abandon: frozenset[str], *, yes: bool, patience: float, as_json: bool
) -> tuple[Outcome, Checked | None]:
    from liveaudit.provision.apply import taking_down
    from liveaudit.provision.leftovers import leftovers, places
    from liveaudit.provision.observe import observe
    from liveaudit.provision.planner import Options
    from liveaudit.provision.queue_state import queue_states

    tell_problems(setup)
    caller, installation = setup.caller, setup.installation
    before = await observe(caller, installation)
    regions = sorted({*installation.regions, *before.buses})
    for region, queue in (await queue_states(caller, installation, regions)).items():
        if queue.messages:
            note(
                safe(
                    f"{installation.receiver} {region}: {queue.messages} messages go with the queue "
                    f"({queue.dead_letters} of them dead letters)"
                )
            )
    outcome = await carry_out(
        setup,
        taking_down(installation),
        yes=yes,
        patience=patience,
        as_json=as_json,
        options=Options(abandon=abandon),
    )
    if outcome.interrupted:
        return outcome, None
    return outcome, await leftovers(caller, installation, places(installation, [before]))


def _tell(checked: Checked, *, as_json: bool) -> None:
    for left in checked.left:
        if as_json:
            print_json({"event": "left", **asdict(left)})
        else:
            note(safe(f"left: {left.account} {left.region} {left.what} {left.name}"))
            note(safe(f"  what to do, in that account: {left.command}"))
    for each in checked.unchecked:
        if as_json:
            print_json({"event": "unchecked", **asdict(each)})
    if as_json:
        return
    for line in _unchecked(checked.unchecked):
        note(safe(line))
    if checked.clean:
        sys.stdout.write(f"looked in {checked.places} accounts and regions: nothing of ours is left\n")


def _unchecked(found: Iterable[Unchecked]) -> Iterator[str]:
    """One line for each account and each thing that could not be looked for."""
    regions: dict[tuple[str, str], list[Unchecked]] = {}
    for each in found:
        regions.setdefault((each.account, each.what), []).append(each)
    for (account, what), group in regions.items():
        where = " ".join(each.region for each in group)
        yield f"not checked: {account} {where}: {what}s: {group[0].reason}"
