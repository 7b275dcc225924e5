"""A noisy account beside a quiet one: how long claims take, and how long the quiet one's events wait.

First the time of one claim with 100,000 due rows of one account and one of another, on both databases. Then a worker on
SQLite whose AWS takes 20 ms a call and, in the noisy account, gives way to the budget of EC2: 10 events of the quiet
account, without and with 10,000 of the noisy one on 200 resources. AWS is in memory; the rest is the real path.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.shared_budget import SharedBudget
from liveaudit.aws.rates import EMULATOR, RATES
from liveaudit.intake.queues import MemoryQueue
from liveaudit.store import work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.fair import NOTHING, InHand
from liveaudit.store.schema import due, due_causes, resources
from liveaudit.store.work import Claim
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, REGION, Clock, FakeAws, make_auditor
from tests.support.postgres import Server

NOISY, QUIET = "9" * 12, ACCOUNT
ROWS, ROUNDS = 100_000, 9
RESOURCES, OTHERS = 200, 10
LATENCY = 0.02


def fill(connection: Connection, rows: int) -> None:
    """Due rows of the noisy account, and the last one of the quiet one."""
    everyone = [(NOISY, number) for number in range(rows)] + [(QUIET, rows)]
    connection.execute(
        insert(resources),
        [
            {
                "id": number + 1,
                "partition": "aws",
                "account": account,
                "region": REGION,
                "type": "Fake::Widget",
                "rid": f"w{number}",
                "arn": f"arn:{number}",
                "state": "new",
                "first_seen": 1.0,
            }
            for account, number in everyone
        ],
    )
    connection.execute(
        insert(due),
        [
            {
                "resource_id": number + 1,
                "account": account,
                "generation": 1,
                "since": 1.0,
                "not_before": 1.0 + number / rows,
                "priority": 0,
            }
            for account, number in everyone
        ],
    )
    connection.execute(
        insert(due_causes),
        [
            {
                "resource_id": number + 1,
                "generation": 1,
                "cause_id": "event:1",
                "kind": "event",
                "effect": "update",
                "sections": "[]",
            }
            for _, number in everyone
        ],
    )


def claims(name: str, url: str, rows: int) -> None:
    """Print the median times of claims."""
    database = Database(url)
    database.write_now(lambda connection: fill(connection, rows))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    kinds = (("both", NOTHING), ("noisy one has enough in hand", InHand({NOISY: 4}, 4)))
    for turn, (what, in_hand) in enumerate(kinds):
        times = []
        for number in range(turn * ROUNDS, (turn + 1) * ROUNDS):
            began = time.perf_counter()
            found = database.write_now(
                partial(
                    work.claim,
                    owner=f"bench-{number}",
                    now=10.0 + number * 100,
                    lease_seconds=60,
                    limit=64,
                    in_hand=in_hand,
                )
            )
            times.append((time.perf_counter() - began) * 1000)
            if not any(each.resource.account == QUIET for each in found):
                raise RuntimeError("the quiet account was not served")
        print(
            f"{name:12} {rows + 1:>8} rows, {what:30} {statistics.median(times):>8.1f} ms a claim", flush=True
        )
    database.close()


class Slow(FakeAws):
    """Answers after a while; the noisy account has EC2's budget."""

    budget: SharedBudget

    async def call(
        self,
        account: str,
        region: str,
        client: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        pages: bool = True,
    ) -> Mapping[str, Any]:
        """See Caller."""
        await self.budget.take(account, region, "ec2" if account == NOISY else client, operation)
        await asyncio.sleep(LATENCY)
        return await super().call(account, region, client, operation, params, pages=pages)


class Ticking(Clock):
    """The time as it goes."""

    def __call__(self) -> float:
        """The time."""
        return time.time()


class Polled(MemoryQueue):
    """Gives what there is, then waits."""

    async def receive(self) -> Any:
        """See Queue."""
        while not (found := await super().receive()):
            await asyncio.sleep(0.002)
        return found


def event(account: str, number: int, widget: int) -> str:
    """A change of a widget."""
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.fake",
            "account": account,
            "region": REGION,
            "detail": {
                "eventSource": "fake.amazonaws.com",
                "eventName": "ModifyWidget",
                "awsRegion": REGION,
                "eventTime": "2026-11-20T10:00:00Z",
                "eventID": f"{account}-{number}",
                "recipientAccountId": account,
                "requestParameters": {"widgetId": f"w{widget}"},
            },
        }
    )


async def latencies(folder: Path, noise: int, seconds: float) -> tuple[list[float], int]:
    """Milliseconds from sending to the end of the audit of each event of the quiet account; the audits of the noisy one."""
    aws, clock = Slow(), Ticking()
    aws.widgets = {f"w{number}": {"Color": "red"} for number in range(RESOURCES)}
    auditor: Auditor = make_auditor(folder, aws, clock, name=f"noise-{noise}")
    aws.budget = SharedBudget(
        auditor.database, lambda client: RATES["ec2"] if client == "ec2" else EMULATOR, clock
    )
    sent: dict[str, float] = {}
    took: dict[str, float] = {}
    noisy = 0

    def spent(claim: Claim, _calls: float) -> None:
        nonlocal noisy
        if claim.resource.account == NOISY:
            noisy += 1
        else:
            took.setdefault(claim.resource.id, (time.perf_counter() - sent[claim.resource.id]) * 1000)

    auditor.spent = spent
    queue = Polled()
    worker = Worker(auditor.database, CATALOG, auditor, [queue], {NOISY, QUIET}, clock)
    running = asyncio.create_task(worker.run())
    steps = 100
    for step in range(steps):
        for number in range(step * noise // steps, (step + 1) * noise // steps):
            queue.put(event(NOISY, number, number % RESOURCES), now=time.time())
        if step % (steps // OTHERS) == steps // OTHERS // 2:
            number = step // (steps // OTHERS)
            sent[f"w{number}"] = time.perf_counter()
            queue.put(event(QUIET, number, number), now=time.time())
        await asyncio.sleep(seconds / steps)
    while len(took) < OTHERS:
        await asyncio.sleep(0.05)
    worker.grace = 1.0
    worker.stop()
    await running
    await aws.budget.close()
    auditor.database.close()
    return sorted(took.values()), noisy


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="in which the events come")
    given = parser.parse_args()
    server = Server(durable=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="liveaudit-bench-") as name:
            folder = Path(name)
            claims("SQLite", sqlite_url(folder / "claims.sqlite3"), given.rows)
            claims("PostgreSQL", server.empty("bench"), given.rows)
            for noise in (0, given.events):
                times, noisy = asyncio.run(latencies(folder, noise, given.seconds if noise else 5.0))
                print(
                    f"{noise:>6} events of the noisy account in {given.seconds:.0f} s ({noisy} audits): "
                    f"the quiet one's {OTHERS} take p50 {statistics.median(times):.0f} ms, "
                    f"p95 {times[int(len(times) * 0.95)]:.0f} ms",
                    flush=True,
                )
    finally:
        server.stop()


if __name__ == "__main__":
    main()
