"""Quarantine: once each, whatever it holds, never too many, found again by what it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from liveaudit.store import quarantine
from liveaudit.store.database import Database
from liveaudit.store.quarantine import Kept, Which
from tests.support.stores import Stores


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def kept(number: int, reason: str = "malformed", queue: str = "q", body: str = "{") -> Kept:
    return Kept(f"m{number}", queue, 1.5, reason, f"d{number}", body)


def ids(database: Database, which: Which | None = None) -> list[str]:
    return [row["message_id"] for row in database.read_now(lambda c: quarantine.list_quarantine(c, which))]


def test_a_message_is_kept_once_whatever_it_holds(database: Database) -> None:
    for now in (1.0, 2.0):
        odd = Kept("m", "q", 0.5, "malformed", "x\x00" + "y" * 5000, "a\x00b\ud800c")
        assert not database.write_now(partial(quarantine.keep, messages=[odd], now=now))
    (row,) = database.read_now(quarantine.list_quarantine)
    assert row["body"] == "a\N{REPLACEMENT CHARACTER}b?c"
    assert (row["sent"], row["at"]) == (0.5, 1.0)
    assert len(row["detail"]) == 2000
    assert database.read_now(quarantine.count_quarantine) == {"malformed": 1}


def test_the_oldest_of_the_same_reason_are_dropped_and_counted(database: Database) -> None:
    database.write_now(lambda c: quarantine.keep(c, [kept(0, "unmapped")], 1.0, most=3))
    for number in range(1, 4):
        assert not database.write_now(partial(quarantine.keep, messages=[kept(number)], now=number, most=3))
    dropped = database.write_now(lambda c: quarantine.keep(c, [kept(4), kept(5)], 5.0, most=3))
    assert dropped == {"malformed": 2}
    assert ids(database) == ["m5", "m4", "m3", "m0"]


def test_they_are_found_by_what_they_are(database: Database) -> None:
    for number, (reason, queue) in enumerate([("malformed", "a"), ("unmapped", "a"), ("unmapped", "b")]):
        given = [kept(number, reason, queue)]
        database.write_now(partial(quarantine.keep, messages=given, now=float(number)))
    assert ids(database, Which(reason="unmapped")) == ["m2", "m1"]
    assert ids(database, Which(queue="a")) == ["m1", "m0"]
    assert ids(database, Which(before=1.0)) == ["m0"]
    assert ids(database, Which(after=1.0, queue="b")) == ["m2"]
    first, *_ = database.read_now(lambda c: quarantine.page(c, Which(), after_id=0, limit=1))
    rest = database.read_now(lambda c: quarantine.page(c, Which(), after_id=first["id"], limit=9))
    assert [first["message_id"], *(row["message_id"] for row in rest)] == ["m0", "m1", "m2"]
    assert ids(database, Which(ids=(first["id"],))) == ["m0"]


def test_who_takes_one_out_has_it_alone(database: Database) -> None:
    database.write_now(lambda c: quarantine.keep(c, [kept(0), kept(1)], 1.0))
    rows = [row["id"] for row in database.read_now(quarantine.list_quarantine)]
    assert database.write_now(lambda c: quarantine.take_out(c, rows[:1])) == rows[:1]
    assert database.write_now(lambda c: quarantine.take_out(c, rows)) == rows[1:]


def test_purge_removes_what_matches(database: Database) -> None:
    for number in range(3):
        database.write_now(partial(quarantine.keep, messages=[kept(number)], now=float(number)))
    assert database.write_now(lambda c: quarantine.purge(c, Which(before=2.0))) == 2
    assert ids(database) == ["m2"]
