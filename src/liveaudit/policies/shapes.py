"""Reading what an API answered: an answer of another shape than its model's is UNKNOWN, never a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import LiveauditError, Severity, Verdict, unknown
from liveaudit.policies.documents import Document, MalformedDocument, parse
from liveaudit.policies.policy import Judge, policy


class UnexpectedShapeError(LiveauditError):
    """A section does not look as the API's model says."""


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """``value``, if it is a mapping. Raises UnexpectedShapeError."""
    if not isinstance(value, Mapping):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a structure")
    return value


def mappings(value: Any, what: str) -> Sequence[Mapping[str, Any]]:
    """``value``, if it is a list of mappings. Raises UnexpectedShapeError."""
    if not isinstance(value, list | tuple):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a list")
    return [mapping(each, f"an item of {what}") for each in value]


def whole_number(value: Any, what: str) -> int:
    """``value``, if it is an integer. Raises UnexpectedShapeError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnexpectedShapeError(f"{what} is {value!r}, not a number")
    return value


def text(value: Any, what: str) -> str:
    """``value``, if it is a text. Raises UnexpectedShapeError."""
    if not isinstance(value, str):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a text")
    return value


def texts(value: Any, what: str) -> list[str]:
    """``value``, if it is a list of texts. Raises UnexpectedShapeError."""
    if not isinstance(value, list | tuple):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a list")
    return [text(each, f"an item of {what}") for each in value]


def moment(value: Any, what: str) -> dt.datetime:
    """A time, as boto3 gives it or in ISO 8601; UTC where it names no zone. Raises UnexpectedShapeError."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise UnexpectedShapeError(f"{what} is {value[:40]!r}, not a time") from error
    if not isinstance(value, dt.datetime):
        raise UnexpectedShapeError(f"{what} is {type(value).__name__}, not a time")
    return value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)


def names(items: Any, key: str, what: str) -> list[str]:
    """The value of ``key`` of every item of a list of mappings."""
    return [text(each.get(key), f"{key} of {what}") for each in mappings(items, what)]


def document(value: Any, what: str) -> Document:
    """A policy document, as a text or as IAM itself gives it. Raises UnexpectedShapeError."""
    try:
        return _read(value) if isinstance(value, str) else parse(mapping(value, what))
    except MalformedDocument as problem:
        raise UnexpectedShapeError(f"{what}: {problem}") from problem


# Several policies read the same document, one after the other.
_read = lru_cache(maxsize=64)(parse)


def rule(
    resource_type: ResourceType, policy_id: str, severity: Severity, **texts: Any
) -> Callable[[Judge], Judge]:
    """As ``policy``; an answer that cannot be read becomes UNKNOWN with what is wrong about it."""

    def register(judge: Judge) -> Judge:
        @wraps(judge)
        def guarded(**sections: Any) -> Verdict:
            try:
                return judge(**sections)
            except UnexpectedShapeError as problem:
                return unknown(str(problem))

        return policy(resource_type, policy_id, severity, **texts)(guarded)

    return register
