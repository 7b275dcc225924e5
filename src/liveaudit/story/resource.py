"""A resource told: how it stands, what the policies say, what it was before, and what it hangs together with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from liveaudit.catalog.catalog import Catalog
from liveaudit.store import history, resource_pages
from liveaudit.store.resource_pages import Edge, Listed, StandingSection, StandingVerdict
from liveaudit.story.finding import Changed, tell_change

NEWEST = 10


@dataclass(frozen=True, slots=True)
class ResourceStory:
    """A resource with all that is known of it. ``changes``: the newest; ``more``: there are others."""

    listed: Listed
    sections: tuple[StandingSection, ...]
    verdicts: tuple[StandingVerdict, ...]
    changes: tuple[Changed, ...]
    more: bool
    stands_on: tuple[Edge, ...]
    dependents: tuple[Edge, ...]


def tell_resource(connection: Connection, key: int, *, catalog: Catalog) -> ResourceStory | None:
    """The resource of this number, or None."""
    listed = resource_pages.get_resource(connection, key)
    if listed is None:
        return None
    changes = history_of(connection, key, catalog=catalog, limit=NEWEST + 1)
    return ResourceStory(
        listed=listed,
        sections=tuple(resource_pages.sections_of(connection, key)),
        verdicts=tuple(resource_pages.verdicts_of(connection, key)),
        changes=tuple(changes[:NEWEST]),
        more=len(changes) > NEWEST,
        stands_on=tuple(resource_pages.stands_on(connection, key)),
        dependents=tuple(resource_pages.dependents_of(connection, key)),
    )


def history_of(
    connection: Connection,
    key: int,
    *,
    catalog: Catalog,
    section: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Changed]:
    """The changes of a resource's sections with their comparisons, the newest first."""
    listed = resource_pages.get_resource(connection, key)
    if listed is None:
        return []
    found = history.changes_of(connection, key, section=section, before=before, limit=limit)
    both = [history.compared(connection, each.id) for each in found]
    return [tell_change(each, catalog, None, listed.resource.type) for each in both if each is not None]


def change_of(
    connection: Connection, key: int, change: int, *, catalog: Catalog
) -> tuple[Listed, Changed] | None:
    """One change of this resource, or None."""
    listed = resource_pages.get_resource(connection, key)
    both = history.compared(connection, change)
    if listed is None or both is None or both.resource != key:
        return None
    return listed, tell_change(both, catalog, None, listed.resource.type)
