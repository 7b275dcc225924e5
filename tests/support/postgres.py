"""A PostgreSQL server of our own for the tests: a temporary folder, a socket in it, no network, no fsync."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

USER = "liveaudit"
_SETTINGS = {"listen_addresses": "", "shared_buffers": "64MB", "max_connections": "200"}
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "deadlock_timeout": "200ms",
}


class NoServerError(Exception):
    """There is no PostgreSQL server on this machine, or none that we may run; the text says which."""


def binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``, the newest there is. Raises NoServerError."""
    on_path = shutil.which("initdb")
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda each: [int(part) if part.isdigit() else 0 for part in each.parts[4].split(".")],
    )
    for found in [*reversed(debian), *([Path(on_path)] if on_path else [])]:
        if (found.parent / "postgres").exists():
            return found.parent
    raise NoServerError("no PostgreSQL server is installed: sudo apt-get install postgresql")


def _as_other_user() -> tuple[list[str], int, int]:
    """PostgreSQL refuses to run as root: how to start it as somebody else, and as whom."""
    if os.geteuid() != 0:
        return [], os.geteuid(), os.getegid()
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        if shutil.which("setpriv") is None:
            raise NoServerError("root cannot run PostgreSQL, and setpriv (util-linux) is missing")
        ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        return ["setpriv", *ids, "--"], user.pw_uid, user.pw_gid
    raise NoServerError("root cannot run PostgreSQL, and there is no user 'postgres' or 'nobody'")


@dataclass
class Server:
    """A server of our own. Databases are made from a migrated template, and made empty for reuse.

    ``durable``: with everything that keeps data safe in a crash, as benchmarks need it.
    """

    durable: bool = False
    folder: Path = field(init=False)
    _command: list[str] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _made: set[str] = field(default_factory=set)
    _admin: psycopg.Connection[tuple[object, ...]] | None = None
    _clearing: dict[str, psycopg.Connection[tuple[object, ...]]] = field(default_factory=dict)

    def start(self) -> None:
        """Make the cluster and start it. Raises NoServerError."""
        folder = binaries()
        prefix, uid, gid = _as_other_user()
        self.folder = Path(tempfile.mkdtemp(prefix="liveaudit-pg-", dir="/tmp"))
        os.chown(self.folder, uid, gid)
        data = self.folder / "data"
        self._run(
            [
                *prefix,
                str(folder / "initdb"),
                "-D",
                str(data),
                "--no-sync",
                "--auth=trust",
                f"--username={USER}",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ]
        )
        self._command = [*prefix, str(folder / "postgres"), "-D", str(data), "-k", str(self.folder)]
        settings = _SETTINGS if self.durable else _SETTINGS | _FAST
        self._command += [f"-c{name}={value}" for name, value in settings.items()]
        self.resume()

    def resume(self) -> None:
        """Start it, at first or again."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=self.folder)
        self._wait()

    def halt(self) -> None:
        """End it at once, as in a crash; the data stay."""
        for each in self._clearing.values():
            each.close()
        self._clearing.clear()
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)

    def stop(self) -> None:
        """End it, and leave nothing."""
        self.halt()
        shutil.rmtree(self.folder)

    @property
    def log(self) -> str:
        """What the server has logged."""
        return (self.folder / "log").read_text(errors="replace")

    def url(self, database: str) -> str:
        """The URL of a database on it."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def empty(self, database: str) -> str:
        """The URL of a migrated database without a row, made if it is not there yet."""
        if "template_" not in self._made:
            from liveaudit.store.database import Database

            self._execute("CREATE DATABASE template_")
            Database(self.url("template_")).close()
            self._made.add("template_")
        if database not in self._made:
            self._execute(f"CREATE DATABASE {database} TEMPLATE template_ STRATEGY file_copy")
            self._made.add(database)
        else:
            self._clear(database)
        return self.url(database)

    def bare(self, database: str) -> str:
        """The URL of a new database with no table in it."""
        self._execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self._execute(f"CREATE DATABASE {database} TEMPLATE template0")
        return self.url(database)

    def terminate(self, pid: int) -> None:
        """End the session of a connection, as an administrator would."""
        self._execute(f"SELECT pg_terminate_backend({pid})")

    def _clear(self, database: str) -> None:
        from liveaudit.store.schema import metadata

        connection = self._clearing.get(database)
        if connection is None or connection.closed:
            connection = psycopg.connect(self._conninfo(database), autocommit=True)
            self._clearing[database] = connection
            # no trigger counts what goes
            connection.execute("SET session_replication_role = replica")
        tables = {table.name: table for table in metadata.sorted_tables}
        rows = "SELECT '{0}' WHERE EXISTS (SELECT 1 FROM {0})"
        filled = " UNION ALL ".join(map(rows.format, tables))
        for (name,) in connection.execute(filled.encode(), prepare=True).fetchall():
            connection.execute(str(tables[str(name)].delete().compile()).encode())

    def _execute(self, statement: str) -> None:
        if self._admin is None:
            self._admin = psycopg.connect(self._conninfo("postgres"), autocommit=True)
        self._admin.execute(statement.encode())

    def _conninfo(self, database: str) -> str:
        return f"host={self.folder} user={USER} dbname={database}"

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 30
        while True:
            try:
                self._execute("SELECT 1")
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise NoServerError(f"PostgreSQL does not start: {self.log[-2000:]}") from error
                time.sleep(0.05)
            else:
                return

    def _run(self, command: list[str]) -> None:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        if ended.returncode:
            raise NoServerError(f"initdb fails: {ended.stderr[-2000:]}")
