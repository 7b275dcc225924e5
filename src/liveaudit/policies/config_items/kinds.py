"""What a configuration item of one resource type is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.config_items.relationships import Relation
from liveaudit.policies.config_items.spelling import Spelling

Sections = Mapping[str, Any]
"""Values of sections by name; None for what is not configured."""
Maker = Callable[[Resource, Sections], Any]

NO_ZONE = "Not Applicable"
REGIONAL = "Regional"
MANY_ZONES = "Multiple Availability Zones"


def _nothing(_resource: Resource, _sections: Sections) -> dict[str, Any]:
    return {}


def _own_id(resource: Resource, _configuration: Mapping[str, Any]) -> str:
    return resource.id


@dataclass(frozen=True, slots=True)
class ItemKind:
    """How one of our types becomes an item.

    ``sections``: what it is made of; the first one describes the resource. ``configuration`` and ``supplementary`` make those parts.
    ``recorded_as``: AWS Config's name of the type, if another. ``resource_id``: what AWS Config calls the resource by, from
    the made configuration. ``created``: the configuration's key that tells when it was made; ``zone``: the availability zone, or the
    key that tells it. ``unread``: paths that AWS Config fills from operations that are not read at all. ``relations``: to what it is
    related, all that AWS Config tells; None: not all of that is known, and nothing is told.
    """

    type: str
    sections: tuple[str, ...]
    configuration: Maker
    supplementary: Maker = _nothing
    recorded_as: str = ""
    resource_id: Callable[[Resource, Mapping[str, Any]], str] = _own_id
    created: str = ""
    zone: str = NO_ZONE
    unread: tuple[str, ...] = ()
    relations: tuple[Relation, ...] | None = None

    @property
    def config_type(self) -> str:
        """AWS Config's name of the type."""
        return self.recorded_as or self.type


def described(section: str, spelling: Spelling, *without: str) -> Maker:
    """The configuration is that section, spelled; ``without`` these of its keys."""

    def make(_resource: Resource, sections: Sections) -> Any:
        value = sections.get(section) or {}
        return spelling.told({key: each for key, each in value.items() if key not in without})

    return make


def id_at(key: str) -> Callable[[Resource, Mapping[str, Any]], str]:
    """The resource goes by what stands in that key of its configuration; by its own id where nothing does."""

    def find(resource: Resource, configuration: Mapping[str, Any]) -> str:
        return str(configuration.get(key) or resource.id)

    return find
