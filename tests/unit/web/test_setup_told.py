"""What the set-up's works tell: matrices as things get on, results with who must do what. And how far sweeps are."""

from __future__ import annotations

from functools import partial
from typing import Any

from liveaudit.provision.drifts import Drift, Drifts, Unread
from liveaudit.provision.installation import Account, Installation
from liveaudit.provision.planner import Options
from liveaudit.provision.preflight.check import Check, Name
from liveaudit.provision.preflight.check import Outcome as CheckOutcome
from liveaudit.provision.progress import State
from liveaudit.provision.steps import Change, Kind, Plan, Stuck, Subject, Verb
from liveaudit.provision.verify import Arrival, Result
from liveaudit.setting_up import Planned, Proof
from liveaudit.store import sweeps
from liveaudit.store.hellos import Sent
from liveaudit.store.sweep_totals import NotListed
from liveaudit.web.console import Console
from liveaudit.web.running import Telling
from liveaudit.web.setup import draft
from liveaudit.web.setup.sweeping import sweeping
from liveaudit.web.setup.told import ApplyBoard, CheckBoard, HelloBoard, checks_told, plan_told, proof_told
from tests.unit.web.conftest import NOW, Client

HUB, SHOP = "111111111111", "222222222222"
US, EU = "us-east-1", "eu-west-1"
INSTALLATION = Installation(
    HUB, (Account(HUB, "hub", (EU, US), publishes=False), Account(SHOP, "shop", (EU, US)))
)


def cells(telling: Telling, matrix: str) -> dict[str, dict[str, tuple[str, str, str]]]:
    return telling.matrices[matrix].cells


def test_a_cell_of_a_check_shows_the_worst_of_its_checks() -> None:
    telling = Telling()
    board = CheckBoard(INSTALLATION, telling, 4)
    board.put(Check(SHOP, None, Name.AUDIT_PERMISSIONS, CheckOutcome.OK))
    board.put(Check(SHOP, None, Name.EXECUTION_PERMISSIONS, CheckOutcome.FAILED, "no s3:GetBucketAcl"))
    board.put(Check(SHOP, None, Name.FORWARDING_PERMISSIONS, CheckOutcome.WARNING, "more than is needed"))
    board.put(Check(SHOP, EU, Name.TRAIL, CheckOutcome.UNKNOWN, "denied"))
    assert cells(telling, "accounts")[SHOP]["permissions"] == (
        "bad",
        "failed",
        "execution permissions: no s3:GetBucketAcl",
    )
    assert cells(telling, "regions")[SHOP][EU][0] == "unknown"
    assert (telling.done, telling.total) == (4, 4)
    assert list(telling.matrices["accounts"].rows) == [HUB, SHOP], "the receiver is first"


def test_a_check_tells_each_cause_once_and_each_command_once() -> None:
    gone = [Check(SHOP, region, Name.TRAIL, CheckOutcome.FAILED, "no trail", "the owner", "aws cloudtrail") for region in (EU, US)]  # fmt: skip
    told = checks_told([*gone, Check(HUB, None, Name.ENTER, CheckOutcome.OK)], ["a problem"])
    assert told["counts"] == {"failed": 2, "ok": 1}
    assert told["stopping"] == 2
    assert told["amiss"] == [
        {
            "account": SHOP,
            "outcome": "failed",
            "reason": "no trail",
            "checks": ["trail"],
            "regions": [EU, US],
        }
    ]
    (mend,) = told["mends"]
    assert (mend["who"], mend["command"], mend["account"], mend["checks"]) == (
        "the owner",
        "aws cloudtrail",
        SHOP,
        ["trail"],
    )
    assert told["problems"] == ["a problem"]


def subject(account: str, region: str, kind: Kind = Kind.INSTANCE) -> Subject:
    return Subject(kind, "liveaudit-publisher", account, region)


def test_a_plan_tells_together_what_belongs_together() -> None:
    changes = tuple(Change(Verb.CREATE, subject(SHOP, region), "new") for region in (EU, US))
    stuck = (Stuck(subject(SHOP, US), "AccessDenied"),)
    by_hand = Drifts([Drift(SHOP, EU, "rule x", "is off")], [Unread(SHOP, US, "rule x", "denied")])
    told = plan_told(Planned(Plan((), changes, stuck, 3), Options(), by_hand), [])
    assert told["groups"] == [
        {
            "what": "stack liveaudit-publisher",
            "change": "make",
            "verb": "create",
            "why": "new",
            "places": [[SHOP, EU], [SHOP, US]],
        }
    ]
    assert told["standing"] == 3
    assert told["stuck"][0]["to_do"]
    assert told["changed_by_hand"][0]["what"] == "is off"
    assert told["unread"][0]["reason"] == "denied"


def test_a_roll_out_is_told_cell_by_cell() -> None:
    telling = Telling()
    board = ApplyBoard(INSTALLATION, telling)
    one, other = subject(SHOP, EU), subject(SHOP, US)
    board.planned(
        Plan(
            (),
            (Change(Verb.CREATE, one, "new"), Change(Verb.CREATE, other, "new")),
        )
    )
    assert (telling.done, telling.total) == (0, 2)
    board.moved(one, Verb.CREATE, State.RUNNING)
    board.moved(other, Verb.CREATE, State.FAILED, "AccessDenied: no")
    assert cells(telling, "stacks")[SHOP] == {
        EU: ("running", "under way", ""),
        US: ("bad", "failed", "AccessDenied: no"),
    }
    board.moved(one, Verb.CREATE, State.DONE)
    board.moved(subject(HUB, EU, Kind.GRANTS), Verb.CREATE, State.DONE)
    assert (telling.done, telling.total) == (3, 3)
    assert "AccessDenied: no" in telling.notes[0]
    board.waiting("somebody else is at work")
    assert telling.message == "somebody else is at work"


def hello(region: str, rule: int, arrival: Arrival, stored: float | None = None, reason: str = "") -> Result:
    return Result(Sent(f"{region}{rule}", SHOP, region, rule, NOW, stored_at=stored), arrival, reason)


def test_hellos_are_told_as_they_come() -> None:
    telling = Telling()
    board = HelloBoard(INSTALLATION, telling)
    board.put(hello(EU, 1, Arrival.WAITING))
    board.put(hello(EU, 2, Arrival.ARRIVED, NOW + 0.5))
    assert cells(telling, "hellos")[SHOP][EU][:2] == ("running", "on its way")
    came = hello(EU, 1, Arrival.ARRIVED, NOW + 1.2)
    board.put(came)
    assert cells(telling, "hellos")[SHOP][EU][:2] == ("ok", "1.2 s")
    missing = hello(US, 1, Arrival.MISSING, reason="the rule is off")
    board.put(missing)
    assert cells(telling, "hellos")[SHOP][US] == ("bad", "missing", "the rule is off")
    assert (telling.done, telling.total) == (3, 3)
    told = proof_told(Proof([came, missing]), [])
    assert (told["arrived"], round(told["slowest"], 3)) == (1, 1.2)
    assert told["missing"][0]["reason"] == "the rule is off"


def _ask(console: Console, account: str, places: tuple[tuple[str, str], ...]) -> None:
    asked = sweeps.Asked("aws", account, places, (EU,), sweeps.DEMAND)
    console.database.write_now(partial(sweeps.ask, asked=asked, now=NOW))


def test_how_far_sweeps_are_comes_from_the_store(client: Client, console: Console) -> None:
    settings: dict[str, Any] = {"receiver": HUB, "accounts": [{"id": HUB}], "regions": [EU]}
    drafted = draft.put(console, _principal(), settings, None)
    assert sweeping(console, drafted).state == "not begun"
    _ask(console, HUB, (("global", "iam"), (EU, "ec2"), (EU, "s3")))
    _ask(console, SHOP, ((EU, "ec2"),))
    found = sweeping(console, drafted)
    assert (found.state, found.places, found.ended) == ("running", 3, 0), "another's account is none of ours"
    assert found.matrix["columns"] == ["global", EU]
    assert found.matrix["cells"][HUB][EU][:2] == ["none", "0 of 2"]
    place = sweeps.Place(HUB, EU, "ec2")

    def swept(connection: Any) -> None:
        begun = sweeps.begin(connection, place, "sweep:1", NOW)
        assert begun is not None
        sweeps.listed(
            connection, begun, complete=[], failed={"AWS::EC2::Volume": "denied"}, again=None, now=NOW
        )
        sweeps.close(connection, NOW + 1, lambda _place: [])

    console.database.write_now(swept)
    found = sweeping(console, drafted)
    assert (found.ended, found.matrix["cells"][HUB][EU][:2]) == (1, ["running", "1 of 2"])
    assert client.get("/api/v1/setup/sweep").json()["ended"] == 1
    assert found.not_listed == [NotListed(HUB, EU, "AWS::EC2::Volume", "denied")]


def _principal() -> Any:
    from liveaudit.web.access.principal import Principal, Role

    return Principal("ada", Role.ADMINISTRATOR)
