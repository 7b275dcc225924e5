"""Empty stores for tests: SQLite files or databases on a PostgreSQL server, by name."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from liveaudit.store.database import Database, sqlite_url
from tests.support.postgres import Server


class Stores(Protocol):
    """Stores of one test. The first time that a name is asked for its store is empty."""

    def url(self, name: str = "test") -> str:
        """The URL of the migrated store of this name."""

    def bare(self) -> str:
        """The URL of a database without tables."""


@lru_cache(maxsize=1)
def _empty_file() -> bytes:
    """A migrated SQLite file, made once: migrating takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite3"
        Database(sqlite_url(file)).close()
        return file.read_bytes()


@dataclass
class SqliteStores:
    """Files in a folder."""

    folder: Path

    def url(self, name: str = "test") -> str:
        """See Stores."""
        file = self.folder / f"{name}.sqlite3"
        if not file.exists():
            file.write_bytes(_empty_file())
        return sqlite_url(file)

    def bare(self) -> str:
        """See Stores."""
        return sqlite_url(self.folder / "bare.sqlite3")


@dataclass
class PostgresStores:
    """Databases on a server, used again by the next test."""

    server: Server
    _used: dict[str, str] = field(default_factory=dict)

    def url(self, name: str = "test") -> str:
        """See Stores."""
        if name not in self._used:
            self._used[name] = self.server.empty(name)
        return self._used[name]

    def bare(self) -> str:
        """See Stores."""
        return self.server.bare("bare")
