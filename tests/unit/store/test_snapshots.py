"""Sections as they are written, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liveaudit.model import Cause, Resource
from liveaudit.store import snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.snapshots import Read
from liveaudit.store.work import Due
from tests.support.stores import Stores

WIDGET = Resource("aws", "111111111111", "eu-west-1", "Fake::Widget", "w")


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def test_of_the_newest_second_two_changes_are_remembered(database: Database) -> None:
    due = [Due(WIDGET, "arn:w", Cause("event:1", "event"))]
    database.write_now(lambda c: work.add_due(c, due, 1.0))
    (claimed,) = database.write_now(lambda c: work.claim(c, owner="o", now=1.0, lease_seconds=9.0, limit=1))

    def written(order: int, event_at: float | None, *ids: str) -> tuple[float | None, set[str]]:
        read = {"lock": Read("value", '"x"', order, 5.0, 5.0, event_at, frozenset(ids))}
        database.write_now(lambda c: snapshots.write_sections(c, claimed.key, read))
        stands = database.write_now(lambda c: snapshots.standing_sections(c, [claimed.key]))
        lock = stands[claimed.key]["lock"]
        return lock.event_at, set(lock.event_ids)

    assert written(1, None) == (None, set())
    assert written(2, 10.0, "a") == (10.0, {"a"})
    assert written(3, 10.0, "b") == (10.0, {"a", "b"}), "two of one second"
    assert written(4, 10.0, "c") == (10.0, {"a", "b"}), "two are enough to tell that there are others"
    assert written(5, 9.0, "d") == (10.0, {"a", "b"}), "an older one came late"
    assert written(6, None) == (10.0, {"a", "b"}), "no change asked for this reading"
    assert written(7, 11.0, "e") == (11.0, {"e"})
