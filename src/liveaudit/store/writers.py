"""How writes become transactions: one batching thread on SQLite, several connections on PostgreSQL.

SQLite has one writer at a time, so many writes share a transaction, each in a savepoint of its own. PostgreSQL has as
many as there are connections and flushes their commits together, so each write is a transaction of its own there:
locks are held shortly, and what others were in the way of is tried again alone.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from liveaudit.store.engines import WRITERS, StoreError, Trouble, translated, trouble

log = structlog.get_logger(__name__)
T = TypeVar("T")
_Work = tuple[Callable[[Connection], Any], "Future[Any]"]
MAX_BATCH = 64
ANALYZE_EVERY = 20_000
"""Writes between two looks of SQLite at how its values are spread."""
WORTH_ANALYZING = 1_000
"""Writes after which it looks when it is closed."""
MOST_CONFLICTS = 12
MOST_LOSSES = 3
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 2.0


class StoreClosedError(StoreError):
    """The store was used after it was closed."""


class Writers(Protocol):
    """Takes writes and runs each in a transaction, whole or not at all."""

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue a write; its future ends when it is committed. Raises StoreClosedError."""

    def close(self) -> None:
        """Finish what is queued."""


def again(error: DBAPIError, failed: int) -> float | None:
    """Seconds to wait before a whole transaction that failed so many times (1: once) is tried again, or None."""
    kind = trouble(error)
    most = {Trouble.CONFLICT: MOST_CONFLICTS, Trouble.LOST: MOST_LOSSES, Trouble.OTHER: 0}[kind]
    if failed >= most:
        return None
    return float(min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**failed) * (0.5 + random.random()))  # noqa: S311 - no secret


def transact(engine: Engine, work: Callable[[Connection], T], *, write: bool = True) -> T:
    """Run ``work`` in a transaction, again as long as it makes sense. Raises StoreUnavailableError, and what it raises."""
    failed = 0
    while True:
        try:
            with engine.connect() as plain:
                connection = plain.execution_options(liveaudit_write=write)
                with connection.begin():
                    return work(connection)
        except DBAPIError as error:
            failed += 1
            wait = again(error, failed)
            if wait is None:
                raise translated(error, engine.url) from error
        time.sleep(wait)


class ParallelWriters:
    """PostgreSQL: each write a transaction on one of several connections."""

    def __init__(self, engine: Engine, number: int = WRITERS) -> None:
        self._engine = engine
        self._closed = False
        self._threads = ThreadPoolExecutor(number, thread_name_prefix="liveaudit-store")

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """See :class:`Writers`."""
        if self._closed:
            raise StoreClosedError("the store is closed")
        return self._threads.submit(transact, self._engine, work)

    def close(self) -> None:
        """See :class:`Writers`."""
        self._closed = True
        self._threads.shutdown()


class BatchingWriter:
    """SQLite: one thread, and what waits shares a transaction.

    What one write raises undoes its own work and comes back to its caller; nobody else's work is touched.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="liveaudit-store", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """See :class:`Writers`."""
        if self._closed:
            raise StoreClosedError("the store is closed")
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def close(self) -> None:
        """See :class:`Writers`."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        open_ended, written = True, 0
        while open_ended:
            first = self._queue.get()
            if first is None:
                break
            batch = [first]
            while len(batch) < MAX_BATCH:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    open_ended = False
                    break
                batch.append(following)
            self._commit(batch)
            written += len(batch)
            if written >= ANALYZE_EVERY:
                self._analyze()
                written = 0
        if written >= WORTH_ANALYZING:
            self._analyze()

    def _analyze(self) -> None:
        """Without it the planner takes the wrong index where there are many findings. A sample, so it takes no time."""
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(liveaudit_write=True)
                connection.exec_driver_sql("PRAGMA analysis_limit=400")
                connection.exec_driver_sql("ANALYZE")
                connection.commit()
        except DBAPIError as error:
            log.warning("store not analyzed", error=str(_ours(error, self._engine)))

    def _commit(self, batch: list[_Work]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(liveaudit_write=True)
                with connection.begin():
                    for work, future in batch:
                        if not future.set_running_or_notify_cancel():
                            continue
                        try:
                            with connection.begin_nested():
                                done.append((future, work(connection)))
                        except Exception as error:  # noqa: BLE001 - handed to the caller whose work it is
                            future.set_exception(_ours(error, self._engine))
        except Exception as error:  # noqa: BLE001 - the commit failed: every caller of the batch is told
            for _, future in batch:
                if not future.done():
                    future.set_exception(_ours(error, self._engine))
            return
        for future, result in done:
            future.set_result(result)


def _ours(error: Exception, engine: Engine) -> Exception:
    return translated(error, engine.url) if isinstance(error, DBAPIError) else error
