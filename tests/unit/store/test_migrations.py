"""The migrations make the very tables that the code uses, on both databases."""

from __future__ import annotations

import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from liveaudit import store
from liveaudit.store import migrate, work
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError
from liveaudit.store.schema import metadata
from tests.support.stores import Stores

for _module in pkgutil.iter_modules(store.__path__):
    # wherever a table is declared, it is known then
    importlib.import_module(f"{store.__name__}.{_module.name}")


def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    return config


def is_declared(_thing: object, name: str | None, _kind: str, reflected: bool, _other: object) -> bool:
    """What serves the search is made by its migration: tables of FTS5, an index of PostgreSQL."""
    return not (reflected and ("finding_search" in (name or "")))


def test_migrated_equals_declared(stores: Stores) -> None:
    made = Database(stores.bare())
    try:
        with made.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_server_default": False, "include_object": is_declared}
            )
            assert compare_metadata(context, metadata) == []
        orders = [made.write_now(lambda c: work.next_value(c, "read_order")) for _ in range(2)]
        assert orders == [1, 2]
    finally:
        made.close()


def test_back_to_nothing_and_forth_again(stores: Stores) -> None:
    url = stores.bare()
    made = Database(url)
    config = scripts()
    with made.engine.connect() as plain:
        connection = plain.execution_options(liveaudit_write=True)
        config.attributes["connection"] = connection
        with connection.begin():
            command.downgrade(config, "base")
    assert set(inspect(made.engine).get_table_names()) == {"alembic_version"}
    made.close()
    Database(url).close()


def test_newest_is_named() -> None:
    assert ScriptDirectory.from_config(scripts()).get_current_head() == migrate.NEWEST_SCHEMA


def test_opening_twice_changes_nothing(stores: Stores) -> None:
    url = stores.bare()
    Database(url).close()
    again = Database(url)
    assert again.read_now(lambda connection: list(connection.execute(metadata.tables["due"].select()))) == []
    again.close()


def test_many_may_migrate_at_once(stores: Stores) -> None:
    url = stores.bare()
    with ThreadPoolExecutor(4) as threads:
        for each in threads.map(lambda _: Database(url), range(4)):
            each.close()


def test_tables_of_a_newer_program_are_left_alone(stores: Stores) -> None:
    url = stores.bare()
    made = Database(url)
    made.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    made.close()
    with pytest.raises(StoreError, match="newer liveaudit"):
        Database(url)
