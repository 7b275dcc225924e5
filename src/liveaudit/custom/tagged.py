"""In which of its sections the tags of a resource stand, from the catalog and from botocore's models of the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jmespath
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import Session

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.rows import Section
from liveaudit.catalog.types import ResourceType
from liveaudit.policies.tags import may_hold_tags, tag_sections

_DEEPEST = 8


def tagged_types(catalog: Catalog) -> list[str]:
    """The types whose tags are read."""
    return sorted(each.name for each in catalog if tagged_sections(each))


def why_untagged(resource_type: ResourceType) -> str:
    """Why the tags of a type are not read: AWS gives it none."""
    if resource_type.ids_are_fixed:
        return f"{resource_type.name} is settings of an account or region, and AWS gives these no tags"
    return f"AWS gives {resource_type.name} no tags"


def tagged_sections(resource_type: ResourceType) -> frozenset[str]:
    """The sections to read for the tags: one of their own, else the root if they stand in it; none: they are not read."""
    return _sections(resource_type)


@lru_cache
def _sections(resource_type: ResourceType) -> frozenset[str]:
    own = tag_sections(resource_type)
    if own:
        return own
    root = resource_type.sections[resource_type.root]
    return frozenset({root.name}) if _holds_tags(root) else frozenset()


@lru_cache(maxsize=1)
def _session() -> Session:
    return Session()


def _holds_tags(section: Section) -> bool:
    if section.call is None or section.shape is not None:
        return False
    model = _session().get_service_model(section.call.client).operation_model(section.call.operation)
    value = _sample(model.output_shape)
    for path in (section.items, section.value):
        if path not in (None, "@"):
            # what is kept of a list depends on values, which a sample has not
            value = jmespath.search(re.sub(r"\[\?[^\]]*\]", "[*]", path), value)
        if path is section.items and isinstance(value, list):
            value = next((each for each in value if isinstance(each, Mapping)), None)
    if not isinstance(value, Mapping):
        return False
    return may_hold_tags(name for name in value if name not in section.omit)


def _sample(shape: Shape | None, depth: int = 0) -> Any:
    """A value of a shape, with every member and one item in each list."""
    if shape is None or depth > _DEEPEST:
        return None
    if isinstance(shape, StructureShape):
        return {name: _sample(member, depth + 1) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [_sample(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        return {"key": _sample(shape.value, depth + 1)}
    return "text"
