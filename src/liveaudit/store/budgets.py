"""The buckets of calls that all workers share: one row for an account, region and client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, text, update

from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import budgets
from liveaudit.store.schema_health import THROTTLED

T = TypeVar("T")
Row = Mapping[str, Any]
_PLACE = ("account", "region", "client")
STATE = ("rate", "tokens", "at", "changed_at", "throttled_at", "throttles", "refused")
"""What a bucket's row holds besides its place."""

_WHERE = [budgets.c[name] == bindparam(f"its_{name}") for name in _PLACE]
_TAKEN = select(*(budgets.c[name] for name in STATE)).where(*_WHERE).with_for_update()
_CHANGE = update(budgets).where(*_WHERE)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose bucket it is. ``client``: botocore's name."""

    account: str
    region: str
    client: str


def change(connection: Connection, place: Place, apply: Callable[[Row | None], tuple[Row, T]]) -> T:
    """Change a bucket while nobody else can: ``apply`` takes its state (None: there is none yet), gives the new one.

    ``apply`` has no other effects; it may be called twice.
    """
    key = {name: getattr(place, name) for name in _PLACE}
    where = {f"its_{name}": value for name, value in key.items()}
    standing = connection.execute(_TAKEN, where).mappings().first()
    if standing is None:
        state, result = apply(None)
        if connection.execute(_made(dialect_of(connection)), {**key, **state}).first() is not None:
            return result
        standing = connection.execute(_TAKEN, where).mappings().one()
    state, result = apply({name: standing[name] for name in STATE})
    connection.execute(_CHANGE, {**where, **state})
    return result


@lru_cache
def _made(dialect: str) -> Any:
    return insert_for(dialect, budgets).on_conflict_do_nothing().returning(budgets.c.account)


def list_budgets(connection: Connection, *, account: str | None = None) -> list[tuple[Place, Row]]:
    """All buckets with their state, those that were throttled last first."""
    query = select(budgets).order_by(
        budgets.c.throttled_at.desc().nulls_last(), *(budgets.c[name] for name in _PLACE)
    )
    if account is not None:
        query = query.where(budgets.c.account == account)
    return _rows(connection, query)


def list_throttled(connection: Connection, *, most: int) -> list[tuple[Place, Row]]:
    """The buckets of calls that AWS has throttled, those of late first."""
    query = (
        select(budgets)
        .where(text(THROTTLED))
        .order_by(budgets.c.throttled_at.desc(), *(budgets.c[name] for name in _PLACE))
        .limit(most)
    )
    return _rows(connection, query)


def _rows(connection: Connection, query: Any) -> list[tuple[Place, Row]]:
    return [
        (Place(row["account"], row["region"], row["client"]), {name: row[name] for name in STATE})
        for row in connection.execute(query).mappings()
    ]
