"""What telling costs: transitions a second through routing, and through messages; from finding stored to message sent.

10,000 findings open in one run of a tool. Two channels that cost nothing themselves are told: people, in one message with a list,
and a system, of every move. python -m benchmarks.telling [--store URL] [--moves N]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console

from liveaudit.deliver.channels.interface import Channel, ChannelKind, Message, Sent
from liveaudit.deliver.dispatcher import Dispatcher
from liveaudit.deliver.interface import Library
from liveaudit.deliver.plan import Plan, plan_of
from liveaudit.deliver.routing import Router
from liveaudit.deliver.sending import Sender
from liveaudit.deliver.telling import Teller
from liveaudit.services import load
from liveaudit.settings import parse
from liveaudit.store.database import Database, sqlite_url
from tests.support.postgres import NoServerError, Server
from tests.support.telling import World

SINGLE = 30


class Counting:
    """A channel that counts what it is told, and when."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.findings = 0
        self.messages = 0
        self.told_at: dict[str, float] = {}

    async def send(self, message: Message) -> Sent:
        """See Channel."""
        now = time.time()
        self.messages += 1
        self.findings += len(message.findings) + message.more
        for each in message.findings:
            self.told_at.setdefault(each.id, now)
        return Sent()

    async def aclose(self) -> None:
        """See Channel."""


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--store", default="")
    options.add_argument("--moves", type=int, default=10_000)
    given = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    if given.store:
        _measure(given.store, given.moves)
        return
    with tempfile.TemporaryDirectory() as folder:
        _measure(sqlite_url(Path(folder) / "telling.sqlite3"), given.moves)
    server = Server(durable=True)
    try:
        server.start()
    except NoServerError as error:
        Console().print(f"not on PostgreSQL: {error}")
        return
    try:
        _measure(server.empty("telling"), given.moves)
    finally:
        server.stop()


def _measure(url: str, moves: int) -> None:
    database = Database(url)
    try:
        asyncio.run(_run(database, moves, Console()))
    finally:
        database.close()


async def _run(database: Database, moves: int, console: Console) -> None:
    people, system = Counting("people"), Counting("system")
    plan = _plan(people, system)
    catalog, policies = load()
    router, teller = Router(policies, catalog), Teller(Library(policies))
    world = World(database, plan, at=time.time())
    world.route()
    world.opens_many(moves // 100, "critical")
    world.opens_many(moves - moves // 100)
    began = time.perf_counter()
    while database.write_now(lambda c: router.step(c, plan, time.time())).moves:
        pass
    routed = time.perf_counter() - began
    console.print(f"{database.name}: {moves:,} transitions, two channels")
    console.print(f"routing:    {moves / routed:>9,.0f} transitions/s")
    # when the run is over and nothing more came
    later = time.time() + 120
    for channel in (people, system):
        sender = Sender(database, lambda: later, "bench", plan.lines[channel.name], plan, teller)
        began = time.perf_counter()
        while await sender.step() == 0.0:
            pass
        took = time.perf_counter() - began
        if channel.findings != moves:
            raise SystemExit(f"{channel.name} was told of {channel.findings} of {moves}")
        each = f"{channel.messages:,} message{'s' if channel.messages > 1 else ''}"
        console.print(f"{channel.name + ':':<11} {moves / took:>9,.0f} transitions/s, {each} in {took:.2f} s")
        await sender.aclose()
    await _single(database, plan, router, teller, world, system, console)


async def _single(
    database: Database,
    plan: Plan,
    router: Router,
    teller: Teller,
    world: World,
    system: Counting,
    console: Console,
) -> None:
    """Findings one by one, as they are told while a worker runs."""

    async def plans() -> Plan:
        return plan

    dispatcher = Dispatcher(database, time.time, "bench", plans, router, teller)
    running = asyncio.create_task(dispatcher.run())
    stored: dict[str, float] = {}
    for number in range(SINGLE):
        world.at = time.time()
        name = await asyncio.to_thread(world.opens, f"single-{number}")
        stored[name] = time.time()
        while name not in system.told_at:
            await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    took = sorted(system.told_at[name] - at for name, at in stored.items())
    p95 = took[int(len(took) * 0.95)]
    console.print(f"stored to sent, a system: p50 {statistics.median(took):.2f} s, p95 {p95:.2f} s")


def _plan(people: Channel, system: Channel) -> Plan:
    def build(name: str, _settings: Any) -> Channel:
        return people if name == "people" else system

    settings = parse(
        {
            "receiver": "222222222222",
            "accounts": [{"id": "222222222222"}],
            "regions": ["eu-west-1"],
            "channels": [{"name": each, "file": {"path": "/nowhere"}} for each in ("people", "system")],
            "routes": [{"severities": ["critical", "high"], "tell": ["people"]}, {"tell": ["system"]}],
        }
    )
    made = plan_of(settings, kinds=lambda: {"file": ChannelKind("file", "counts", build)})
    whole = ChannelKind("file", "counts", build, whole=True, most=100)
    lines = plan_of(settings, kinds=lambda: {"file": whole}).lines
    return Plan({"people": made.lines["people"], "system": lines["system"]}, made.routes, made.due, "")


if __name__ == "__main__":
    main()
