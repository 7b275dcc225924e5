"""Latencies by account and region, in one row each."""

from __future__ import annotations

from liveaudit.store import place_latencies
from liveaudit.store.database import Database
from liveaudit.store.place_latencies import HOUR, Slowness, steps
from tests.support.stores import Stores

A, B = ("111111111111", "eu-west-1"), ("111111111111", "global")
START = 500_000


def test_steps_and_what_most_were_done_within() -> None:
    counted = steps([-1.0, 2.0, 2.1, 5.0, 400.0, 1e9])
    assert counted == [2, 2, 0, 0, 0, 0, 0, 1, 1]
    found = Slowness(START, tuple(counted))
    assert found.seen == 6
    assert [found.within(share) for share in (0.1, 0.5, 0.8, 1.0)] == [2.0, 5.0, 900.0, None]
    assert found.until == (START + 1) * HOUR


def test_two_hours_stand_and_a_quiet_place_keeps_its_last(stores: Stores) -> None:
    database = Database(stores.url())

    def add(hour: float, *seconds: float, place: tuple[str, str] = A) -> None:
        database.write_now(lambda c: place_latencies.add(c, {place: steps(seconds)}, hour * HOUR))

    def read() -> dict[tuple[str, str], tuple[int, tuple[int, ...]]]:
        found = database.read_now(place_latencies.read)
        return {place: (each.hour - START, each.counts[:3]) for place, each in found.items()}

    try:
        database.write_now(lambda c: place_latencies.add(c, {}, START * HOUR))
        add(START, 1.0, 1.0, 9.0)
        add(START + 0.9, 1.0)
        add(START, 3.0, place=B)
        assert read() == {A: (0, (3, 0, 1)), B: (0, (0, 1, 0))}
        add(START + 1, 3.0)
        assert read()[A] == (1, (3, 1, 1))
        # another worker's clock is behind: it counts with those that stand
        add(START, 3.0)
        assert read()[A] == (1, (3, 2, 1))
        add(START + 2, 9.0)
        assert read()[A] == (2, (0, 2, 1))
        add(START + 9, 1.0)
        assert read() == {A: (9, (1, 0, 0)), B: (0, (0, 1, 0))}
        assert set(database.read_now(lambda c: place_latencies.read(c, account="2"))) == set()
    finally:
        database.close()
