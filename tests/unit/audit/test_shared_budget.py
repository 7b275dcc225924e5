"""Processes that share buckets in a store: what all of them together may call, who waits, and what throttling does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from liveaudit.audit.shared_budget import LONGEST_WAIT, OWN_BUDGET, TELL_EVERY, SharedBudget
from liveaudit.aws.budget import LANE, Lane, Limit
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.store import budgets
from liveaudit.store.budgets import Place
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from tests.support.fake import Clock
from tests.support.stores import Stores

Make = Callable[..., "World"]
NOISY, QUIET = "1" * 12, "2" * 12
LIMIT = Limit(10, 10, 40, "made up")


class Counting(Database):
    """A store that counts its writes, and can be away."""

    writes = 0
    away = False

    def submit(self, work: Callable[[Connection], Any]) -> Future[Any]:
        """See Database."""
        if self.away:
            raise StoreUnavailableError("away")
        self.writes += 1
        return super().submit(work)


class World:
    """Several processes with one clock, which goes on when they rest."""

    def __init__(self, url: str, processes: int = 1) -> None:
        self.clock = Clock()
        self.databases = [Counting(url) for _ in range(processes)]
        self.budgets = [
            SharedBudget(each, lambda _client: LIMIT, self.clock, rest=self.rest) for each in self.databases
        ]

    async def rest(self, woken: asyncio.Event, seconds: float) -> None:
        """Let the time go on, unless somebody has something to do at once."""
        for _ in range(3):
            await asyncio.sleep(0)
            if woken.is_set():
                return
        self.clock.now += seconds

    @property
    def writes(self) -> int:
        """Of all processes."""
        return sum(each.writes for each in self.databases)

    def bucket(self, account: str = NOISY) -> dict[str, Any]:
        """The row in the store."""
        found = dict(self.databases[0].read_now(budgets.list_budgets))
        return dict(found[Place(account, "eu-west-1", "s3")])

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it, and close everything."""

        async def whole() -> None:
            await work
            for each in self.budgets:
                await each.close()

        asyncio.run(whole())


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes a world; its stores are closed at the end."""
    made: list[World] = []

    def one(url: str, processes: int = 1) -> World:
        made.append(World(url, processes))
        return made[-1]

    yield one
    for world in made:
        for database in world.databases:
            database.close()


async def take(budget: SharedBudget, account: str = NOISY, *, lane: Lane = Lane.EVENTS) -> None:
    LANE.set(lane)
    await budget.take(account, "eu-west-1", "s3", "GetBucketAcl")


async def settled(world: World) -> None:
    """Until nobody has anything to tell."""
    for each in world.budgets:
        await each.settled()


def test_the_first_calls_of_a_quiet_account_ask_nobody(stores: Stores, make: Make) -> None:
    world = make(stores.url())

    async def work() -> None:
        for _ in range(LIMIT.credit):
            await take(world.budgets[0])
        assert world.writes == 0
        await settled(world)
        assert world.bucket()["tokens"] == LIMIT.burst - LIMIT.credit

    world.run(work())


def test_many_calls_are_few_writes(stores: Stores, make: Make) -> None:
    world = make(stores.url())

    async def work() -> None:
        await asyncio.gather(*(take(world.budgets[0]) for _ in range(200)))
        assert world.clock.now - Clock().now >= (200 - LIMIT.burst - LIMIT.credit) / LIMIT.most

    world.run(work())
    # between two looks there are ten a second at most
    assert world.writes < 200


def test_processes_share_one_bucket(stores: Stores, make: Make) -> None:
    world = make(stores.url(), 3)
    began = world.clock.now

    async def work() -> None:
        await asyncio.gather(*(take(each) for each in world.budgets for _ in range(80)))

    world.run(work())
    most = LIMIT.burst + len(world.budgets) * LIMIT.credit + LIMIT.most * (world.clock.now - began)
    assert most >= 240
    assert world.bucket()["tokens"] >= -len(world.budgets) * LIMIT.credit


def test_sweeps_leave_the_reserve_and_are_given_several_at_once(stores: Stores, make: Make) -> None:
    world = make(stores.url())

    async def work() -> None:
        for _ in range(12):
            await take(world.budgets[0], lane=Lane.SWEEPS)
        assert world.writes < 6
        sweeps = [asyncio.create_task(take(world.budgets[0], lane=Lane.SWEEPS)) for _ in range(100)]
        await asyncio.sleep(0)
        await asyncio.gather(*(take(world.budgets[0]) for _ in range(int(LIMIT.credit))))
        assert not all(each.done() for each in sweeps)
        await asyncio.gather(*sweeps)

    world.run(work())
    # what a sweep was given and did not use is given back
    assert world.bucket()["tokens"] <= LIMIT.burst


def test_what_one_process_sees_throttled_slows_all(stores: Stores, make: Make) -> None:
    world = make(stores.url(), 2)
    one, other = world.budgets

    async def work() -> None:
        one.throttled(NOISY, "eu-west-1", "s3")
        await settled(world)
        for _ in range(LIMIT.credit + 1):
            await take(other)
        assert other._held[Place(NOISY, "eu-west-1", "s3")].rate < LIMIT.rate
        bucket = world.bucket()
        assert (bucket["throttles"], bucket["rate"]) == (1, pytest.approx(7))

    world.run(work())


def test_one_account_waits_for_itself_alone(stores: Stores, make: Make) -> None:
    world = make(stores.url())

    async def work() -> None:
        noisy = [asyncio.create_task(take(world.budgets[0])) for _ in range(150)]
        await asyncio.sleep(0)
        now = world.clock.now
        for _ in range(LIMIT.credit):
            await take(world.budgets[0], QUIET)
        assert world.clock.now == now
        await asyncio.gather(*noisy)

    world.run(work())


def test_who_would_wait_too_long_is_told_at_once(stores: Stores, make: Make) -> None:
    world = make(stores.url())
    longest = int(LONGEST_WAIT[Lane.EVENTS] * LIMIT.rate)

    async def work() -> None:
        tries = [asyncio.create_task(take(world.budgets[0])) for _ in range(longest + LIMIT.credit + 5)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        refused = [each for each in results if isinstance(each, AwsCallError)]
        assert len(refused) == 5
        assert {(each.kind, each.code) for each in refused} == {(Kind.THROTTLED, OWN_BUDGET)}
        assert NOISY in str(refused[0])
        assert "eu-west-1" in str(refused[0])
        assert [each for each in results if each is not None] == refused
        await settled(world)
        assert world.bucket()["refused"] == 5

    world.run(work())


def test_who_was_let_in_line_and_has_waited_too_long_goes(stores: Stores, make: Make) -> None:
    world = make(stores.url())

    async def work() -> None:
        budget = world.budgets[0]
        tries = [asyncio.create_task(take(budget)) for _ in range(280)]
        for _ in range(6):
            await asyncio.sleep(0)
            budget.throttled(NOISY, "eu-west-1", "s3")
            await asyncio.sleep(0.01)
            world.clock.now += 1.1
        results = await asyncio.gather(*tries, return_exceptions=True)
        late = [each for each in results if isinstance(each, AwsCallError)]
        assert late
        assert [each for each in results if each is not None] == late

    world.run(work())


def test_nobody_waits_for_a_store_that_is_away(tmp_path: Path, make: Make) -> None:
    world = make(f"sqlite:///{tmp_path / 'away.sqlite3'}")

    async def work() -> None:
        world.databases[0].away = True
        tries = [asyncio.create_task(take(world.budgets[0])) for _ in range(LIMIT.credit + 3)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(each) for each in results if each is not None] == [StoreUnavailableError] * 3
        world.databases[0].away = False
        await asyncio.gather(*(take(world.budgets[0]) for _ in range(3)))

    world.run(work())


def test_tokens_of_a_sweep_that_ended_are_given_back(stores: Stores, make: Make) -> None:
    world = make(stores.url())

    async def work() -> None:
        await take(world.budgets[0], lane=Lane.SWEEPS)
        await settled(world)

    world.run(work())
    assert world.bucket()["tokens"] == pytest.approx(LIMIT.burst - 1, abs=LIMIT.rate * TELL_EVERY)
