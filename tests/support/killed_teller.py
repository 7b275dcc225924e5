"""A process that tells what is to be told, and kills itself at a step, or ends when there is nothing left.

python -m tests.support.killed_teller STORE FILE STEP|- TIME
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from liveaudit.catalog.catalog import Catalog
from liveaudit.deliver.channels.file import KIND
from liveaudit.deliver.channels.interface import ChannelKind
from liveaudit.deliver.dispatcher import Dispatcher
from liveaudit.deliver.interface import Library
from liveaudit.deliver.plan import Plan, plan_of
from liveaudit.deliver.routing import Router
from liveaudit.deliver.telling import Teller
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.store import deliveries
from liveaudit.store.database import Database
from tests.support.telling_settings import settings


def main() -> None:
    """See above."""
    _, store, file, step, at = sys.argv

    def probe(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(_run(Database(store), file, probe, float(at)))


async def _run(database: Database, file: str, probe: Callable[[str], None], at: float) -> None:
    # without the services, which take longer to load than all the rest
    catalog, policies = Catalog([]), PolicyRegistry()
    given = settings(channels=[{"name": "journal", "file": {"path": file}}])
    # few in a message, so that there are several
    kind = ChannelKind(KIND.name, KIND.title, KIND.build, whole=True, most=2)
    plan = plan_of(given, kinds=lambda: {"file": kind})

    async def plans() -> Plan:
        return plan

    made = Dispatcher(
        database,
        lambda: at,
        f"worker {os.getpid()}",
        plans,
        Router(policies, catalog),
        Teller(Library(policies)),
        probe,
    )
    task = asyncio.create_task(made.run())
    quiet = 0
    while quiet < 2 and not task.done():
        await asyncio.sleep(0.1)
        states = await database.read(deliveries.states)
        left = sum(each.waiting + each.letters for each in states.values())
        quiet = 0 if left or not states else quiet + 1
    if task.done():
        await task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    database.close()


if __name__ == "__main__":
    main()
