"""What AWS Config tells of a resource and our sections do not: found by leaving out what the sections leave out.

A complete answer is made up from botocore's model of the operation. What stands in the item that is made of it, and not in
the item that is made of what the section keeps of it, is unread.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.model import Shape

from liveaudit.audit.answers import search, section_value
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.rows import Section
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Resource
from liveaudit.policies.config_items.item import KINDS, NEVER_TOLD, RELATIONSHIPS, Seen, configuration_item
from liveaudit.policies.tags import tag_sections, tags_of
from liveaudit.store import codec

_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_TAGS = [{"Key": "key", "Value": "value"}]


@lru_cache(maxsize=256)
def unread_fields(catalog: Catalog, type_name: str) -> frozenset[str]:
    """Paths into an item of the type that AWS Config fills and we do not; what stands below one is unread too."""
    kind, resource_type = KINDS[type_name], catalog.types[type_name]
    whole, kept = {}, {}
    for name in kind.sections:
        whole[name], kept[name] = _whole_and_kept(resource_type.sections[name])
    complete, ours = set(_paths(_item(resource_type, whole))), set(_paths(_item(resource_type, kept)))
    missing = {each for each in complete - ours if _parent(each) in ours or _parent(each) == ""}
    if not tag_sections(resource_type) and not tags_of(kept):
        missing.add("tags")
    if kind.relations is None:
        missing.add(RELATIONSHIPS)
    return frozenset({*missing, *NEVER_TOLD, *kind.unread})


@lru_cache(maxsize=256)
def told_fields(catalog: Catalog, type_name: str) -> tuple[str, ...]:
    """Paths into an item of the type that we fill, of its two configurations, in order."""
    kind, resource_type = KINDS[type_name], catalog.types[type_name]
    kept = {name: _whole_and_kept(resource_type.sections[name])[1] for name in kind.sections}
    found = _paths(_item(resource_type, kept))
    return tuple(
        sorted(each for each in found if each.startswith(("configuration.", "supplementaryConfiguration.")))
    )


def _item(resource_type: ResourceType, sections: dict[str, Any]) -> dict[str, Any]:
    region = "global" if resource_type.is_global else "us-east-1"
    resource = Resource("aws", "111111111111", region, resource_type.name, "text")
    return configuration_item(Seen(resource, "arn:aws:text", {}, sections, _AT))


def _whole_and_kept(section: Section) -> tuple[Any, Any]:
    """A section's value made up of all that its operation can answer, as it is and as it is kept."""
    call = section.call
    if call is None or section.each is not None:
        return None, None
    model = _model(call.client).operation_model(call.operation)
    value = _sample(model.output_shape, ())
    if section.items is not None:
        value = next(iter(search(section.items, value) or ()), None)
    found = search(section.value, value)
    if isinstance(found, dict) and "Tags" in found:
        found = {**found, "Tags": _TAGS}
    return codec.plain(found), section_value(section, found)


@lru_cache(maxsize=64)
def _model(client: str) -> Any:
    return botocore.session.get_session().get_service_model(client)


def _sample(shape: Shape | None, above: tuple[str, ...]) -> Any:
    """A value of the shape with all its members, and one item in every list; what holds itself ends."""
    if shape is None or shape.name in above:
        return {}
    inner = (*above, shape.name)
    if shape.type_name == "structure":
        return {
            name: _sample(member, inner)
            for name, member in shape.members.items()
            if name != "ResponseMetadata"
        }
    if shape.type_name == "list":
        return [_sample(shape.member, inner)]
    if shape.type_name == "map":
        return {"*": _sample(shape.value, inner)}
    if shape.type_name == "timestamp":
        return _AT
    if shape.type_name == "boolean":
        return True
    if shape.type_name in ("integer", "long", "float", "double"):
        return 1
    return b"text" if shape.type_name == "blob" else "text"


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            below = f"{path}.{key}" if path else str(key)
            yield below
            yield from _paths(each, below)
    elif isinstance(value, list):
        for each in value:
            yield from _paths(each, path)


def _parent(path: str) -> str:
    return path.rpartition(".")[0]
