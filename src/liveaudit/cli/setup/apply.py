"""``liveaudit setup apply``: the plan carried out, with live progress."""

from __future__ import annotations

import sys
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
from liveaudit.cli.setup.common import run_setup
from liveaudit.cli.setup.drift import tell_by_hand
from liveaudit.cli.setup.plan import tell_plan, tell_problems
from liveaudit.cli.setup.progress import shown, subject_fields

if TYPE_CHECKING:
    from liveaudit.provision.apply import Outcome, Wanted
    from liveaudit.provision.planner import Options
    from liveaudit.setting_up import SetupContext

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
PatienceOption = Annotated[
    float,
    typer.Option(help="Seconds to wait for AWS at most; what is begun goes on.", min=1.0, metavar="SECONDS"),
]
DEFAULT_PATIENCE = 3600.0


def apply(
    settings: SettingsOption = None,
    yes: YesOption = False,
    patience: PatienceOption = DEFAULT_PATIENCE,
    as_json: JsonOption = False,
) -> None:
    """Show the plan, ask, and carry it out. Ends with 3 when something failed; run it again once that is mended."""
    outcome, left = run_setup(
        settings, lambda setup: _apply(setup, yes=yes, patience=patience, as_json=as_json)
    )
    tell_outcome(outcome, as_json=as_json, done="the set-up stands: {} parts are as they should be")
    if left:
        raise typer.Exit(EXIT_INCOMPLETE)


async def _apply(setup: SetupContext, *, yes: bool, patience: float, as_json: bool) -> tuple[Outcome, int]:
    """How it ended, and how much of what somebody changed it does not see or mend."""
    from liveaudit.provision.apply import setting_up
    from liveaudit.provision.observe import observe
    from liveaudit.setting_up import mending

    tell_problems(setup)
    options, by_hand = await mending(setup, await observe(setup.caller, setup.installation))
    tell_by_hand(by_hand)
    wanted = setting_up(setup.installation, setup.catalog, setup.policies)
    outcome = await carry_out(setup, wanted, yes=yes, patience=patience, as_json=as_json, options=options)
    return outcome, len(by_hand.found) + len(by_hand.unread)


async def carry_out(
    setup: SetupContext,
    wanted: Wanted,
    *,
    yes: bool,
    patience: float,
    as_json: bool,
    options: Options | None = None,
) -> Outcome:
    """Show the plan, ask, and make it so. Raises CommandError when the answer is no, and SetupError."""
    from liveaudit.provision.observe import observe
    from liveaudit.provision.plan import make_plan
    from liveaudit.setting_up import carried_out

    observed = await observe(setup.caller, setup.installation)
    first = make_plan(wanted(observed), observed, options=options)
    tell_plan(first, as_json=as_json)
    if first.steps and not yes:
        confirm("carry this out?")
    with shown(setup.installation, as_json=as_json) as progress:
        return await carried_out(setup, wanted, patience=patience, progress=progress, options=options)


def confirm(question: str) -> None:
    """Ask on the terminal. Raises CommandError for anything but yes, and where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise CommandError(f"{question} nobody to ask: add --yes", EXIT_USAGE)
    sys.stdout.write(f"\n{question} [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was changed")


def tell_outcome(outcome: Outcome, *, as_json: bool, done: str) -> None:
    """How it ended. Ends the program with 3 when not all is as it should be."""
    from liveaudit.provision.advice import what_to_do

    for each in outcome.plan.stuck:
        subject = each.subject
        to_do = what_to_do(each.reason, subject.account, subject.region)
        if as_json:
            print_json({"event": "failed", **subject_fields(subject), "reason": each.reason, "to_do": to_do})
        else:
            where = f"{subject.account} {subject.region} {subject.kind} {subject.name}"
            note(safe(f"{where}: {each.reason}\n".rstrip()))
            note(safe(f"  what to do: {to_do}"))
    if as_json:
        print_json(
            {
                "event": "outcome",
                "complete": outcome.complete,
                "standing": outcome.plan.standing,
                "failed": len(outcome.plan.stuck),
                "rounds": outcome.rounds,
                "interrupted": outcome.interrupted,
            }
        )
    elif outcome.complete:
        sys.stdout.write(done.format(outcome.plan.standing) + "\n")
    if outcome.interrupted:
        note(safe(outcome.interrupted))
    if not outcome.complete:
        raise typer.Exit(EXIT_INCOMPLETE)
