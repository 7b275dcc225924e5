"""What is kept of AWS's answers: the keys that a policy needs, and lists in an order of their own.

As the ``shape`` of a section it leaves out what changes by itself, and what may hold secrets; and since many APIs give their
lists in no order, what is read twice is equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Kept = Mapping[str, "Kept | None"]
"""The keys that are kept: None for a value as it is, else what is kept of the structure, or of each of a list."""


def leaves(*names: str) -> dict[str, Kept | None]:
    """These keys with their values as they are."""
    return dict.fromkeys(names)


def keeping(kept: Kept) -> Callable[[Any], Any]:
    """A shape that keeps these keys. It raises ValueError for what is no structure where one should be."""

    def shape(value: Any) -> Any:
        return _chosen(value, kept)

    return shape


def _chosen(value: Any, kept: Kept | None) -> Any:
    if kept is None:
        return value
    if isinstance(value, list):
        return sorted((_chosen(each, kept) for each in value), key=repr)
    if not isinstance(value, Mapping):
        raise ValueError(f"{type(value).__name__} where {', '.join(kept)} should be")
    return {key: _chosen(value[key], inner) for key, inner in kept.items() if value.get(key) is not None}


def of_the_only(shape: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A shape of what one further call for the resource itself gave: the only item of a list.

    It raises ValueError where that call was not made, or found nothing.
    """

    def only(values: Any) -> Any:
        if len(values) != 1:
            raise ValueError(f"{len(values)} answers where one should be")
        return shape(values[0])

    return only


def in_order(values: Any) -> Any:
    """Each text of a list once, in order."""
    return sorted(set(values or ()))
