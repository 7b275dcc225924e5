"""Jobs of the console: told as they get on, ended by whoever may, and never in the way of the console."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import pytest

from liveaudit.model import LiveauditError
from liveaudit.store import jobs
from liveaudit.store.database import Database
from liveaudit.store.jobs import Job, JobRunningError, State
from liveaudit.web.running import Matrix, Runner, Telling

NOW = 1_800_000_000.0


def run(database: Database, story: Callable[[Runner], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        runner = Runner(database, lambda: NOW, tell_every=0.005, sign_every=0.01)
        try:
            await story(runner)
        finally:
            await runner.close()

    asyncio.run(told())


def get(database: Database, job_id: str) -> Job:
    found = database.read_now(partial(jobs.get, job_id=job_id, now=NOW))
    assert found is not None
    return found


async def until(database: Database, job_id: str, holds: Callable[[Job], bool]) -> Job:
    async with asyncio.timeout(30):
        while not holds(found := await asyncio.to_thread(get, database, job_id)):
            await asyncio.sleep(0.005)
    return found


def test_progress_is_in_the_store_while_it_runs_and_the_result_at_the_end(database: Database) -> None:
    go_on = asyncio.Event()

    async def work(telling: Telling) -> Mapping[str, Any]:
        telling.total, telling.done, telling.message = 2, 1, "entering"
        telling.matrices["accounts"] = Matrix("account", {"1": "1 shop"}, ("enter",))
        telling.matrices["accounts"].put("1", "enter", "bad", "failed", "there is no role")
        await go_on.wait()
        telling.done = 2
        return {"failed": 1}

    async def story(runner: Runner) -> None:
        job = await runner.begin("check", "ada", work, subject="digest")
        half = await until(database, job.id, lambda each: each.done == 1)
        assert half.running
        cells = half.progress["matrices"]["accounts"]["cells"]
        assert cells == {"1": {"enter": ["bad", "failed", "there is no role"]}}
        with pytest.raises(JobRunningError):
            await runner.begin("check", "grace", work)
        go_on.set()
        await runner.wait(job.id)
        ended = get(database, job.id)
        assert (ended.state, ended.done, ended.result, ended.subject) == (
            State.DONE,
            2,
            {"failed": 1},
            "digest",
        )

    run(database, story)


def test_who_may_ends_it_from_anywhere(database: Database) -> None:
    ended = []

    async def work(_telling: Telling) -> Mapping[str, Any]:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("cleaned up")
        return {}

    async def story(runner: Runner) -> None:
        job = await runner.begin("apply", "ada", work)
        await asyncio.sleep(0)
        assert await database.write(partial(jobs.ask_to_end, job_id=job.id, by="grace"))
        # it is asked at its next sign of life
        runner_job = await until(database, job.id, lambda each: not each.running)
        assert (runner_job.state, runner_job.cancelled_by) == (State.CANCELLED, "grace")
        assert ended == ["cleaned up"]

    run(database, story)


def test_a_failure_is_told_in_words_and_another_may_begin(database: Database) -> None:
    async def refuses(_telling: Telling) -> Mapping[str, Any]:
        raise LiveauditError("the receiver cannot be asked: make its role")

    async def breaks(_telling: Telling) -> Mapping[str, Any]:
        raise RuntimeError("boom")

    async def story(runner: Runner) -> None:
        for work, message in (
            (refuses, "the receiver cannot be asked: make its role"),
            (breaks, "RuntimeError: boom"),
        ):
            job = await runner.begin("check", "ada", work)
            await runner.wait(job.id)
            assert (get(database, job.id).state, get(database, job.id).message) == (State.FAILED, message)

    run(database, story)


def test_a_console_that_stops_tells_its_jobs_as_lost(database: Database) -> None:
    begun = []

    async def work(_telling: Telling) -> Mapping[str, Any]:
        await asyncio.sleep(3600)
        return {}

    async def story(runner: Runner) -> None:
        begun.append((await runner.begin("apply", "ada", work)).id)
        await asyncio.sleep(0.01)

    run(database, story)
    lost = get(database, begun[0])
    assert (lost.state, lost.message) == (State.LOST, "the console was stopped meanwhile")


def test_very_many_notes_keep_the_last_ones() -> None:
    telling = Telling()
    for number in range(1000):
        telling.note(str(number))
    assert telling.notes[-1] == "999"
    assert len(telling.notes) == 200
