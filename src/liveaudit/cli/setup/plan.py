"""``liveaudit setup plan``: what would be done, and the same as files for those who may not let a tool write."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
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
    write_files,
)
from liveaudit.cli.setup.common import run_setup
from liveaudit.cli.setup.drift import tell_by_hand
from liveaudit.cli.setup.matrix import plain_counts
from liveaudit.cli.setup.progress import subject_fields

if TYPE_CHECKING:
    from liveaudit.provision.steps import Change, Plan
    from liveaudit.setting_up import SetupContext

_MARKS = {"create": "+", "update": "~", "remove": "-", "leave": "!"}
_MOST_PLACES = 12


def plan(
    settings: SettingsOption = None,
    emit: Annotated[
        Path | None,
        typer.Option(
            help="Write it as CloudFormation and Terraform files into this folder, and call nothing.",
            metavar="DIR",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what apply would do, and change nothing. Ends with 3 when something cannot be seen or mended."""
    if emit is not None:
        run_setup(settings, partial(_emitted, folder=emit))
        return
    made, left = run_setup(settings, _planned)
    tell_plan(made, as_json=as_json)
    if made.stuck or left:
        raise typer.Exit(EXIT_INCOMPLETE)


async def _planned(setup: SetupContext) -> tuple[Plan, int]:
    """The plan, and how much it does not see or mend."""
    from liveaudit.setting_up import planned

    tell_problems(setup)
    made = await planned(setup)
    tell_by_hand(made.by_hand)
    return made.plan, made.left


async def _emitted(setup: SetupContext, *, folder: Path) -> None:
    """The set-up as files. AWS is asked nothing but what the settings leave to be looked up."""
    from liveaudit.provision.desired import desired
    from liveaudit.provision.emit import GUIDE
    from liveaudit.provision.emit import emit as make_files

    tell_problems(setup)
    standing = _emitted_rules(folder)
    files = make_files(desired(setup.installation, setup.catalog, setup.policies, standing))
    others = sorted(
        str(path.relative_to(folder))
        for kind in ("terraform", "cloudformation")
        for path in (folder / kind).rglob("*")
        if path.suffix in (".tf", ".json") and str(path.relative_to(folder)) not in files
    )
    if others:
        raise CommandError(
            f"--emit: {safe(folder)} holds files that are not of this set-up ({safe(', '.join(others[:5]))}): remove them "
            "once what they made is gone, or name another folder",
            EXIT_USAGE,
        )
    write_files(folder, files, "--emit")
    sys.stdout.write(f"{safe(folder)}: {len(files)} files; {GUIDE} says what to do with them\n")


def _emitted_rules(folder: Path) -> dict[int, tuple[str, ...]]:
    """The rules of what was written into this folder before: services stay in theirs."""
    from liveaudit.provision import names
    from liveaudit.provision.observe import rules_of

    file = folder / "cloudformation" / f"{names.RECEIVER_STACK_SET}.json"
    try:
        return rules_of(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{safe(file)}: cannot be read: {error}") from error


def tell_problems(setup: SetupContext) -> None:
    """What is not as the settings want it, on standard error."""
    for each in setup.problems:
        note(safe(each))


def tell_plan(made: Plan, *, as_json: bool) -> None:
    """The plan: for machines one object a change, for people what belongs together in one line."""
    if as_json:
        for change in made.changes:
            print_json({"change": change.verb, **subject_fields(change.subject), "why": change.why})
        return
    if not made.changes:
        sys.stdout.write(f"nothing to do: all {made.standing} parts stand as they should\n")
        return
    for line in plan_lines(made.changes):
        sys.stdout.write(line + "\n")
    counts = plain_counts([str(each.verb) for each in made.changes])
    sys.stdout.write(f"\n{counts}; {made.standing} stand as they should\n")


def plan_lines(changes: Iterable[Change]) -> Iterable[str]:
    """One heading for each stack set or kind, below it one line for each change and reason with its places."""
    heading = ""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for change in changes:
        subject = change.subject
        title = f"{subject.kind} {subject.name}"
        place = f"{subject.account} {subject.region}"
        groups.setdefault((title, _MARKS[change.verb], change.why), []).append(place)
    for (title, mark, why), places in groups.items():
        if title != heading:
            heading = title
            yield safe(title)
        shown = ", ".join(_by_account(places))
        yield safe(f"  {mark} {shown}   {why}")


def _by_account(places: list[str]) -> list[str]:
    regions: dict[str, list[str]] = {}
    for place in places:
        account, _, region = place.partition(" ")
        regions.setdefault(account, []).append(region)
    accounts: dict[str, list[str]] = {}
    for account, where in regions.items():
        accounts.setdefault(" ".join(where), []).append(account)
    told = []
    for where_text, who in accounts.items():
        names = " ".join(who[:_MOST_PLACES])
        more = f" and {len(who) - _MOST_PLACES} accounts more" if len(who) > _MOST_PLACES else ""
        told.append(f"{names}{more} in {where_text}")
    return told
