"""The store as its users see it: functions run on connections, in transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from liveaudit.store.engines import StoreError, make_engine, parse_url, sqlite_url, told, unusable
from liveaudit.store.migrate import migrate
from liveaudit.store.writers import BatchingWriter, ParallelWriters, Writers, transact

__all__ = ["Database", "sqlite_url"]

T = TypeVar("T")


class Database:
    """Runs functions on connections, each function in a transaction of its own (on SQLite: a savepoint).

    A function given to :meth:`write` or :meth:`read` may be run again from its beginning when the transaction failed
    by no fault of its own, so it has no effects but on its connection. What it raises undoes its work and comes back
    to its caller. Raises StoreError when the URL is none or the tables cannot be brought to the newest schema, and
    StoreUnavailableError when there is no answer.
    """

    def __init__(self, url: str) -> None:
        parsed = parse_url(url)
        self.name = told(parsed)
        self.engine = make_engine(parsed)
        try:
            migrate(self.engine)
        except DBAPIError as error:
            self.engine.dispose()
            raise unusable(error, parsed) from error
        except StoreError:
            self.engine.dispose()
            raise
        one_writer = self.engine.dialect.name == "sqlite"
        self._writers: Writers = BatchingWriter(self.engine) if one_writer else ParallelWriters(self.engine)

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue a write; its future ends when its transaction is committed."""
        return self._writers.submit(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a writer's thread; returns its result once it is committed."""
        return await asyncio.wrap_future(self.submit(work))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop."""
        return self.submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on a connection of its own, in a thread."""
        return await asyncio.to_thread(self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on a connection of its own, here."""
        return transact(self.engine, work, write=False)

    def close(self) -> None:
        """Finish what is queued and let go of the connections."""
        self._writers.close()
        self.engine.dispose()
