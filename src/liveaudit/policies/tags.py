"""The tags of a resource, from the sections that are known of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.policies.rulebook import Rulebook

_OF_THEIR_OWN = ("tags", "tagging")
"""The names of sections that hold nothing but tags."""
_MEMBERS = ("Tags", "tags", "TagList", "TagSet", "tagSet")
_KEYS, _VALUES = ("Key", "key", "TagKey"), ("Value", "value", "TagValue")


def tag_sections(resource_type: ResourceType) -> frozenset[str]:
    """The sections of a type that hold its tags and nothing else: they are read only where somebody asks for tags."""
    return frozenset(_OF_THEIR_OWN) & resource_type.sections.keys()


def tags_wanted(book: Rulebook, policies: PolicyRegistry, resource_type: ResourceType) -> frozenset[str]:
    """Those of them that somebody asks for, by a setting or an exemption."""
    asked = any(book.asks_for_tags(each) for each in policies.of(resource_type.name))
    return tag_sections(resource_type) if asked else frozenset()


def may_hold_tags(members: Iterable[str]) -> bool:
    """Whether one of the members of what describes a resource is its tags."""
    return not frozenset(_MEMBERS).isdisjoint(members)


def tags_of(sections: Mapping[str, Any]) -> dict[str, str]:
    """The tags that stand in sections, given by name: in one of their own, or inside what describes the resource."""
    found: dict[str, str] = {}
    for name, value in sorted(sections.items()):
        if name in _OF_THEIR_OWN:
            found.update(_pairs(value))
        elif isinstance(value, Mapping):
            for member in _MEMBERS:
                found.update(_pairs(value.get(member)))
    return found


def _pairs(value: Any) -> Iterable[tuple[str, str]]:
    """AWS gives tags as a mapping, or as a list of keys and values under one of several names."""
    if isinstance(value, Mapping):
        return [(str(key), str(each)) for key, each in value.items() if isinstance(each, str)]
    if not isinstance(value, list | tuple):
        return []
    return [
        (str(key), str(_first(each, _VALUES) or ""))
        for each in value
        if isinstance(each, Mapping) and (key := _first(each, _KEYS)) is not None
    ]


def _first(item: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if name in item), None)
