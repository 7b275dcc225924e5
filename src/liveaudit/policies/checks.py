"""Verdicts that many services' policies come to: a flag that is to be on, a value that is to be there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from liveaudit.model import Verdict, failed, passed
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, whole_number


def flag(structure: Any, path: str, what: str) -> bool:
    """The boolean at ``path`` (``Options.Enabled``) in ``structure``; what is left out, on the way too, is off.

    ``what``: the structure's name for the reader. Raises UnexpectedShapeError for another shape.
    """
    value = member(structure, path, what)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise UnexpectedShapeError(f"{path} of {what} is {value!r}, not true or false")
    return value


def member(structure: Any, path: str, what: str) -> Any:
    """What stands at ``path`` (``Options.Enabled``) in ``structure``; None where it, or something on the way, is left out.

    Raises UnexpectedShapeError where something on the way is no structure.
    """
    value: Any = mapping(structure, what)
    *way, last = path.split(".")
    for step in way:
        value = value.get(step)
        if value is None:
            return None
        value = mapping(value, f"{step} of {what}")
    return value.get(last)


def is_on(structure: Any, path: str, what: str) -> Verdict:
    """PASS if the flag at ``path`` is true, FAIL if it is false or left out. Raises UnexpectedShapeError."""
    name = path.rpartition(".")[2]
    if flag(structure, path, what):
        return passed(f"{name} of {what} is on")
    return failed(f"{name} of {what} is off", **{name: False})


def is_off(structure: Any, path: str, what: str) -> Verdict:
    """PASS if the flag at ``path`` is false or left out, FAIL if it is true. Raises UnexpectedShapeError."""
    name = path.rpartition(".")[2]
    if flag(structure, path, what):
        return failed(f"{name} of {what} is on", **{name: True})
    return passed(f"{name} of {what} is off")


def is_given(structure: Any, path: str, what: str) -> Verdict:
    """PASS if a text that is not empty stands at ``path``: a key, a log group, a role. Raises UnexpectedShapeError."""
    name = path.rpartition(".")[2]
    value = member(structure, path, what)
    if value is None or value == "":
        return failed(f"{what} has no {name}", **{name: None})
    if not isinstance(value, str):
        raise UnexpectedShapeError(f"{path} of {what} is {value!r}, not a text")
    return passed(f"{name} of {what} is {value}")


def is_one_of(structure: Any, path: str, what: str, good: Iterable[str]) -> Verdict:
    """PASS if the text at ``path`` is one of ``good``, FAIL with what it is else. Raises UnexpectedShapeError."""
    name = path.rpartition(".")[2]
    value = member(structure, path, what)
    if value is not None and not isinstance(value, str):
        raise UnexpectedShapeError(f"{path} of {what} is {value!r}, not a text")
    if value in set(good):
        return passed(f"{name} of {what} is {value}")
    told = "is not set" if value is None else f"is {value}"
    return failed(f"{name} of {what} {told}", **{name: value})


def at_least(structure: Any, path: str, what: str, least: int) -> Verdict:
    """PASS if the number at ``path`` is ``least`` or more; what is left out is 0. Raises UnexpectedShapeError."""
    name = path.rpartition(".")[2]
    value = member(structure, path, what)
    number = 0 if value is None else whole_number(value, f"{path} of {what}")
    if number < least:
        return failed(f"{name} of {what} is {number}, less than {least}", **{name: value})
    return passed(f"{name} of {what} is {number}")


def is_not(structure: Any, path: str, what: str, bad: Iterable[str]) -> Verdict:
    """FAIL if the text at ``path`` is one of ``bad`` (a default name), PASS if it is another. Raises UnexpectedShapeError."""
    name = path.rpartition(".")[2]
    value = member(structure, path, what)
    if not isinstance(value, str):
        raise UnexpectedShapeError(f"{path} of {what} is {value!r}, not a text")
    if value in set(bad):
        return failed(f"{name} of {what} is {value}", **{name: value})
    return passed(f"{name} of {what} is {value}")
