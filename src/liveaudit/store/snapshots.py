"""The sections as they were last read, and the edges between resources."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, literal, or_, select, update

from liveaudit.model import Resource
from liveaudit.store import codec, resource_tags
from liveaudit.store.dialects import dialect_of, upsert
from liveaudit.store.schema import due, edges, resources, sections
from liveaudit.store.standing import Standing, digest_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A section as it stands in the store. ``state`` is ``value`` or ``absent``."""

    state: str
    value: Any
    digest: str
    order: int
    read_at: float


@dataclass(frozen=True, slots=True)
class Read:
    """A section to be written: its state and JSON text, in which order and when its reading began, when it was over.

    ``event_at``: when the newest change was made that is known of it (Unix seconds); ``event_ids``: which were made then.
    """

    state: str
    text: str
    order: int
    read_at: float
    ended: float
    event_at: float | None = None
    event_ids: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """Equal for equal values; an absence has its own."""
        return digest_of(self.state, self.text)


class Stored(NamedTuple):
    """Of a stored section. ``doubted``: it is known to be outdated, and could not be read since."""

    digest: str
    order: int
    doubted: bool
    event_at: float | None
    read_at: float
    event_ids: frozenset[str] = frozenset()


NOTHING_STORED = Stored("", 0, False, None, -math.inf)
_MOST_IDS = 2
_DIGESTS = select(
    sections.c.section,
    sections.c.digest,
    sections.c.read_order,
    sections.c.reason,
    sections.c.event_at,
    sections.c.read_at,
    sections.c.event_ids,
).where(sections.c.resource_id == bindparam("key"))
_STANDING = select(sections).where(sections.c.resource_id.in_(bindparam("keys", expanding=True)))
_OVERWRITTEN = (
    "state",
    "value",
    "digest",
    "reason",
    "read_order",
    "read_at",
    "read_end",
    "event_at",
    "event_ids",
)
_EDGES = select(edges).where(
    edges.c.resource_id == bindparam("key"), edges.c.section.in_(bindparam("names", expanding=True))
)
_GONE_SINCE = select(resources.c.id).where(
    resources.c.id == bindparam("key"),
    resources.c.state == "gone",
    resources.c.read_order > bindparam("order"),
)
_MARK = (
    update(resources)
    .where(resources.c.id == bindparam("key"))
    .values(
        state=bindparam("now_is"),
        read_order=bindparam("order"),
        read_at=bindparam("at"),
        event_at=bindparam("newest"),
        streak=bindparam("row"),
        audited_at=bindparam("ended"),
    )
)
_MARK_WITH_ARN = _MARK.values(arn=bindparam("named"))


def stored_digests(connection: Connection, key: int) -> dict[str, Stored]:
    """What is stored of the sections of one resource, by name."""
    rows = connection.execute(_DIGESTS, {"key": key})
    return {
        row.section: Stored(
            row.digest, row.read_order, bool(row.reason), row.event_at, row.read_at, _ids(row.event_ids)
        )
        for row in rows
    }


def standing_sections(connection: Connection, keys: Iterable[int]) -> dict[int, dict[str, Standing]]:
    """The sections of resources as they stand, by row and name. What is doubted is left out."""
    found: dict[int, dict[str, Standing]] = {}
    for row in connection.execute(_STANDING, {"keys": list(keys)}):
        if not row.reason:
            found.setdefault(row.resource_id, {})[row.section] = Standing(
                row.state,
                row.value,
                row.digest,
                row.read_order,
                row.read_at,
                row.read_at if row.read_end is None else row.read_end,
                row.event_at,
                _ids(row.event_ids),
            )
    return found


def _ids(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _text(ids: Set[str]) -> str:
    return " ".join(sorted(ids)[:_MOST_IDS])


def differing(connection: Connection, key: int, read: Mapping[str, Read]) -> set[str]:
    """The sections whose stored value another is about to replace; nothing read: all that are stored will go."""
    standing = stored_digests(connection, key)
    if not read:
        return set(standing)
    return {name for name, each in read.items() if _is_news(standing.get(name, NOTHING_STORED), each)}


def _is_news(stored: Stored, read: Read) -> bool:
    return stored.digest != read.digest or stored.doubted


Telling = Callable[[Connection, int, Sequence[tuple[str, Stored, Read]]], None]
"""Is told the sections of a resource that are about to be another than they stand, with both."""


def write_sections(
    connection: Connection, key: int, read: Mapping[str, Read], tell: Telling | None = None
) -> set[str]:
    """Write what was read unless a newer reading stands there. Returns the sections that are to be judged anew."""
    standing = stored_digests(connection, key)
    changed = set()
    rows = []
    others = []
    texts = {}
    for name, each in read.items():
        stored = standing.get(name, NOTHING_STORED)
        if stored.order > each.order:
            continue
        if _is_news(stored, each):
            changed.add(name)
        if stored is not NOTHING_STORED and stored.digest != each.digest:
            others.append((name, stored, each))
        if stored.digest != each.digest:
            texts[name] = each.text if each.state == "value" else ""
        known = [at for at in (stored.event_at, each.event_at) if at is not None]
        newest = max(known, default=None)
        rows.append(
            {
                "resource_id": key,
                "section": name,
                "state": each.state,
                "value": each.text,
                "digest": each.digest,
                "reason": "",
                "read_order": each.order,
                "read_at": each.read_at,
                "read_end": each.ended,
                "event_at": newest,
                "event_ids": _text(
                    frozenset().union(*(one.event_ids for one in (stored, each) if one.event_at == newest))
                ),
            }
        )
    if others and tell is not None:
        tell(connection, key, others)
    if rows:
        connection.execute(
            upsert(dialect_of(connection), sections, ("resource_id", "section"), _OVERWRITTEN), rows
        )
    if texts:
        resource_tags.keep(connection, key, texts)
    return changed


def gone_since(connection: Connection, key: int, order: int) -> bool:
    """Whether a resource was found gone by a reading that began after the one of this order."""
    return connection.execute(_GONE_SINCE, {"key": key, "order": order}).first() is not None


def write_edges(connection: Connection, key: int, wanted: Mapping[str, Set[tuple[int, str]]]) -> None:
    """Replace the edges of these sections: own section to the (resource row, section) pairs it stands on."""
    if not wanted:
        return
    standing: dict[str, set[tuple[int, str]]] = {name: set() for name in wanted}
    for row in connection.execute(_EDGES, {"key": key, "names": list(wanted)}):
        standing[row.section].add((row.on_id, row.on_section))
    for name, pairs in wanted.items():
        if standing[name] == set(pairs):
            continue
        connection.execute(delete(edges).where(edges.c.resource_id == key, edges.c.section == name))
        if pairs:
            connection.execute(
                insert(edges),
                [
                    {"resource_id": key, "section": name, "on_id": on_id, "on_section": on_section}
                    for on_id, on_section in sorted(pairs)
                ],
            )


def forget_sections(connection: Connection, key: int) -> set[str]:
    """Drop the sections of a resource that is gone, and what it stood on. Returns the sections' names."""
    names = set(stored_digests(connection, key))
    connection.execute(delete(sections).where(sections.c.resource_id == key))
    connection.execute(delete(edges).where(edges.c.resource_id == key))
    return names


def mark_resource(
    connection: Connection,
    key: int,
    *,
    state: str,
    order: int,
    read_at: float,
    newest: float | None,
    streak: int,
    now: float,
    arn: str | None = None,
) -> None:
    """Note when and under which order the reading of a resource began, and whether it is there.

    ``newest``: when the newest change was made that is known of it. ``streak``: how many audits in a row this was.
    """
    given: dict[str, Any] = {"key": key, "now_is": state, "order": order, "at": read_at, "newest": newest}
    given |= {"row": streak, "ended": now}
    if arn:
        connection.execute(_MARK_WITH_ARN, {**given, "named": arn})
    else:
        connection.execute(_MARK, given)


def known_sections(
    connection: Connection,
    wanted: Iterable[tuple[Resource, str]],
    *,
    younger_than: float,
    due_too: bool = False,
) -> dict[tuple[Resource, str], Snapshot]:
    """Those of the asked sections that are stored, undoubted, were read after ``younger_than``, and are not due.

    ``due_too``: due ones as well; when such a one is read and is another, all that stand on it are audited again.

    What is only to be looked at again may be stood on: should that change it, all that stand on it are audited again.
    """
    found = {}
    by_resource: dict[Resource, set[str]] = {}
    for resource, name in wanted:
        by_resource.setdefault(resource, set()).add(name)
    for resource, names in by_resource.items():
        rows = connection.execute(
            select(sections)
            .join(resources, resources.c.id == sections.c.resource_id)
            .where(
                resources.c.account == resource.account,
                resources.c.region == resource.region,
                resources.c.type == resource.type,
                resources.c.rid == resource.id,
                sections.c.section.in_(list(names)),
                resources.c.state != "gone",
                sections.c.read_at >= younger_than,
                sections.c.reason == "",
                literal(due_too) | ~exists().where(due.c.resource_id == resources.c.id, due.c.looking == 0),
            )
        )
        for row in rows:
            found[resource, row.section] = Snapshot(
                row.state, codec.load(row.value), row.digest, row.read_order, row.read_at
            )
    return found


def known_resources(
    connection: Connection, *, account: str, type_name: str, regions: Iterable[str] | None = None
) -> list[Resource]:
    """The resources of a type in an account that are there as far as we know."""
    query = select(resources).where(
        resources.c.account == account, resources.c.type == type_name, resources.c.state == "present"
    )
    if regions is not None:
        query = query.where(resources.c.region.in_(list(regions)))
    return [
        Resource(row.partition, row.account, row.region, row.type, row.rid)
        for row in connection.execute(query.order_by(resources.c.id))
    ]


def resources_with(
    connection: Connection, *, account: str, region: str, type_name: str, section: str, key: str, value: str
) -> list[Resource]:
    """The known resources whose stored section has ``value`` at ``key``, or in a list there: who bears a name."""
    query = (
        select(resources, sections.c.value)
        .join(sections, and_(sections.c.resource_id == resources.c.id, sections.c.section == section))
        .where(
            resources.c.account == account,
            resources.c.region == region,
            resources.c.type == type_name,
            or_(resources.c.state == "present", resources.c.state == "new"),
        )
    )
    found = []
    for row in connection.execute(query):
        stored = codec.load(row.value)
        names = stored.get(key) if isinstance(stored, dict) else None
        if names == value or (isinstance(names, list) and value in names):
            found.append(Resource(row.partition, row.account, row.region, row.type, row.rid))
    return found
