"""Kill workers under load and report: ``python -m tests.chaos.run [--kills 200] [--seed N] [--rate CHANGES_A_SECOND]``.

Two to four workers share a queue of the lab and a PostgreSQL database of our own. Meanwhile buckets, security groups
and IAM's things are made, changed and deleted; events come twice, late and out of order. A random worker is killed
with SIGKILL after a random time, again and again, and others are started. Then the load ends, all work is done, and
what stands in the store is held against a sweep of the final state into an empty store. Ends with 1 when a promise is
broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from liveaudit.assembly import make_parts
from liveaudit.audit.sweep import Sweeper
from liveaudit.aws.caller import AwsCaller
from liveaudit.lab import Lab
from liveaudit.policies.policy import Context
from liveaudit.provision import names
from liveaudit.store import findings, records, schema, work
from liveaudit.store.database import Database, sqlite_url
from tests.chaos.load import Load
from tests.chaos.report import Report, read_store
from tests.chaos.steps import Steps
from tests.lab.subscribed import subscribe
from tests.lab.test_equality import ACCOUNT, REGION, SCOPE
from tests.lab.test_several_workers import environment, write_settings
from tests.support.postgres import Server

FEWEST, MOST = 2, 4
"""Workers at a time."""
DRAIN = 180.0
"""Seconds within which all work must be done once the load has ended."""


class ChaosError(Exception):
    """The run itself could not go on: it says nothing of the promises."""


@dataclass
class Nursery:
    """The process that forks workers, and the workers that live. See nursery.py."""

    process: subprocess.Popen[str]
    steps: Steps
    living: list[tuple[int, int]] = field(default_factory=list)
    """Number and pid."""
    born: int = 0

    def ask(self, line: str) -> int:
        """Send a line and return the number that is answered."""
        if self.process.stdin is None or self.process.stdout is None:
            raise ChaosError("the nursery has no pipes")
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise ChaosError("the nursery has ended")
        return int(answer)

    def new(self) -> None:
        """One worker more."""
        self.living.append((self.born, self.ask("new")))
        self.born += 1

    def end(self, which: int, number: int) -> tuple[int, int, int]:
        """Send a signal to a living worker and wait: its number, its pid and its exit code."""
        worker, pid = self.living.pop(which)
        os.kill(pid, number)
        return worker, pid, self.ask(f"end {pid}")


@contextmanager
def nursery(settings: Path, folder: Path) -> Iterator[Nursery]:
    """A nursery for as long as this lasts. What its workers say goes to a file in ``folder``."""
    steps = Steps(folder / "steps")
    command = [sys.executable, "-m", "tests.chaos.nursery", str(settings), str(steps.file)]
    with (folder / "workers.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        made = Nursery(process, steps)
        try:
            yield made
        finally:
            for _, pid in made.living:
                os.kill(pid, signal.SIGKILL)
            process.kill()
            process.communicate()


@dataclass
class Chaos:
    """One run on a lab and a store. ``kills``: how many; ``rate``: changes a second; ``pause``: mean seconds between kills."""

    lab: Lab
    store: str
    folder: Path
    kills: int
    rng: random.Random
    rate: float
    pause: float
    report: Report = field(default_factory=Report)

    def run(self) -> Report:
        """Set up, kill, drain, compare."""
        subscribe(self.lab, ACCOUNT, REGION)
        sqs = self.lab.client(ACCOUNT, "sqs", REGION)
        queue = sqs.get_queue_url(QueueName=names.QUEUE)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "3"})
        with environment(self.lab):
            settings = write_settings(self.folder, self.store)
            # a sweep would find what was lost
            given = {**json.loads(settings.read_text(encoding="utf-8")), "sweep": {"every": "never"}}
            settings.write_text(json.dumps(given), encoding="utf-8")
            asyncio.run(self._swept(self.store))
            database = Database(self.store)
            try:
                with nursery(settings, self.folder) as workers:
                    self._under_load(workers, database)
                    began = time.monotonic()
                    self._drain(workers, database, queue)
                    self.report.drained_in = time.monotonic() - began
                    while workers.living:
                        _, _, code = workers.end(0, signal.SIGTERM)
                        self.report.died += [code] if code else []
                    self.report.steps = workers.steps.totals()
                    self.report.workers = workers.born
                database.read_now(lambda connection: read_store(connection, self.report))
                self.report.counters = database.read_now(records.read_counters)
                self._compare(database)
            finally:
                database.close()
        return self.report

    def _under_load(self, workers: Nursery, database: Database) -> None:
        self.lab.knobs.duplicate(0.2)
        self.lab.knobs.delay(0.0, 2.0)
        load = Load(self.lab, self.rng, self.rate)
        began = time.monotonic()
        load.start()
        try:
            for _ in range(FEWEST + 1):
                workers.new()
            for number in range(self.kills):
                if number and number % 20 == 0:
                    print(f"  {number} killed, {load.made} changes made", flush=True)
                time.sleep(min(4 * self.pause, self.rng.expovariate(1 / self.pause)))
                self._kill(workers, self._victim(workers), database)
                for _ in range(max(FEWEST, self.rng.randint(FEWEST, MOST)) - len(workers.living)):
                    workers.new()
        finally:
            load.stop()
        if load.failures:
            raise ChaosError(f"the load failed: {load.failures[0]!r}")
        self.report.seconds = time.monotonic() - began
        self.report.changes, self.report.refused = load.made, load.refused

    def _victim(self, workers: Nursery) -> int:
        """A worker at random; nine times in ten one that has done something already, at whatever it is now."""
        which = self.rng.randrange(len(workers.living))
        if self.rng.random() < 0.9:
            deadline = time.monotonic() + 10
            while not workers.steps.began(workers.living[which][0]) and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(self.rng.random() * 0.2)
        return which

    def _kill(self, workers: Nursery, which: int, database: Database) -> None:
        worker, pid, code = workers.end(which, signal.SIGKILL)
        if code != -signal.SIGKILL:
            self.report.died.append(code)
            return
        self.report.killed_at[workers.steps.last(worker)] += 1
        held = select(func.count()).where(schema.due.c.lease_owner.like(f"%:{pid}:%"))
        self.report.leases_left += database.read_now(lambda connection: connection.execute(held).scalar_one())

    def _drain(self, workers: Nursery, database: Database, queue: str) -> None:
        """Wait until nothing is under way, queued, in flight or due."""
        sqs = self.lab.client(ACCOUNT, "sqs", REGION)
        deadline = time.monotonic() + DRAIN
        while len(workers.living) < FEWEST:
            workers.new()
        self.lab.drain(60)
        waiting = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        quiet = 0
        while quiet < 3 and time.monotonic() < deadline:
            attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
            left = sum(int(attributes[each]) for each in waiting) + database.read_now(work.pending)
            quiet = 0 if left else quiet + 1
            time.sleep(0.2)
        state = self.lab.state()
        self.report.sent = state["events"].get("sent", 0)
        if state["failures"]:
            raise ChaosError(f"the lab itself failed: {state['failures'][:3]}")

    async def _swept(self, store: str) -> None:
        """A sweep of everything into a store."""
        database, caller = Database(store), AwsCaller()
        try:
            parts = make_parts(database, caller, Context(frozenset({ACCOUNT})))
            problems = await Sweeper(parts.auditor).sweep(SCOPE, "chaos")
            if problems:
                raise ChaosError(f"the sweep is not whole: {problems}")
        finally:
            await caller.close()
            database.close()

    def _compare(self, database: Database) -> None:
        """Hold what stands against a sweep of the final state."""
        fresh = sqlite_url(self.folder / "fresh.sqlite3")
        asyncio.run(self._swept(fresh))
        swept = Database(fresh)
        try:
            expected = _verdicts(swept)
            should_stand = _open(swept)
        finally:
            swept.close()
        found = _verdicts(database)
        unknown = {key for key, verdict in (*expected.items(), *found.items()) if verdict == "UNKNOWN"}
        stands = _open(database)
        self.report.unknown = len(unknown)
        self.report.lost = sorted(should_stand - stands - unknown)
        self.report.invented = sorted(stands - should_stand - unknown)
        self.report.other_verdicts = [
            f"{key}: {found.get(key)}, the sweep says {verdict}"
            for key, verdict in sorted(expected.items())
            if key not in unknown and found.get(key) != verdict
        ]


def _verdicts(database: Database) -> dict[tuple[str, str, str], str]:
    rows = database.read_now(lambda connection: findings.list_verdicts(connection, findings.Filter()))
    return {(each["policy"], each["type"], each["id"]): each["verdict"] for each in rows}


def _open(database: Database) -> set[tuple[str, str, str]]:
    wanted = findings.Filter(status=("new", "reopened"))
    rows = database.read_now(lambda connection: findings.list_findings(connection, wanted, limit=1_000_000))
    return {(each["policy"], each["type"], each["resource"]) for each in rows}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument(
        "--seed", type=int, default=None, help="of the choices; the processes' timing is their own"
    )
    parser.add_argument("--rate", type=float, default=15.0, help="changes a second")
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between two kills")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for the workers' log")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if given.seed is None else given.seed
    print(f"chaos: {given.kills} kills, seed {seed}", flush=True)
    with ExitStack() as stack:
        folder = given.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="liveaudit-chaos-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        server = Server()
        server.start()
        stack.callback(server.stop)
        lab = stack.enter_context(Lab(accounts=(ACCOUNT,), regions=(REGION,)))
        chaos = Chaos(
            lab, server.empty("chaos"), folder, given.kills, random.Random(seed), given.rate, given.pause
        )
        report = chaos.run()
    print("\n".join(report.lines()))
    for line in report.broken:
        print(f"BROKEN: {line}")
    sys.exit(1 if report.broken else 0)


if __name__ == "__main__":
    main()
