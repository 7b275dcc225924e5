"""The engine on a made-up service: what is read, judged, kept and left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.model import Cause, Resource, responsible_one
from liveaudit.store import codec, dependents, findings, snapshots, work
from liveaudit.store.work import Due
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auditor(stores: Stores, aws: FakeAws, clock: Clock) -> Iterator[Auditor]:
    made = make_auditor(stores, aws, clock)
    yield made
    made.database.close()


_NUMBERS = iter(range(10**9))


async def due(
    auditor: Auditor,
    what: Resource,
    *sections: str,
    effect: str = "update",
    event: str = "",
    made: float = 1.0,
) -> None:
    number = next(_NUMBERS)
    change = {
        "event_id": f"e{number}",
        "name": event or "Change",
        "time": f"{number:09}",
        "hops": {"event": made},
    }
    cause = Cause(f"event:e{number}", "event", frozenset(sections), effect, change)
    given = [Due(what, CATALOG.arn(what), cause)]
    await auditor.database.write(lambda connection: work.add_due(connection, given, auditor.clock()))


async def drain(auditor: Auditor) -> None:
    for _ in range(50):
        if not await auditor.work_once():
            return
    raise AssertionError("the work never ends")


async def standing(auditor: Auditor) -> dict[tuple[str, str], str]:
    found = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    return {(each["resource"], each["policy"]): each["status"] for each in found}


async def verdicts(auditor: Auditor) -> dict[tuple[str, str], dict[str, Any]]:
    found = await auditor.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
    return {(each["id"], each["policy"]): each for each in found}


async def test_opens_resolves_reopens_archives(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    await due(auditor, resource("w"), effect="create", event="CreateWidget")
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_is_blue"): "new"}
    aws.widgets["w"]["Color"] = "blue"
    clock.now += 5
    await due(auditor, resource("w"), "widget", event="ModifyWidget")
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_is_blue"): "resolved"}
    aws.widgets["w"]["Color"] = "red"
    clock.now += 5
    await due(auditor, resource("w"), "widget", event="ModifyWidget")
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_is_blue"): "reopened"}
    del aws.widgets["w"]
    clock.now += 5
    await due(auditor, resource("w"), effect="delete", event="DeleteWidget")
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_is_blue"): "archived"}
    assert await verdicts(auditor) == {}
    moved = await auditor.database.read(lambda c: findings.transitions_since(c, 0))
    assert [each["to"] for each in moved] == ["new", "resolved", "reopened", "archived"]
    assert [each["changes"][-1]["name"] for each in moved] == [
        "CreateWidget",
        "ModifyWidget",
        "ModifyWidget",
        "DeleteWidget",
    ]
    assert {"event", "claimed", "read", "judged", "stored"} <= moved[0]["hops"].keys()


async def test_a_late_event_is_put_to_the_move_it_made(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    aws.widgets["w"] = {"Color": "blue", "Lock": "L"}
    await due(auditor, resource("w"), "widget", event="TagWidget")
    aws.widgets["w"]["Color"] = "red"
    await drain(auditor)
    (finding,) = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert [each["name"] for each in finding["opened_by"]] == ["TagWidget"]
    await due(auditor, resource("w"), "widget", event="ModifyWidget")
    await drain(auditor)
    (finding,) = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert [each["name"] for each in finding["opened_by"]] == ["TagWidget", "ModifyWidget"]
    assert responsible_one(finding["opened_by"])["name"] == "ModifyWidget"
    read_at = clock.now
    clock.now += 5
    await due(auditor, resource("w"), "widget", event="PaintWidget", made=read_at - 0.5)
    await drain(auditor)
    (finding,) = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert finding["opened_by"][-1]["name"] == "PaintWidget"
    assert finding["opened_by"][-1]["certain"] is False, "made in the very second of the reading"
    assert responsible_one(finding["opened_by"])["name"] == "ModifyWidget"
    clock.now += 100
    later = clock.now - 1
    await due(auditor, resource("w"), "widget", event="TagWidget", made=later)
    await drain(auditor)
    (finding,) = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert len(finding["opened_by"]) == 3, "what was done after the audit did not open the finding"


async def test_only_what_the_touched_section_needs_is_read(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "blue", "Lock": None}
    await due(auditor, resource("w"), "lock")
    await drain(auditor)
    assert aws.counts == {"GetLock": 1, "GetSettings": 1}
    aws.counts.clear()
    await due(auditor, resource("w"), "lock")
    await drain(auditor)
    assert "GetSettings" not in aws.counts, "the account's settings are known and young"


async def test_batches_many_ids(auditor: Auditor, aws: FakeAws) -> None:
    for number in range(7):
        aws.widgets[f"w{number}"] = {"Color": "red" if number == 4 else "blue"}
        await due(auditor, resource(f"w{number}"), "widget")
    await drain(auditor)
    assert aws.counts["DescribeWidgets"] == 3
    open_ones = {key for key, status in (await standing(auditor)).items() if key[1] == "widget_is_blue"}
    assert open_ones == {("w4", "widget_is_blue")}


async def test_denied_is_unknown_and_the_finding_stands(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "blue"}
    await due(auditor, resource("w"))
    await drain(auditor)
    assert (await standing(auditor))["w", "widget_is_locked"] == "new"
    aws.widgets["w"]["Lock"] = "L"
    aws.deny("GetLock")
    await due(auditor, resource("w"), "lock")
    await drain(auditor)
    assert (await standing(auditor))["w", "widget_is_locked"] == "new"
    told = (await verdicts(auditor))["w", "widget_is_locked"]
    assert told["verdict"] == "UNKNOWN"
    assert told["reason"] == "GetLock was denied: AccessDenied"
    assert (await verdicts(auditor))["w", "widget_is_blue"]["verdict"] == "PASS"


async def test_throttled_is_asked_again_later(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    aws.throttle("DescribeWidgets")
    await due(auditor, resource("w"), "widget")
    await drain(auditor)
    assert (await verdicts(auditor))["w", "widget_is_blue"]["verdict"] == "UNKNOWN"
    aws.break_at.clear()
    await drain(auditor)
    assert await standing(auditor) == {}, "not before its time"
    clock.now += 1.01
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_is_blue"): "new"}


async def test_a_throttle_without_end_stops_being_asked(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    aws.widgets["w"] = {"Color": "red"}
    aws.throttle("DescribeWidgets")
    await due(auditor, resource("w"), "widget")
    for _ in range(30):
        clock.now += 100
        await drain(auditor)
    assert aws.counts["DescribeWidgets"] == Tuning().most_attempts
    assert await auditor.database.read(work.pending) == 0


async def test_a_broken_policy_is_unknown_and_stops_nobody(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L", "Keys": {"k": -1}}
    await due(auditor, resource("w"))
    await drain(auditor)
    told = await verdicts(auditor)
    assert told["w", "widget_keys_are_used"]["verdict"] == "UNKNOWN"
    assert "ZeroDivisionError" in told["w", "widget_keys_are_used"]["reason"]
    assert told["w", "widget_is_blue"]["verdict"] == "FAIL"
    assert auditor.failures == 1


async def test_a_fault_of_ours_is_reported_and_tried_again(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    aws.widgets["w"] = {"Color": "red"}

    def explode(_operation: str) -> None:
        raise RuntimeError("a bug")

    aws.on_call = explode
    await due(auditor, resource("w"), "widget")
    await drain(auditor)
    assert auditor.failures == 1
    assert await auditor.database.read(work.pending) == 1
    aws.on_call = lambda _operation: None
    clock.now += 61
    await drain(auditor)
    assert (await standing(auditor))["w", "widget_is_blue"] == "new"


async def test_an_item_that_went_away_between_the_calls_is_left_out(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "blue", "Lock": "L", "Keys": {"a": 0, "b": 1}}

    def vanish(operation: str) -> None:
        if operation == "GetKeyUse":
            aws.widgets["w"]["Keys"].pop("a", None)

    aws.on_call = vanish
    await due(auditor, resource("w"), "keys")
    await drain(auditor)
    assert (await verdicts(auditor))["w", "widget_keys_are_used"]["verdict"] == "PASS"


async def test_an_account_setting_re_audits_all_that_stand_on_it(auditor: Auditor, aws: FakeAws) -> None:
    for name in "abc":
        aws.widgets[name] = {"Color": "blue"}
        await due(auditor, resource(name))
    await drain(auditor)
    assert set((await standing(auditor)).values()) == {"new"}
    aws.settings = {"LockAll": True}
    aws.counts.clear()
    await due(auditor, resource(ACCOUNT, "Fake::Account::Settings"), "settings", event="PutSettings")
    await drain(auditor)
    assert set((await standing(auditor)).values()) == {"resolved"}
    assert aws.counts["GetSettings"] == 1
    moved = await auditor.database.read(lambda c: findings.transitions_since(c, 0))
    assert moved[-1]["changes"][-1]["name"] == "PutSettings", "who changed the setting resolved the findings"


async def test_many_dependents_become_due_bit_by_bit(
    auditor: Auditor, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependents, "MOST", 3)
    for number in range(8):
        aws.widgets[f"w{number}"] = {"Color": "blue"}
        await due(auditor, resource(f"w{number}"))
    await drain(auditor)
    assert set((await standing(auditor)).values()) == {"new"}
    aws.settings = {"LockAll": True}
    await due(auditor, resource(ACCOUNT, "Fake::Account::Settings"), "settings", event="PutSettings")
    assert await auditor.work_once() == 1
    assert await auditor.database.read(work.pending) == 3 + 1, "three, and what stands for the others"
    await drain(auditor)
    assert list((await standing(auditor)).values()) == ["resolved"] * 8
    assert await auditor.database.read(work.pending) == 0
    moved = await auditor.database.read(lambda c: findings.transitions_since(c, 0))
    assert {each["changes"][-1]["name"] for each in moved[8:]} == {"PutSettings"}, (
        "whoever became due last too"
    )


async def test_a_listed_reference_follows_its_ids(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    aws.crates = {"c1": ["x"], "c2": []}
    aws.widgets["w"] = {"Color": "blue", "Lock": "L", "Crates": ["c1"]}
    await due(auditor, resource("w"))
    await drain(auditor)
    assert await standing(auditor) == {}
    aws.crates["c1"] = []
    await due(auditor, resource("c1", "Fake::Crate"), "labels")
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_crates_are_labelled"): "new"}
    aws.widgets["w"]["Crates"] = []
    clock.now += 5
    await due(auditor, resource("w"), "widget")
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_crates_are_labelled"): "resolved"}


async def test_a_setting_that_is_not_made_is_judged_and_not_gone(auditor: Auditor, aws: FakeAws) -> None:
    aws.settings = None
    aws.widgets["w"] = {"Color": "blue"}
    await due(auditor, resource(ACCOUNT, "Fake::Account::Settings"))
    await due(auditor, resource("w"))
    await drain(auditor)
    assert (await verdicts(auditor))[ACCOUNT, "settings_are_made"]["verdict"] == "FAIL"
    assert (await verdicts(auditor))["w", "widget_is_locked"]["verdict"] == "FAIL"


async def test_overtaken_by_a_newer_reading_of_what_it_stands_on(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    aws.widgets["w"] = {"Color": "blue"}

    def overtake(step: str) -> None:
        if step != "judged" or aws.settings == {"LockAll": True}:
            return
        aws.settings = {"LockAll": True}
        what = resource(ACCOUNT, "Fake::Account::Settings")

        def newer(connection: Connection) -> None:
            keys = work.resource_keys(connection, {what: CATALOG.arn(what)}, auditor.clock())
            order = work.next_value(connection, "read_order")
            read = {
                "settings": snapshots.Read(
                    "value", codec.dump(aws.settings), order, auditor.clock(), auditor.clock()
                )
            }
            snapshots.write_sections(connection, keys[what], read)

        auditor.database.write_now(newer)

    auditor.probe = overtake
    await due(auditor, resource("w"))
    await drain(auditor)
    assert (await verdicts(auditor))["w", "widget_is_locked"]["unsettled"], (
        "two readings disagree: it says so"
    )
    clock.now += 2
    await drain(auditor)
    assert (await verdicts(auditor))["w", "widget_is_locked"]["verdict"] == "PASS"


async def test_sweep_finds_all_and_lists_nothing_twice(auditor: Auditor, aws: FakeAws) -> None:
    for number in range(20):
        aws.widgets[f"w{number:02}"] = {"Color": "red" if number % 2 else "blue", "Lock": "L"}
    scope = Scope("aws", ACCOUNT, (REGION,))
    problems = await Sweeper(auditor).sweep(scope, "s1")
    assert problems == []
    assert len([1 for status in (await standing(auditor)).values() if status == "new"]) == 10
    assert aws.counts["ListWidgets"] == 1
    assert aws.counts["DescribeWidgets"] == 0, "the listing has given it"
    assert aws.counts["GetSettings"] == 1
    del aws.widgets["w01"]
    await Sweeper(auditor).sweep(scope, "s2")
    assert (await standing(auditor))["w01", "widget_is_blue"] == "archived"


async def test_sweep_says_what_it_could_not_list(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    await Sweeper(auditor).sweep(Scope("aws", ACCOUNT, (REGION,)), "s1")
    aws.deny("ListWidgets")
    problems = await Sweeper(auditor).sweep(Scope("aws", ACCOUNT, (REGION,)), "s2")
    assert [(each.type, each.region) for each in problems] == [("Fake::Widget", REGION)]
    assert await standing(auditor) == {("w", "widget_is_blue"): "new"}, "known ones are audited all the same"


async def test_not_found_straight_after_a_creation_is_no_deletion(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    await due(auditor, resource("w"), effect="create", made=clock.now)
    await drain(auditor)
    assert await auditor.database.read(work.next_time) == clock.now + 1
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    clock.now += 3
    await drain(auditor)
    assert await standing(auditor) == {("w", "widget_is_blue"): "new"}


async def test_a_change_while_it_is_audited_makes_another_round(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    await due(auditor, resource("w"), "widget")
    claims = await auditor.claim(10)
    aws.widgets["w"]["Color"] = "blue"
    await due(auditor, resource("w"), "widget")
    await auditor.audit(claims)
    assert await auditor.database.read(work.pending) == 1
    await drain(auditor)
    assert await auditor.database.read(work.pending) == 0


async def test_who_lost_the_lease_writes_nothing(
    auditor: Auditor, aws: FakeAws, clock: Clock, stores: Stores
) -> None:
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    await due(auditor, resource("w"), "widget")
    slow = await auditor.claim(10)
    clock.now += 61
    other = make_auditor(stores, aws, clock, owner="two")
    taken = await other.claim(10)
    assert [claim.key for claim in taken] == [claim.key for claim in slow]
    assert taken[0].order > slow[0].order
    await auditor.audit(slow)
    assert await standing(auditor) == {}
    await other.audit(taken)
    assert await standing(auditor) == {("w", "widget_is_blue"): "new"}
    other.database.close()
