"""How findings moved: how many opened and closed by the hour, and the newest moves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from liveaudit.model import OPEN
from liveaudit.store import codec
from liveaudit.store.schema import findings, resources, transitions

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Moves:
    """How many findings opened and closed, by hour (Unix seconds / 3600)."""

    opened: Counter[int] = field(default_factory=Counter)
    closed: Counter[int] = field(default_factory=Counter)


def by_hour(connection: Connection, *, since: float) -> Moves:
    """The moves since then. A finding that closes for whatever reason counts as closed."""
    hour = func.floor(transitions.c.at / HOUR).label("hour")
    query = (
        select(hour, transitions.c.status, transitions.c.previous, func.count())
        .where(transitions.c.at >= since)
        .group_by("hour", transitions.c.status, transitions.c.previous)
    )
    found = Moves()
    for at, status, previous, number in connection.execute(query):
        was_open = previous in OPEN
        if status in OPEN and not was_open:
            found.opened[int(at)] += int(number)
        elif status not in OPEN and was_open:
            found.closed[int(at)] += int(number)
    return found


def newest(connection: Connection, *, most: int) -> list[dict[str, Any]]:
    """The newest moves, the last one first, each with its finding and resource."""
    last = select(transitions.c.id).order_by(transitions.c.id.desc()).limit(most).subquery()
    query = (
        select(
            transitions.c.id,
            transitions.c.finding_id,
            transitions.c.status,
            transitions.c.previous,
            transitions.c.at,
            transitions.c.changes,
            transitions.c.hops,
            findings.c.policy,
            findings.c.severity,
            resources.c.id.label("resource_key"),
            resources.c.type,
            resources.c.rid,
            resources.c.account,
            resources.c.region,
        )
        .join(last, last.c.id == transitions.c.id)
        .join(findings, findings.c.id == transitions.c.finding_id)
        .join(resources, resources.c.id == findings.c.resource_id)
        .order_by(transitions.c.id.desc())
    )
    return [
        {
            "number": row.id,
            "finding": row.finding_id,
            "status": row.status,
            "previous": row.previous,
            "at": row.at,
            "changes": codec.load(row.changes),
            "hops": codec.load(row.hops),
            "policy": row.policy,
            "severity": row.severity,
            "type": row.type,
            "resource": row.rid,
            "resource_key": row.resource_key,
            "account": row.account,
            "region": row.region,
        }
        for row in connection.execute(query)
    ]
