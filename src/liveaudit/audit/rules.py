"""The book of what people set, kept by whoever judges: read anew when the store has another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from liveaudit.catalog.types import ResourceType
from liveaudit.frameworks.framework import controls_by_policy
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.policies.rulebook import Rulebook
from liveaudit.policies.tags import tag_sections, tags_wanted
from liveaudit.store import rules
from liveaudit.store.database import Database


@dataclass(slots=True)
class Rules:
    """``book``: as it was when it was last looked at. ``others_ask``: whether somebody else asks for tags, as routes do."""

    database: Database
    book: Rulebook = field(default_factory=lambda: Rulebook(controls=controls_by_policy()))
    others_ask: Callable[[], bool] = lambda: False

    def tags_wanted(self, policies: PolicyRegistry, resource_type: ResourceType) -> frozenset[str]:
        """The sections that are read for their tags alone."""
        if self.others_ask():
            return tag_sections(resource_type)
        return tags_wanted(self.book, policies, resource_type)

    def look(self, connection: Connection) -> Rulebook:
        """The book as it stands; the same object as long as nothing changed."""
        controls = controls_by_policy()
        if rules.version(connection) == self.book.version and controls is self.book.controls:
            return self.book
        return rules.read_book(connection, controls)

    async def refresh(self) -> Rulebook:
        """Take the book that stands."""
        self.book = await self.database.read(self.look)
        return self.book
