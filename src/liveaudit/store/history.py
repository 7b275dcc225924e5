"""The history of configuration: what a section was before, until when, and what changed it.

A row is written where a section is found to be another than it was, in the transaction that writes the new one, and under
the locks of that. So it is as right as the sections are: a reading that is not written, as a newer one stands there, makes
no history. A section keeps its newest rows, and none for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, literal, select, update

from liveaudit.store import codec
from liveaudit.store.schema import sections
from liveaudit.store.schema_history import section_changes

KEPT = 50
"""Changes of one section that are kept."""
KEPT_DAYS = 400
"""Days for which a change is kept."""
LONGEST = 256 * 1024
"""Characters of JSON that are kept of a value."""
_MOST_CAUSES = 8
_MOST_AT_ONCE = 1000
DAY = 86_400.0
GONE, NEW, PRESENT = "gone", "new", "present"
"""States of the resource as a whole, beside those of a section. A gone resource has no sections either."""


@dataclass(frozen=True, slots=True)
class Before:
    """A section as it stood, and what it becomes. ``text``: JSON."""

    section: str
    state: str
    text: str | None
    read_at: float | None
    after_state: str
    order: int


@dataclass(frozen=True, slots=True)
class Found:
    """Of the audit that found changes: when its reading began, when it is stored (Unix seconds)."""

    read_at: float
    stored_at: float


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A change as it is listed. Times in Unix seconds. ``section`` empty: the resource as a whole.

    ``before_state``: ``value`` or ``absent``; of the resource ``new`` or ``gone``. ``before_read_at``: when it was last read to be
    so. ``after_state`` may be ``gone``; of the resource ``present``. ``stored_at``: when it was known, the time of the transitions that the same audit
    made. ``changes``: the events that may have made it, in order, or what else led to the audit.
    """

    id: int
    section: str
    before_state: str
    before_read_at: float | None
    after_state: str
    read_at: float
    stored_at: float
    changes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a change. ``kept``: the value is known still; ``value`` is None where there was none."""

    state: str
    value: Any = None
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Compared:
    """A change with the section before and after it."""

    resource: int
    change: SectionChange
    before: Side
    after: Side


_C = section_changes.c
_LISTED = (
    _C.id,
    _C.section,
    _C.before_state,
    _C.before_read_at,
    _C.after_state,
    _C.read_at,
    _C.stored_at,
    _C.changes,
)
_TEXTS = select(sections.c.section, sections.c.state, sections.c.value).where(
    sections.c.resource_id == bindparam("key"),
    sections.c.section.in_(bindparam("names", expanding=True)),
)
_KEEP_NEWEST = delete(section_changes).where(
    _C.resource_id == bindparam("key"),
    _C.section == bindparam("name"),
    _C.id
    <= select(_C.id)
    .where(_C.resource_id == bindparam("key"), _C.section == bindparam("name"))
    .order_by(_C.id.desc())
    .limit(1)
    .offset(KEPT)
    .scalar_subquery(),
)
_RECENT = (
    select(_C.id, _C.section, _C.before_read_at, _C.read_at, _C.changes)
    .where(_C.resource_id == bindparam("key"), _C.section.in_(bindparam("names", expanding=True)))
    .order_by(_C.id.desc())
    .limit(_MOST_CAUSES * 4)
)


def texts(connection: Connection, key: int, names: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """State and JSON of these sections as they stand now."""
    rows = connection.execute(_TEXTS, {"key": key, "names": sorted(names)})
    return {row.section: (row.state, row.value) for row in rows}


def note(
    connection: Connection,
    key: int,
    changed: Sequence[Before],
    found: Found,
    causes: Mapping[str, Sequence[Mapping[str, Any]]],
) -> None:
    """Write down what these sections were before. ``causes``: what each change is put down to."""
    if not changed:
        return
    connection.execute(
        insert(section_changes),
        [
            {
                "resource_id": key,
                "section": each.section,
                "before_state": each.state,
                "before": _kept(each.text),
                "before_read_at": each.read_at,
                "after_state": each.after_state,
                "read_at": found.read_at,
                "read_order": each.order,
                "stored_at": found.stored_at,
                "changes": _causes(causes.get(each.section, ())),
            }
            for each in changed
        ],
    )
    connection.execute(_KEEP_NEWEST, [{"key": key, "name": each.section} for each in changed])


def note_sections_gone(
    connection: Connection, key: int, found: Found, order: int, causes: Sequence[Mapping[str, Any]]
) -> None:
    """Write down what all sections of a resource were, before they are forgotten."""
    s = sections.c
    standing = select(
        s.resource_id,
        s.section,
        s.state,
        case((func.length(s.value) <= LONGEST, s.value)),
        s.read_at,
        literal(GONE),
        literal(found.read_at),
        literal(order),
        literal(found.stored_at),
        literal(_causes(causes)),
    ).where(s.resource_id == key)
    columns = (
        "resource_id",
        "section",
        "before_state",
        "before",
        "before_read_at",
        "after_state",
        "read_at",
        "read_order",
        "stored_at",
        "changes",
    )
    connection.execute(insert(section_changes).from_select(list(columns), standing))
    names = connection.execute(select(s.section).where(s.resource_id == key)).scalars()
    keep = [{"key": key, "name": name} for name in names]
    if keep:
        connection.execute(_KEEP_NEWEST, keep)


def _kept(text: str | None) -> str | None:
    return None if text is None or len(text) > LONGEST else text


def _causes(causes: Sequence[Mapping[str, Any]]) -> str:
    return codec.dump(list(causes)[-_MOST_CAUSES:])


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest change of a section, as far as it takes to tell which late event belongs to it."""

    id: int
    before_read_at: float | None
    read_at: float
    changes: tuple[Mapping[str, Any], ...]


def newest(connection: Connection, key: int, names: Iterable[str]) -> dict[str, Recent]:
    """The newest change of each of these sections, if it is among the last few of the resource."""
    found: dict[str, Recent] = {}
    for row in connection.execute(_RECENT, {"key": key, "names": sorted(names)}):
        if row.section not in found:
            found[row.section] = Recent(
                row.id, row.before_read_at, row.read_at, tuple(codec.load(row.changes))
            )
    return found


def amend(connection: Connection, change_id: int, causes: Sequence[Mapping[str, Any]]) -> None:
    """Put a change down to more than was known when it was found."""
    connection.execute(update(section_changes).where(_C.id == change_id).values(changes=_causes(causes)))


def _listed(row: Any) -> SectionChange:
    return SectionChange(
        row.id,
        row.section,
        row.before_state,
        row.before_read_at,
        row.after_state,
        row.read_at,
        row.stored_at,
        tuple(codec.load(row.changes)),
    )


def changes_of(
    connection: Connection,
    key: int,
    *,
    section: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[SectionChange]:
    """The changes of a resource, the newest first; of one section; those before the one with this id."""
    query = select(*_LISTED).where(_C.resource_id == key)
    if section is not None:
        query = query.where(_C.section == section)
    if before is not None:
        query = query.where(_C.id < before)
    return [_listed(row) for row in connection.execute(query.order_by(_C.id.desc()).limit(limit))]


def change_between(
    connection: Connection, key: int, section: str, *, after: float, until: float
) -> int | None:
    """The id of the last change of a section that was known after one time and until another (Unix seconds)."""
    query = (
        select(_C.id)
        .where(_C.resource_id == key, _C.section == section, _C.stored_at > after, _C.stored_at <= until)
        .order_by(_C.id.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def compared(connection: Connection, change_id: int) -> Compared | None:
    """A change with both its sides; None: there is none of that id."""
    row = connection.execute(select(*_LISTED, _C.resource_id, _C.before).where(_C.id == change_id)).first()
    if row is None:
        return None
    before = _side(row.before_state, row.before)
    if row.after_state not in ("value", "absent"):
        return Compared(row.resource_id, _listed(row), before, Side(row.after_state))
    later = connection.execute(
        select(_C.before_state, _C.before)
        .where(_C.resource_id == row.resource_id, _C.section == row.section, _C.id > change_id)
        .order_by(_C.id)
        .limit(1)
    ).first()
    if later is not None:
        after = _side(later.before_state, later.before)
    else:
        state, text = texts(connection, row.resource_id, [row.section]).get(row.section, ("value", None))
        after = _side(state, text)
    return Compared(row.resource_id, _listed(row), before, after)


def _side(state: str, text: str | None) -> Side:
    if state != "value":
        return Side(state)
    return Side(state, codec.load(text), kept=text is not None)


def prune(connection: Connection, now: float, *, limit: int = _MOST_AT_ONCE) -> int:
    """Forget what is older than is kept, so many at most. Returns how many."""
    old = (
        select(_C.id)
        .where(_C.stored_at < now - KEPT_DAYS * DAY)
        .order_by(_C.stored_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(old).scalars())
    if ids:
        connection.execute(delete(section_changes).where(_C.id.in_(ids)))
    return len(ids)
