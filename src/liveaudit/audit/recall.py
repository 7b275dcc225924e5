"""Counts what events brought and what they did not, audit by audit, in the transaction that writes it.

No miss is: what was not known before the place was swept whole for the first time; what changes in an account whose
events are not taken; what no event can tell of; and what an event tells of that waits with the resource for a look.
"""

from __future__ import annotations

from collections.abc import Set

from sqlalchemy import Connection, bindparam, select

from liveaudit.audit.changes import BRINGING, Changed, changes, is_brought
from liveaudit.audit.patience import SECOND
from liveaudit.audit.places import place_of
from liveaudit.audit.reading import ResourceReading
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Cause
from liveaudit.store import misses, sweeps
from liveaudit.store.causes import cause_of
from liveaudit.store.misses import Announced, Found
from liveaudit.store.schema import due_causes, resources
from liveaudit.store.standing import StandingResource
from liveaudit.store.work import Claim

_WAITING = select(due_causes).where(
    due_causes.c.resource_id == bindparam("key"), due_causes.c.kind.in_(BRINGING)
)
_FIRST_SEEN = select(resources.c.first_seen).where(resources.c.id == bindparam("key"))


def count(
    connection: Connection,
    catalog: Catalog,
    claim: Claim,
    standing: StandingResource,
    reading: ResourceReading,
    written: Set[str],
    *,
    began: float,
    window: float,
    now: float,
) -> None:
    """Count the changes that one audit found. ``written``: the sections written as news.

    ``began``: when its reading began; ``window``: for how many seconds AWS may show older states.
    """
    resource_type = catalog.types[claim.resource.type]
    account, service = claim.resource.account, resource_type.service
    announced = [_announced(cause) for cause in claim.causes if cause.made_at is not None]
    misses.take_back(
        connection, claim.key, announced, root=resource_type.root, slack=window + SECOND, now=now
    )
    found = changes(resource_type, standing, reading, written)
    if not found:
        return
    causes = list(claim.causes)
    if not all(is_brought(resource_type, each, causes) for each in found):
        causes += [cause_of(row) for row in connection.execute(_WAITING, {"key": claim.key})]
    missed = [each for each in found if not is_brought(resource_type, each, causes)]
    if len(missed) < len(found):
        misses.brought(connection, claim.key, account, service, len(found) - len(missed), now)
    if missed and (known := _known(connection, catalog, claim, standing, missed)):
        misses.note(
            connection,
            claim.key,
            account,
            service,
            [Found(each.what, each.section, each.detail, each.known_at, began) for each in known],
            sweep=_told(claim.causes),
            now=now,
        )


def _announced(cause: Cause) -> Announced:
    name = str((cause.change or {}).get("name", ""))
    return Announced(f"{name} {cause.id}", cause.made_at or 0.0, cause.sections)


def _known(
    connection: Connection,
    catalog: Catalog,
    claim: Claim,
    standing: StandingResource,
    missed: list[Changed],
) -> list[Changed]:
    """Those changes whose former state was known from a time when everything was watched."""
    place = sweeps.watched_place(connection, place_of(catalog, claim.resource))
    first = None if place is None else place.first.get(claim.resource.type)
    if first is None:
        return []
    began, ended = first
    if standing.state == "new":
        seen = connection.execute(_FIRST_SEEN, {"key": claim.key}).scalar()
        return missed if seen is not None and seen > ended else []
    return [each for each in missed if each.known_at >= began]


def _told(causes: tuple[Cause, ...]) -> str:
    """The cause under which it was found: the sweep's, if there is one."""
    order = sorted(causes, key=lambda cause: (cause.kind != "sweep", cause.id))
    return order[0].id if order else ""
