"""What is to be told to whom: letters, written once for every move of a finding, and put together to deliveries.

Transitions are the outbox's source: they stand in the transaction of what moved the finding, and cost the audits nothing more.
Up to which of them all letters are written is put down in the transaction that writes these, so each is written exactly
once, whoever is killed. See docs/decisions/0033-telling.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from liveaudit.model import OPEN
from liveaudit.store import codec
from liveaudit.store.dialects import dialect_of, insert_for
from liveaudit.store.findings import FINDING_COLUMNS, finding_row, newest_transition, transitions_since
from liveaudit.store.schema import findings, resources, sections, transitions
from liveaudit.store.schema_outbox import LONGEST_ROUTE, deliveries, outbox, outbox_place

_PLACE = "routing"


@dataclass(frozen=True, slots=True)
class Letter:
    """Somebody is to be told. ``move``: the transition's number, 0: the finding is overdue. ``bundle``: what is told
    together; ``wait``: how long more of it is waited for; ``not_before``: Unix seconds."""

    channel: str
    route: str
    finding: str
    move: int
    kind: str
    at: float
    bundle: str = ""
    wait: float = 0.0
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Up to which transition, and to which time of due dates, all letters are written."""

    move: int
    overdue_at: float


def begin(connection: Connection, now: float) -> Place:
    """Where routing goes on; this transaction alone. The first time: from now on, so that nobody is told of the past."""
    held = select(outbox_place).with_for_update()
    row = connection.execute(held).first()
    if row is None:
        first = Place(newest_transition(connection), now)
        begun = insert_for(dialect_of(connection), outbox_place).on_conflict_do_nothing()
        connection.execute(begun, {"name": _PLACE, **asdict(first)})
        # another worker's, where two begin at once
        row = connection.execute(held).one()
    return Place(row.move, row.overdue_at)


def newest_move(connection: Connection) -> int:
    """The highest number of a transition that is seen; lower ones may be committed after it."""
    return int(connection.execute(select(func.coalesce(func.max(transitions.c.id), 0))).scalar_one())


def moves_after(connection: Connection, place: Place, most: int) -> list[dict[str, Any]]:
    """The transitions that come next, in order, with their findings."""
    return transitions_since(connection, place.move, limit=most)


def keep_place(connection: Connection, place: Place) -> None:
    """All up to here is written."""
    connection.execute(update(outbox_place).values(**asdict(place)))


def became_overdue(
    connection: Connection, due: Mapping[str, float], *, since: float, now: float, again: float, times: int
) -> list[dict[str, Any]]:
    """The open findings whose due date is between these times, or lies a multiple of ``again`` before (``times`` at most)."""
    found: list[dict[str, Any]] = []
    for severity, seconds in sorted(due.items()):
        late = [seconds + again * number for number in range(times + 1 if again else 1)]
        ranges = [
            and_(findings.c.opened_at > since - each, findings.c.opened_at <= now - each) for each in late
        ]
        query = (
            select(*FINDING_COLUMNS)
            .join(resources, resources.c.id == findings.c.resource_id)
            .where(findings.c.status.in_(OPEN), findings.c.severity == severity, or_(*ranges))
            .order_by(findings.c.opened_at, findings.c.id)
        )
        found.extend(finding_row(row) for row in connection.execute(query))
    return found


def sections_of(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The sections as they stand of the resources of these findings, by finding and name."""
    query = (
        select(findings.c.id, sections.c.section, sections.c.value)
        .join(sections, sections.c.resource_id == findings.c.resource_id)
        .where(findings.c.id.in_(bindparam("ids", expanding=True)), sections.c.state == "value")
    )
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query, {"ids": list(ids)}):
        found.setdefault(row.id, {})[row.section] = codec.load(row.value)
    return found


_WAITING = select(
    outbox.c.channel, outbox.c.finding_id, outbox.c.bundle, outbox.c.wait, outbox.c.not_before
).where(outbox.c.finding_id.in_(bindparam("ids", expanding=True)), outbox.c.delivery.is_(None))


def add(connection: Connection, letters: Sequence[Letter]) -> None:
    """Write letters. What is told of one finding on one channel is told in order: a letter goes with one that waits there
    already, with whichever of the two comes first."""
    if not letters:
        return
    waiting = {
        (row.channel, row.finding_id): (row.bundle, row.wait, row.not_before)
        for row in connection.execute(_WAITING, {"ids": sorted({each.finding for each in letters})})
    }
    rows: list[tuple[Letter, tuple[str, str]]] = []
    sooner: dict[tuple[str, str], tuple[str, float, float]] = {}
    for each in letters:
        key = (each.channel, each.finding)
        given = (each.bundle, each.wait, each.not_before)
        stands = waiting.get(key)
        if stands is not None and stands[2] <= each.not_before:
            given = stands
        elif stands is not None:
            sooner[key] = given
        waiting[key] = given
        rows.append((each, key))
    for (channel, finding), (bundle, wait, not_before) in sorted(sooner.items()):
        connection.execute(
            update(outbox)
            .where(outbox.c.channel == channel, outbox.c.finding_id == finding, outbox.c.delivery.is_(None))
            .values(bundle=bundle, wait=wait, not_before=not_before)
        )
    connection.execute(insert(outbox), [_row(each, waiting[key]) for each, key in rows])


def _row(letter: Letter, goes: tuple[str, float, float]) -> dict[str, Any]:
    return {
        "channel": letter.channel,
        "route": letter.route[:LONGEST_ROUTE],
        "finding_id": letter.finding,
        "move": letter.move,
        "kind": letter.kind,
        "at": letter.at,
        "bundle": goes[0],
        "wait": goes[1],
        "not_before": goes[2],
    }


@dataclass(frozen=True, slots=True)
class Bundle:
    """Letters that are to be told together. ``first``, ``last``: when they moved."""

    name: str
    letters: int
    first: float
    last: float
    wait: float
    not_before: float

    def ready_at(self, patience: float) -> float:
        """When it is sent: once nothing came for ``wait`` seconds, or after ``patience`` times that."""
        return max(self.not_before, min(self.last + self.wait, self.first + self.wait * patience))


def bundles(connection: Connection, channel: str) -> list[Bundle]:
    """What waits to be put together on a channel, the oldest first."""
    query = (
        select(
            outbox.c.bundle,
            func.count(),
            func.min(outbox.c.at),
            func.max(outbox.c.at),
            func.max(outbox.c.wait),
            func.max(outbox.c.not_before),
            func.min(outbox.c.id).label("oldest"),
        )
        .where(outbox.c.channel == channel, outbox.c.delivery.is_(None))
        .group_by(outbox.c.bundle)
        .order_by("oldest")
    )
    return [Bundle(*row[:6]) for row in connection.execute(query)]


def made_since(connection: Connection, channel: str, at: float) -> list[float]:
    """When the messages were made since then, the oldest first."""
    query = (
        select(deliveries.c.made_at)
        .where(deliveries.c.channel == channel, deliveries.c.made_at > at)
        .order_by(deliveries.c.made_at)
    )
    return [float(each) for each in connection.execute(query).scalars()]


def put_together(
    connection: Connection, channel: str, names: Iterable[str], kind: str, now: float, *, most: int = 0
) -> int:
    """Make one delivery of these bundles; of the first ``most`` letters alone, if that is given. Returns of how many."""
    chosen = (
        select(outbox.c.id)
        .where(outbox.c.channel == channel, outbox.c.delivery.is_(None), outbox.c.bundle.in_(list(names)))
        .order_by(outbox.c.id)
    )
    if most:
        chosen = chosen.limit(most)
    made = str(uuid.uuid4())
    written = connection.execute(
        update(outbox).where(outbox.c.id.in_(chosen.scalar_subquery())).values(delivery=made)
    )
    if not written.rowcount:
        return 0
    connection.execute(
        insert(deliveries).values(
            id=made,
            channel=channel,
            kind=kind,
            letters=written.rowcount,
            made_at=now,
            since=now,
            not_before=now,
            state="waiting",
        )
    )
    return int(written.rowcount)
