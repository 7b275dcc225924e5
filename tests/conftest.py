"""Stores on both databases. A test that asks for ``stores`` runs on each; one server a session, started when needed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import structlog
import typer.main
import typer.testing
from hypothesis import settings

from tests.support.dear import dear, function_of
from tests.support.examples import at_random
from tests.support.postgres import NoServerError, Server
from tests.support.stores import PostgresStores, SqliteStores, Stores

# no test asserts seconds: these machines are shared. Examples are the same in every run, so that a run tells of what was
# changed; LIVEAUDIT_RANDOM=1 looks for new ones
settings.register_profile("liveaudit", deadline=None, derandomize=not at_random())
settings.load_profile("liveaudit")
# typer makes the whole tree of commands anew for each command that is run: a tenth of a second each time
typer.main.get_command = typer.testing._get_command = lru_cache(maxsize=8)(  # type: ignore[attr-defined]  # private, but looked up there
    typer.main.get_command
)


def _log_little() -> None:
    structlog.reset_defaults()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))


_log_little()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is too dear for the fast tier is slow."""
    names = dear()
    for each in items:
        if function_of(each.nodeid) in names:
            each.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking for garbage among it again and again took a tenth of the time of the tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_runtest_teardown() -> None:
    """A command that ran in a test has sent the logs to its own output, which is closed now."""
    _log_little()


@pytest.fixture(autouse=True)
def _no_policies_of_others() -> Iterator[None]:
    """What a test took in of policies of users' own is for that test alone."""
    yield
    if (taking_in := sys.modules.get("liveaudit.custom.taking_in")) is not None:
        taking_in.take_in(())
    if (following := sys.modules.get("liveaudit.custom.following")) is not None:
        following.FOLLOWING.forget()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; where there is none, the test is skipped and says so."""
    server = Server()
    try:
        server.start()
    except NoServerError as error:
        pytest.skip(f"no tests on PostgreSQL: {error}")
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Empty stores, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return SqliteStores(tmp_path)
    return PostgresStores(request.getfixturevalue("postgres"))
