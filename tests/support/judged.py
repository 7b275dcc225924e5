"""What a worker does with what people have set: policies judge what is stored, with no AWS call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from liveaudit.assembly import make_judge
from liveaudit.policies.policy import Context
from liveaudit.services import load
from liveaudit.store.database import Database
from liveaudit.store.work import EVENT_PRIORITY, POLICY_PRIORITY

_ALL_BUT_LISTING = (EVENT_PRIORITY, POLICY_PRIORITY)


def judge_stored(database: Database, clock: Callable[[], float]) -> None:
    """Bring all up to date with what is set, at this time. In a thread of its own: a browser's loop may run in this one."""
    with ThreadPoolExecutor(1) as own:
        own.submit(asyncio.run, _judge(database, clock)).result()


async def _judge(database: Database, clock: Callable[[], float]) -> None:
    auditor, rejudger = make_judge(database, Context(), load()[1].all())
    auditor = replace(auditor, clock=clock)
    rejudger = replace(rejudger, clock=clock)
    while True:
        made = await rejudger.step()
        claims = await auditor.claim(auditor.tuning.batch, _ALL_BUT_LISTING)
        await auditor.audit(claims)
        if not made and not claims:
            return
