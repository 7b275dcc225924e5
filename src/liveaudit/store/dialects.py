"""What SQLite and PostgreSQL say in different words: statements are built for one of them, once each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func
from sqlalchemy.dialects import postgresql, sqlite


def dialect_of(connection: Connection) -> str:
    """``sqlite`` or ``postgresql``: what a statement is built for."""
    return connection.dialect.name


def insert_for(dialect: str, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT, for either database."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def least(dialect: str, one: Any, other: Any) -> Any:
    """The smaller of two values."""
    return func.min(one, other) if dialect == "sqlite" else func.least(one, other)


def greatest(dialect: str, one: Any, other: Any) -> Any:
    """The greater of two values."""
    return func.max(one, other) if dialect == "sqlite" else func.greatest(one, other)


@lru_cache
def upsert(dialect: str, table: Any, keys: tuple[str, ...], overwritten: tuple[str, ...]) -> Any:
    """INSERT, and where a row with these keys is there, overwrite these columns. Takes rows as parameters."""
    statement = insert_for(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in overwritten}
    )
