"""Whether two configurations are the same, but for how AWS orders and writes them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any

_DOCUMENT = ("{", "[")
_leaf = json.JSONEncoder(default=str).encode
LONGEST_DOCUMENT = 256 * 1024
"""Characters of a text that is looked into."""


def opened(value: Any, silent: Set[str] = frozenset()) -> Any:
    """``value`` with documents that stand in it as text opened, and without the keys that change by themselves."""
    if isinstance(value, Mapping):
        return {str(key): opened(each, silent) for key, each in value.items() if key not in silent}
    if isinstance(value, list | tuple):
        return [opened(each, silent) for each in value]
    if isinstance(value, str) and value[:1] in _DOCUMENT and len(value) <= LONGEST_DOCUMENT:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def sign(value: Any) -> str:
    """A text that is equal for values that differ only in the order of keys and of lists."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{_leaf(key)}:{sign(each)}" for key, each in value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted(map(sign, value))) + "]"
    return _leaf(value)


def same(one: Any, other: Any, silent: Set[str] = frozenset()) -> bool:
    """Whether two values are the same configuration; ``silent``: keys that do not count."""
    try:
        return sign(opened(one, silent)) == sign(opened(other, silent))
    except RecursionError:
        return False


def aligned(before: Any, after: Any) -> Any:
    """``after`` with its lists in the order of ``before``, as far as they hold the same: so that only changes differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {key: aligned(before.get(key), each) for key, each in after.items()}
    if isinstance(before, list) and isinstance(after, list):
        return _aligned_lists(before, after)
    return after


def _aligned_lists(before: list[Any], after: list[Any]) -> list[Any]:
    waiting: dict[str, list[int]] = {}
    for number, each in enumerate(after):
        waiting.setdefault(sign(each), []).append(number)
    taken: dict[int, int] = {}
    for place, each in enumerate(before):
        if numbers := waiting.get(sign(each)):
            taken[place] = numbers.pop(0)
    used = set(taken.values())
    rest = [number for number in range(len(after)) if number not in used]
    found = []
    for place, each in enumerate(before):
        if place in taken:
            found.append(after[taken[place]])
        elif rest:
            found.append(aligned(each, after[rest.pop(0)]))
    return found + [after[number] for number in rest]


def surely_differ(one: str, other: str) -> bool:
    """Whether two JSON texts are not the same configuration, as far as their lengths tell: another order has the same."""
    return len(one) != len(other) and not any(mark in text for text in (one, other) for mark in ('"{', '"['))
