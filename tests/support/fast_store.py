"""A store in memory, on one connection and without a thread: for tests that need thousands of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url

from liveaudit.store.database import Database
from liveaudit.store.engines import make_engine
from liveaudit.store.migrate import migrate

T = TypeVar("T")


@lru_cache(maxsize=1)
def _empty() -> bytes:
    """A migrated database, made once."""
    engine = make_engine(make_url("sqlite://"))
    migrate(engine)
    raw = _raw(engine)
    return raw.serialize()


def _raw(engine: Engine) -> sqlite3.Connection:
    with engine.connect() as connection:
        found = connection.connection.driver_connection
        assert isinstance(found, sqlite3.Connection)
        return found


class FastDatabase(Database):
    """What Database does, at once and in the caller's thread. It may be made empty and used again."""

    def __init__(self) -> None:
        # not make_engine's, whose listeners cost a tenth of all the time of these tests
        self.engine = create_engine("sqlite://", hide_parameters=True)
        self._connection = self.engine.connect()
        self._writing = self._connection.execution_options(liveaudit_write=True)
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._raw = driver
        self._raw.isolation_level = None
        self._raw.execute("PRAGMA foreign_keys=ON")
        self.empty()

    def empty(self) -> None:
        """As if just migrated."""
        self._raw.deserialize(_empty())

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """See Database."""
        future: Future[T] = Future()
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            with self._writing.begin():
                result = work(self._writing)
        except Exception as error:  # noqa: BLE001 - handed to the caller whose work it is
            future.set_exception(error)
        else:
            future.set_result(result)
        return future

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        return self.submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        return self.read_now(work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        self._raw.execute("BEGIN")
        with self._connection.begin():
            return work(self._connection)

    def close(self) -> None:
        """It stays for the next one."""

    def dispose(self) -> None:
        """It is needed no more."""
        self._connection.close()
        self.engine.dispose()
