"""Signs of life: rows that come and go, and what was measured with them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

from liveaudit.store import arrivals, heartbeats, latencies, place_latencies
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.heartbeats import FORGOTTEN_AFTER, VANISHED_AFTER, Heartbeat
from liveaudit.store.meter import Meter, Seen
from liveaudit.store.pulse import Pulse
from tests.support.fast_store import FastDatabase
from tests.support.stores import Stores

NOW = 1_800_000_000.0
WORKER = Heartbeat("host:1:abc", "host", 1, "0.1", NOW, NOW, ("eu-west-1/liveaudit-events",), 3)
EVENT = Seen(
    "111111111111",
    "eu-west-1",
    {"event": NOW - 4, "bus": NOW - 3, "sent": NOW - 2.5, "received": NOW - 2},
)


def test_workers_come_and_go(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        other = replace(WORKER, id="host:2:def", since=NOW - 5)
        for each in (WORKER, other, replace(WORKER, seen_at=NOW + 5, messages=0)):
            database.write_now(partial(heartbeats.beat, heart=each))
        found = database.read_now(heartbeats.list_workers)
        assert found == [other, replace(WORKER, seen_at=NOW + 5, messages=0)]
        assert [each.vanished(NOW + VANISHED_AFTER + 1) for each in found] == [True, False]
        database.write_now(lambda c: heartbeats.end(c, WORKER.id))
        assert database.read_now(heartbeats.list_workers) == [other]
        late = replace(WORKER, seen_at=NOW + FORGOTTEN_AFTER + 1)
        database.write_now(lambda c: heartbeats.beat(c, late))
        assert database.read_now(heartbeats.list_workers) == [late]
    finally:
        database.close()


def test_what_is_measured_is_put_down_once(stores: Stores) -> None:
    database = Database(stores.url())
    meter = Meter()
    pulse = Pulse(database, lambda: NOW, WORKER, meter)
    meter.taken_in([EVENT, EVENT], NOW - 1)
    hops = {"claimed": NOW - 0.9, "read": NOW - 0.3, "judged": NOW - 0.2, "stored": NOW - 0.1}
    meter.audited(hops, since=NOW - 1, made=[NOW - 4, NOW - 4], place=("111111111111", "global"))
    try:
        for _ in range(2):
            asyncio.run(pulse.beat(WORKER))
        found = database.read_now(lambda c: latencies.read(c, since=NOW))
        assert {hop: each.count for hop, each in found} == {
            **dict.fromkeys(latencies.HOPS, 2),
            **dict.fromkeys(("due-claimed", "claimed-read", "read-judged", "judged-stored"), 1),
        }
        median = found.by_hop["made-stored"].quantile(0.5)
        assert median is not None
        assert median.least <= 3.9 <= median.most
        (last,) = database.read_now(lambda c: arrivals.list_last(c, now=NOW))
        assert (last.made_at, last.taken_at, last.seen) == (NOW - 4, NOW - 1, 2)
        assert meter.so_far().latencies.by_hop["made-stored"].count == 2
        ((place, slowness),) = database.read_now(place_latencies.read).items()
        assert (place, slowness.seen, slowness.within(0.5)) == (("111111111111", "global"), 2, 5.0)
        assert meter.so_far().by_place == {place: [0, 2, *[0] * 7]}
        asyncio.run(pulse.end())
        assert database.read_now(heartbeats.list_workers) == []
    finally:
        database.close()


class Away(FastDatabase):
    """Its first write gets no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True

    async def write(self, work: Any) -> Any:
        if self.away:
            self.away = False
            raise StoreUnavailableError("away")
        return await super().write(work)


def test_nothing_is_lost_while_the_store_is_away() -> None:
    database = Away()
    meter = Meter()
    pulse = Pulse(database, lambda: NOW, WORKER, meter)
    meter.taken_in([EVENT], NOW - 1)
    asyncio.run(pulse.beat(WORKER))
    meter.taken_in([EVENT], NOW - 1)
    asyncio.run(pulse.beat(WORKER))
    assert database.read_now(lambda c: arrivals.list_last(c, now=NOW))[0].seen == 2
    database.dispose()


def test_a_time_that_is_not_told_is_no_hop() -> None:
    meter = Meter()
    meter.taken_in([Seen("1", "r", {"event": NOW - 9, "sent": 0.0, "received": NOW})], NOW + 1)
    assert {hop for hop, _ in meter.fresh().latencies} == {"received-due"}
