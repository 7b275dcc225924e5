"""Filter patterns of CloudWatch Logs on JSON: would an event pass?

Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters". A pattern is parsed and carried out, so its
spelling does not matter: order, spaces, brackets, quotes. What is not understood is never guessed: a pattern of another
kind raises, and what the guide does not tell comes out as None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liveaudit.model import LiveauditError

Passes = bool | None
"""Whether an event passes; None: it cannot be told."""
Pattern = Callable[[Mapping[str, Any]], Passes]

_DEEPEST = 40
_LONGEST = 4096
_MISSING = object()
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<or>\|\|) | (?P<and>&&) | (?P<open>\() | (?P<close>\))
    | (?P<selector>\$(?:\.[\w@-]+|\[\d+\]|\['[^']*'\])+)
    | (?P<operator>!=|<=|>=|=|<|>)
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    | (?P<word>[^\s()|&"<>=!]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.([\w@-]+)|\[(\d+)\]|\['([^']*)'\]")
_STATES: Mapping[tuple[str, str], Callable[[Any], bool]] = {
    ("IS", "NULL"): lambda value: value is None,
    ("IS", "TRUE"): lambda value: value is True,
    ("IS", "FALSE"): lambda value: value is False,
    ("NOT", "EXISTS"): lambda value: value is _MISSING,
}


class NotUnderstoodError(LiveauditError):
    """The pattern is none on JSON, or has something that is not carried out here (a regular expression)."""


@lru_cache(maxsize=512)
def parse(pattern: str) -> Pattern:
    """What a pattern like ``{ ($.eventName = CreateVpc) || ($.eventName = "Delete*") }`` says of an event.

    Raises NotUnderstoodError.
    """
    text = pattern.strip()
    if len(text) > _LONGEST or not (text.startswith("{") and text.endswith("}")):
        raise NotUnderstoodError("the pattern is none on JSON")
    reader = _Reader(list(_tokens(text[1:-1].strip())))
    found = reader.any_of(0)
    if reader.kind is not None:
        raise NotUnderstoodError(f"{reader.text!r} is left at the end")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise NotUnderstoodError(f"{text[position : position + 20]!r} is not understood")
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


@dataclass(slots=True)
class _Reader:
    """Reads the tokens: ``&&`` binds more than ``||``."""

    tokens: list[tuple[str, str]]
    at: int = 0

    @property
    def kind(self) -> str | None:
        """What the next token is; None at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    @property
    def text(self) -> str:
        """The next token."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *kinds: str) -> str:
        """The next token, which must be of one of the kinds."""
        if self.kind not in kinds:
            raise NotUnderstoodError(f"{self.text!r} stands where {' or '.join(kinds)} should")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def any_of(self, depth: int) -> Pattern:
        """Parts joined by ``||``."""
        parts = [self.all_of(depth)]
        while self.kind == "or":
            self.at += 1
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else lambda event: _either([part(event) for part in parts])

    def all_of(self, depth: int) -> Pattern:
        """Parts joined by ``&&``."""
        parts = [self.one(depth)]
        while self.kind == "and":
            self.at += 1
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else lambda event: _both([part(event) for part in parts])

    def one(self, depth: int) -> Pattern:
        """A comparison, or a pattern in brackets."""
        if self.kind != "open":
            return self.comparison()
        if depth >= _DEEPEST:
            raise NotUnderstoodError("too many brackets")
        self.at += 1
        inner = self.any_of(depth + 1)
        self.take("close")
        return inner

    def comparison(self) -> Pattern:
        """``$.key = value``, ``$.key IS NULL``, ``$.key NOT EXISTS``."""
        path = self.take("selector")
        if self.kind == "word":
            state = _STATES.get((self.take("word").upper(), self.take("word").upper()))
            if state is None:
                raise NotUnderstoodError(f"what is asked of {path} is not understood")
            return lambda event: state(_value(event, path))
        operator = self.take("operator")
        quoted = self.kind == "quoted"
        wanted = self.take("quoted", "word")
        if not quoted and wanted.startswith("%"):
            raise NotUnderstoodError("regular expressions are not carried out")
        return lambda event: _compare(_value(event, path), operator, wanted)


def _either(found: list[Passes]) -> Passes:
    return True if True in found else None if None in found else False


def _both(found: list[Passes]) -> Passes:
    return False if False in found else None if None in found else True


def _value(event: Mapping[str, Any], path: str) -> Any:
    value: Any = event
    for key, index, quoted in _STEP.findall(path):
        if index:
            number = int(index)
            value = value[number] if isinstance(value, list) and number < len(value) else _MISSING
        else:
            value = value.get(key or quoted, _MISSING) if isinstance(value, Mapping) else _MISSING
    return value


def _compare(value: Any, operator: str, wanted: str) -> Passes:
    if value is _MISSING or value is None or isinstance(value, Mapping | list):
        # the guide does not say whether what is not there is "not equal"
        return None if operator == "!=" else False
    if operator in ("=", "!="):
        return _like(wanted, _text(value)) == (operator == "=")
    try:
        have, limit = float(_text(value)), float(wanted)
    except ValueError:
        return False
    return {"<": have < limit, "<=": have <= limit, ">": have > limit, ">=": have >= limit}[operator]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _like(wanted: str, text: str) -> bool:
    """Whether the text is the wanted one, in which ``*`` stands for any text."""
    first, *others = wanted.split("*")
    if not others:
        return text == wanted
    if not text.startswith(first):
        return False
    text = text[len(first) :]
    *middle, last = others
    for part in middle:
        at = text.find(part)
        if at < 0:
            return False
        text = text[at + len(part) :]
    return text.endswith(last)
