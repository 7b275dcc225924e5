"""What a worker that is watched is asked: whether it lives, whether its store answers, how full its queues are."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from sqlalchemy import Connection, select

from liveaudit.aws.caller import Caller
from liveaudit.health.metrics import Snapshot
from liveaudit.provision.installation import Installation
from liveaudit.provision.queue_state import queue_states
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError
from liveaudit.store.health import read_figures

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds within which an event loop that lives has a turn for us."""
LOOK_EVERY = 60.0
"""Seconds between two looks at the queues: AWS bills each."""
QueueMessages = dict[tuple[str, str], int]
"""Messages by queue (region and name) and state."""


def alive(loop: asyncio.AbstractEventLoop) -> str:
    """Why the event loop of this process does not go on, empty if it does. Called from another thread."""
    turn = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop)
    try:
        turn.result(PATIENCE)
    except concurrent.futures.TimeoutError:
        turn.cancel()
        return f"the event loop had no turn for {PATIENCE:g} s"
    return ""


def ready(database: Database) -> str:
    """Why the store does not answer, empty if it does."""
    try:
        database.read_now(_one)
    except StoreError as error:
        return str(error)
    return ""


def _one(connection: Connection) -> None:
    connection.execute(select(1))


def snapshot(database: Database, clock: Callable[[], float], queues: QueueMessages) -> Snapshot:
    """The figures of now, with the queues as they were seen last. Raises StoreError."""
    return Snapshot(database.read_now(partial(read_figures, now=clock())), dict(queues))


async def watch_queues(
    caller: Caller,
    installation: Callable[[], Installation],
    into: QueueMessages,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Keep ``into`` as AWS counts it, until it is cancelled. What cannot be seen is not in it."""
    while True:
        current = installation()
        seen: QueueMessages = {}
        for region, state in (await queue_states(caller, current, current.regions)).items():
            queue = f"{region}/{current.queue}"
            if state.reason:
                log.warning("queue not seen", queue=queue, error=state.reason)
            elif state.exists:
                seen[queue, "waiting"] = state.waiting
                seen[queue, "in flight"] = state.in_flight
                seen[queue, "dead letters"] = state.dead_letters
        into.clear()
        into.update(seen)
        await pause(LOOK_EVERY)
