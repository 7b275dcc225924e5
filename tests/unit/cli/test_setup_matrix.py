"""How the set-up is shown: a matrix that fits, the worst first, nothing from outside taken literally."""

from __future__ import annotations

import json

import pytest

from liveaudit.cli.setup.matrix import MANY, Matrix, short
from liveaudit.cli.setup.plan import plan_lines
from liveaudit.cli.setup.progress import JsonLines, LiveMatrix
from liveaudit.provision.progress import Lines, State
from liveaudit.provision.steps import Change, Kind, Plan, Subject, Verb

A, B = "111111111111", "222222222222"
US, EU = "us-east-1", "eu-west-1"


def subject(account: str = A, region: str = US, kind: Kind = Kind.INSTANCE) -> Subject:
    return Subject(kind, "liveaudit-publisher", account, region)


def test_regions_are_short() -> None:
    assert [short(each) for each in (US, "ap-southeast-2", "us-gov-west-1", "cn-north-1", "nowhere")] == [
        "use1",
        "apse2",
        "usgovw1",
        "cnn1",
        "nowhere",
    ]


def test_accounts_by_regions_with_reasons_once() -> None:
    matrix = Matrix({A: "shop"})
    matrix.cells = {(A, US): "current", (A, EU): "failed", (B, EU): "failed"}
    matrix.reasons = {(A, EU): f"no role in {A}", (B, EU): f"no role in {B}"}
    assert list(matrix.lines()) == [
        "ACCOUNT            euw1  use1",
        "111111111111 shop  ✗     ●",
        "222222222222       ✗",
        "● current, ✗ failed   (2 failed, 1 current)",
    ]
    assert list(matrix.told_reasons()) == [f"{A} euw1, {B} euw1: no role in (account)"]
    assert list(Matrix().lines()) == ["nothing is set up"]


def test_headings_stand_upright_where_there_is_little_room() -> None:
    matrix = Matrix()
    matrix.cells = {(A, region): "current" for region in (US, EU, "ap-southeast-2", "us-west-2")}
    assert [line.rstrip() for line in list(matrix.lines(30))[:6]] == [
        "              a e u u",
        "              p u s s",
        "              s w e w",
        "              e 1 1 2",
        "ACCOUNT       2",
        "111111111111  ● ● ● ●",
    ]


def test_of_many_accounts_only_those_worth_seeing_have_a_line() -> None:
    matrix = Matrix()
    matrix.cells = {(f"{number:012d}", US): "current" for number in range(3 * MANY)}
    matrix.cells["000000000007", US] = "failed"
    assert matrix.rows() == ["000000000007"]
    assert f"and {3 * MANY - 1} accounts more" in "\n".join(matrix.lines())
    assert "1 failed, 119 current" in matrix.counts()


def test_hostile_words_are_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    matrix = Matrix({A: "\x1b[2J"})
    matrix.cells, matrix.reasons = {(A, US): "failed"}, {(A, US): "bad\x1b]0;x\x07 [red]"}
    shown = "\n".join([*matrix.lines(), *matrix.told_reasons()])
    assert "\x1b" not in shown
    with LiveMatrix({A: "[bold]\x1b[2J"}) as live:
        live.moved(subject(), Verb.CREATE, State.FAILED, "bad\x1b]0;x\x07 [/red]")
    assert "\x1b]0" not in capsys.readouterr().out


def test_the_live_matrix_follows_what_happens(capsys: pytest.CaptureFixture[str]) -> None:
    grants = subject(kind=Kind.GRANTS)
    plan = Plan(changes=(Change(Verb.CREATE, subject(), "new"), Change(Verb.LEAVE, subject(B), "closed")))
    with LiveMatrix({}) as live:
        live.planned(plan)
        assert live.states() == {(A, US): "waiting", (B, US): "failed"}
        live.moved(subject(), Verb.CREATE, State.RUNNING)
        assert live.states()[A, US] == "running"
        live.moved(subject(), Verb.REMOVE, State.DONE)
        live.moved(grants, Verb.CREATE, State.FAILED, "denied")
        live.waiting("somebody else is at it")
    shown = capsys.readouterr().out
    assert live.states() == {(A, US): "removed", (B, US): "failed"}
    assert "grants liveaudit-publisher in use1: create failed: denied" in shown
    assert "closed" in shown


def test_lines_tell_what_is_done_and_json_tells_everything(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    for each in (Lines(told.append), JsonLines()):
        each.planned(Plan(changes=(Change(Verb.CREATE, subject(), "new"),)))
        each.moved(subject(), Verb.CREATE, State.RUNNING)
        each.moved(subject(), Verb.CREATE, State.FAILED, "no role")
        each.waiting("another operation")
        each.waiting("another operation")
    assert told == [f"{A} {US} stack liveaudit-publisher: create failed: no role", "another operation"]
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in events] == ["round", "moved", "moved", "waiting", "waiting"]
    assert events[2] == {
        "event": "moved",
        "kind": "stack",
        "name": "liveaudit-publisher",
        "account": A,
        "region": US,
        "change": "create",
        "state": "failed",
        "reason": "no role",
    }


def test_a_plan_puts_together_what_belongs_together() -> None:
    changes = [
        Change(Verb.CREATE, subject(account, region), "new") for account in (A, B) for region in (EU, US)
    ]
    changes.append(Change(Verb.REMOVE, subject("333333333333", US), "it is not needed any more"))
    assert list(plan_lines(changes)) == [
        "stack liveaudit-publisher",
        f"  + {A} {B} in {EU} {US}   new",
        f"  - 333333333333 in {US}   it is not needed any more",
    ]
