"""The loop that tells: it follows the settings and the console's routes, and one that stalls holds up nobody."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from liveaudit.deliver.channels.interface import Message, Sent
from liveaudit.deliver.dispatcher import Dispatcher
from liveaudit.deliver.plan import Plan
from liveaudit.deliver.plans import Plans
from liveaudit.model import FindingStatus
from liveaudit.settings import load
from liveaudit.settings.followed import Followed
from liveaudit.store import console_routes, deliveries
from liveaudit.store.database import Database
from tests.support.stores import SqliteStores, Stores
from tests.support.telling import BOB, Told, World
from tests.support.telling_settings import settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The worker is asyncio's."""
    return "asyncio"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store in which nobody was told anything."""
    database = Database(SqliteStores(tmp_path).url())
    yield World(database)
    database.close()


@asynccontextmanager
async def running(world: World, plan: Callable[[], Plan]) -> AsyncIterator[None]:
    """A dispatcher at work."""

    async def plans() -> Plan:
        return plan()

    async def pause(_seconds: float) -> None:
        await asyncio.sleep(0.01)

    made = Dispatcher(
        world.database, lambda: world.at, "worker", plans, world.router, world.teller, pause=pause
    )
    task = asyncio.create_task(made.run())
    try:
        yield
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)


async def until(holds: Callable[[], Any]) -> None:
    """Wait until this holds; the test's own time-out ends it."""
    while not holds():
        await asyncio.sleep(0.01)


class Stalled(Told):
    """A channel that never answers."""

    async def send(self, message: Message) -> Sent:
        """See Channel."""
        self.messages.append(message)
        await asyncio.Event().wait()
        raise AssertionError


async def test_one_that_stalls_holds_up_nobody(world: World) -> None:
    world.receivers["slow"] = Stalled()
    world.use(channels=[{"name": "slow"}, {"name": "team"}], whole=True)
    async with running(world, lambda: world.plan):
        for number in range(3):
            world.opens(f"bucket-{number}")
            await until(lambda: len(world.receivers["team"].messages) > number)  # noqa: B023 - awaited at once
    assert len(world.receivers["slow"].messages) == 1
    # what it had taken is free for the next one
    assert world.write(lambda c: deliveries.lease(c, "slow", "other", now=world.at, until=world.at + 1))


async def test_channels_and_routes_come_and_go(world: World) -> None:
    world.use(whole=True)
    async with running(world, lambda: world.plan):
        world.opens("a")
        await until(lambda: world.receivers["team"].messages)
        world.use(whole=True, channels=[{"name": "other"}])
        world.opens("b", by=BOB)
        await until(lambda: world.receivers["other"].messages)
    assert len(world.receivers["team"].messages) == 1


async def test_nothing_is_written_where_there_is_no_channel(world: World) -> None:
    world.opens("a")
    async with running(world, Plan):
        await asyncio.sleep(0.05)
    assert world.database.read_now(deliveries.states) == {}


async def test_the_settings_file_is_followed_and_mistakes_change_nothing(
    tmp_path: Path, world: World
) -> None:
    file = tmp_path / "liveaudit.yaml"
    text = """\
receiver: "111111111111"
accounts: [{id: "111111111111"}]
regions: [us-east-1]
channels: [{name: one, file: {path: /tmp/one}}]
routes: [{tell: [one]}]
"""
    file.write_text(text, "utf-8")
    plans = Plans(world.database, Followed(load(file), file, load), lambda: world.at)
    assert list((await plans()).lines) == ["one"]
    file.write_text(text.replace("name: one", "name: two"), "utf-8")
    world.at += 10
    assert list((await plans()).lines) == ["one"]
    file.write_text(text.replace("one", "three"), "utf-8")
    world.at += 10
    assert list((await plans()).lines) == ["three"]


async def test_the_consoles_routes_come_after_those_of_the_file(world: World) -> None:
    plans = Plans(world.database, Followed(settings()), lambda: world.at)
    assert len((await plans()).routes) == 1
    world.write(
        lambda c: console_routes.add_route(
            c, "r1", {"tell": ["team"], "severities": ["low"]}, by="ann", now=world.at
        )
    )
    world.write(lambda c: console_routes.add_route(c, "r2", {"colour": "red"}, by="ann", now=world.at))
    world.at += 10
    routes = (await plans()).routes
    assert [(each.source, each.name) for each in routes] == [("file", "routes[0]"), ("console", "console r1")]
    assert world.write(lambda c: console_routes.drop_route(c, "r1")) is not None
    assert world.write(lambda c: console_routes.drop_route(c, "r1")) is None
    world.at += 10
    assert len((await plans()).routes) == 1


STEPS = ("routed", "taken", "made", "sent", "put down")


def test_killed_between_every_two_steps_nothing_is_lost_and_what_comes_twice_can_be_told(
    stores: Stores, tmp_path: Path
) -> None:
    """Each worker kills itself at a step; the last one ends what is left."""
    told = tmp_path / "told.jsonl"
    database = Database(url := stores.url())
    world = World(database)
    world.use()
    for number in range(6):
        finding = world.opens(f"bucket-{number}", by=f"arn:{number}")
        world.at += 1
        world.moves(finding, FindingStatus.RESOLVED)
        world.moves(finding, FindingStatus.REOPENED)
    for step in (*STEPS, "sent", "-"):
        # later than the lease of the one before it
        world.at += 1000
        ended = subprocess.run(
            [sys.executable, "-m", "tests.support.killed_teller", url, str(told), step, str(world.at)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
        assert ended.returncode == (0 if step == "-" else -signal.SIGKILL)
    assert database.read_now(deliveries.states)["journal"].waiting == 0
    database.close()
    messages = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    times = Counter(each["id"] for each in messages)
    assert len(times) == 9
    # what was sent and not yet put down
    assert max(times.values()) == 2
    first = {each["id"]: each for each in reversed(messages)}
    assert all(first[each["id"]] == each for each in messages)
    order = list(dict.fromkeys((one["id"], one["number"]) for each in messages for one in each["findings"]))
    assert len(order) == 18
    for number in range(6):
        of_one = [move for finding, move in order if finding == f"f-bucket-{number}"]
        assert len(of_one) == 3
        assert of_one == sorted(of_one)
