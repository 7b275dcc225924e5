"""How soon a resource that keeps changing is audited again: the numbers, and the rows on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liveaudit.model import Cause, Resource
from liveaudit.store import leases, work
from liveaudit.store.database import Database
from liveaudit.store.pace import Pace
from liveaudit.store.standing import Look
from liveaudit.store.work import Claim, Due
from tests.support.stores import Stores

PACE = Pace(free=2, first=0.25, factor=3.0, longest=3.0, most=10.0, calm=2.0)
WHAT = Resource("aws", "111111111111", "eu-west-1", "Fake::Widget", "w")


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def test_the_silence_grows_to_its_longest() -> None:
    assert [PACE.silence(n) for n in range(7)] == [0.0, 0.0, 0.25, 0.75, 2.25, 3.0, 3.0]
    assert PACE.silence(10**6) == 3.0


def test_a_streak_ends_with_quiet() -> None:
    assert PACE.next_streak(0, None, 50.0) == 1
    assert PACE.next_streak(1, 50.0, 51.9) == 2
    assert PACE.next_streak(1, 50.0, 52.0) == 1
    assert PACE.next_streak(3, 50.0, 52.7) == 4
    assert PACE.not_before(2, 50.0, 51.0) == 51.25
    assert PACE.not_before(2, 50.0, 53.0) == 53.0


def add(database: Database, now: float, number: int, kind: str = "event") -> float | None:
    """One more event; when the row is due now."""
    due = [Due(WHAT, "arn", Cause(f"{kind}:{number}", kind))]
    database.write_now(lambda c: work.add_due(c, due, now, pace=PACE))
    return database.read_now(work.next_time)


def claim(database: Database, now: float) -> Claim:
    (claimed,) = database.write_now(lambda c: work.claim(c, owner="o", now=now, lease_seconds=60.0, limit=5))
    return claimed


def audited(database: Database, claimed: Claim, streak: int, now: float) -> None:
    database.write_now(lambda c: leases.audited(c, claimed, streak=streak, now=now))


def end(database: Database, claimed: Claim, now: float, rest: float = 0.0) -> bool:
    return database.write_now(lambda c: leases.finish(c, claimed, now=now, rest=rest))


def test_a_quiet_resource_starts_at_once_and_a_busy_one_waits_for_silence(database: Database) -> None:
    assert add(database, 100.0, 1) == 100.0
    first = claim(database, 100.0)
    audited(database, first, 2, 100.1)
    assert end(database, first, 100.1)
    assert add(database, 100.2, 2) == 100.45
    assert add(database, 100.3, 3) == 100.55, "the silence begins anew"
    assert add(database, 100.35, 4, "sweep") == 100.35, "who is not of the burst does not wait"


def test_nothing_waits_longer_than_the_most(database: Database) -> None:
    add(database, 100.0, 0)
    first = claim(database, 100.0)
    audited(database, first, 6, 100.0)
    assert end(database, first, 100.0)
    times = [add(database, 101.0 + n, n + 1) for n in range(15)]
    assert times[0] == 104.0
    assert max(each for each in times if each is not None) == 111.0


def test_what_comes_while_it_is_audited_rests_and_keeps_all_causes(database: Database) -> None:
    add(database, 100.0, 1)
    first = claim(database, 100.0)
    for number in range(2, 22):
        add(database, 100.0 + number / 100, number)
    assert not end(database, first, 100.3, rest=0.25)
    assert database.read_now(work.next_time) == 100.55
    second = claim(database, 100.6)
    assert len(second.causes) == 20
    assert end(database, second, 100.7)


def test_an_event_does_not_wait_for_a_look(database: Database) -> None:
    add(database, 100.0, 1)
    first = claim(database, 100.0)
    keep = {"event:1": Look(frozenset({"lock"}), 220.0)}
    besides = Cause("look", "look", frozenset({"keys"}))
    assert not database.write_now(
        lambda c: leases.finish(c, first, now=100.1, keep=keep, besides=besides, besides_at=230.0)
    )
    assert database.read_now(work.pending) == 0, "a look is no backlog"
    assert database.read_now(work.next_time) == 220.0
    assert add(database, 130.0, 2) == 130.0
    assert database.read_now(work.pending) == 1
    second = claim(database, 130.0)
    assert second.looks == 0
    assert [cause.id for cause in second.causes] == ["event:2"], "the looks are not due yet"
    assert not end(database, second, 130.1)
    assert database.read_now(work.next_time) == 220.0
    third = claim(database, 220.0)
    assert (third.looks, [(each.id, set(each.sections)) for each in third.causes]) == (
        1,
        [("event:1", {"lock"})],
    )
    assert not end(database, third, 220.1)
    assert claim(database, 230.0).causes == (besides,)


def test_what_comes_while_it_is_looked_at_is_not_put_off(database: Database) -> None:
    add(database, 100.0, 1)
    first = claim(database, 100.0)
    add(database, 100.05, 2)
    keep = {"event:1": Look(frozenset(), 220.0)}
    database.write_now(lambda c: leases.finish(c, first, now=100.1, rest=0.25, keep=keep))
    assert database.read_now(work.next_time) == 100.35
    second = claim(database, 101.0)
    assert {cause.id for cause in second.causes} == {"event:2"}
    assert not end(database, second, 101.1), "a look is left"
    assert database.read_now(work.pending) == 0


def test_looks_are_counted_and_causes_that_are_answered_end(database: Database) -> None:
    add(database, 100.0, 1)
    add(database, 100.0, 2)
    first = claim(database, 100.0)
    keep = {"event:2": Look(frozenset({"lock"}), 101.0)}
    database.write_now(lambda c: leases.finish(c, first, now=100.1, keep=keep))
    second = claim(database, 101.0)
    assert (second.looks, [cause.id for cause in second.causes]) == (1, ["event:2"])
    assert end(database, second, 101.1)
    assert database.read_now(work.next_time) is None


def test_the_same_event_again_is_due_at_once(database: Database) -> None:
    add(database, 100.0, 1)
    first = claim(database, 100.0)
    keep = {"event:1": Look(frozenset({"lock"}), 220.0)}
    database.write_now(lambda c: leases.finish(c, first, now=100.1, keep=keep))
    add(database, 150.0, 1)
    second = claim(database, 150.0)
    assert (second.looks, [cause.sections for cause in second.causes]) == (0, [frozenset()])
    assert end(database, second, 150.1)
