"""Several processes' worth of connections at once on one PostgreSQL database: nobody overlooks, doubles or loses."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from liveaudit.model import Cause, FindingStatus, Resource, Verdict, failed
from liveaudit.store import dependents, findings, lifecycle, locks, records, snapshots, work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.lifecycle import Story
from liveaudit.store.schema import due, due_causes, transitions
from liveaudit.store.snapshots import Read
from liveaudit.store.work import Due
from tests.support.postgres import NoServerError, Server

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.empty("many")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(url)
    yield made
    made.close()


def resource(name: str, type_name: str = "Fake::Widget") -> Resource:
    return Resource("aws", "111111111111", "eu-west-1", type_name, name)


def event(name: str, cause: str) -> Due:
    return Due(resource(name), f"arn:{name}", Cause(cause, "event"))


@contextmanager
def open_transaction(database: Database) -> Iterator[Connection]:
    """A transaction of another worker, committed at the end of the block."""
    with database.engine.connect() as connection, connection.begin():
        yield connection


def waiting(database: Database) -> int:
    """How many transactions wait for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return int(database.read_now(lambda c: c.execute(query)).scalar_one())


def until_waiting(database: Database, number: int = 1) -> None:
    for _ in range(2000):
        if waiting(database) >= number:
            return
        threading.Event().wait(0.005)
    raise AssertionError("nobody waits")


def test_no_row_is_claimed_twice(database: Database, url: str) -> None:
    names = [f"w{number}" for number in range(120)]
    database.write_now(lambda c: work.add_due(c, [event(each, "e") for each in names], 1.0))
    workers = [Database(url) for _ in range(3)]

    def claim_all(number: int) -> list[str]:
        claimed: list[str] = []
        while some := workers[number].write_now(
            lambda c: work.claim(c, owner=f"o{number}", now=2.0, lease_seconds=60, limit=5)
        ):
            claimed += [each.resource.id for each in some]
        return claimed

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(claim_all, range(3)))
    assert sorted(name for each in found for name in each) == sorted(names)
    assert all(found), "each takes some"
    for each in workers:
        each.close()


def test_a_locked_row_is_passed_over(database: Database) -> None:
    database.write_now(lambda c: work.add_due(c, [event("a", "e"), event("b", "e")], 1.0))
    with open_transaction(database) as other:
        first = work.claim(other, owner="one", now=2.0, lease_seconds=60, limit=1)
        (second,) = database.write_now(
            lambda c: work.claim(c, owner="two", now=2.0, lease_seconds=60, limit=9)
        )
    assert {first[0].resource.id, second.resource.id} == {"a", "b"}


def test_the_same_new_resources_from_everywhere(database: Database) -> None:
    """Many batches in any order about the same resources: no deadlock without end, nothing lost, nothing doubled."""
    names = [f"w{number}" for number in range(8)]

    def batch(number: int) -> None:
        order = names[number % 8 :] + names[: number % 8]
        given = [event(each, f"event:{number}") for each in order]

        def store(connection: Connection) -> None:
            work.add_due(connection, given, 1.0)
            records.count_up(connection, Counter({("changes", each): 1 for each in order}))

        database.write_now(store)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(batch, range(24)))
    generations = database.read_now(lambda c: list(c.execute(select(due.c.generation)).scalars()))
    assert generations == [24] * 8
    causes = database.read_now(lambda c: c.execute(select(func.count()).select_from(due_causes)).scalar_one())
    assert causes == 24 * 8
    assert set(database.read_now(records.read_counters).values()) == {24}


def test_a_deadlock_is_run_again(database: Database) -> None:
    keys = database.write_now(lambda c: work.resource_keys(c, {resource("a"): "a", resource("b"): "b"}, 1.0))
    both = threading.Barrier(2)
    runs = Counter[str]()

    def locking(name: str, order: list[int]) -> None:
        def run(connection: Connection) -> None:
            runs[name] += 1
            locks.sections(connection, written={order[0]}, stood_on=set())
            if runs[name] == 1:
                both.wait(10)
            locks.sections(connection, written={order[1]}, stood_on=set())

        database.write_now(run)

    with ThreadPoolExecutor(2) as threads:
        a, b = sorted(keys.values())
        list(threads.map(locking, ("one", "two"), ([a, b], [b, a])))
    assert sorted(runs.values()) == [1, 2], "the victim ran again, the other did not"


def test_a_lost_connection_is_run_again(database: Database, postgres: Server) -> None:
    killed = Counter[str]()

    def run(connection: Connection) -> None:
        records.count_up(connection, {("n", "l"): 1})
        killed["runs"] += 1
        if killed["runs"] == 1:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postgres.terminate(int(pid))
            connection.execute(text("SELECT 1"))

    database.write_now(run)
    assert killed["runs"] == 2
    assert database.read_now(records.read_counters) == {("n", "l"): 1}


def test_a_server_that_goes_away_and_comes_back() -> None:
    try:
        server = Server(durable=True)
        server.start()
    except NoServerError as error:
        pytest.skip(f"no tests on PostgreSQL: {error}")
    try:
        database = Database(server.empty("once"))
        database.write_now(lambda c: records.count_up(c, {("n", "l"): 1}))
        server.halt()
        for run in (database.write_now, database.read_now):
            with pytest.raises(StoreUnavailableError, match="database once cannot be used: "):
                run(lambda c: c.execute(text("SELECT 1")))
        server.resume()
        assert database.read_now(records.read_counters) == {("n", "l"): 1}
        database.write_now(lambda c: records.count_up(c, {("n", "l"): 1}))
        database.close()
    finally:
        server.stop()


def test_a_transaction_is_not_held_open_for_ever(database: Database) -> None:
    shown = database.read_now(
        lambda c: [
            c.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("idle_in_transaction_session_timeout", "transaction_isolation")
        ]
    )
    assert shown == ["1min", "read committed"]


def test_who_stands_on_a_section_and_who_changes_it_do_not_overlook_each_other(database: Database) -> None:
    """Either the one sees the other's edge, or the other sees the new value; with both open at once too."""
    keys = database.write_now(
        lambda c: work.resource_keys(c, {resource("w"): "w", resource("s", "Fake::Settings"): "s"}, 1.0)
    )
    widget, base = keys[resource("w")], keys[resource("s", "Fake::Settings")]
    old, new = (
        [Read("value", text, order, float(order), float(order)) for order in range(1, 5)] for text in "12"
    )
    database.write_now(lambda c: snapshots.write_sections(c, base, {"settings": old[0]}))

    def change(connection: Connection) -> int:
        locks.sections(connection, written={base}, stood_on=set())
        changed = snapshots.write_sections(connection, base, {"settings": new[1]})
        return dependents.make_due(connection, base, changed, order=2, now=2.0, change=None)

    def stand(connection: Connection) -> str:
        locks.sections(connection, written=set(), stood_on={base})
        snapshots.write_edges(connection, widget, {"own": {(base, "settings")}})
        return snapshots.stored_digests(connection, base)["settings"].digest

    with open_transaction(database) as other:
        assert stand(other) == old[0].digest
        changing = database.submit(change)
        until_waiting(database)
    assert changing.result() == 1, "it waited for the edge, and saw it"
    database.write_now(lambda c: snapshots.write_edges(c, widget, {"own": set()}))
    database.write_now(lambda c: snapshots.write_sections(c, base, {"settings": old[2]}))
    with open_transaction(database) as other:
        snapshots_changed = snapshots.write_sections(other, base, {"settings": new[3]})
        assert snapshots_changed == {"settings"}
        locks.sections(other, written={base}, stood_on=set())
        standing = database.submit(stand)
        until_waiting(database)
    assert standing.result() == new[3].digest, "it waited for the change, and saw it"


def move(connection: Connection, key: int, policy: str, verdict: Verdict | None = None) -> None:
    lifecycle.open_finding(
        connection,
        key,
        finding_id=policy,
        resource=resource("w"),
        policy=policy,
        severity="low",
        verdict=verdict or failed("bad"),
        now=1.0,
        story=Story((), {}),
    )


def test_who_follows_the_transitions_misses_none(database: Database) -> None:
    """Numbers are given before the commit: who reads on from the last one may not overlook a slower writer's."""
    (key,) = database.write_now(lambda c: work.resource_keys(c, {resource("w"): "w"}, 1.0)).values()
    seen: list[dict[str, Any]] = []

    def follow() -> None:
        after = seen[-1]["number"] if seen else 0
        seen.extend(database.read_now(lambda c: findings.transitions_since(c, after)))

    with ThreadPoolExecutor(1) as threads:
        with open_transaction(database) as slow:
            move(slow, key, "p1")
            database.write_now(lambda c: move(c, key, "p2"))
            following = threads.submit(follow)
            until_waiting(database)
        following.result()
    follow()
    database.write_now(lambda c: move(c, key, "p3"))
    follow()
    assert [each["policy"] for each in seen] == ["p1", "p2", "p3"]
    statuses = database.read_now(lambda c: set(c.execute(select(transitions.c.status)).scalars()))
    assert statuses == {FindingStatus.NEW.value}
