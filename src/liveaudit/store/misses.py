"""Changes that events brought, and those that none did, which a sweep found: the recall, and the list to go after.

They are counted in buckets of a day, account and service; each bucket in a few parts, so that many workers do not wait
for one row. A miss whose event comes in the end is taken back: it was late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.schema import misses, resources
from liveaudit.store.schema import recall as buckets

GRACE = 900.0
"""Seconds that an event may take: CloudTrail tells most changes within seconds, some after minutes."""
DAY = 86400
KEPT = 90
"""Days for which misses and counts are kept."""
MOST_LISTED = 1000
"""Misses that are listed of one account and service on a day; further ones are only counted."""
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A change as it was found: ``what`` is ``changed``, ``appeared`` or ``vanished``, ``section`` empty for the latter.

    ``known_at``: when the state before it was read; ``found_at``: when the reading that shows it began (Unix seconds).
    """

    what: str
    section: str
    detail: str
    known_at: float
    found_at: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A change that no event brought. ``known_at``, ``found_at`` as in :class:`Found`; ``counted_at``: when it was stored;
    ``late_at``: when its event (``event``) came after all. Unix seconds.
    """

    id: int
    account: str
    region: str
    service: str
    type: str
    resource: str
    section: str
    what: str
    detail: str
    known_at: float
    found_at: float
    counted_at: float
    sweep: str
    late_at: float | None
    event: str


@dataclass(frozen=True, slots=True)
class Announced:
    """An event that came: when its change was made (Unix seconds), and the sections that it touches (empty: all)."""

    event: str
    made_at: float
    sections: frozenset[str]


@dataclass(frozen=True, slots=True)
class Recall:
    """Of one service, how many changes events ``brought``, brought ``late``, and did not bring (``missed``).

    ``waiting``: misses so young that their events may still come; they count neither way. ``account`` empty: all.
    """

    service: str
    account: str
    brought: int
    late: int
    missed: int
    waiting: int

    @property
    def recall(self) -> float | None:
        """The share of changes that events brought, 0 to 1; None: there was none."""
        known = self.brought + self.late + self.missed
        return (self.brought + self.late) / known if known else None


def _add(connection: Connection, day: int, account: str, service: str, part: int, **counts: int) -> None:
    statement = insert_for(dialect_of(connection), buckets)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["day", "account", "service", "part"],
            set_={name: buckets.c[name] + statement.excluded[name] for name in counts},
        ),
        {"day": day, "account": account, "service": service, "part": part, **counts},
    )


def brought(connection: Connection, key: int, account: str, service: str, number: int, now: float) -> None:
    """Count changes of resource ``key`` that events brought."""
    _add(connection, int(now // DAY), account, service, key % _PARTS, brought=number)


def note(
    connection: Connection,
    key: int,
    account: str,
    service: str,
    found: Sequence[Found],
    *,
    sweep: str,
    now: float,
) -> None:
    """Keep misses of resource ``key`` and count them. ``sweep``: the cause under which they were found."""
    if not found:
        return
    day = int(now // DAY)
    # not of the list: this is found by its key, however long that is
    of_today = select(func.coalesce(func.sum(buckets.c.missed + buckets.c.late), 0)).where(
        buckets.c.day == day, buckets.c.account == account, buckets.c.service == service
    )
    room = MOST_LISTED - int(connection.execute(of_today).scalar_one())
    _add(connection, day, account, service, key % _PARTS, missed=len(found))
    rows = [
        {
            "resource_id": key,
            "account": account,
            "service": service,
            "section": each.section,
            "what": each.what,
            "detail": codec.storable(each.detail),
            "known_at": each.known_at,
            "found_at": each.found_at,
            "counted_at": now,
            "sweep": sweep,
        }
        for each in found[: max(0, room)]
    ]
    if rows:
        connection.execute(insert_for(dialect_of(connection), misses), rows)


def take_back(
    connection: Connection, key: int, announced: Sequence[Announced], *, root: str, slack: float, now: float
) -> int:
    """Events have come: what they announce was not missed. Returns how many misses that were.

    Within :data:`GRACE` the sweep was only ahead of the event, and the miss goes; after that it was late.
    ``slack``: for how many seconds a reading may not show a change, so that it may be older than the state known before.
    """
    if not announced:
        return 0
    taken = []
    for row in connection.execute(
        select(misses).where(misses.c.resource_id == key, misses.c.late_at.is_(None)).order_by(misses.c.id)
    ).all():
        for each in announced:
            touches = not row.section or not each.sections or bool({row.section, root} & each.sections)
            if touches and row.known_at - slack <= each.made_at <= row.found_at:
                day = int(row.counted_at // DAY)
                taken.append((day, row.account, row.service, row.id, row.counted_at, each.event))
                break
    for day, account, service, miss_id, counted_at, event in sorted(taken):
        if now - counted_at <= GRACE:
            connection.execute(delete(misses).where(misses.c.id == miss_id))
            _add(connection, day, account, service, key % _PARTS, missed=-1, brought=1)
        else:
            late = {"late_at": now, "event": codec.storable(event)[:128]}
            connection.execute(update(misses).where(misses.c.id == miss_id).values(**late))
            _add(connection, day, account, service, key % _PARTS, missed=-1, late=1)
    return len(taken)


def recall(
    connection: Connection, now: float, *, days: int = 30, account: str = "", by_account: bool = False
) -> list[Recall]:
    """The recall of each service (``by_account``: and account) over so many days, by service."""

    def grouped(table: Any) -> list[Any]:
        return [table.c.service, *([table.c.account] if by_account else [])]

    def chosen(table: Any) -> list[Any]:
        return [table.c.account == account] if account else []

    waiting = {
        tuple(row[:-1]): int(row[-1])
        for row in connection.execute(
            select(*grouped(misses), func.count())
            .where(misses.c.late_at.is_(None), misses.c.counted_at > now - GRACE, *chosen(misses))
            .group_by(*grouped(misses))
        )
    }
    rows = connection.execute(
        select(
            *grouped(buckets),
            func.sum(buckets.c.brought).label("brought"),
            func.sum(buckets.c.late).label("late"),
            func.sum(buckets.c.missed).label("missed"),
        )
        .where(buckets.c.day > int(now // DAY) - days, *chosen(buckets))
        .group_by(*grouped(buckets))
        .order_by(*grouped(buckets))
    )
    found = []
    for row in rows:
        young = waiting.get(tuple(row[:-3]), 0)
        found.append(
            Recall(
                row.service,
                row.account if by_account else account,
                int(row.brought),
                int(row.late),
                max(0, int(row.missed) - young),
                young,
            )
        )
    return found


def list_misses(
    connection: Connection,
    *,
    account: str = "",
    service: str = "",
    late: bool = False,
    limit: int = 1000,
) -> list[Miss]:
    """The misses, newest first; with ``late`` also those whose event came in the end."""
    query = select(misses, resources.c.region, resources.c.type, resources.c.rid.label("resource")).join(
        resources, resources.c.id == misses.c.resource_id
    )
    if account:
        query = query.where(misses.c.account == account)
    if service:
        query = query.where(misses.c.service == service)
    if not late:
        query = query.where(misses.c.late_at.is_(None))
    names = Miss.__dataclass_fields__
    rows = connection.execute(query.order_by(misses.c.counted_at.desc(), misses.c.id.desc()).limit(limit))
    return [Miss(**{name: row[name] for name in names}) for row in rows.mappings()]


def prune(connection: Connection, now: float) -> None:
    """Forget what is older than is kept."""
    connection.execute(delete(misses).where(misses.c.counted_at < now - KEPT * DAY))
    connection.execute(delete(buckets).where(buckets.c.day < int(now // DAY) - KEPT))
