"""Ceiling of the server, rate at saturation, latency below it, and several workers."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from benchmarks.load.answers import KINDS, mark
from benchmarks.load.site import Site, Workers, cpu_of, memory_of, working
from liveaudit.store import schema
from liveaudit.store.database import Database, sqlite_url
from tests.support.postgres import Server

_REQUEST = b"GET /example?acl HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
_AT_ONCE = 32
SHARES = (0.25, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Rate:
    """Events a second, and milliseconds of CPU and calls an event, of all workers together; megabytes of each."""

    events: float
    cpu: float
    calls: float
    memory: float

    @property
    def per_core(self) -> float:
        """Events a second if a core did nothing else."""
        return 1000 / self.cpu


async def _ask(port: int, until: float) -> int:
    """Ask one thing after another, the cheapest way there is; how often it was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    while time.monotonic() < until:
        writer.write(_REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(size)
        answered += 1
    writer.close()
    await writer.wait_closed()
    return answered


def ceiling(running: Site, seconds: float = 2.0) -> None:
    """What the server can do, so that one sees that it is not the limit."""

    async def asked() -> int:
        until = time.monotonic() + seconds
        return sum(await asyncio.gather(*(_ask(running.port, until) for _ in range(_AT_ONCE))))

    cpu = cpu_of(running.process.pid)
    answered = asyncio.run(asked())
    used = cpu_of(running.process.pid) - cpu
    print(
        f"server: {answered / seconds:.0f} answers/s with a client on the other core, "
        f"{answered / used:.0f} a second of its own CPU",
        flush=True,
    )


def saturated(running: Site, workers: Workers, events: int, tag: str, kinds: Iterable[str] = KINDS) -> Rate:
    """Everything is there at once: how fast it is audited."""
    running.control("forget")
    cpu, began = workers.cpu(), time.time()
    running.arrive(tuple(kinds), events, tag)
    took = workers.finish(tag, events) - began
    calls = sum(running.control("state")["calls"].values())
    used = workers.cpu() - cpu
    memory = max(memory_of(each.pid) for each in workers.processes)
    return Rate(events / took, used / events * 1000, calls / events, memory)


def median(rates: list[Rate]) -> Rate:
    """Field by field."""
    return Rate(
        *(
            statistics.median(getattr(each, name) for each in rates)
            for name in ("events", "cpu", "calls", "memory")
        )
    )


def latencies(database: Database, tag: str) -> list[float]:
    """Milliseconds from an event's arrival in the queue to its stored finding, for every resource, sorted."""
    query = (
        select(schema.resources.c.rid, schema.transitions.c.at, schema.transitions.c.hops)
        .join(schema.findings, schema.findings.c.id == schema.transitions.c.finding_id)
        .join(schema.resources, schema.resources.c.id == schema.findings.c.resource_id)
        .where(schema.resources.c.rid.like(f"%-{mark(tag)}%"))
    )
    found = {
        row.rid: (row.at - json.loads(row.hops)["sent"]) * 1000
        for row in database.read_now(lambda connection: connection.execute(query).all())
    }
    return sorted(found.values())


def quantile(ordered: list[float], share: float) -> float:
    """The value below which this share lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def latency(running: Site, folder: Path, events: int, rounds: int, seconds: float) -> None:
    """One worker on SQLite: the rate at saturation, then latency at shares of it; arrivals do not wait for anybody."""
    with working(running, sqlite_url(folder / "latency.sqlite3")) as workers:
        full = median([saturated(running, workers, events, f"full{each}") for each in range(rounds)])
        print(
            f"\none worker, SQLite, buckets, groups and roles by turns: {full.events:.0f} events/s, {full.cpu:.1f} ms of "
            f"CPU and {full.calls:.1f} calls an event, {full.per_core:.0f} events/s per core, {full.memory:.0f} MB",
            flush=True,
        )
        print(f"{'share of it':>12} {'events/s':>9} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'events':>8}")
        for share in SHARES:
            rate = share * full.events
            number, tag = max(30, int(rate * seconds)), f"share{share}"
            running.arrive(KINDS, number, tag, rate)
            workers.finish(tag, number)
            found = latencies(workers.database, tag)
            told = "".join(f" {quantile(found, each):>8.0f}" for each in (0.5, 0.95, 0.99))
            print(f"{share:>12.0%} {rate:>9.1f}{told} {len(found):>8}", flush=True)


def several(running: Site, events: int, rounds: int) -> None:
    """1, 2 and 4 workers on PostgreSQL with everything that keeps data safe."""
    server = Server(durable=True)
    server.start()
    try:
        print(
            f"\n{'workers, PostgreSQL':>20} {'events/s':>9} {'ratio':>6} {'cpu ms/event':>13} {'MB each':>8}"
        )
        base = 0.0
        for number in (1, 2, 4):
            with working(running, server.empty(f"bench{number}"), number) as workers:
                given = [saturated(running, workers, events, f"{number}x{each}") for each in range(rounds)]
            found = median(given)
            base = base or found.events
            print(
                f"{number:>20} {found.events:>9.0f} {found.events / base:>6.2f} {found.cpu:>13.1f} {found.memory:>8.0f}",
                flush=True,
            )
    finally:
        server.stop()
