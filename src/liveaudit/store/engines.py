"""Database URLs and engines, and what a driver's error means. A password never leaves this module."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from liveaudit.model import LiveauditError

POSTGRESQL = "postgresql+psycopg"
WRITERS = 8
"""Connections to PostgreSQL that write; as many may read."""

_SESSION = (
    # a worker whose machine is gone must not hold its row locks until TCP gives up after hours
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
    # what a role's or database's defaults may say otherwise; see locks.py
    "SET default_transaction_isolation = 'read committed'",
)


class StoreError(LiveauditError):
    """The store cannot be used as it is; the text says which, why, and what to do."""


class StoreUnavailableError(StoreError):
    """The store gives no answer now. What was to be written is not known to be written: do it again."""


class Trouble(Enum):
    """What an error of a driver means for a transaction."""

    CONFLICT = "conflict"
    """Others were in the way: the whole transaction is to be tried again."""
    LOST = "lost"
    """There is no connection: the transaction may be tried again when there is one."""
    OTHER = "other"
    """The statement or its values are wrong: trying again would not help."""


def sqlite_url(path: Path) -> str:
    """The database URL of a SQLite file."""
    return f"sqlite:///{path}"


def parse_url(given: str) -> URL:
    """The URL of a store, checked; its password stands where SQLAlchemy hides it.

    Raises StoreError, which does not tell the URL: a password may stand in it.
    """
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "store: no database URL; write sqlite:///FILE or postgresql+psycopg://USER@HOST:PORT/DATABASE "
            "(special characters in a password as %XX)"
        ) from error
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return url
    if url.drivername in ("postgresql", POSTGRESQL):
        # there nobody shows it
        password = url.password or _first(url.query.get("password")) or None
        return url.difference_update_query(["password"]).set(drivername=POSTGRESQL, password=password)
    raise StoreError(
        f"store: {url.drivername[:40]!r} is not supported; write sqlite:///FILE or {POSTGRESQL}://USER@HOST/DATABASE"
    )


def told(url: URL) -> str:
    """A store by name, for logs and errors: without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite file {url.database}"
    host = url.host or _first(url.query.get("host")) or "the local socket"
    port = url.port or _first(url.query.get("port"))
    return f"PostgreSQL at {host}{f':{port}' if port else ''}, database {url.database or '(default)'}"


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, tuple) else value or "")


def make_engine(url: URL) -> Engine:
    """An engine for the store. Errors and logs of the engine hold no values of statements."""
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url, connect_args={"check_same_thread": False, "timeout": 30}, hide_parameters=True
    )

    @event.listens_for(engine, "do_connect")
    def _connecting(*_given: Any) -> None:
        _make_private(url.database or "")

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


def _make_private(name: str) -> None:
    """Make the file of a store that is not there yet, for its owner alone; SQLite gives the files beside it the same rights.

    A file that is there stays as its owner has set it.
    """
    if name and name != ":memory:" and not name.startswith("file:"):
        # what hinders it is told by SQLite, which opens it next
        with suppress(OSError):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _postgresql(url: URL) -> Engine:
    defaults = {
        "application_name": "liveaudit",
        "connect_timeout": "10",
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "60000",
    }
    options = {name: value for name, value in defaults.items() if name not in url.query}
    engine = create_engine(
        url,
        connect_args=options,
        hide_parameters=True,
        pool_size=WRITERS,
        max_overflow=WRITERS,
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(_SESSION))
        connection.commit()

    return engine


_CONFLICTS = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL's serialization_failure, deadlock_detected, lock_not_available."""
_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "53300", "25P03", "25006"})
"""Shut down, crashed, starting, idle too long, too many connections, idle in a transaction, and read-only: a standby."""
_LOST_SQLITE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)


def trouble(error: DBAPIError) -> Trouble:
    """What a driver's error means. PostgreSQL's by SQLSTATE (its manual, appendix A), SQLite's by result code."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", None)
        return Trouble.LOST if code is not None and code & 0xFF in _LOST_SQLITE else Trouble.OTHER
    state = getattr(original, "sqlstate", None)
    if state in _CONFLICTS:
        return Trouble.CONFLICT
    if error.connection_invalidated or state in _LOST or (state or "").startswith("08"):
        return Trouble.LOST
    if state is None and type(original).__name__ == "OperationalError":
        # no connection was made, so there is no answer of the server's with a code
        return Trouble.LOST
    return Trouble.OTHER


def reason(error: DBAPIError, url: URL) -> str:
    """The driver's own words on one line, without the secrets of the URL."""
    text = re.sub(r"\s+", " ", str(error.orig)).strip()[:500]
    return text.replace(str(url.password), "***") if url.password else text


def unusable(error: DBAPIError, url: URL) -> StoreError:
    """The error to raise when the store cannot be opened."""
    kind = StoreError if trouble(error) == Trouble.OTHER else StoreUnavailableError
    return kind(
        f"{told(url)} cannot be used: {reason(error, url)}; see that it is there and lets us in, and that store in "
        "the settings names it"
    )


def translated(error: DBAPIError, url: URL) -> Exception:
    """The error to raise instead of a driver's: one of ours where the store is to blame, else the error itself."""
    kind = trouble(error)
    if kind == Trouble.OTHER:
        return error
    if kind == Trouble.CONFLICT:
        return StoreUnavailableError(
            f"{told(url)}: writers are in each other's way again and again: {reason(error, url)}"
        )
    return unusable(error, url)
