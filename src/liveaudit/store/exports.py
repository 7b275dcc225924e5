"""All findings that match, however many: read window by window, so that neither memory nor a transaction grows with them.

What is exported is no snapshot: each finding is told once, as it stands when its window is read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from liveaudit.store.findings import FINDING_COLUMNS, Filter, conditions_of, finding_row
from liveaudit.store.schema import findings, resources

WINDOW = 1_000
"""Findings that are gone through in one transaction."""
FEW = 1_000
"""If no more than these match, they are found by what is asked for, rather than by going through all that there are."""


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = conditions_of(wanted, findings)
    if wanted.status:
        conditions.append(findings.c.status.in_(wanted.status))
    if wanted.severity:
        conditions.append(findings.c.severity.in_(wanted.severity))
    return conditions


def _of(query: Select[Any], wanted: Filter) -> Select[Any]:
    """The query narrowed down to what matches, joined with the resources where the filter asks for something of them."""
    if wanted.resource:
        query = query.join(resources, resources.c.id == findings.c.resource_id)
    return query.where(*_conditions(wanted))


def number_of(connection: Connection, wanted: Filter) -> int:
    """How many findings match."""
    query = _of(select(func.count()).select_from(findings), wanted)
    return int(connection.execute(query).scalar_one())


def few_of(connection: Connection, wanted: Filter) -> list[dict[str, Any]] | None:
    """All findings that match, by id, where they are few; None: there are more."""
    ids = connection.execute(_of(select(findings.c.id), wanted).limit(FEW + 1)).scalars().all()
    if len(ids) > FEW:
        return None
    query = select(*FINDING_COLUMNS).join(resources, resources.c.id == findings.c.resource_id)
    found = connection.execute(query.where(findings.c.id.in_(ids)).order_by(findings.c.id))
    return [finding_row(row) for row in found]


def window_after(
    connection: Connection, wanted: Filter, after: str
) -> tuple[list[dict[str, Any]], str | None]:
    """Those that match among the findings after an id, and the id after which to go on; None: these were the last.

    Every window goes through as many findings, whatever is asked for: an index that serves the filter would have all that
    match sorted anew for each of them.
    """
    following = select(findings.c.id).where(findings.c.id > after).order_by(findings.c.id)
    part = following.limit(WINDOW).subquery()
    seen, last = connection.execute(select(func.count(), func.max(part.c.id))).one()
    if not seen:
        return [], None
    query = (
        select(*FINDING_COLUMNS)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.id > after, findings.c.id <= last)
        .order_by(findings.c.id)
    )
    if conditions := _conditions(wanted):
        # as a case no index serves it
        query = query.where(case((and_(*conditions), 1), else_=0) == 1)
    found = [finding_row(row) for row in connection.execute(query)]
    return found, last if seen == WINDOW else None
