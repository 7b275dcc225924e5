"""Sweeps as due work: asked for once by whichever worker, taken up after a kill, and what they find that no event brought."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.places import place_of, places, types_of
from liveaudit.audit.schedule import Schedule
from liveaudit.audit.scheduler import Scheduler, Watched
from liveaudit.model import Cause
from liveaudit.services import load
from liveaudit.store import findings, misses, sweep_pages, sweeps, work
from liveaudit.store.database import Database
from liveaudit.store.misses import GRACE, Miss, Recall
from liveaudit.store.sweeps import Asked, Place, Sweep
from liveaudit.store.work import Due
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores

pytestmark = pytest.mark.anyio

WATCHED = Watched("aws", ACCOUNT, (REGION,))
ALL = places(CATALOG, (REGION,))
HOUR = 3600.0


ON_SQLITE = pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
"""Of what asks nothing of the store that other tests do not."""


class KilledError(BaseException):
    """The process ends here."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Scene:
    """An account of two widgets and a crate, a worker's auditor and its scheduler."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.aws = FakeAws()
        self.aws.widgets = {"a": {"Color": "blue", "Lock": "L"}, "b": {"Color": "blue", "Lock": "L"}}
        self.aws.crates = {"c": ["label"]}
        self.clock = Clock()
        self.auditor = make_auditor(stores, self.aws, self.clock)
        self.database = self.auditor.database
        self.scheduler = self.schedule_of()

    def schedule_of(self, every: float = 24 * HOUR) -> Scheduler:
        return Scheduler(self.database, CATALOG, self.clock, Schedule(every), (WATCHED,))

    async def drain(self, auditor: Auditor | None = None) -> None:
        for _ in range(50):
            if not await (auditor or self.auditor).work_once():
                return
        raise AssertionError("the work never ends")

    async def sweep(self) -> None:
        """All of the account, asked for by hand, to the end; some time after whatever was before."""
        self.clock.now += HOUR
        await self.ask()
        await self.drain()
        await self.scheduler._close()

    async def ask(self, *chosen: tuple[str, str]) -> None:
        asked = Asked("aws", ACCOUNT, chosen or ALL, (REGION,), sweeps.DEMAND)
        await self.database.write(lambda c: sweeps.ask(c, asked, self.clock()))

    async def enrolled(self) -> None:
        await self.scheduler.tick()
        await self.drain()
        await self.scheduler.tick()

    async def event(
        self, name: str, *sections: str, effect: str = "update", made: float | None = None
    ) -> None:
        made = math.floor(self.clock() if made is None else made)
        change = {"event_id": f"e{made}", "name": "Change", "time": f"{made:012}", "hops": {"event": made}}
        cause = Cause(f"event:e{made}", "event", frozenset(sections), effect, change)
        given = [Due(resource(name), CATALOG.arn(resource(name)), cause)]
        await self.database.write(lambda c: work.add_due(c, given, self.clock()))
        await self.drain()

    async def sweeps(self) -> dict[tuple[str, str], Sweep]:
        found = await self.database.read(sweep_pages.newest)
        return {(each.place.region, each.place.service): each for each in found}

    async def misses(self, *, late: bool = False) -> list[Miss]:
        return await self.database.read(lambda c: misses.list_misses(c, late=late))

    async def recall(self) -> Recall | None:
        found = await self.database.read(lambda c: misses.recall(c, self.clock()))
        return found[0] if found else None


@pytest.fixture
def scene(stores: Stores) -> Iterator[Scene]:
    made = Scene(stores)
    yield made
    made.database.close()


def test_every_type_is_swept_in_exactly_one_place() -> None:
    catalog, _ = load()
    for chosen in (catalog, CATALOG):
        all_of_it = places(chosen, (REGION, "us-east-1"))
        found = [each.name for where in all_of_it for each in types_of(chosen, Place(ACCOUNT, *where))]
        for each in chosen:
            home = place_of(chosen, replace(resource("x"), type=each.name, region=REGION))
            assert (home.region, home.service) in all_of_it
            assert found.count(each.name) == (1 if home.region == "global" else 2), each.name
    assert ("global", "iam") in places(catalog, (REGION,))
    assert (REGION, "iam") not in places(catalog, (REGION,))
    assert {service for _, service in places(catalog, (REGION,), ["s3"])} == {"s3"}


async def test_who_is_newly_enrolled_is_swept_at_once_and_once(scene: Scene) -> None:
    other = scene.schedule_of()
    await scene.scheduler.tick()
    await other.tick()
    assert {each.why for each in (await scene.sweeps()).values()} == {"enrolment"}
    await scene.drain()
    await other.tick()
    assert scene.aws.counts["ListWidgets"] == scene.aws.counts["ListCrates"] == 1
    assert scene.aws.counts["DescribeWidgets"] == 0, "the listing has given it"
    regional = (await scene.sweeps())[REGION, "fake"]
    assert (regional.state, regional.found, regional.waiting, regional.missed) == ("done", 3, 0, 0)
    assert await scene.misses() == [], "nothing was known before"
    assert scene.aws.failing() == set()


@ON_SQLITE
async def test_then_once_in_a_period_by_one_of_the_workers(scene: Scene) -> None:
    await scene.enrolled()
    other = scene.schedule_of()
    for _ in range(4 * 6):
        scene.clock.now += 4 * HOUR
        await other.tick()
        await scene.scheduler.tick()
        await scene.drain()
    assert scene.aws.counts["ListWidgets"] in (4, 5), "once at enrolment, then once a day"
    assert (await scene.sweeps())[REGION, "fake"].why == "schedule"


async def test_of_workers_that_see_it_at_once_one_asks(scene: Scene) -> None:
    """Each on a connection of its own: whoever writes the turn has it."""
    asked = Asked("aws", ACCOUNT, ALL, (REGION,), "")
    databases = [Database(scene.stores.url()) for _ in range(4)]

    def turn(database: Database) -> str:
        return database.write_now(
            lambda c: sweeps.take_turn(
                c, asked, before=scene.clock(), scope="s", watched=True, now=scene.clock()
            )
        )

    try:
        for why in ("enrolment", "schedule"):
            took = await asyncio.gather(*(asyncio.to_thread(turn, each) for each in databases))
            assert sorted(took) == ["", "", "", why]
            scene.clock.now += 24 * HOUR
    finally:
        for each in databases:
            each.close()
    await scene.drain()
    assert scene.aws.counts["ListWidgets"] == 1, "two askings, not yet begun, are one sweep"


@ON_SQLITE
async def test_never_is_never(scene: Scene) -> None:
    await scene.schedule_of(every=0.0).tick()
    assert await scene.sweeps() == {}


@ON_SQLITE
async def test_a_new_region_is_swept_alone_and_one_that_is_left_is_forgotten(scene: Scene) -> None:
    await scene.enrolled()
    scene.aws.counts.clear()
    scene.scheduler.enrol([replace(WATCHED, regions=(REGION, "us-east-1"))])
    await scene.enrolled()
    assert scene.aws.counts["ListWidgets"] == 1
    assert scene.aws.counts["GetSettings"] == 0
    scene.scheduler.enrol([replace(WATCHED, regions=("us-east-1",))])
    await scene.enrolled()
    assert (REGION, "fake") not in await scene.sweeps()
    assert scene.aws.counts["ListWidgets"] == 1


@ON_SQLITE
async def test_who_comes_again_is_swept_anew_and_nothing_of_that_is_missed(scene: Scene) -> None:
    await scene.enrolled()
    scene.scheduler.enrol([])
    await scene.scheduler.tick()
    assert await scene.sweeps() == {}
    scene.aws.widgets["a"]["Color"] = "red"
    scene.scheduler.enrol([WATCHED])
    scene.clock.now += HOUR
    await scene.enrolled()
    assert await scene.misses() == []
    assert scene.aws.counts["ListWidgets"] == 2


async def test_a_killed_sweep_goes_on_where_it_was(scene: Scene) -> None:
    """Killed at every step of it: what was done is not listed again, what was found is not lost."""
    await scene.scheduler.tick()
    steps = iter(["claimed", "listed", "read", "judged", "stored"])
    killed = 0
    for step in steps:
        worker = make_auditor(scene.stores, scene.aws, scene.clock, owner=f"killed at {step}")

        def kill(reached: str, at: str = step) -> None:
            if reached == at:
                raise KilledError

        worker.probe = kill
        try:
            await scene.drain(worker)
        except KilledError:
            killed += 1
        worker.database.close()
        scene.clock.now += 61
    await scene.drain()
    await scene.scheduler.tick()
    assert killed == 5
    assert {each.state for each in (await scene.sweeps()).values()} == {"done"}
    assert scene.aws.counts["ListWidgets"] == 2, "once in vain: killed before it was written that it is done"
    found = await scene.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
    assert {each["id"] for each in found} == {"a", "b", ACCOUNT}


@ON_SQLITE
async def test_what_is_throttled_is_listed_again_and_nothing_else(scene: Scene) -> None:
    scene.aws.throttle("ListCrates")
    await scene.ask()
    await scene.drain()
    halfway = (await scene.sweeps())[REGION, "fake"]
    assert (halfway.state, halfway.left) == ("listing", ("Fake::Crate",))
    del scene.aws.break_at["ListCrates"]
    scene.clock.now += 60
    await scene.drain()
    await scene.scheduler._close()
    done = (await scene.sweeps())[REGION, "fake"]
    assert (done.state, done.found, done.failed) == ("done", 3, {})
    assert (scene.aws.counts["ListWidgets"], scene.aws.counts["ListCrates"]) == (1, 2)


@ON_SQLITE
async def test_what_is_denied_is_told_and_nothing_is_archived(scene: Scene) -> None:
    scene.aws.widgets["a"]["Color"] = "red"
    await scene.enrolled()
    scene.aws.deny("ListWidgets")
    scene.aws.deny("DescribeWidgets")
    await scene.sweep()
    swept = (await scene.sweeps())[REGION, "fake"]
    assert list(swept.failed) == ["Fake::Widget"]
    assert "denied" in swept.failed["Fake::Widget"].lower()
    assert (swept.state, swept.unknown) == ("done", 2)
    (found,) = await scene.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert (found["resource"], found["status"]) == ("a", "new")
    assert await scene.misses() == []


@ON_SQLITE
async def test_where_nothing_can_be_listed_yet_it_is_tried_again(scene: Scene) -> None:
    """The account's role is made an hour after it was enrolled."""
    scene.aws.deny("ListWidgets")
    scene.aws.deny("ListCrates")
    await scene.enrolled()
    swept = (await scene.sweeps())[REGION, "fake"]
    assert (swept.state, set(swept.failed)) == ("done", {"Fake::Widget", "Fake::Crate"})
    scene.aws.break_at.clear()
    scene.clock.now += HOUR - 60
    await scene.drain()
    assert (await scene.sweeps())[REGION, "fake"].found == 0
    scene.clock.now += 120
    await scene.drain()
    await scene.scheduler.tick()
    swept = (await scene.sweeps())[REGION, "fake"]
    assert (swept.state, swept.found, swept.failed) == ("done", 3, {})
    assert await scene.misses() == [], "nothing was known before"
    await scene.drain()
    assert scene.aws.counts["ListWidgets"] == 2, "and once only"
    assert await scene.database.read(work.next_time) is None


async def test_a_change_that_no_event_brought_is_a_miss(scene: Scene) -> None:
    await scene.enrolled()
    before = scene.clock()
    scene.aws.widgets["a"]["Color"] = "red"
    await scene.sweep()
    (miss,) = await scene.misses()
    assert (miss.resource, miss.section, miss.what) == ("a", "widget", "changed")
    assert (miss.detail, miss.known_at, miss.found_at) == ('Color: "blue" -> "red"', before, scene.clock())
    assert (miss.account, miss.region, miss.service, miss.type) == (ACCOUNT, REGION, "fake", "Fake::Widget")
    assert (await scene.sweeps())[REGION, "fake"].missed == 1
    assert await scene.recall() == Recall("fake", "", 0, 0, 0, 1), "its event may still come"
    scene.clock.now += GRACE + 1
    recall = await scene.recall()
    assert recall is not None
    assert (recall.missed, recall.recall) == (1, 0.0)
    await scene.sweep()
    assert len(await scene.misses()) == 1, "once"


async def test_what_appears_and_what_is_deleted_without_an_event(scene: Scene) -> None:
    scene.aws.widgets["b"]["Color"] = "red"
    await scene.enrolled()
    del scene.aws.widgets["b"]
    scene.aws.widgets["n"] = {"Color": "red", "Lock": "L"}
    await scene.sweep()
    assert {(each.resource, each.what) for each in await scene.misses()} == {
        ("b", "vanished"),
        ("n", "appeared"),
    }
    found = await scene.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert {(each["resource"], each["status"]) for each in found} == {("b", "archived"), ("n", "new")}


async def test_what_events_bring_counts_for_the_recall(scene: Scene) -> None:
    await scene.enrolled()
    scene.clock.now += HOUR
    scene.aws.widgets["a"]["Color"] = "red"
    await scene.event("a", "widget")
    scene.aws.widgets["n"] = {"Color": "blue", "Lock": "L"}
    await scene.event("n", effect="create")
    del scene.aws.widgets["b"]
    await scene.event("b", effect="delete")
    await scene.sweep()
    assert await scene.misses() == []
    assert await scene.recall() == Recall("fake", "", brought=3, late=0, missed=0, waiting=0)


@pytest.mark.parametrize(("after", "brought", "late"), [(30.0, 1, 0), (GRACE + 30.0, 0, 1)])
async def test_a_miss_whose_event_comes_is_taken_back(
    scene: Scene, after: float, brought: int, late: int
) -> None:
    await scene.enrolled()
    scene.aws.widgets["a"]["Lock"] = None
    made = scene.clock() + HOUR - 5
    await scene.sweep()
    scene.clock.now += after
    await scene.event("a", "lock", made=made)
    assert await scene.misses() == []
    assert [each.event for each in await scene.misses(late=True)] == [f"Change event:e{made:.0f}"] * late
    scene.clock.now += GRACE
    assert await scene.recall() == Recall("fake", "", brought, late, 0, 0)


@pytest.mark.parametrize(
    ("section", "made"),
    [("keys", HOUR - 5), ("lock", -600.0), ("lock", HOUR + 60)],
    ids=["other", "before", "after"],
)
@ON_SQLITE
async def test_other_events_take_nothing_back(scene: Scene, section: str, made: float) -> None:
    await scene.enrolled()
    began = scene.clock()
    scene.aws.widgets["a"]["Lock"] = None
    await scene.sweep()
    scene.clock.now += 120
    await scene.event("a", section, made=began + made)
    assert len(await scene.misses()) == 1


@ON_SQLITE
async def test_what_waits_for_its_look_is_no_miss(scene: Scene) -> None:
    """The event came, AWS did not show its change yet, and a sweep sees it before the next look."""
    await scene.enrolled()
    scene.clock.now += HOUR
    await scene.event("a", "lock", effect="delete")
    del scene.aws.widgets["a"]
    await scene.ask()
    await scene.drain()
    found = await scene.database.read(lambda c: misses.list_misses(c, late=True))
    assert found == []
    recall = await scene.recall()
    assert recall is not None
    assert (recall.brought, recall.missed, recall.waiting) == (1, 0, 0)


@ON_SQLITE
async def test_accounts_whose_events_are_not_taken_miss_nothing(scene: Scene) -> None:
    scene.scheduler.enrol([replace(WATCHED, publishes=False)])
    await scene.enrolled()
    scene.aws.widgets["a"]["Color"] = "red"
    await scene.sweep()
    assert await scene.misses() == []


@ON_SQLITE
async def test_what_is_swept_on_demand_alone_is_counted_too(scene: Scene) -> None:
    await scene.database.write(lambda c: sweeps.watch(c, ACCOUNT, watched=True))
    await scene.sweep()
    scene.aws.widgets["a"]["Color"] = "red"
    await scene.sweep()
    assert len(await scene.misses()) == 1
    await scene.scheduler.tick()
    assert {each.why for each in (await scene.sweeps()).values()} == {"schedule"}, "switched on later"


@ON_SQLITE
async def test_the_list_has_an_end_and_the_count_has_none(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misses, "MOST_LISTED", 2)
    await scene.enrolled()
    scene.aws.widgets |= {name: {"Color": "blue"} for name in "pqrs"}
    await scene.sweep()
    assert len(await scene.misses()) == 2
    scene.clock.now += HOUR
    recall = await scene.recall()
    assert recall is not None
    assert recall.missed == 4


async def test_recall_is_of_each_account_and_forgotten_in_the_end(scene: Scene) -> None:
    await scene.enrolled()
    scene.aws.widgets["a"]["Color"] = "red"
    await scene.sweep()
    scene.clock.now += HOUR
    rows = await scene.database.read(lambda c: misses.recall(c, scene.clock(), by_account=True))
    assert [(each.account, each.missed) for each in rows] == [(ACCOUNT, 1)]
    assert await scene.database.read(lambda c: misses.recall(c, scene.clock(), account="222222222222")) == []
    scene.clock.now += 91 * 24 * HOUR
    await scene.database.write(lambda c: misses.prune(c, scene.clock()))
    assert await scene.misses() == []
    assert await scene.database.read(lambda c: misses.recall(c, scene.clock(), days=1000)) == []
