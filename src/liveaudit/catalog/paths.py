"""Where something stands in an event: dotted paths that go through lists and do not mind upper or lower case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

MAX_VALUES = 1000
"""More values than this in one event are cut: CreateTags takes 1,000 ids at most."""


MAX_LENGTH = 2048
"""No id or ARN of AWS's is longer."""
_ENCODED = ("arn%3A", "arn%3a")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (step[:-2].lower(), True) if step.endswith("[]") else (step.lower(), False)
        for step in path.split(".")
    )


def _child(node: Mapping[str, Any], key: str) -> Any:
    for name, value in node.items():
        if name.lower() == key:
            return value
    return None


def find_all(node: Any, path: str, *, truths: bool = False) -> list[str]:
    """Every string at ``path`` below ``node``: ``requestParameters.groupSet.items[].groupId``.

    Keys are compared without regard to case: CloudTrail lower-cases the first letter for most services and not
    for others. ``[]`` goes through a list, and takes a single value as a list of one. A ``{"content": x}``
    scalar, as EC2's newer operations have it, stands for x. Numbers become strings; anything else leads nowhere,
    and so does text that can be no name: control characters, lone surrogates, more than 2,048 characters.
    An ARN that is percent-encoded, as it stood in a URL, is decoded. With ``truths`` booleans become ``true`` and
    ``false``.
    """
    nodes = [node]
    for key, through_list in _steps(path):
        found = []
        for each in nodes:
            if not isinstance(each, Mapping):
                continue
            value = _child(each, key)
            if value is None:
                continue
            if through_list and isinstance(value, list):
                found.extend(value)
            else:
                found.append(value)
        nodes = found[:MAX_VALUES]
    values = []
    for each in nodes:
        scalar = _child(each, "content") if isinstance(each, Mapping) else each
        if isinstance(scalar, str) and scalar.startswith(_ENCODED):
            scalar = unquote(scalar)
        if isinstance(scalar, str) and 0 < len(scalar) <= MAX_LENGTH and not _CONTROL.search(scalar):
            values.append(scalar)
        elif isinstance(scalar, int) and (truths or not isinstance(scalar, bool)):
            values.append(str(scalar).lower())
    return values


_PLACEHOLDER = re.compile(r"\{(\w+)((?:\.\w+)*)\}")


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with its placeholders replaced, in strings at any depth, each exactly once.

    A string that is one placeholder takes the value as it is (a list stays a list). Values are never looked at
    for placeholders again, whatever they hold. Raises KeyError for a placeholder without a value.
    """
    if isinstance(template, str):
        whole = _PLACEHOLDER.fullmatch(template)
        if whole:
            return _value(whole, values)
        return _PLACEHOLDER.sub(lambda match: str(_value(match, values)), template)
    if isinstance(template, Mapping):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill(value, values) for value in template]
    return template


def _value(match: re.Match[str], values: Mapping[str, Any]) -> Any:
    value = values[match.group(1)]
    for key in match.group(2).split(".")[1:]:
        value = value[key]
    return value


@lru_cache(maxsize=4096)
def template_pattern(template: str) -> re.Pattern[str]:
    """A pattern that reads the placeholders back out of a filled template: an ARN's account, region and id."""
    parts = []
    position = 0
    for match in _PLACEHOLDER.finditer(template):
        parts.append(re.escape(template[position : match.start()]))
        name = match.group(1)
        wide = name == "id"
        parts.append(f"(?P<{name}>.+)" if wide else f"(?P<{name}>[^:/]*)")
        position = match.end()
    parts.append(re.escape(template[position:]))
    return re.compile("".join(parts))
