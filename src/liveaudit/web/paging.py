"""Pages of long lists: a cursor tells where the next one begins, so that it costs no more than the first."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from liveaudit.web.problems import Problem

T = TypeVar("T")
MOST = 500
_LONGEST_CURSOR = 8192
_NUMBERS = 2**63
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many items a page has at most.")]
Cursor = Annotated[
    str, Query(max_length=_LONGEST_CURSOR, description="`next` of the page before; empty: the first page.")
]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")


def write_cursor(*values: str | float | None) -> str:
    """A cursor for the place after an item: the values by which the list is sorted, in that order."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """The values of a cursor, each of its kind (``float`` takes whole numbers too); None for an empty one.

    Raises Problem for what is none of ours.
    """
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _wrong() from error
    if not isinstance(values, list) or len(values) != len(kinds):
        raise _wrong()
    for value, kind in zip(values, kinds, strict=True):
        wanted = (int, float) if kind is float else kind
        if isinstance(value, bool) or not isinstance(value, wanted) or not _is_storable(value):
            raise _wrong()
    return tuple(values)


def _is_storable(value: Any) -> bool:
    """Whether a database takes it as a value."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value)
    return bool(-_NUMBERS <= value < _NUMBERS)


def _wrong() -> Problem:
    return Problem(422, "Not understood", "cursor: none of ours; begin with the first page", field="cursor")
