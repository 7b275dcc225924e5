"""Whether a made-up section is one that the API can give: its keys and types, against botocore's output shape."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import botocore.session
from jmespath.parser import Parser

from liveaudit.catalog.rows import Section
from liveaudit.catalog.types import ResourceType
from liveaudit.services import load

_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "timestamp": (dt.datetime, str),
    "blob": (bytes, str),
}


class UnlikeTheApiError(AssertionError):
    """A sample has a key or a type that the operation's answer does not have."""


@lru_cache(maxsize=1)
def _session() -> Any:
    return botocore.session.get_session()


@lru_cache(maxsize=256)
def output_shape(client: str, operation: str) -> Any:
    """Botocore's model of an operation's answer."""
    return _session().get_service_model(client).operation_model(operation).output_shape


def check(resource_type: ResourceType, name: str, value: Any) -> None:
    """Raises UnlikeTheApiError where ``value`` is not of the shape that the section's call gives.

    A section that a function shapes, or that further calls fill, is whatever that function makes of it: not checked.
    None stands for "not configured" and always fits. A mapping of references is checked value by value.
    """
    section = resource_type.sections[name]
    if value is None:
        return
    if section.reference is not None:
        other = load()[0].types[section.reference.type]
        several = value.values() if section.reference.ids else [value]
        for each in several:
            check(other, section.reference.section, each)
        return
    shape = shape_of(section)
    if shape is not None:
        fits(shape, value, f"{resource_type.name} {name}")


def shape_of(section: Section) -> Any:
    """The shape of a section's value, or None where a function makes the value or the path computes it."""
    if section.call is None or section.shape is not None or section.each is not None:
        return None
    shape = output_shape(section.call.client, section.call.operation)
    if section.items is not None:
        shape = _at(shape, section.items)
        shape = shape.member if shape is not None and shape.type_name == "list" else None
    return None if shape is None else _at(shape, section.value)


def _at(shape: Any, path: str) -> Any:
    return shape if path == "@" else _walk(shape, Parser().parse(path).parsed)


def _walk(shape: Any, node: dict[str, Any]) -> Any:
    """The shape that a JMESPath leads to; None for paths that compute something."""
    kind, children = node["type"], node["children"]
    if shape is None:
        return None
    if kind in ("identity", "current"):
        return shape
    if kind == "field":
        return shape.members.get(node["value"]) if shape.type_name == "structure" else None
    if kind in ("subexpression", "index_expression"):
        for child in children:
            shape = _walk(shape, child)
        return shape
    if kind == "filter_projection":
        return _walk(shape, children[0])
    if kind == "index":
        return shape.member if shape.type_name == "list" else None
    return None


def fits(shape: Any, value: Any, where: str) -> None:
    """Raises UnlikeTheApiError where ``value`` is not of this shape."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return
        if not isinstance(value, dict):
            raise UnlikeTheApiError(f"{where} is a structure, not {value!r}")
        for key, each in value.items():
            if key not in shape.members:
                raise UnlikeTheApiError(f"{where} has no {key}; it has {', '.join(shape.members)}")
            fits(shape.members[key], each, f"{where}.{key}")
    elif kind == "list":
        if not isinstance(value, list):
            raise UnlikeTheApiError(f"{where} is a list, not {value!r}")
        for each in value:
            fits(shape.member, each, f"{where}[]")
    elif kind == "map":
        if not isinstance(value, dict):
            raise UnlikeTheApiError(f"{where} is a map, not {value!r}")
        for each in value.values():
            fits(shape.value, each, f"{where}{{}}")
    elif kind == "string" and isinstance(value, dict) and "olicy" in where:
        return  # botocore decodes IAM's documents, which are texts on the wire
    elif not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise UnlikeTheApiError(f"{where} is {kind}, not {value!r}")
