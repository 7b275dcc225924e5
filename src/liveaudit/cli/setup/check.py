"""``liveaudit setup check``: is everything there that the set-up needs, side by side for every account and region."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import EXIT_INCOMPLETE, JsonOption, SettingsOption, note, print_json, safe
from liveaudit.cli.setup.common import run_setup

if TYPE_CHECKING:
    from liveaudit.provision.installation import Installation
    from liveaudit.provision.preflight.check import Check, Outcome
    from liveaudit.setting_up import SetupContext

_WIDTH = 160


def check(
    settings: SettingsOption = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Try every read of the audit for real, whatever IAM simulates.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check roles, trust, permissions, trails and regions of every account, by calls that change nothing.

    Ends with 3 when something failed or cannot be known.
    """

    async def work(context: SetupContext) -> int:
        return await _check(context, settings, thorough=thorough, as_json=as_json)

    if run_setup(settings, work, whatever=True):
        raise typer.Exit(EXIT_INCOMPLETE)


async def _check(context: SetupContext, file: Path | None, *, thorough: bool, as_json: bool) -> int:
    from liveaudit.cli.setup.grid import shown
    from liveaudit.provision.preflight.run import failures
    from liveaudit.setting_up import preflight_of

    board = Board(context.installation)
    preflight = preflight_of(context, thorough=thorough, on_check=board.put)
    began = time.monotonic()
    with shown(board.accounts, board.regions):
        checks = [_typed(each, file, resolve=context.settings.needs_lookup) for each in await preflight.run()]
    if as_json:
        for each in checks:
            print_json(asdict(each))
    else:
        _print(board, checks)
    for problem in context.problems:
        note(safe(problem))
    calls = sum(context.caller.counts.values())
    note(f"{len(checks)} checks, {calls} API calls, {time.monotonic() - began:.1f} s")
    return len(failures(checks)) + len(context.problems)


_REGIONS, _NAMES = 4, 3
"""More regions or checks than this are only counted in a line."""
_CELLS = {"not needed": "-", "ok": "ok", "warning": "warning", "unknown": "?", "failed": "FAILED"}


def _typed(check: Check, file: Path | None, *, resolve: bool) -> Check:
    """The check with its command as it has to be typed here: with the settings that this command was given."""
    options = (["--settings", str(file)] if file is not None else []) + (["--resolve"] if resolve else [])
    if not options:
        return check
    return replace(
        check, command=check.command.replace("liveaudit iam", shlex.join(["liveaudit", "iam", *options]))
    )


class Board:
    """Two matrices: what is checked once an account, and what in each region. A cell shows the worst of its checks."""

    def __init__(self, installation: Installation) -> None:
        from liveaudit.cli.setup.grid import Grid
        from liveaudit.provision.preflight.check import COLUMNS

        order = sorted(installation.accounts, key=lambda each: (each.id != installation.receiver, each.id))
        names = {each.id: f"{each.id} {each.name}".strip() for each in order}
        self.accounts = Grid("account", names, tuple(dict.fromkeys(COLUMNS.values())))
        self.regions = Grid("account", names, installation.regions)
        self._worst: dict[tuple[str, str, bool], Outcome] = {}

    def put(self, check: Check) -> None:
        """Take a check in."""
        from liveaudit.provision.preflight.check import COLUMNS, worst

        regional = check.region is not None
        column = check.region or COLUMNS[check.name]
        place = (check.account, column, regional)
        outcome = worst([check.outcome, self._worst.get(place, check.outcome)])
        self._worst[place] = outcome
        (self.regions if regional else self.accounts).put(check.account, column, _CELLS[outcome])


def told_lines(checks: Iterable[Check]) -> Iterator[str]:
    """A line for each account, outcome and reason, with all that it holds for: one cause is told once."""
    together: dict[tuple[str, Outcome, str], list[Check]] = {}
    for each in checks:
        together.setdefault((each.account, each.outcome, each.reason), []).append(each)
    for (account, outcome, reason), those in together.items():
        regions = list(dict.fromkeys(each.region for each in those if each.region is not None))
        names = list(dict.fromkeys(str(each.name) for each in those))
        where = " ".join([account, *(regions if len(regions) <= _REGIONS else [f"{len(regions)} regions"])])
        what = ", ".join(names) if len(names) <= _NAMES else f"{len(names)} checks"
        yield f"{_CELLS[outcome]:8}{where}  {what}: {reason}"


def _print(board: Board, checks: Sequence[Check]) -> None:
    from liveaudit.provision.preflight.check import Outcome
    from liveaudit.provision.preflight.run import mends

    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    board.accounts.print(width)
    board.regions.print(width)
    told = [each for each in checks if each.outcome.stops or each.outcome is Outcome.WARNING]
    for line in told_lines(told):
        sys.stdout.write(safe(line) + "\n")
    for who, command, those in mends(told):
        what = sorted({f"'{each.name}' of {each.account}" for each in those})
        checks_of = f"the check{'s' * (len(what) > 1)} {', '.join(what)}"
        sys.stdout.write("\n" + safe(f"{who or 'somebody'}, for {checks_of}:") + "\n")
        sys.stdout.write(safe(f"  {command}" if command else "  as told above") + "\n")
    counts = Counter(each.outcome.value for each in checks)
    sys.stdout.write(
        ("\n" if told else "") + ", ".join(f"{counts[one]} {one}" for one in sorted(counts)) + "\n"
    )
