"""``liveaudit setup apply``: the plan carried out, with live progress."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
_MOST_NAMED = 10


def apply(
    settings: SettingsOption = None,
    yes: YesOption = False,
    patience: PatienceOption = DEFAULT_PATIENCE,
    as_json: JsonOption = False,
) -> None:
    """Show the plan, ask, and carry it out. Accounts whose regions could not be asked for are looked at again afterwards.

    Ends with 3 when something failed, or an account's regions are still not known; run it again once that is mended.
    """
    outcome, left = run_setup(
        settings, lambda setup: _apply(setup, yes=yes, patience=patience, as_json=as_json)
    )
    tell_outcome(outcome, as_json=as_json, done="the set-up stands: {} parts are as they should be")
    if left:
        raise typer.Exit(EXIT_INCOMPLETE)


async def _apply(setup: SetupContext, *, yes: bool, patience: float, as_json: bool) -> tuple[Outcome, int]:
    """How it ended, and how much of what is wanted it does not see or mend."""
    from liveaudit.setting_up import opened

    outcome, left = await _rolled_out(setup, yes=yes, patience=patience, as_json=as_json)
    unknown = setup.installation.undetermined
    if not unknown or not outcome.complete:
        return outcome, left + len(unknown)
    if outcome.rounds:
        # the roles that it has brought let in who asks for the regions of these accounts
        _tell_unknown(unknown, "looking again", as_json=as_json)
        async with opened(setup.settings) as again:
            outcome, left = await _rolled_out(again, yes=yes, patience=patience, as_json=as_json)
            unknown = again.installation.undetermined
    if unknown:
        _tell_unknown(unknown, "not set up", as_json=as_json)
    return outcome, left + len(unknown)


async def _rolled_out(
    setup: SetupContext, *, yes: bool, patience: float, as_json: bool
) -> tuple[Outcome, int]:
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


def _tell_unknown(accounts: Sequence[str], what: str, *, as_json: bool) -> None:
    """Which accounts' regions are not known. ``what``: what comes of that."""
    if as_json:
        print_json({"event": what, "accounts": list(accounts)})
        return
    more = f" and {len(accounts) - _MOST_NAMED} more" if len(accounts) > _MOST_NAMED else ""
    named = ", ".join(accounts[:_MOST_NAMED])
    if what == "looking again":
        note(f"looking again for the regions of accounts that could not be asked before: {named}{more}")
    else:
        note(
            f"not set up, as their regions are not known: {named}{more}\n"
            "  what to do: mend what is told of them above, then run liveaudit setup apply again"
        )


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
