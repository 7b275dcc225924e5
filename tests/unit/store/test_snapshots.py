"""Sections as they are written, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from liveaudit.model import Cause, Resource
from liveaudit.store import codec, resource_tags, snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.resource_tags import Tag
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


def test_tags_follow_the_sections_in_which_they_stand(database: Database) -> None:
    due = [Due(WIDGET, "arn:w", Cause("event:1", "event"))]
    database.write_now(lambda c: work.add_due(c, due, 1.0))
    (claimed,) = database.write_now(lambda c: work.claim(c, owner="o", now=1.0, lease_seconds=9.0, limit=1))

    def written(order: int, **values: Any) -> None:
        read = {
            name: Read(
                "absent" if value is None else "value", codec.dump(value) if value else "", order, 5.0, 5.0
            )
            for name, value in values.items()
        }
        database.write_now(lambda c: snapshots.write_sections(c, claimed.key, read))

    def borne(tag: str) -> bool:
        rows = database.read_now(lambda c: c.execute(resource_tags.bearing(Tag.of(tag))).scalars().all())
        return list(rows) == [claimed.key]

    written(
        1, tagging=[{"Key": "Team", "Value": "shop"}], configuration={"Tags": {"Stage": "dev"}, "Name": "w"}
    )
    assert borne("Team=shop")
    assert borne(" Team ")
    assert borne("Stage=dev")
    assert not borne("Team=sho")
    assert not borne("Team=")
    written(2, configuration={"Name": "w", "Tags": {"Stage": "prod", "odd\0\ud800" + "x" * 200: "y" * 300}})
    assert not borne("Stage=dev")
    assert borne("Stage=prod")
    assert borne("odd\0\ud800" + "x" * 200 + "=" + "y" * 300)
    written(1, configuration={"Tags": {"Stage": "older"}})
    assert borne("Stage=prod"), "an older reading tells nothing"
    written(3, tagging=None)
    assert not borne("Team=shop")
    assert borne("Stage=prod")
    written(4, configuration={"Name": "no tags"})
    assert not borne("Stage")
