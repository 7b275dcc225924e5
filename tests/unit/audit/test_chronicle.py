"""The history of configuration as audits write it, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.chronicle import late_events
from liveaudit.model import Resource
from liveaudit.store import findings, history, snapshots, work
from liveaudit.store.history import Compared, Recent, SectionChange
from liveaudit.store.snapshots import Read
from tests.support.fake import CATALOG, Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores
from tests.unit.audit.test_auditor import drain, due

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


async def changes(auditor: Auditor, what: Resource, section: str | None = None) -> list[SectionChange]:
    def read(connection: Any) -> list[SectionChange]:
        (key,) = work.resource_keys(connection, {what: CATALOG.arn(what)}, 0.0).values()
        return history.changes_of(connection, key, section=section)

    return await auditor.database.write(read)


async def compared(auditor: Auditor, change: SectionChange) -> Compared:
    found = await auditor.database.read(lambda c: history.compared(c, change.id))
    assert found is not None
    return found


async def test_nothing_is_written_of_what_is_seen_first(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["w"] = {"Color": "blue", "Lock": "L"}
    await due(auditor, resource("w"), "widget", event="ModifyWidget")
    await drain(auditor)
    assert await changes(auditor, resource("w")) == []


async def test_before_after_and_who(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    what = resource("w")
    aws.widgets["w"] = {"Color": "blue", "Lock": "L"}
    await due(auditor, what, effect="create", event="CreateWidget")
    await drain(auditor)
    first_read = clock.now
    for color in ("red", "green"):
        clock.now += 5
        aws.widgets["w"]["Color"] = color
        await due(auditor, what, "widget", event=f"Paint-{color}")
        await drain(auditor)
    newest, older, born = await changes(auditor, what)
    assert (born.section, born.before_state, born.after_state) == ("", "new", "present")
    assert [each["name"] for each in born.changes] == ["CreateWidget"]
    assert (older.section, older.before_read_at) == ("widget", first_read)
    assert [each["name"] for each in older.changes] == ["Paint-red"]
    sides = [await compared(auditor, each) for each in (older, newest)]
    assert [(each.before.value["Color"], each.after.value["Color"]) for each in sides] == [
        ("blue", "red"),
        ("red", "green"),
    ]
    (moved,) = (
        each
        for each in await auditor.database.read(lambda c: findings.transitions_since(c, 0))
        if each["to"] == "new"
    )
    assert moved["at"] == older.stored_at, "a finding and what made it have one time"


async def test_another_order_is_no_change(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    aws.widgets["w"] = {"Color": "blue", "Lock": {"By": ["ann", "bob"]}}
    await due(auditor, resource("w"))
    await drain(auditor)
    clock.now += 5
    aws.widgets["w"]["Lock"] = {"By": ["bob", "ann"]}
    await due(auditor, resource("w"), "lock", event="PutLock")
    await drain(auditor)
    assert await changes(auditor, resource("w")) == []
    clock.now += 5
    aws.widgets["w"]["Lock"] = {"By": ["bob"]}
    await due(auditor, resource("w"), "lock", event="PutLock")
    await drain(auditor)
    (change,) = await changes(auditor, resource("w"))
    both = await compared(auditor, change)
    assert (both.before.value, both.after.value) == ({"By": ["bob", "ann"]}, {"By": ["bob"]})


async def test_what_is_gone_is_kept_as_it_was(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    what = resource("w")
    aws.widgets["w"] = {"Color": "red", "Lock": "L"}
    await due(auditor, what, effect="create", event="CreateWidget")
    await drain(auditor)
    clock.now += 5
    kept = aws.widgets.pop("w")
    await due(auditor, what, effect="delete", event="DeleteWidget")
    await drain(auditor)
    gone = {each.section: each for each in await changes(auditor, what) if each.after_state == "gone"}
    assert {"", "widget", "lock"} <= gone.keys()
    assert gone["lock"].changes[0]["name"] == "DeleteWidget"
    both = await compared(auditor, gone["lock"])
    assert (both.before.value, both.after.state, both.after.value) == ("L", "gone", None)
    clock.now += 5
    aws.widgets["w"] = {**kept, "Lock": "M"}
    await due(auditor, what, effect="create", event="CreateWidget")
    await drain(auditor)
    again = (await changes(auditor, what))[0]
    assert (again.section, again.before_state, again.after_state) == ("", "gone", "present")
    both = await compared(auditor, gone["lock"])
    assert both.after.state == "gone", "what came later is another's"


async def test_an_older_reading_makes_no_history(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    what = resource("w")
    aws.widgets["w"] = {"Color": "blue", "Lock": "L"}
    await due(auditor, what)
    await drain(auditor)
    read = Read("value", '"old"', 1, 0.0, 0.0)
    told: list[str] = []

    def write(connection: Any) -> None:
        (key,) = work.resource_keys(connection, {what: CATALOG.arn(what)}, 0.0).values()
        for each in (replace(read, order=0), replace(read, order=10**6, text='"new"')):
            snapshots.write_sections(
                connection, key, {"lock": each}, lambda _c, _k, others: told.extend(o[2].text for o in others)
            )

    await auditor.database.write(write)
    assert told == ['"new"']


async def test_a_late_event_is_put_to_the_change_it_made(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    what = resource("w")
    aws.widgets["w"] = {"Color": "blue", "Lock": "L"}
    await due(auditor, what)
    await drain(auditor)
    seen = clock.now
    clock.now += 5
    aws.widgets["w"]["Lock"] = "M"
    await due(auditor, what, "lock", event="TagWidget", made=seen + 1)
    await drain(auditor)
    clock.now += 5
    await due(auditor, what, "lock", event="PutLock", made=seen + 3)
    await due(auditor, what, "keys", event="CreateKey", made=seen + 3)
    await due(auditor, what, "lock", event="PutLockLater", made=clock.now)
    await drain(auditor)
    (change,) = await changes(auditor, what)
    assert [each["name"] for each in change.changes] == ["TagWidget", "PutLock"]
    assert change.changes[1]["certain"] is True


async def test_of_a_section_the_newest_changes_are_kept(
    auditor: Auditor, aws: FakeAws, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = resource("w")
    aws.widgets["w"] = {"Color": "blue", "Lock": "0"}

    def flip(connection: Any) -> None:
        (key,) = work.resource_keys(connection, {what: CATALOG.arn(what)}, 0.0).values()
        for number in range(history.KEPT + 5):
            row = history.Before("lock", "value", f'"{number}"', 1.0, "value", number)
            history.note(connection, key, [row], history.Found(2.0, 2.0), {})
        long = '"' + "x" * history.LONGEST + '"'
        history.note(
            connection,
            key,
            [history.Before("widget", "value", long, 1.0, "value", 1)],
            history.Found(2.0, 2.0),
            {},
        )

    await auditor.database.write(flip)

    def read(connection: Any) -> tuple[list[SectionChange], list[SectionChange]]:
        (key,) = work.resource_keys(connection, {what: CATALOG.arn(what)}, 0.0).values()
        return (
            history.changes_of(connection, key, section="lock", limit=1000),
            history.changes_of(connection, key, section="widget"),
        )

    kept, (long,) = await auditor.database.write(read)
    assert len(kept) == history.KEPT
    assert (await compared(auditor, kept[-1])).before.value == "5"
    assert (await compared(auditor, kept[-1])).after.value == "6"
    both = await compared(auditor, long)
    assert (both.before.kept, both.before.value) == (False, None)


async def test_what_is_old_is_forgotten(auditor: Auditor, aws: FakeAws) -> None:
    what = resource("w")

    def fill(connection: Any) -> None:
        (key,) = work.resource_keys(connection, {what: CATALOG.arn(what)}, 0.0).values()
        for at in (1.0, 2.0, history.KEPT_DAYS * history.DAY):
            row = history.Before("lock", "value", '"x"', 1.0, "value", 1)
            history.note(connection, key, [row], history.Found(at, at), {})

    await auditor.database.write(fill)
    now = history.KEPT_DAYS * history.DAY + 100.0
    removed = [await auditor.database.write(lambda c: history.prune(c, now, limit=1)) for _ in range(3)]
    assert removed == [1, 1, 0]
    assert [each.stored_at for each in await changes(auditor, what)] == [history.KEPT_DAYS * history.DAY]


async def test_late_events_only_of_the_time_between() -> None:
    known = Recent(1, 100.0, 200.0, ({"event_id": "a", "name": "A"},))

    def event(name: str, made: float, sent: float | None = None) -> dict[str, Any]:
        return {"event_id": name, "name": name, "hops": {"event": made, **({"sent": sent} if sent else {})}}

    given = [event("a", 150.0), event("b", 98.0), event("c", 99.5), event("d", 199.5), event("e", 200.5)]
    assert [(each["name"], each["certain"]) for each in late_events(given, known)] == [
        ("c", True),
        ("d", False),
    ]
    assert late_events([event("d", 199.5, sent=199.9)], known)[0]["certain"] is True
    assert [each["name"] for each in late_events([event("x", 1.0)], Recent(1, None, 5.0, ()))] == ["x"]
