"""Samples of sections, made from botocore's models: every key that the API may give, with a value of its type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import LiveauditError
from liveaudit.services import load
from liveaudit.testing.shapes import check, shape_of

MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The time in every sample."""
_DEEPEST = 12


class NoSampleError(LiveauditError):
    """A sample cannot be made of a section; its text says why."""


def sample(type_name: str, section: str, **instead: Any) -> Any:
    """A value of the section, as boto3 would give it.

    Texts are the names of their keys or, where the API knows a few values only, the first of these; flags are False, lists have
    one item. ``instead``: other values for keys of a structure; they are held against the API's model. Raises
    NoSampleError where the value is made by a function, so that no model tells its shape, and UnlikeTheApiError for what
    the API cannot give.
    """
    resource_type = _type(type_name)
    if section not in resource_type.sections:
        raise NoSampleError(
            f"{type_name} has no section {section}; it has {', '.join(sorted(resource_type.sections))}"
        )
    row = resource_type.sections[section]
    if row.reference is not None and not row.reference.ids:
        return sample(row.reference.type, row.reference.section, **instead)
    shape = shape_of(row)
    if shape is None:
        raise NoSampleError(f"{type_name}'s {section} has no model of the API's: write the value by hand")
    made = _of(shape, section, 0)
    if instead:
        if not isinstance(made, dict):
            raise NoSampleError(
                f"{type_name}'s {section} is no structure, so there are no keys to set: {sorted(instead)}"
            )
        made |= instead
    check(resource_type, section, made)
    return made


def _type(name: str) -> ResourceType:
    types = load()[0].types
    if name not in types:
        raise NoSampleError(f"{name} is no resource type that is watched")
    return types[name]


def _of(shape: Any, name: str, depth: int) -> Any:
    kind = shape.type_name
    if kind == "structure":
        # models refer to themselves
        members = shape.members.items() if depth < _DEEPEST else ()
        return {key: _of(member, key, depth + 1) for key, member in members}
    if kind == "list":
        return [_of(shape.member, name, depth + 1)] if depth < _DEEPEST else []
    if kind == "map":
        return {"key": _of(shape.value, "value", depth + 1)} if depth < _DEEPEST else {}
    return _SCALARS[kind](shape, name)


def _number(shape: Any, _name: str) -> int:
    return max(1, int(shape.metadata.get("min", 1)))


_SCALARS: Mapping[str, Callable[[Any, str], Any]] = {
    "string": lambda shape, name: shape.enum[0] if shape.enum else name,
    "character": lambda _shape, name: name[:1],
    "boolean": lambda _shape, _name: False,
    "integer": _number,
    "long": _number,
    "float": lambda _shape, _name: 1.0,
    "double": lambda _shape, _name: 1.0,
    "timestamp": lambda _shape, _name: MOMENT,
    "blob": lambda _shape, name: name.encode(),
}
