"""Due work on both databases: claims, leases, orders, and names that cannot be stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from liveaudit.model import Cause, Resource
from liveaudit.store import holding, leases, work
from liveaudit.store.database import Database
from liveaudit.store.work import Claim, Due, LeaseLostError, UnstorableError
from tests.support.stores import Stores


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def resource(name: str) -> Resource:
    return Resource("aws", "111111111111", "eu-west-1", "Fake::Widget", name)


def add(database: Database, *names: str, cause: str = "event:1", now: float = 1.0, priority: int = 0) -> None:
    due = [Due(resource(name), f"arn:{name}", Cause(cause, "event"), priority) for name in names]
    database.write_now(lambda c: work.add_due(c, due, now))


def claim(database: Database, owner: str = "one", now: float = 1.0, limit: int = 9) -> list[Claim]:
    return database.write_now(lambda c: work.claim(c, owner=owner, now=now, lease_seconds=10.0, limit=limit))


def names(claims: Sequence[Claim]) -> list[str]:
    return [each.resource.id for each in claims]


def test_claimed_once_and_taken_over_when_the_lease_is_over(database: Database) -> None:
    add(database, "b", "a", priority=5)
    add(database, "c")
    first = claim(database, limit=2)
    assert names(first) == ["c", "b"] or names(first) == ["c", "a"], "the urgent one first"
    assert len(claim(database, "two")) == 1
    assert claim(database, "two", now=10.0) == []
    again = claim(database, "two", now=12.0)
    assert sorted(names(again)) == ["a", "b", "c"]
    assert again[0].order > first[0].order
    with pytest.raises(LeaseLostError):
        database.write_now(lambda c: leases.finish(c, first[0], now=1.0))
    assert database.write_now(lambda c: leases.finish(c, again[0], now=1.0)) is True


def test_what_came_meanwhile_makes_another_round(database: Database) -> None:
    add(database, "a")
    (first,) = claim(database)
    add(database, "a", cause="event:2")
    assert database.write_now(lambda c: leases.finish(c, first, now=1.0)) is False
    (second,) = claim(database)
    assert [cause.id for cause in second.causes] == ["event:2"]
    assert database.write_now(lambda c: leases.finish(c, second, now=1.0)) is True
    assert database.read_now(work.pending) == 0


def test_leases_are_kept_while_they_are_held(database: Database) -> None:
    add(database, "a", "b")
    claims = claim(database)
    lost = claim(database, "two", now=12.0, limit=1)
    held = [each for each in claims if each.key != lost[0].key]
    assert database.write_now(lambda c: holding.keep(c, claims, until=30.0)) == 1
    assert names(claim(database, "three", now=25.0)) == names(lost)
    assert database.write_now(lambda c: leases.finish(c, held[0], now=1.0)) is True


def test_leases_are_given_back(database: Database) -> None:
    add(database, "a", "b", "c")
    claims = claim(database, limit=2)
    (lost,) = claim(database, "two", now=12.0, limit=1)
    assert database.write_now(lambda c: holding.give_back(c, claims)) == 1
    assert lost.resource.id not in names(claim(database, "three", now=13.0))
    assert database.write_now(lambda c: leases.finish(c, lost, now=1.0)) is True


def test_orders_rise(database: Database) -> None:
    orders = [database.write_now(lambda c: work.next_value(c, "read_order")) for _ in range(3)]
    assert orders == sorted(set(orders))


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a" * 2049], ids=["NUL", "surrogate", "long"])
def test_names_that_no_database_takes(database: Database, name: str) -> None:
    with pytest.raises(UnstorableError, match="Fake::Widget"):
        add(database, "good", name)
    assert database.read_now(work.pending) == 0
    add(database, "\N{SNOWMAN}\N{PILE OF POO}")
    assert names(claim(database)) == ["\N{SNOWMAN}\N{PILE OF POO}"]
