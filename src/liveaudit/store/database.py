"""The engine: one batching writer thread, readers beside it, migrations at the start."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url

from liveaudit.model import LiveauditError

T = TypeVar("T")
_Work = tuple[Callable[[Connection], Any], "Future[Any]"]
MAX_BATCH = 64


class StoreClosedError(LiveauditError):
    """The store was used after it was closed."""


def sqlite_url(path: Path) -> str:
    """The database URL of a SQLite file."""
    return f"sqlite:///{path}"


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # the driver's own transaction handling would begin late and break savepoints
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # a writer that began as a reader could not wait for its turn
        mode = "IMMEDIATE" if connection.get_execution_options().get("liveaudit_write") else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


NEWEST_SCHEMA = "0002"
"""The last of the migrations; a test holds it against the folder."""


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema. Costs next to nothing when it is there already."""
    if inspect(engine).has_table("alembic_version"):
        with engine.connect() as connection:
            if connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST_SCHEMA:
                return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as plain:
        connection = plain.execution_options(liveaudit_write=True)
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, "head")


class Database:
    """Runs functions on connections. Writes are queued to one thread and share transactions.

    A function given to :meth:`write` runs in a savepoint of its own: what it raises undoes its own work and
    comes back to its caller, and nobody else's work is touched. Its result is handed out once committed.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        migrate(self.engine)
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="liveaudit-store", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue a write; its future ends when its transaction is committed."""
        if self._closed:
            raise StoreClosedError("the store is closed")
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in the writer thread; returns its result once it is committed."""
        return await asyncio.wrap_future(self.submit(work))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop."""
        return self.submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on a connection of its own, in a thread."""
        return await asyncio.to_thread(self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on a connection of its own, here."""
        with self.engine.connect() as connection, connection.begin():
            return work(connection)

    def close(self) -> None:
        """Finish what is queued and let go of the connections."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self.engine.dispose()

    def _run(self) -> None:
        open_ended = True
        while open_ended:
            first = self._queue.get()
            if first is None:
                return
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

    def _commit(self, batch: list[_Work]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self.engine.connect() as plain:
                connection = plain.execution_options(liveaudit_write=True)
                with connection.begin():
                    for work, future in batch:
                        if not future.set_running_or_notify_cancel():
                            continue
                        try:
                            with connection.begin_nested():
                                done.append((future, work(connection)))
                        except Exception as error:  # noqa: BLE001 - handed to the caller whose work it is
                            future.set_exception(error)
        except Exception as error:  # noqa: BLE001 - the commit failed: every caller of the batch is told
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for future, result in done:
            future.set_result(result)
