"""``liveaudit setup verify``: a hello from every publisher and region, and what somebody changed since."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    account_ids,
    iso,
    note,
    open_store,
    print_json,
    safe,
)
from liveaudit.cli.setup.common import run_setup
from liveaudit.cli.setup.drift import drift_lines, drift_objects

if TYPE_CHECKING:
    from liveaudit.cli.setup.grid import Grid
    from liveaudit.provision.drifts import Drifts
    from liveaudit.provision.installation import Installation
    from liveaudit.provision.verify import Result
    from liveaudit.setting_up import SetupContext

_WIDTH = 160


def verify(
    settings: SettingsOption = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="How long to wait for the hellos, in seconds.", metavar="S")
    ] = 60.0,
    account: Annotated[
        list[str] | None,
        typer.Option(help="Only this publisher; may be given several times.", callback=account_ids),
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Only this region; may be given several times.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove the whole way with an event from every publisher, region and rule; then look for what was changed by hand.

    Takes in whatever else waits in the queues, as a worker would; one may run beside it. Ends with 3 when a hello is
    missing, something was changed, or something cannot be known.
    """

    async def work(context: SetupContext) -> int:
        targets = _targets(context.installation, account or (), region or ())
        return await _verify(context, targets, timeout, as_json=as_json)

    if run_setup(settings, work):
        raise typer.Exit(EXIT_INCOMPLETE)


def _targets(
    installation: Installation, accounts: Sequence[str], regions: Sequence[str]
) -> list[tuple[str, str]]:
    publishers = {each.id for each in installation.publishers}
    for given, known, option in (
        (set(accounts), publishers, "--account"),
        (set(regions), set(installation.regions), "--region"),
    ):
        if strange := given - known:
            raise CommandError(
                f"{option}: {', '.join(sorted(strange))} is not watched; there are: {', '.join(sorted(known))}",
                EXIT_USAGE,
            )
    return [
        (account, region)
        for account, region in installation.targets()
        if (not accounts or account in accounts) and (not regions or region in regions)
    ]


async def _verify(
    context: SetupContext, targets: Sequence[tuple[str, str]], timeout: float, *, as_json: bool
) -> int:
    from contextlib import closing

    from liveaudit.cli.setup.grid import Grid, shown
    from liveaudit.setting_up import proved

    given = context.installation
    names = {each.id: f"{each.id} {each.name}".strip() for each in given.publishers}
    asked = {account for account, _ in targets}
    grid = Grid(
        "publisher",
        {account: name for account, name in names.items() if account in asked},
        tuple(sorted({region for _, region in targets})),
    )
    latest: dict[tuple[str, str], dict[int, Result]] = {}

    def told(result: Result) -> None:
        there = latest.setdefault(_place(result), {})
        there[result.sent.rule] = result
        grid.put(*_place(result), _cell(there.values()))

    with closing(open_store(context.settings)) as database, shown(grid):
        proof = await proved(context, database, targets, timeout, told)
    if as_json:
        _print_json(proof.results, proof.drifts, proof.notes)
    else:
        _print(grid, proof.results, proof.drifts, proof.notes)
    for problem in context.problems:
        note(safe(problem))
    return proof.missing + len(proof.drifts.found) + len(proof.drifts.unread) + len(context.problems)


def _place(result: Result) -> tuple[str, str]:
    return result.sent.account, result.sent.region


def _cell(results: Iterable[Result]) -> str:
    """One publisher and region, all its rules: the slowest time, or the worst that became of one."""
    from liveaudit.provision.verify import Arrival

    found = list(results)
    states = {each.arrival for each in found}
    if not found or Arrival.WAITING in states:
        return "..."
    if states == {Arrival.ARRIVED}:
        return f"{max(each.seconds or 0.0 for each in found):.1f}s"
    return "FAILED"


def _print(grid: Grid, results: Sequence[Result], drifts: Drifts, notes: Sequence[str]) -> None:
    grid.print(shutil.get_terminal_size((_WIDTH, 24)).columns)
    out = []
    for each in results:
        if each.sent.stored_at is None:
            where = f"{each.sent.account} {each.sent.region} rule {each.sent.rule}"
            out.append(f"{each.arrival.upper()}  {where}: {each.reason}")
    for line in (*map(safe, out), *drift_lines(drifts), *map(safe, notes)):
        sys.stdout.write(line + "\n")
    counts = Counter(each.arrival.value for each in results)
    told = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    slowest = max((each.seconds for each in results if each.seconds is not None), default=None)
    longest = "" if slowest is None else f", the slowest after {slowest:.1f} s"
    sys.stdout.write(f"hellos: {told}{longest}; changed by hand: {len(drifts.found)}\n")


def _print_json(results: Sequence[Result], drifts: Drifts, notes: Sequence[str]) -> None:
    for each in results:
        print_json(
            {
                "kind": "hello",
                "account": each.sent.account,
                "region": each.sent.region,
                "rule": each.sent.rule,
                "outcome": each.arrival.value,
                "seconds": each.seconds,
                "hops": _times(each.hops),
                "reason": each.reason,
            }
        )
    for told in drift_objects(drifts, "kind"):
        print_json(told)
    for text in notes:
        print_json({"kind": "note", "reason": text})


def _times(hops: Mapping[str, float]) -> dict[str, Any]:
    return {name: iso(at) for name, at in hops.items()}
