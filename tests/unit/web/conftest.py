"""A console on an empty store, and a client of it that is signed in as whom a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import Request
from starlette.testclient import TestClient

from liveaudit.store.database import Database
from liveaudit.web.access.principal import Principal, Role
from liveaudit.web.app import create_app
from liveaudit.web.console import Console, make_console
from tests.support.stores import SqliteStores

NOW = 1_800_000_000.0


@dataclass
class Asking:
    """Who asks: the tests' way to be somebody."""

    principal: Principal | None = field(
        default_factory=lambda: Principal("ada", Role.ADMINISTRATOR, "session")
    )

    def __call__(self, _request: Request) -> Principal | None:
        return self.principal


class Client(TestClient):
    """A client that can change who it is."""

    asking: Asking

    def as_role(self, role: str) -> Client:
        """Go on as somebody of that role."""
        self.asking.principal = Principal(f"{role} of the tests", Role(role), "session")
        return self

    def as_nobody(self) -> Client:
        """Go on without being signed in."""
        self.asking.principal = None
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
    asking = Asking()
    with Client(create_app(console, asking), base_url="http://127.0.0.1") as made:
        made.asking = asking
        yield made
