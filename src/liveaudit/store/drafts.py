"""What somebody has begun to fill in, kept until it is finished: it can be left and taken up again, by others too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from liveaudit.model import LiveauditError
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema_jobs import LONGEST_BY, drafts


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft. ``version`` counts its changes."""

    name: str
    version: int
    changed_at: float
    changed_by: str
    value: Any


class DraftChangedError(LiveauditError):
    """Somebody else changed the draft meanwhile."""


def get(connection: Connection, name: str) -> Draft | None:
    """The draft of this name."""
    row = connection.execute(select(drafts).where(drafts.c.name == name)).mappings().first()
    return None if row is None else Draft(**{**row, "value": codec.load(row["value"])})


def put(
    connection: Connection, name: str, value: Any, *, by: str, now: float, version: int | None = None
) -> Draft:
    """Write a draft. ``version``: the one that was changed, 0: there was none, None: whatever stands.

    Raises DraftChangedError when another stands.
    """
    by, text = codec.storable(by)[:LONGEST_BY], codec.dump(value)
    if version in (None, 0):
        made = connection.execute(
            insert_for(dialect_of(connection), drafts)
            .values(name=name, version=1, changed_at=now, changed_by=by, value=text)
            .on_conflict_do_nothing()
            .returning(drafts.c.version)
        ).scalar()
        if made is not None:
            return Draft(name, made, now, by, value)
    statement = update(drafts).where(drafts.c.name == name)
    if version is not None:
        statement = statement.where(drafts.c.version == version)
    number = connection.execute(
        statement.values(version=drafts.c.version + 1, changed_at=now, changed_by=by, value=text).returning(
            drafts.c.version
        )
    ).scalar()
    if number is None:
        raise DraftChangedError("somebody else has changed it meanwhile: look at it again")
    return Draft(name, number, now, by, value)


def drop(connection: Connection, name: str) -> None:
    """Forget a draft."""
    connection.execute(delete(drafts).where(drafts.c.name == name))
