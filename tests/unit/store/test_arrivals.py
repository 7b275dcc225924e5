"""Last events and how many came in about an hour."""

from __future__ import annotations

from liveaudit.store import arrivals
from liveaudit.store.arrivals import HOUR, Arrived, Last
from liveaudit.store.database import Database
from tests.support.stores import Stores

A, B = ("111111111111", "eu-west-1"), ("222222222222", "eu-west-1")
START = 500_000.0 * HOUR


def test_the_newest_stands_and_all_are_counted(stores: Stores) -> None:
    database = Database(stores.url())

    def add(made: float, taken: float, seen: int, place: tuple[str, str] = A) -> None:
        database.write_now(lambda c: arrivals.add(c, {place: Arrived(made, taken, seen)}))

    def last(now: float) -> Last:
        return database.read_now(lambda c: arrivals.list_last(c, now=now))[0]

    try:
        database.write_now(lambda c: arrivals.add(c, {}))
        add(START + 10, START + 12, 3)
        # late, made before
        add(START + 5, START + 20, 1)
        add(START, START + 1, 7, B)
        assert last(START + 30) == Last(*A, START + 10, START + 20, 4, 4.0)
        # half of the next hour is over: half of the four count
        assert last(START + HOUR * 1.5).last_hour == 2.0
        assert last(START + HOUR * 2.5).last_hour == 0.0
        add(START + HOUR + 1, START + HOUR + 2, 10)
        assert last(START + HOUR * 1.25).last_hour == 10 + 4 * 0.75
        # of another worker, for the hour before
        add(START + 1, START + 60, 1)
        assert last(START + HOUR * 1.5).seen == 15
        add(START + HOUR * 5, START + HOUR * 5, 1)
        assert last(START + HOUR * 5).last_hour == 1.0
        assert [
            (each.account, each.seen) for each in database.read_now(lambda c: arrivals.list_last(c, now=0))
        ] == [
            (A[0], 16),
            (B[0], 7),
        ]
    finally:
        database.close()
