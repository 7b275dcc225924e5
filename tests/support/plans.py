"""How SQLite would answer what is asked of a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import event as listening

from liveaudit.store.database import Database


def plans(database: Database, question: Callable[[Connection], object]) -> list[str]:
    """The plan of each SELECT that a question asks, a line a step."""
    asked: list[tuple[str, Any]] = []

    def heard(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, given))

    listening.listen(database.engine, "before_cursor_execute", heard)
    try:
        database.read_now(question)
    finally:
        listening.remove(database.engine, "before_cursor_execute", heard)
    found = []
    with database.engine.connect() as connection:
        for statement, given in [each for each in asked if each[0].startswith("SELECT")]:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            found.append("\n".join(str(row[-1]) for row in rows))
    return found
