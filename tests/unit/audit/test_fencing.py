"""Two auditors and the world, in every interleaving: an older reading never has the last word, whoever finishes last.

The events here are old, so that no second look mends what the order of readings should have kept right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.model import Cause, Resource
from liveaudit.policies.policy import Context
from liveaudit.store import findings, snapshots, work
from liveaudit.store.work import Due
from tests.support.fake import ACCOUNT, CATALOG, POLICIES, REGION, Clock, FakeAws, resource
from tests.support.fast_store import FastDatabase
from tests.support.steps import (
    StoppingCaller,
    StoppingDatabase,
    Stops,
    every_interleaving,
    some_interleavings,
)

SETTINGS = resource(ACCOUNT, "Fake::Account::Settings")
CRATE = resource("c", "Fake::Crate")
WIDGET = resource("w")
LEASE = 10.0


@pytest.fixture(scope="module")
def store() -> Iterator[FastDatabase]:
    made = FastDatabase()
    yield made
    made.dispose()


@dataclass
class Scene:
    """What stands at the beginning, and the actors. ``stopping``: at which operations of AWS they stop."""

    store: FastDatabase
    stops: Stops
    stopping: frozenset[str]
    aws: FakeAws = field(default_factory=FakeAws)
    clock: Clock = field(default_factory=Clock)
    events: int = 0

    def auditor(self, name: str) -> Auditor:
        """An auditor that stops."""
        ids = iter(range(1000))
        return Auditor(
            database=StoppingDatabase(self.store, self.stops, name),
            catalog=CATALOG,
            policies=POLICIES,
            caller=StoppingCaller(self.aws, self.stops, name, self.stopping),
            context=Context(frozenset({ACCOUNT})),
            clock=self.clock,
            owner=name,
            tuning=Tuning(lease=LEASE),
            new_id=lambda: f"{name}-{next(ids)}",
        )

    def tell(self, what: Resource, *sections: str, effect: str = "update") -> None:
        """An event comes in. Its change is long ago, as far as AWS's consistency goes."""
        self.events += 1
        change = {"event_id": f"e{self.events}", "name": "Change", "time": "1", "hops": {"event": 1.0}}
        cause = Cause(f"event:e{self.events}", "event", frozenset(sections), effect, change)
        due = [Due(what, CATALOG.arn(what), cause)]
        self.store.write_now(lambda connection: work.add_due(connection, due, self.clock()))

    async def end(self) -> None:
        """What is left is worked off, by an auditor that nobody stops."""
        auditor = self.auditor("last")
        auditor.database, auditor.caller = self.store, self.aws
        for _ in range(40):
            self.clock.now += LEASE + 1
            if not await auditor.work_once() and await self.store.read(work.next_time) is None:
                return
        raise AssertionError("the work never ends")


Actor = Callable[[], Awaitable[object]]


async def play(scene: Scene, actors: dict[str, Actor]) -> None:
    """All actors in the interleaving chosen, then the end; the findings must be those of the state as it is."""
    await scene.stops.run(actors)
    await scene.end()
    held = await scene.store.read(
        lambda c: findings.list_findings(c, findings.Filter(status=("new", "reopened")))
    )
    told = "\n".join(scene.stops.trace)
    assert {(each["resource"], each["policy"]) for each in held} == scene.aws.failing(), told
    moved = await scene.store.read(lambda c: findings.transitions_since(c, 0))
    last: dict[str, str] = {}
    for each in moved:
        assert last.get(each["id"]) != each["to"], told
        assert each["to"] != "reopened", f"it was bad but once\n{told}"
        last[each["id"]] = each["to"]


Begin = Callable[[Scene], dict[str, Actor]]


def tried(store: FastDatabase, stopping: Sequence[str], begin: Begin) -> Callable[[Sequence[int]], Stops]:
    """What tries one interleaving, on an empty store."""

    def one(choices: Sequence[int]) -> Stops:
        store.empty()
        scene = Scene(store, Stops(choices), frozenset(stopping))
        asyncio.run(play(scene, begin(scene)))
        return scene.stops

    return one


def test_a_borrowed_reading_does_not_undo_a_newer_one(store: FastDatabase) -> None:
    def begin(scene: Scene) -> dict[str, Actor]:
        scene.aws.widgets["w"] = {"Color": "blue"}
        scene.tell(WIDGET, "lock")

        async def change() -> None:
            await scene.stops.stop("world", "change")
            scene.aws.settings = {"LockAll": True}
            scene.tell(SETTINGS, "settings")

        return {
            "one": scene.auditor("one").work_once,
            "two": scene.auditor("two").work_once,
            "world": change,
        }

    assert every_interleaving(tried(store, ["GetSettings"], begin)) > 100


def test_a_deletion_does_not_lose_to_a_late_reading(store: FastDatabase) -> None:
    def begin(scene: Scene) -> dict[str, Actor]:
        scene.aws.crates = {"c": ["x"]}
        scene.aws.widgets["w"] = {"Color": "blue", "Lock": "L", "Crates": ["c"]}
        scene.tell(WIDGET, "widget")

        async def delete() -> None:
            await scene.stops.stop("world", "delete")
            del scene.aws.crates["c"]
            scene.tell(CRATE, effect="delete")

        return {
            "one": scene.auditor("one").work_once,
            "two": scene.auditor("two").work_once,
            "world": delete,
        }

    assert every_interleaving(tried(store, ["ListLabels", "GetCrate"], begin)) > 100


def test_a_creation_does_not_lose_to_a_late_deletion(store: FastDatabase) -> None:
    def begin(scene: Scene) -> dict[str, Actor]:
        scene.aws.widgets["w"] = {"Color": "blue", "Lock": "L", "Crates": ["c"]}
        scene.tell(CRATE, effect="delete")
        scene.tell(WIDGET, "widget")

        async def create() -> None:
            await scene.stops.stop("world", "create")
            scene.aws.crates["c"] = ["x"]
            scene.tell(CRATE, effect="create")

        return {
            "one": scene.auditor("one").work_once,
            "two": scene.auditor("two").work_once,
            "world": create,
        }

    assert every_interleaving(tried(store, ["ListLabels", "GetCrate"], begin)) > 100


def test_who_is_slower_than_its_lease_writes_nothing(store: FastDatabase) -> None:
    def begin(scene: Scene) -> dict[str, Actor]:
        scene.aws.widgets["w"] = {"Color": "red", "Lock": "L"}
        scene.tell(WIDGET, "widget")

        async def time_passes() -> None:
            await scene.stops.stop("world", "lease")
            scene.clock.now += LEASE + 1
            await scene.stops.stop("world", "change")
            scene.aws.widgets["w"]["Color"] = "blue"
            scene.tell(WIDGET, "widget")

        return {
            "one": scene.auditor("one").work_once,
            "two": scene.auditor("two").work_once,
            "world": time_passes,
        }

    assert some_interleavings(tried(store, ["DescribeWidgets"], begin), 120) > 50


def test_a_listing_does_not_undo_what_an_event_brought(store: FastDatabase) -> None:
    def begin(scene: Scene) -> dict[str, Actor]:
        scene.aws.widgets["w"] = {"Color": "red", "Lock": "L"}
        sweeping = scene.auditor("one")

        async def sweep() -> None:
            await Sweeper(sweeping).make_due(
                Scope("aws", ACCOUNT, (REGION,)), [CATALOG.types[WIDGET.type]], "s"
            )
            await sweeping.work_once()

        async def change() -> None:
            await scene.stops.stop("world", "change")
            scene.aws.widgets["w"]["Color"] = "blue"
            scene.tell(WIDGET, "widget")

        return {"one": sweep, "two": scene.auditor("two").work_once, "world": change}

    assert every_interleaving(tried(store, ["ListWidgets", "DescribeWidgets"], begin)) > 100


def test_the_order_of_a_reading_is_that_in_which_it_began(store: FastDatabase) -> None:
    """Who has claimed later but read earlier writes the older reading, though it finishes last."""
    store.empty()
    plan = [
        "owner: write",  # claims
        "other: write",  # claims
        "other: write",  # begins to read what it borrows
        "other: GetSettings",  # and reads the old value
        "owner: write",  # begins to read
        "owner: GetSettings",  # the new value, for things have changed meanwhile
        "owner: write",
        "other: write",
    ]
    scene = Scene(store, Stops(plan=plan), frozenset({"GetSettings"}))
    scene.aws.widgets["w"] = {"Color": "blue"}
    scene.tell(SETTINGS, "settings")
    owner, other = scene.auditor("owner"), scene.auditor("other")
    values = iter([{"LockAll": False}, {"LockAll": True}])

    def change(operation: str) -> None:
        if operation == "GetSettings":
            scene.aws.settings = next(values)

    scene.aws.on_call = change

    async def borrow() -> None:
        scene.tell(WIDGET, "lock")
        await other.work_once()

    asyncio.run(scene.stops.run({"owner": lambda: owner.work_once(limit=1), "other": borrow}))
    assert scene.stops.trace == plan
    (stored,) = store.read_now(lambda c: snapshots.standing_sections(c, [1])).values()
    assert stored["settings"].text == '{"LockAll":true}'
