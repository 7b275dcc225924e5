"""All findings that match, however many: read window by window, so that neither memory nor a transaction grows with them.

What is exported is no snapshot: each finding is told once, as it stands when its window is read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from liveaudit.store import finding_counts, finding_pages
from liveaudit.store.finding_conditions import Conditions
from liveaudit.store.finding_wanted import Order, Wanted, narrowed
from liveaudit.store.findings import FINDING_COLUMNS, finding_row
from liveaudit.store.schema import findings, resources

WINDOW = 1_000
"""Findings that are gone through in one transaction."""
FEW = 1_000
"""If no more than these match, they are found by what is asked for, rather than by going through all that there are."""


def _matching(connection: Connection, wanted: Wanted) -> Select[Any]:
    wanted = narrowed(wanted, Order.OLDEST)
    return Conditions(connection, wanted, Order.OLDEST, None).gathered()


def number_of(connection: Connection, wanted: Wanted) -> int:
    """How many findings match."""
    if wanted.is_counted:
        return finding_counts.total(connection, wanted.counted)
    matching = _matching(connection, wanted).subquery()
    return int(connection.execute(select(func.count()).select_from(matching)).scalar_one())


def few_of(connection: Connection, wanted: Wanted) -> list[dict[str, Any]] | None:
    """All findings that match, the oldest first, where they are few; None: there are more."""
    found = finding_pages.page(connection, wanted, Order.OLDEST, limit=FEW)
    return found.items if found.after is None else None


def window_after(
    connection: Connection, wanted: Wanted, after: str
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
    matching = _matching(connection, wanted)
    ids = matching.where(findings.c.id > after, findings.c.id <= last).subquery()
    query = (
        select(*FINDING_COLUMNS)
        .select_from(ids)
        .join(findings, findings.c.id == ids.c.id)
        .join(resources, resources.c.id == findings.c.resource_id)
        .order_by(findings.c.id)
    )
    found = [finding_row(row) for row in connection.execute(query)]
    return found, last if seen == WINDOW else None
