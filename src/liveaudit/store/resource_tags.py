"""The tags of resources beside their sections: kept as sections are written, and asked for by filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, insert, literal, select

from liveaudit.policies.tags import tags_of
from liveaudit.store import codec
from liveaudit.store.schema_tags import LONGEST_KEY, LONGEST_VALUE, resource_tags

_STANDING = select(resource_tags.c.section, resource_tags.c.key, resource_tags.c.value).where(
    resource_tags.c.resource_id == bindparam("row")
)
_TAKEN = delete(resource_tags).where(
    resource_tags.c.resource_id == bindparam("row"), resource_tags.c.section == bindparam("name")
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that is asked for. ``value``: None: whatever it is."""

    key: str
    value: str | None = None

    @staticmethod
    def of(text: str) -> Tag:
        """``KEY`` or ``KEY=VALUE``."""
        key, equals, value = text.partition("=")
        return Tag(_kept(key.strip(), LONGEST_KEY), _kept(value.strip(), LONGEST_VALUE) if equals else None)


def keep(connection: Connection, key: int, texts: Mapping[str, str]) -> None:
    """Keep what sections of a resource say of its tags, by the JSON texts that are written now."""
    told = {name: tags_in(name, text) for name, text in texts.items()}
    standing: dict[str, dict[str, str]] = {}
    for row in connection.execute(_STANDING, {"row": key}):
        standing.setdefault(row.section, {})[row.key] = row.value
    changed = sorted(name for name, tags in told.items() if standing.get(name, {}) != tags)
    for name in changed:
        if name in standing:
            connection.execute(_TAKEN, {"row": key, "name": name})
    add(connection, [(key, name, told[name]) for name in changed])


def add(connection: Connection, told: Iterable[tuple[int, str, Mapping[str, str]]]) -> None:
    """Put tags in, by resource and section, of which there are none yet."""
    rows = [
        {"resource_id": key, "section": name, "key": tag, "value": value}
        for key, name, tags in told
        for tag, value in sorted(tags.items())
    ]
    if rows:
        connection.execute(insert(resource_tags), rows)


def tags_in(section: str, text: str) -> dict[str, str]:
    """The tags that a section tells, by its JSON text."""
    # most sections hold none, and need not be decoded
    if "tag" not in section and "tag" not in text.casefold():
        return {}
    found = tags_of({section: codec.load(text) if text else None})
    return {_kept(key, LONGEST_KEY): _kept(value, LONGEST_VALUE) for key, value in found.items()}


def _kept(text: str, most: int) -> str:
    """As every database can keep it, whatever somebody has written."""
    return text[:most].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def bearing(tag: Tag) -> Select[Any]:
    """The rows of the resources that bear a tag."""
    return select(resource_tags.c.resource_id).where(*_is(tag, resource_tags.c.key, resource_tags.c.value))


def bears(tag: Tag, resource: ColumnElement[int]) -> ColumnElement[Any]:
    """Whether a resource bears a tag, asked of one at a time: by its few tags.

    As expressions, so that SQLite does not take the index of tags instead: it would go through all that bear the tag.
    """
    said = _is(tag, resource_tags.c.key.concat(""), resource_tags.c.value.concat(""))
    mine = select(literal(True)).where(resource_tags.c.resource_id == resource, *said).limit(1)
    return mine.scalar_subquery()


def _is(tag: Tag, key: ColumnElement[str], value: ColumnElement[str]) -> list[ColumnElement[bool]]:
    return [key == tag.key, *([value == tag.value] if tag.value is not None else [])]


def rarest(connection: Connection, tags: Iterable[Tag], most: int) -> Tag | None:
    """The first of these tags that no more than so many resources bear; None: there is none."""
    for each in tags:
        some = bearing(each).limit(most + 1).subquery()
        if connection.execute(select(func.count()).select_from(some)).scalar_one() <= most:
            return each
    return None
