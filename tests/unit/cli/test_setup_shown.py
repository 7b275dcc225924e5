"""What setup check and setup verify show: matrices, commands, likely reasons."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from liveaudit.cli.common import CommandError
from liveaudit.cli.setup import check as check_command
from liveaudit.cli.setup import verify as verify_command
from liveaudit.cli.setup.grid import Grid, shown
from liveaudit.provision import names
from liveaudit.provision.desired import SetKey
from liveaudit.provision.drifts import Drift, Drifts, Mend, Unread
from liveaudit.provision.likely import explained
from liveaudit.provision.observe import Instance, Observed, SetNow
from liveaudit.provision.preflight.check import Check, Name, Outcome
from liveaudit.provision.verify import Arrival, Result
from liveaudit.store.hellos import Sent
from tests.support.installations import BANK, RECEIVER, SHOP, installation

SOUTH, HOME = "eu-south-1", "us-east-1"
GIVEN = installation()


def test_a_cell_shows_the_worst_of_its_checks() -> None:
    board = check_command.Board(GIVEN)
    board.put(Check(SHOP, None, Name.AUDIT_PERMISSIONS, Outcome.OK))
    board.put(Check(SHOP, None, Name.EXECUTION_PERMISSIONS, Outcome.FAILED))
    board.put(Check(SHOP, None, Name.FORWARDING_PERMISSIONS, Outcome.NOT_NEEDED))
    board.put(Check(SHOP, SOUTH, Name.TRAIL, Outcome.UNKNOWN))
    board.put(Check(SHOP, SOUTH, Name.REGION, Outcome.OK))
    assert board.accounts.cells == {(SHOP, "permissions"): "FAILED"}
    assert board.regions.cells == {(SHOP, SOUTH): "?"}


def test_every_check_has_a_column_and_every_outcome_a_cell() -> None:
    board = check_command.Board(GIVEN)
    for name in Name:
        for outcome in Outcome:
            board.put(
                Check(SHOP, SOUTH if name.value in ("region", "trail", "bus policy") else None, name, outcome)
            )
    assert set(board.accounts.cells.values()) == {"FAILED"}


def told(capsys: pytest.CaptureFixture[str], checks: list[Check]) -> str:
    board = check_command.Board(GIVEN)
    for each in checks:
        board.put(each)
    check_command._print(board, checks)
    return capsys.readouterr().out


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    lacking = Check(
        SHOP, None, Name.EXECUTION, Outcome.FAILED, "there is no role", "the owner", "liveaudit iam"
    )
    hostile = Check(BANK, SOUTH, Name.TRAIL, Outcome.UNKNOWN, "trail \x1b[31m\u202e", "who", "")
    out = told(capsys, [Check(RECEIVER, None, Name.ENTER, Outcome.OK), lacking, hostile])
    assert f"FAILED  {SHOP}  execution role: there is no role" in out
    assert f"the owner, for the check 'execution role' of {SHOP}:\n  liveaudit iam\n" in out
    assert "\\u001b[31m\\u202e" in out
    assert "\x1b" not in out
    assert out.endswith("1 failed, 1 ok, 1 unknown\n")


def test_one_cause_is_told_once() -> None:
    closed = "the account could not be entered"
    checks = [Check(SHOP, None, name, Outcome.UNKNOWN, closed) for name in (Name.EXECUTION, Name.FORWARDING)]
    checks += [Check(SHOP, region, Name.TRAIL, Outcome.UNKNOWN, closed) for region in (SOUTH, HOME)]
    checks += [Check(BANK, None, Name.EXECUTION, Outcome.UNKNOWN, closed)]
    assert list(check_command.told_lines(checks)) == [
        f"?       {SHOP} {SOUTH} {HOME}  execution role, forwarding role, trail: {closed}",
        f"?       {BANK}  execution role: {closed}",
    ]
    many = [Check(SHOP, f"xx-east-{n}", Name.TRAIL, Outcome.FAILED, "none") for n in range(9)]
    assert list(check_command.told_lines(many)) == [f"FAILED  {SHOP} 9 regions  trail: none"]


def test_a_grid_is_cut_into_blocks_that_fit(capsys: pytest.CaptureFixture[str]) -> None:
    regions = [f"xx-region-{number}" for number in range(10)]
    grid = Grid("account", {"1": "1 one"}, regions)
    for each in regions:
        grid.put("1", each, "ok")
    grid.print(60)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert sum(line.count("XXREGION") for line in lines) == 10
    assert (
        sum(line.startswith("1 one") for line in lines)
        == sum(line.startswith("ACCOUNT") for line in lines)
        > 1
    )


def test_a_live_grid_shows_what_is_not_well_first() -> None:
    from rich.console import Console

    names_of = {str(number): f"{number} account" for number in range(30)}
    grid = Grid("account", names_of, ("enter",))
    for number in range(30):
        grid.put(str(number), "enter", "FAILED" if number == 29 else "ok")
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115 - as long as the test
    with shown(grid):
        console.print(grid.renderable())
    lines = console.export_text().splitlines()
    console.file.close()
    assert lines[1].split() == ["29", "account", "FAILED"]
    assert lines[-1].strip() == "... and 10 more"


def test_the_command_is_the_one_to_type_here() -> None:
    lacking = Check(
        SHOP, None, Name.EXECUTION, Outcome.FAILED, "x", "who", f"liveaudit iam --account {SHOP} > f && aws"
    )
    assert check_command._typed(lacking, None, resolve=False) is lacking
    typed = check_command._typed(lacking, Path("my settings.yaml"), resolve=True)
    assert (
        typed.command == f"liveaudit iam --settings 'my settings.yaml' --resolve --account {SHOP} > f && aws"
    )


def test_targets_of_verify() -> None:
    everything = verify_command._targets(GIVEN, (), ())
    assert len(everything) == 6
    assert verify_command._targets(GIVEN, (SHOP,), (SOUTH,)) == [(SHOP, SOUTH)]
    for wrong, named in ((("999999999999",), ()), ((), ("mars-1",))):
        with pytest.raises(CommandError, match="is not watched"):
            verify_command._targets(GIVEN, wrong, named)
    quiet = replace(
        GIVEN, accounts=tuple(replace(each, publishes=each.id == SHOP) for each in GIVEN.accounts)
    )
    with pytest.raises(CommandError):
        verify_command._targets(quiet, (BANK,), ())


def result(
    account: str = SHOP, region: str = SOUTH, arrival: Arrival = Arrival.MISSING, **more: Any
) -> Result:
    return Result(Sent("0" * 32, account, region, 1, 10.0, **more), arrival)


def set_now(name: str, *targets: tuple[str, str]) -> SetNow:
    instances = {target: Instance(*target, "CURRENT") for target in targets}
    return SetNow(SetKey(name), {}, {}, instances=instances)


OBSERVED = Observed(
    {
        SetKey(each): set_now(each, *targets)
        for each, targets in (
            (names.RECEIVER_STACK_SET, [(RECEIVER, SOUTH), (RECEIVER, HOME)]),
            (names.PUBLISHER_STACK_SET, [(SHOP, SOUTH), (BANK, SOUTH)]),
        )
    }
)


def why(found: Result, drifts: Drifts | None = None) -> str:
    return explained(found, GIVEN, OBSERVED, drifts or Drifts()).reason


def test_why_a_hello_is_missing() -> None:
    assert why(result(region=HOME)) == "not rolled out here yet: liveaudit setup apply"
    assert why(result()).startswith("no trace of it")
    disabled = Drift(SHOP, SOUTH, "rule liveaudit-changes", "is DISABLED")
    receivers = Drift(RECEIVER, SOUTH, "rule liveaudit-changes", "is DISABLED")
    others = Drift(BANK, SOUTH, "rule liveaudit-changes", "is DISABLED")
    grant = Drift(RECEIVER, SOUTH, f"grant liveaudit-{SHOP} on the bus", "is gone", mend=Mend.GRANT)
    others_grant = replace(grant, resource=f"grant liveaudit-{BANK} on the bus")
    assert why(result(), Drifts([disabled])) == f"likely because {SHOP} rule liveaudit-changes is DISABLED"
    assert f"{RECEIVER} rule" in why(result(), Drifts([receivers]))
    assert "grant" in why(result(), Drifts([grant]))
    assert why(result(), Drifts([others, others_grant])).startswith("no trace of it")
    role = Drift(SHOP, HOME, "role liveaudit-forwarding", "may not events:PutEvents", mend=Mend.OWNER)
    assert "role liveaudit-forwarding" in why(result(), Drifts([role]))
    harmless = replace(receivers, what="is not encrypted any more", blocks=False)
    assert why(result(), Drifts([harmless])).startswith("no trace of it")
    whole = replace(grant, resource="grant liveaudit-organization on the bus")
    assert "organization" in why(result(), Drifts([whole]))
    kept = replace(result(), reason="undelivered")
    assert why(kept, Drifts([disabled])) == "undelivered"
    assert why(result(arrival=Arrival.NOT_SENT), Drifts([disabled])) == ""


def test_a_cell_of_verify() -> None:
    arrived = result(arrival=Arrival.ARRIVED, stored_at=11.26)
    slower = result(arrival=Arrival.ARRIVED, stored_at=12.0)
    assert verify_command._cell([arrived, slower]) == "2.0s"
    assert verify_command._cell([arrived, result()]) == "FAILED"
    assert verify_command._cell([arrived, result(arrival=Arrival.WAITING)]) == "..."
    assert verify_command._cell([]) == "..."


def test_verify_in_words_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        result(arrival=Arrival.ARRIVED, stored_at=11.5, bus_at=10.0),
        replace(result(), reason="lost \x1b"),
    ]
    drifts = Drifts(
        [Drift(SHOP, SOUTH, "rule r", "is DISABLED", "ENABLED", "DISABLED")], [Unread(SHOP, SOUTH, "q", "no")]
    )
    grid = Grid("publisher", {SHOP: "shop"}, (SOUTH,))
    verify_command._print(grid, results, drifts, ["a note"])
    out = capsys.readouterr().out
    assert f"MISSING  {SHOP} {SOUTH} rule 1: lost \\u001b" in out
    assert f"CHANGED  {SHOP} {SOUTH}: rule r is DISABLED\n  was ENABLED\n  is  DISABLED\n" in out
    assert f"UNKNOWN  {SHOP} {SOUTH}: q: no" in out
    assert out.endswith("hellos: 1 arrived, 1 missing, the slowest after 1.5 s; changed by hand: 1\n")
    verify_command._print_json(results, drifts, ["a note"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["kind"] for each in lines] == ["hello", "hello", "drift", "unread", "note"]
    assert lines[0]["seconds"] == 1.5
    assert list(lines[0]["hops"]) == ["sent", "bus", "stored"]
    assert lines[2]["mend"] == "setup apply writes it again"
