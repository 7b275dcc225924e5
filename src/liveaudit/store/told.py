"""What a message is about, read: its letters, their findings and moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from liveaudit.store import codec
from liveaudit.store.findings import FINDING_COLUMNS, finding_row
from liveaudit.store.schema import findings, resources, transitions
from liveaudit.store.schema_outbox import outbox

_IDS: Any = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class Told:
    """A letter of a message. ``move``: the transition's number, 0: none."""

    id: int
    finding: str
    move: int
    kind: str
    severity: str


def letters(connection: Connection, delivery: str) -> list[Told]:
    """The letters of a message, in order."""
    query = (
        select(outbox.c.id, outbox.c.finding_id, outbox.c.move, outbox.c.kind, findings.c.severity)
        .join(findings, findings.c.id == outbox.c.finding_id)
        .where(outbox.c.delivery == delivery)
        .order_by(outbox.c.id)
    )
    return [Told(*row) for row in connection.execute(query)]


def findings_of(connection: Connection, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """These findings, by id."""
    query = (
        select(*FINDING_COLUMNS)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.id.in_(_IDS))
    )
    return {row.id: finding_row(row) for row in connection.execute(query, {"ids": sorted(set(ids))})}


def moves_of(connection: Connection, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
    """These transitions, by number."""
    query = select(transitions).where(transitions.c.id.in_(_IDS))
    return {
        row.id: {
            "id": row.id,
            "status": row.status,
            "at": row.at,
            "by": row.by,
            "reason": row.reason,
            "changes": codec.load(row.changes),
        }
        for row in connection.execute(query, {"ids": sorted(set(numbers))})
    }


def last_move(connection: Connection, finding: str) -> int:
    """The number of a finding's last transition; 0: it has none."""
    query = select(func.max(transitions.c.id)).where(transitions.c.finding_id == finding)
    return int(connection.execute(query).scalar() or 0)
