"""Sections that nobody should stand on: they could not be read since they changed, or two readings disagree."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, update

from liveaudit.store import codec
from liveaudit.store.schema import sections
from liveaudit.store.snapshots import NOTHING_STORED, Read, stored_digests

_DOUBT = (
    update(sections)
    .where(
        sections.c.resource_id == bindparam("key"),
        sections.c.section == bindparam("name"),
        sections.c.read_order <= bindparam("order"),
    )
    .values(reason=bindparam("why"))
)


def contradicted(connection: Connection, key: int, read: Mapping[str, Read], *, window: float) -> set[str]:
    """The sections that were read ``window`` seconds before at most and were another then: either may be the older."""
    standing = stored_digests(connection, key)
    found = set()
    for name, each in read.items():
        stored = standing.get(name, NOTHING_STORED)
        young = each.read_at < stored.read_at + window
        if stored.digest != each.digest and not stored.doubted and young:
            found.add(name)
    return found


def doubt(connection: Connection, key: int, reasons: Mapping[str, str], *, order: int) -> set[str]:
    """Nobody is to stand on these sections: they could not be read. Returns those that were not doubted before."""
    standing = stored_digests(connection, key)
    fresh = {name for name in reasons if name in standing and not standing[name].doubted and reasons[name]}
    for name in sorted(fresh):
        given = {"key": key, "name": name, "order": order, "why": codec.storable(reasons[name])}
        connection.execute(_DOUBT, given)
    return fresh
