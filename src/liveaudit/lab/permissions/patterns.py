"""Texts of policy documents that match other texts: wildcards, ARNs, policy variables. Pure.

Sources: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards stay within an ARN's segment, an incomplete
ARN is completed with wildcards), "Variables and tags".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

Context = Mapping[str, str | tuple[str, ...]]
"""The request's context: condition keys in lower case, each with its value or values."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"(?P<key>[^,]*?)\s*,\s*'(?P<default>[^']*)'\s*")
_SEGMENTS = 6


class UnresolvedError(Exception):
    """A policy variable whose key the request does not have, so that the text means nothing for this request."""


class _Piece(NamedTuple):
    literal: str
    key: str = ""
    default: str | None = None


@functools.lru_cache(maxsize=8192)
def _pieces(text: str) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > end:
            pieces.append(_Piece(text[end : found.start()]))
        inside = found[1].strip()
        given = _DEFAULT.fullmatch(inside)
        if given:
            pieces.append(_Piece("", given["key"].lower(), given["default"]))
        else:
            pieces.append(_Piece("", inside.lower()))
        end = found.end()
    if end < len(text) or not pieces:
        pieces.append(_Piece(text[end:]))
    return tuple(pieces)


def variables_in(text: str) -> frozenset[str]:
    """The keys of the variables in ``text``, in lower case."""
    return frozenset(piece.key for piece in _pieces(text) if piece.key and piece.key not in "*?$")


def _resolved(text: str, context: Context) -> Iterator[tuple[str, bool]]:
    """Parts of ``text`` with whether wildcards count in them: in a variable's value they do not."""
    for piece in _pieces(text):
        if not piece.key:
            yield piece.literal, True
        elif piece.key in "*?$":
            yield piece.key, False
        else:
            value = context.get(piece.key, piece.default)
            if not isinstance(value, str):
                raise UnresolvedError(piece.key)
            yield value, False


def fill_in(text: str, context: Context) -> str:
    """``text`` with its variables replaced. Raises UnresolvedError."""
    if "${" not in text:
        return text
    return "".join(part for part, _ in _resolved(text, context))


def widened(text: str) -> str:
    """``text`` with a wildcard in the place of every variable: all that it could mean."""
    return _VARIABLE.sub("*", text)


@functools.lru_cache(maxsize=8192)
def _expression(text: str) -> re.Pattern[str]:
    return re.compile(_translate(text), re.DOTALL)


def _translate(text: str) -> str:
    return "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)


def like(pattern: str, text: str, context: Context | None = None) -> bool:
    """Whether ``text`` is like ``pattern``: ``*`` any characters, ``?`` one. Variables count where there is a context.

    Raises UnresolvedError.
    """
    if context is None or "${" not in pattern:
        return _expression(pattern).fullmatch(text) is not None
    parts = (_translate(part) if wild else re.escape(part) for part, wild in _resolved(pattern, context))
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


@functools.lru_cache(maxsize=8192)
def _segments(pattern: str) -> tuple[str, ...]:
    """The six segments of an ARN pattern; colons inside a variable separate nothing."""
    parts = [""]
    inside = False
    for index, character in enumerate(pattern):
        if pattern.startswith("${", index):
            inside = True
        elif character == "}":
            inside = False
        if character == ":" and not inside and len(parts) < _SEGMENTS:
            parts.append("")
        else:
            parts[-1] += character
    return tuple(parts + ["*"] * (_SEGMENTS - len(parts)))


def arn_like(pattern: str, arn: str, context: Context | None = None) -> bool:
    """Whether ``arn`` is like the ARN ``pattern``, segment by segment. ``*`` alone is like everything.

    What is no ARN (the ``*`` of a request that names no resource) is like ``*`` only. Raises UnresolvedError.
    """
    if not pattern.strip("*"):
        return bool(pattern)
    if not (arn.startswith("arn:") and pattern.startswith("arn:")):
        return False
    parts = arn.split(":", _SEGMENTS - 1)
    if len(parts) < _SEGMENTS:
        return False
    return all(like(*pair, context) for pair in zip(_segments(pattern), parts, strict=True))


def merged(*contexts: Context) -> Context:
    """One context of several, with lower-case keys; the later ones win."""
    return {key.lower(): value for context in contexts for key, value in context.items()}
