"""Long work as rows: one of a kind at a time, cancelled from elsewhere, lost when its process dies."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from liveaudit.store import drafts, jobs
from liveaudit.store.database import Database
from liveaudit.store.jobs import Job, JobRunningError, Progress, State
from tests.support.stores import Stores

NOW = 1_800_000_000.0


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def begin(database: Database, job_id: str, kind: str = "check", now: float = NOW, owner: str = "here") -> Job:
    return database.write_now(
        partial(jobs.begin, job_id=job_id, kind=kind, by="ada", owner=owner, now=now, subject="s")
    )


def get(database: Database, job_id: str, now: float = NOW) -> Job:
    found = database.read_now(partial(jobs.get, job_id=job_id, now=now))
    assert found is not None
    return found


def test_one_of_a_kind_at_a_time(database: Database) -> None:
    begin(database, "a")
    begin(database, "other", kind="sweep")
    with pytest.raises(JobRunningError, match="under way already, begun by ada") as refused:
        begin(database, "b")
    assert refused.value.job.id == "a"
    database.write_now(lambda c: jobs.end(c, "a", State.DONE, NOW + 1, progress=Progress()))
    assert begin(database, "b").running
    assert [each.id for each in database.read_now(lambda c: jobs.running(c, NOW))] == ["b", "other"]


def test_many_begin_at_once_and_one_does(database: Database) -> None:
    def one(number: int) -> str:
        try:
            return begin(database, f"job-{number}").id
        except JobRunningError as error:
            return error.job.id

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(one, range(16)))) == 1


def test_progress_is_kept_and_the_end_is_final(database: Database) -> None:
    begin(database, "a")
    told = Progress(3, 8, "entering 222222222222\0", {"cells": {"222222222222 eu-west-1": "ok"}})
    assert database.write_now(lambda c: jobs.tell(c, "a", told, NOW + 1))
    assert database.write_now(lambda c: jobs.tell(c, "a", None, NOW + 2)), "a mere sign of life"
    found = get(database, "a")
    assert (found.done, found.total, found.seen_at, found.subject) == (3, 8, NOW + 2, "s")
    assert found.message == "entering 222222222222\N{REPLACEMENT CHARACTER}"
    assert found.progress == {"cells": {"222222222222 eu-west-1": "ok"}}
    database.write_now(
        lambda c: jobs.end(c, "a", State.FAILED, NOW + 3, progress=Progress(3, 8, "denied"), result={"n": 1})
    )
    database.write_now(lambda c: jobs.end(c, "a", State.DONE, NOW + 4, progress=Progress()))
    ended = get(database, "a")
    assert (ended.state, ended.message, ended.ended_at, ended.result) == (
        State.FAILED,
        "denied",
        NOW + 3,
        {"n": 1},
    )
    assert not database.write_now(lambda c: jobs.tell(c, "a", told, NOW + 5)), "it has ended"


def test_somebody_else_ends_it(database: Database) -> None:
    begin(database, "a")
    assert database.write_now(lambda c: jobs.ask_to_end(c, "a", "grace"))
    assert get(database, "a").cancelled_by == "grace"
    assert not database.write_now(lambda c: jobs.tell(c, "a", None, NOW + 1))
    database.write_now(lambda c: jobs.end(c, "a", State.CANCELLED, NOW + 2, progress=Progress()))
    assert not database.write_now(lambda c: jobs.ask_to_end(c, "a", "grace")), "it has ended already"


def test_a_dead_process_is_told_and_holds_up_nobody(database: Database) -> None:
    begin(database, "a")
    late = NOW + jobs.LOST_AFTER + 1
    assert get(database, "a", NOW + jobs.LOST_AFTER).running
    lost = get(database, "a", late)
    assert (lost.state, lost.ended_at) == (State.LOST, NOW)
    assert database.read_now(lambda c: jobs.running(c, late)) == []
    assert begin(database, "b", now=late).running
    assert not database.write_now(lambda c: jobs.tell(c, "a", None, late)), (
        "who slept is told that it is lost"
    )
    assert get(database, "a", NOW).state is State.LOST, "and now it is written"


def test_a_process_that_began_anew_knows_its_former_jobs_lost(database: Database) -> None:
    begin(database, "a", owner="host:12:x")
    begin(database, "b", kind="sweep", owner="host:13:y")
    assert database.write_now(lambda c: jobs.lose(c, NOW, owners=frozenset({"host:12:x"}))) == 1
    assert get(database, "a").state is State.LOST
    assert get(database, "b").running


def test_pages_of_jobs(database: Database) -> None:
    for number in range(5):
        job_id = f"job-{number}"
        begin(database, job_id, kind=f"kind-{number % 2}", now=NOW + number // 2)
        database.write_now(partial(jobs.end, job_id=job_id, state=State.DONE, now=NOW, progress=Progress()))
    first = database.read_now(lambda c: jobs.list_jobs(c, NOW, limit=3))
    last = first[-1]
    rest = database.read_now(lambda c: jobs.list_jobs(c, NOW, limit=3, after=(last.began_at, last.id)))
    assert [each.id for each in first + rest] == ["job-4", "job-3", "job-2", "job-1", "job-0"]
    only = database.read_now(lambda c: jobs.list_jobs(c, NOW, kind="kind-1"))
    assert [each.id for each in only] == ["job-3", "job-1"]
    newest = database.read_now(lambda c: jobs.latest(c, "kind-0", NOW))
    assert newest is not None
    assert newest.id == "job-4"


def test_old_jobs_are_forgotten(database: Database) -> None:
    begin(database, "a")
    database.write_now(lambda c: jobs.end(c, "a", State.DONE, NOW, progress=Progress()))
    begin(database, "b", now=NOW + jobs.KEEP_SECONDS + 1)
    assert database.read_now(lambda c: jobs.get(c, "a", NOW)) is None


def test_drafts_are_left_and_taken_up_and_never_overwritten_unseen(database: Database) -> None:
    assert database.read_now(lambda c: drafts.get(c, "setup")) is None
    first = database.write_now(lambda c: drafts.put(c, "setup", {"a": 1}, by="ada", now=NOW, version=0))
    assert first.version == 1
    second = database.write_now(
        lambda c: drafts.put(c, "setup", {"a": 2}, by="grace", now=NOW + 1, version=first.version)
    )
    with pytest.raises(drafts.DraftChangedError, match="look at it again"):
        database.write_now(lambda c: drafts.put(c, "setup", {"a": 3}, by="ada", now=NOW + 2, version=1))
    with pytest.raises(drafts.DraftChangedError):
        database.write_now(lambda c: drafts.put(c, "setup", {"a": 3}, by="ada", now=NOW + 2, version=0))
    assert database.read_now(lambda c: drafts.get(c, "setup")) == second
    forced = database.write_now(lambda c: drafts.put(c, "setup", {"a": 4}, by="ada", now=NOW + 3))
    assert (forced.version, forced.value) == (3, {"a": 4})
    database.write_now(lambda c: drafts.drop(c, "setup"))
    assert database.read_now(lambda c: drafts.get(c, "setup")) is None
