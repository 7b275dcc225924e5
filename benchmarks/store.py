"""Events a second through the store alone: taken in, claimed, recorded; on SQLite and on PostgreSQL, 1, 2 and 4 processes.

Each process does what a worker does, without AWS: a batch of ten messages is stored, what is due is claimed, and each
audit is recorded as if it had read and judged. Resources are many, so that little is coalesced. Figures are medians of
several rounds and, as machines differ, ratios to one process on SQLite. The server is the tests' own, with fsync on.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
import uuid
from dataclasses import dataclass
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import Connection

from liveaudit.audit.outcome import Audit
from liveaudit.audit.reading import Reading, ResourceReading, State
from liveaudit.audit.record import Recorder
from liveaudit.audit.settled import Settled
from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.sort import Sorted
from liveaudit.intake.take import store_sorted
from liveaudit.model import Cause, Resource, failed, passed
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.services import load
from liveaudit.store import work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.work import Claim, Due
from tests.support.postgres import Server

TYPE = "AWS::EC2::SecurityGroup"
ACCOUNTS = 20
MESSAGES = 10
"""Messages that SQS gives at once."""
PATIENCE = 600.0
"""Seconds after which a process that does not come is given up."""
AT_ONCE = 8
"""Batches that one process has in hand at a time."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one process puts through."""

    url: str
    process: int
    events: int


def batch(load_: Load, number: int) -> Sorted:
    """Ten events of ten resources in several accounts, as sorted."""
    result = Sorted()
    for each in range(number * MESSAGES, (number + 1) * MESSAGES):
        account = f"{each % ACCOUNTS:012}"
        resource = Resource("aws", account, "eu-west-1", TYPE, f"sg-{load_.process}-{each % 5000}")
        change = {
            "event_id": f"{load_.process}-{each}",
            "name": "AuthorizeSecurityGroupIngress",
            "time": "2026-11-20T10:00:00+00:00",
            "actor": {"arn": f"arn:aws:iam::{account}:user/ann", "type": "IAMUser"},
            "hops": {"event": 1.0, "sent": 2.0, "received": 3.0},
        }
        cause = Cause(f"event:{load_.process}-{each}", "event", frozenset({"group"}), "update", change)
        result.due.append(
            Due(resource, f"arn:aws:ec2:eu-west-1:{account}:security-group/{resource.id}", cause)
        )
        result.counts["changes", "ec2:AuthorizeSecurityGroupIngress"] += 1
    return result


def audited(catalog: Catalog, policies: PolicyRegistry, claim: Claim) -> Audit:
    """A group with one rule that is open every other time, and what all its policies say."""
    value = {"GroupId": claim.resource.id, "IpPermissions": [{"FromPort": 22, "Odd": claim.order % 2}]}
    root = catalog.types[TYPE].root
    reading = ResourceReading(claim.resource, {root: Reading(State.VALUE, value)}, present=True)
    verdicts = {each.id: passed() for each in policies.of(TYPE)}
    verdicts[next(iter(verdicts))] = failed("open", port=22) if claim.order % 2 else passed()
    hops = {"claimed": 4.0, "read": 5.0, "judged": 6.0}
    return Audit(claim, reading, verdicts, hops, claim.order, 4.0, Settled(reading))


async def put_through(load_: Load) -> int:
    """Everything of one process; how many rows were audited."""
    catalog, policies = load()
    database = Database(load_.url)
    recorder = Recorder(catalog, policies, time.time, lambda: str(uuid.uuid4()))
    batches = iter(range(load_.events // MESSAGES))
    owner, done = f"bench-{load_.process}", 0

    async def one(claim: Claim) -> None:
        def record(connection: Connection) -> None:
            recorder.record(connection, audited(catalog, policies, claim))

        await database.write(record)

    async def lane() -> None:
        nonlocal done
        for number in batches:
            given = batch(load_, number)
            await database.write(partial(store_sorted, batch=given, now=time.time()))
            claims = await database.write(
                lambda connection: work.claim(
                    connection, owner=owner, now=time.time(), lease_seconds=60, limit=64
                )
            )
            await asyncio.gather(*(one(each) for each in claims))
            done += len(claims)

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    database.close()
    return done


def process(load_: Load, ready: Barrier, cpu: Synchronized[float]) -> None:
    """The body of one process. ``cpu``: takes the seconds of CPU of all processes."""
    Database(load_.url).close()
    load()
    ready.wait(PATIENCE)
    began = time.process_time()
    asyncio.run(put_through(load_))
    with cpu.get_lock():
        cpu.value += time.process_time() - began
    ready.wait(PATIENCE)


def measure(url: str, processes: int, events: int) -> tuple[float, float]:
    """Events a second of all processes together, and milliseconds of CPU an event, the server's not counted."""
    context = multiprocessing.get_context("spawn")
    ready, cpu = context.Barrier(processes + 1), context.Value("d", 0.0)
    each = events // processes
    running = [
        context.Process(target=process, args=(Load(url, number, each), ready, cpu))
        for number in range(processes)
    ]
    for one in running:
        one.start()
    ready.wait(PATIENCE)
    began = time.perf_counter()
    ready.wait(PATIENCE)
    took = time.perf_counter() - began
    for one in running:
        one.join()
    return each * processes / took, cpu.value / (each * processes) * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    server = Server(durable=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="liveaudit-bench-") as folder:
            table(Path(folder), server, given.events, given.rounds)
    finally:
        server.stop()


def table(folder: Path, server: Server, events: int, rounds: int) -> None:
    """Measure and print; every round on an empty store."""
    print(f"{'store':12} {'processes':>9} {'events/s':>9} {'ratio':>6} {'cpu ms/event':>13}")

    def row(store: str, processes: int, measured: list[tuple[float, float]], base: float) -> float:
        rate = statistics.median(each for each, _ in measured)
        cpu = statistics.median(each for _, each in measured)
        print(
            f"{store:12} {processes:>9} {rate:>9.0f} {rate / (base or rate):>6.2f} {cpu:>13.1f}", flush=True
        )
        return rate

    alone = [measure(sqlite_url(folder / f"{number}.sqlite3"), 1, events) for number in range(rounds)]
    base = row("SQLite", 1, alone, 0.0)
    for processes in (1, 2, 4):
        rates = [measure(server.empty("bench"), processes, events) for _ in range(rounds)]
        row("PostgreSQL", processes, rates, base)


if __name__ == "__main__":
    main()
