"""The migrations make the very tables that the code uses."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from liveaudit.store import database
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.schema import metadata


def test_migrated_equals_declared(tmp_path: Path) -> None:
    made = Database(sqlite_url(tmp_path / "x.sqlite3"))
    try:
        with made.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_server_default": False})
            assert compare_metadata(context, metadata) == []
    finally:
        made.close()


def test_newest_is_named() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == database.NEWEST_SCHEMA


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "x.sqlite3")
    Database(url).close()
    again = Database(url)
    assert again.read_now(lambda connection: list(connection.execute(metadata.tables["due"].select()))) == []
    again.close()
