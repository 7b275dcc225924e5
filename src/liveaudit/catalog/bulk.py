"""Operations that answer for many resources at once: what a sweep reads with them is not read again one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liveaudit.catalog.rows import Call
from liveaudit.catalog.types import ResourceType


@dataclass(frozen=True, slots=True)
class Part:
    """What one list of the answer tells about the resources of one type.

    ``items``: JMESPath to the list. ``ids``: JMESPath in an item to the id, or the ids, of the resources it tells about.
    ``sections``: section name to the JMESPath in the item to what the section's own call leads to; the section's
    ``shape`` and ``omit`` follow, so that both ways give the same value.

    ``gathered``: the section is the list of what all items give that name the resource; no item, an empty list.
    ``into``: that list is under this key of the section, where several parts fill one section.
    """

    type: ResourceType
    items: str
    ids: str
    sections: Mapping[str, str]
    gathered: bool = False
    into: str = ""


@dataclass(frozen=True, slots=True)
class Bulk:
    """One operation with its parts, all of one service and in one region.

    ``token``: the parameter that asks for the next page, and the key of the answer that gives it; none: the pages are
    taken as one.
    """

    call: Call
    parts: tuple[Part, ...]
    token: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """As it is told: ``iam:GetAccountAuthorizationDetails``."""
        return f"{self.call.client}:{self.call.operation}"

    def sections_of(self, type_name: str) -> frozenset[str]:
        """The sections that it gives of resources of a type."""
        return frozenset(name for part in self.parts if part.type.name == type_name for name in part.sections)
