"""Migrations at the start: the database is brought to the newest schema, by one process at a time."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from liveaudit.store.engines import StoreError, Trouble, reason, told, trouble

NEWEST_SCHEMA = "0022"
"""The last of the migrations; a test holds it against the folder."""

_TURN = 0x6C617564_6D696772
"""The advisory lock of who migrates."""


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema. Costs next to nothing when it is there already.

    Raises StoreError when a newer liveaudit has migrated it, or when it may not be migrated.
    """
    if inspect(engine).has_table("alembic_version"):
        with engine.connect() as connection:
            if connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST_SCHEMA:
                return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.connect() as plain:
            connection = plain.execution_options(liveaudit_write=True)
            config.attributes["connection"] = connection
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
                command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"{told(engine.url)}: its tables are of a newer liveaudit ({error}); use that one"
        ) from error
    except DBAPIError as error:
        if trouble(error) != Trouble.OTHER:
            raise
        raise StoreError(
            f"{told(engine.url)}: its tables cannot be made: {reason(error, engine.url)}; the user of the store "
            "needs to create tables in the database's schema"
        ) from error
