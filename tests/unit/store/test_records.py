"""Counters, and writes that fail."""

from __future__ import annotations

from liveaudit.store import records
from liveaudit.store.database import Database
from tests.support.stores import Stores


def test_counters_add_up(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        for _ in range(3):
            database.write_now(
                lambda c: records.count_up(c, {("unmapped", "s3:X"): 2, ("ignored", "s3:Y"): 1})
            )
        assert database.read_now(records.read_counters) == {("unmapped", "s3:X"): 6, ("ignored", "s3:Y"): 3}
        assert database.read_now(lambda c: records.read_counters(c, ["ignored"])) == {("ignored", "s3:Y"): 3}
    finally:
        database.close()


def test_what_one_write_raises_is_its_own(stores: Stores) -> None:
    database = Database(stores.url())

    def broken(connection: object) -> None:
        raise ValueError("mine")

    try:
        futures = [
            database.submit(lambda c: records.count_up(c, {("n", "l"): 1})),
            database.submit(broken),
            database.submit(lambda c: records.count_up(c, {("n", "l"): 1})),
        ]
        assert futures[0].result() is None
        assert isinstance(futures[1].exception(), ValueError)
        assert futures[2].result() is None
        assert database.read_now(records.read_counters) == {("n", "l"): 2}
    finally:
        database.close()
