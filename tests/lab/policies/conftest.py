"""A watched account in the lab: what is changed there by a real call opens and resolves findings."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from liveaudit.assembly import Parts, make_parts
from liveaudit.audit.auditor import Tuning
from liveaudit.aws.caller import AwsCaller
from liveaudit.intake.queues import SqsQueue
from liveaudit.lab import Lab
from liveaudit.policies.policy import Context
from liveaudit.provision import names
from liveaudit.store import findings
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.pace import Pace
from liveaudit.worker import Worker
from tests.lab.subscribed import subscribe

ACCOUNT, REGION = "111111111111", "us-east-1"
PATIENCE = 40.0
AT_ONCE = Pace(free=1_000_000)
T = TypeVar("T")


class Live:
    """The lab's account with a worker on its queue, in a thread of its own."""

    account = ACCOUNT
    region = REGION

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="live worker")
        self._parts: Parts
        self._worker: Worker

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client of the account."""
        return self.lab.client(ACCOUNT, service, region)

    def opens(self, policy: str, resource: str) -> dict[str, Any]:
        """The finding of the policy on the resource (by its id), once it stands open."""
        return self._until(policy, resource, ("new", "reopened"))

    def resolves(self, policy: str, resource: str) -> dict[str, Any]:
        """The finding, once it is resolved."""
        return self._until(policy, resource, ("resolved",))

    def archives(self, policy: str, resource: str) -> dict[str, Any]:
        """The finding, once it is archived: its resource is gone."""
        return self._until(policy, resource, ("archived",))

    def verdict(self, policy: str, resource: str, outcome: str) -> dict[str, Any]:
        """The policy's verdict on the resource, once it is this one (``PASS``, ``UNKNOWN`` ...)."""

        def there() -> dict[str, Any] | None:
            found = self._read(lambda c: findings.list_verdicts(c, wanted))
            return next((each for each in found if each["verdict"] == outcome), None)

        wanted = findings.Filter(policy=policy, resource=resource)
        return self._patiently(there, f"{policy} on {resource} is not {outcome}")

    def verdicts(self, policy: str, resource: str) -> list[dict[str, Any]]:
        """The policy's verdicts on the resource as they stand now, by any type."""
        return self._read(
            lambda c: findings.list_verdicts(c, findings.Filter(policy=policy, resource=resource))
        )

    def _until(self, policy: str, resource: str, status: tuple[str, ...]) -> dict[str, Any]:
        def there() -> dict[str, Any] | None:
            found = self._read(lambda c: findings.list_findings(c, wanted))
            return next((each for each in found if each["status"] in status), None)

        wanted = findings.Filter(policy=policy, resource=resource)
        return self._patiently(there, f"{policy} on {resource} is not {' or '.join(status)}")

    def _patiently(self, there: Callable[[], dict[str, Any] | None], complaint: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := there():
                return found
            time.sleep(0.02)
        told = [
            (each["id"], each["policy"], each["verdict"], each["reason"])
            for each in self._read(lambda c: findings.list_verdicts(c, findings.Filter()))
        ]
        raise AssertionError(f"{complaint}; the verdicts are {told}; the lab: {self.lab.state()['failures']}")

    def _read(self, function: Callable[[Any], T]) -> T:
        return asyncio.run_coroutine_threadsafe(self._parts.database.read(function), self._loop).result(30)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(60)

    async def _start(self) -> None:
        self._caller = AwsCaller()
        self._database = Database(sqlite_url(self._folder / "live.sqlite3"))
        context = Context(frozenset({ACCOUNT}))
        self._parts = make_parts(self._database, self._caller, context, tuning=Tuning(pace=AT_ONCE))
        queue = SqsQueue(
            self._caller, account=ACCOUNT, region=REGION, queue_name=names.QUEUE, clock=time.time, wait=2
        )
        self._worker = Worker(
            self._database,
            self._parts.catalog,
            self._parts.auditor,
            [queue],
            {ACCOUNT},
            time.time,
            pace=AT_ONCE,
        )
        self._running = self._loop.create_task(self._worker.run())

    def stop(self) -> None:
        """Stop watching; whatever the worker raised comes through."""
        try:
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(60)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)
            self._loop.close()

    async def _stop(self) -> None:
        try:
            self._worker.stop()
            await self._running
        finally:
            await self._parts.aclose()
            await self._caller.close()
            self._database.close()


@pytest.fixture(scope="module")
def live(running_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The lab, emptied, with a worker on its queue, for all tests of a module."""
    running_lab.reset()
    subscribe(running_lab, ACCOUNT, REGION)
    before = dict(os.environ)
    os.environ.update(running_lab.environment(ACCOUNT, REGION))
    watching = Live(running_lab, tmp_path_factory.mktemp("live"))
    watching.start()
    try:
        yield watching
        failures = running_lab.state()["failures"]
        assert not failures, f"the lab itself failed: {failures}"
    finally:
        watching.stop()
        running_lab.reset()
        os.environ.clear()
        os.environ.update(before)
