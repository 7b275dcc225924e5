"""Reading what an API answered: an answer of another shape than its model's is UNKNOWN, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import LiveauditError, Severity, Verdict, unknown
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
