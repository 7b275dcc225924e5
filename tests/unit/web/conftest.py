"""A console on an empty store, and a client of it that is signed in as whom a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from liveaudit.store.database import Database
from liveaudit.web.access.cookies import SESSION, cookie_name
from liveaudit.web.access.passwords import Passwords
from liveaudit.web.access.reach import Reach
from liveaudit.web.app import create_app
from liveaudit.web.console import Console, make_console
from tests.support.signing_in import sign_in
from tests.support.stores import SqliteStores

NOW = 1_800_000_000.0


class Client(TestClient):
    """A client that can change who it is: signed in with a session of the store, as a browser would be."""

    console: Console

    def as_role(self, role: str) -> Client:
        """Go on as somebody of that role."""
        return self.as_user(f"{role} of the tests", role)

    def as_user(self, name: str, role: str) -> Client:
        """Go on as this user, who is made where there is none."""
        signed = sign_in(self.console.database, name, role, self.console.clock())
        self.as_nobody()
        self.cookies.set(cookie_name(SESSION, Reach(), "127.0.0.1"), signed.secret)
        # what the pages' forms and htmx send
        self.headers["X-CSRF-Token"] = signed.csrf
        return self

    def as_nobody(self) -> Client:
        """Go on without being signed in."""
        self.cookies.clear()
        self.headers.pop("X-CSRF-Token", None)
        return self


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(SqliteStores(tmp_path).url("console"))
    yield made
    made.close()


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Console:
    return make_console(database, lambda: NOW, tmp_path / "liveaudit.yaml")


@pytest.fixture
def client(console: Console) -> Iterator[Client]:
    """Signed in as an administrator, Ada."""
    app = create_app(console, passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    with Client(app, base_url="http://127.0.0.1") as made:
        made.console = console
        yield made.as_user("ada", "administrator")
