"""The routes that people set in the console: rows in their order, each what a settings file would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from liveaudit.store import codec
from liveaudit.store.schema_outbox import console_routes


@dataclass(frozen=True, slots=True)
class ConsoleRoute:
    """A route of the console. ``body``: as it would stand in a settings file."""

    id: str
    position: int
    body: Mapping[str, Any]
    made_by: str
    made_at: float


def list_routes(connection: Connection) -> list[ConsoleRoute]:
    """All of them, in their order."""
    rows = connection.execute(select(console_routes).order_by(console_routes.c.position, console_routes.c.id))
    return [
        ConsoleRoute(row.id, row.position, codec.load(row.body), row.made_by, row.made_at) for row in rows
    ]


def add_route(connection: Connection, route_id: str, body: Mapping[str, Any], *, by: str, now: float) -> None:
    """Write a route as the last one."""
    last = connection.execute(select(func.max(console_routes.c.position))).scalar()
    connection.execute(
        insert(console_routes).values(
            id=route_id, position=(last or 0) + 1, body=codec.dump(dict(body)), made_by=by, made_at=now
        )
    )


def drop_route(connection: Connection, route_id: str) -> ConsoleRoute | None:
    """Take a route away. Returns what it was; None: there is none of this id."""
    found = next((each for each in list_routes(connection) if each.id == route_id), None)
    connection.execute(delete(console_routes).where(console_routes.c.id == route_id))
    return found
