"""What a process that is watched is asked: whether it lives, whether its store answers, how full the queues are."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy import Connection, select

from liveaudit.health.metrics import Snapshot
from liveaudit.store import queue_looks
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError
from liveaudit.store.health import read_figures
from liveaudit.store.queue_looks import QueueLook

PATIENCE = 5.0
"""Seconds within which an event loop that lives has a turn for us."""
FRESH = 300.0
"""Seconds for which what was seen of a queue is told."""


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


def snapshot(database: Database, clock: Callable[[], float]) -> Snapshot:
    """The figures of now, with the queues as a worker saw them last. Raises StoreError."""
    now = clock()
    return database.read_now(partial(_snapshot, now=now))


def _snapshot(connection: Connection, now: float) -> Snapshot:
    return Snapshot(read_figures(connection, now=now), messages(queue_looks.list_looks(connection), now))


def messages(looks: Iterable[QueueLook], now: float) -> dict[tuple[str, str], int]:
    """Messages by queue (region and name) and state. A queue that was not seen of late, or is not there, is not among them."""
    found: dict[tuple[str, str], int] = {}
    for each in looks:
        if each.present and not each.reason and now - each.at < FRESH:
            found[each.queue, "waiting"] = each.waiting
            found[each.queue, "in flight"] = each.in_flight
            found[each.queue, "dead letters"] = each.dead_letters
    return found
