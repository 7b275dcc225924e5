"""URLs of stores, that no password is ever told, and who may read a store's file."""

from __future__ import annotations

import logging
import os
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from liveaudit.store import engines, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.engines import StoreError, StoreUnavailableError
from tests.support.stores import Stores

SECRET = "s3cret word"
WRITTEN = "s3cret%20word"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///some/file", "SQLite file some/file"),
        (f"postgresql://u:{WRITTEN}@h/db", "PostgreSQL at h, database db"),
        (f"postgresql+psycopg://u:{WRITTEN}@h:5433/db", "PostgreSQL at h:5433, database db"),
        (f"postgresql://u@/db?host=/run&password={WRITTEN}", "PostgreSQL at /run, database db"),
        ("postgresql:///", "PostgreSQL at the local socket, database (default)"),
    ],
)
def test_a_store_is_told_by_name(url: str, name: str) -> None:
    assert engines.told(engines.parse_url(url)) == name


@pytest.mark.parametrize(
    "url",
    [
        SECRET,
        "",
        f"mysql://u:{WRITTEN}@h/db",
        f"postgresql+asyncpg://u:{WRITTEN}@h/db",
        f"postgresql://u:{WRITTEN}@h:port/db",
    ],
)
def test_what_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"^store: ") as raised:
        engines.parse_url(url)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{WRITTEN}@127.0.0.1:1/db",
        f"postgresql://u@127.0.0.1:1/db?password={WRITTEN}",
        f"postgresql://u:{WRITTEN}@127.0.0.1:1/db?nonsense=1",
        f"postgresql://u:{WRITTEN}@127.0.0.1:1/db?connect_timeout=soon",
    ],
)
def test_no_error_tells_the_password(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreError) as raised:
        Database(url)
    seen = f"{raised.value} {raised.value!r} {caplog.text} {engines.make_engine(engines.parse_url(url))!r}"
    assert "127.0.0.1:1, database db" in seen
    assert "s3cret" not in seen


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="unable to open database file"):
        Database(f"sqlite:///{tmp_path}/missing/x.sqlite3")
    (tmp_path / "text").write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(StoreUnavailableError, match="file is not a database"):
        Database(f"sqlite:///{tmp_path}/text")


def test_errors_of_statements_hold_no_values(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        with pytest.raises(Exception, match="nowhere") as raised:
            database.write_now(lambda c: c.execute(text("SELECT :v FROM nowhere"), {"v": SECRET}))
        assert SECRET not in str(raised.value)
    finally:
        database.close()


def test_the_file_of_a_store_is_its_owners_alone_unless_they_say_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite3"
    before = os.umask(0o022)
    try:
        for wanted in (0o600, 0o640):
            with closing(Database(sqlite_url(file))) as database:
                database.write_now(lambda c: work.next_value(c, "tried"))
                made = list(tmp_path.iterdir())
                assert len(made) == 3, "the log of what is written, and its index"
                assert {stat.S_IMODE(each.stat().st_mode) for each in made} == {wanted}
            file.chmod(0o640)
    finally:
        os.umask(before)
