"""CloudFormation snippets, held against the resource schemas inside cfn-lint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import cfnlint
import yaml

from tests.support.aws_commands import PLACEHOLDER

SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"


class Intrinsic:
    """What CloudFormation puts in place when it makes the stack: ``!Ref``, ``!Sub``, ``!GetAtt``."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: Intrinsic())


@lru_cache(maxsize=1)
def _files() -> dict[str, str]:
    files: dict[str, str] = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    return files


@lru_cache(maxsize=256)
def schema_of(type_name: str) -> dict[str, Any] | None:
    """The schema of a resource type, or None where there is no such type."""
    file = _files().get(type_name)
    if file is None:
        return None
    schema: dict[str, Any] = json.loads((SCHEMAS / "resources" / f"{file}.json").read_text(encoding="utf-8"))
    return schema


def problems(text: str) -> Iterator[str]:
    """What is wrong with a snippet: nothing for resources that CloudFormation knows, with properties they have."""
    try:
        read = yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        yield f"is no YAML: {error}"
        return
    resources = read.get("Resources", read) if isinstance(read, dict) else None
    if not isinstance(resources, dict) or not resources:
        yield "has no resources"
        return
    for name, resource in resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            yield f"{name} has no Type"
            continue
        schema = schema_of(resource["Type"])
        if schema is None:
            yield f"CloudFormation has no {resource['Type']}"
            continue
        yield from _misfits(resource.get("Properties", {}), schema, schema, resource["Type"])


def _misfits(value: Any, schema: dict[str, Any], whole: dict[str, Any], where: str) -> Iterator[str]:
    while "$ref" in schema:
        schema = _followed(schema["$ref"], whole)
    if isinstance(value, list):
        if isinstance(schema.get("items"), dict):
            for each in value:
                yield from _misfits(each, schema["items"], whole, f"{where}[]")
    elif isinstance(value, dict) and not _is_function(value):
        known = schema.get("properties", {})
        strict = known and schema.get("additionalProperties") is False and "patternProperties" not in schema
        for key, each in value.items():
            if key in known:
                if f"/properties/{where.partition('/')[2]}{key}" in whole.get("readOnlyProperties", ()):
                    yield f"{where} has {key}, which cannot be set"
                yield from _misfits(each, known[key], whole, f"{where}/{key}")
            elif strict:
                yield f"{where} has no {key}"
    elif (
        isinstance(value, str)
        and value not in schema.get("enum", [value])
        and not PLACEHOLDER.fullmatch(value)
    ):
        yield f"{where}: {value!r} is none of: {', '.join(map(str, schema['enum']))}"


def _followed(pointer: str, whole: dict[str, Any]) -> dict[str, Any]:
    found: Any = whole
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    followed: dict[str, Any] = found
    return followed


def _is_function(value: dict[Any, Any]) -> bool:
    return len(value) == 1 and str(next(iter(value))).startswith(("Fn::", "Ref"))
