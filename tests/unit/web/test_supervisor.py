"""The worker beside the console: when it begins, when it begins anew, and that the console outlives its failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from liveaudit.settings import Settings, SettingsError, parse
from liveaudit.web.supervisor import Made, State, Supervisor

GIVEN = parse({"receiver": "111111111111", "accounts": [{"id": "111111111111"}], "regions": ["eu-west-1"]})


class Worker:
    """Runs until it is stopped, or breaks at once."""

    def __init__(self, breaks: Exception | None = None) -> None:
        self.stopped = asyncio.Event()
        self.breaks = breaks

    def stop(self) -> None:
        self.stopped.set()

    async def run(self) -> None:
        if self.breaks is not None:
            raise self.breaks
        await self.stopped.wait()


@dataclass
class Stage:
    """A settings file that a test writes, and the workers that were made on it."""

    settings: Settings | SettingsError | None = None
    failures: list[Exception] = field(default_factory=list)
    on: list[Settings] = field(default_factory=list)
    ended: int = 0

    def read(self) -> Settings | None:
        if isinstance(self.settings, SettingsError):
            raise self.settings
        return self.settings

    @asynccontextmanager
    async def make(self, settings: Settings) -> AsyncIterator[Made]:
        self.on.append(settings)
        try:
            yield Made(Worker(self.failures.pop(0) if self.failures else None))
        finally:
            self.ended += 1

    def supervisor(self) -> Supervisor:
        return Supervisor(self.read, self.make, look_every=0.005, first_wait=0.001)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[None]:
    task = asyncio.create_task(supervisor.run())
    try:
        yield
    finally:
        supervisor.stop()
        await task


def test_it_waits_for_the_settings_then_runs() -> None:
    async def seen() -> None:
        stage = Stage()
        supervisor = stage.supervisor()
        async with running(supervisor):
            await until(lambda: supervisor.state is State.NOT_SET_UP)
            stage.settings = GIVEN
            supervisor.look_again()
            await until(lambda: supervisor.state is State.RUNNING)
            assert supervisor.made is not None
        assert (stage.on, stage.ended, supervisor.state) == ([GIVEN], 1, State.STOPPED)

    asyncio.run(seen())


def test_it_begins_anew_when_they_change_and_only_then() -> None:
    other = replace_queue(GIVEN)

    async def seen() -> None:
        stage = Stage(GIVEN)
        supervisor = stage.supervisor()
        async with running(supervisor):
            await until(lambda: supervisor.state is State.RUNNING)
            for _ in range(3):
                supervisor.look_again()
                await asyncio.sleep(0.01)
            assert len(stage.on) == 1
            stage.settings = other
            supervisor.look_again()
            await until(lambda: len(stage.on) == 2)
        assert stage.on == [GIVEN, other]
        assert stage.ended == 2

    asyncio.run(seen())


def replace_queue(settings: Settings) -> Settings:
    return parse(
        {
            "receiver": settings.receiver,
            "accounts": [{"id": "111111111111"}],
            "regions": ["eu-west-1"],
            "queue": "another",
        }
    )


def test_mistakes_in_the_file_leave_the_worker_as_it_was_and_are_told() -> None:
    async def seen() -> None:
        stage = Stage(GIVEN)
        supervisor = stage.supervisor()
        async with running(supervisor):
            await until(lambda: supervisor.state is State.RUNNING)
            stage.settings = SettingsError("liveaudit.yaml", ())
            supervisor.look_again()
            await until(lambda: "mistakes" in supervisor.detail)
            assert supervisor.state is State.RUNNING
        assert len(stage.on) == 1

    asyncio.run(seen())


def test_a_worker_that_breaks_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def seen() -> None:
        stage = Stage(GIVEN, [RuntimeError("no credentials"), RuntimeError("no credentials")])
        supervisor = stage.supervisor()
        async with running(supervisor):
            await until(lambda: len(stage.on) == 3 and supervisor.state is State.RUNNING)
        assert stage.ended == 3

    asyncio.run(seen())


def test_why_it_does_not_run_is_told() -> None:
    async def seen() -> None:
        stage = Stage(GIVEN, [RuntimeError("no credentials")])
        supervisor = replace(stage.supervisor(), first_wait=60.0)
        async with running(supervisor):
            await until(lambda: supervisor.state is State.WAITING)
            assert supervisor.detail == "RuntimeError: no credentials"

    asyncio.run(seen())
