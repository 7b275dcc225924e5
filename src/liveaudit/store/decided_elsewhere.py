"""What is asked of findings by who listens elsewhere for decisions on them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from liveaudit.store.schema import resources
from liveaudit.store.schema_findings import findings

_STICKY = ("suppressed", "in review")
MOST = 1_000
"""Findings that are asked about again, whether what was decided is taken back; the newest."""


def places_of_findings(connection: Connection) -> list[tuple[str, str]]:
    """The accounts and regions that have findings, in order."""
    query = (
        select(resources.c.account, resources.c.region)
        .where(resources.c.id.in_(select(findings.c.resource_id)))
        .distinct()
        .order_by(resources.c.account, resources.c.region)
    )
    return [(row.account, row.region) for row in connection.execute(query)]


def decided_there(connection: Connection, by: str) -> list[str]:
    """The findings that this one keeps suppressed or in review."""
    query = (
        select(findings.c.id)
        .where(findings.c.status.in_(_STICKY), findings.c.decided_by == by)
        .order_by(findings.c.updated_at.desc())
        .limit(MOST)
    )
    return list(connection.execute(query).scalars())


def statuses_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Of findings the status, and who decided it."""
    query = select(findings.c.id, findings.c.status, findings.c.decided_by).where(findings.c.id.in_(ids))
    return {row.id: (row.status, row.decided_by) for row in connection.execute(query)}
