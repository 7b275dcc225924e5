"""What of a policy its users may set: thresholds and lists, each with a type, limits and a default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from liveaudit.model import LiveauditError

Value: TypeAlias = int | tuple[int, ...] | tuple[str, ...]
MOST_ITEMS = 1000
LONGEST_TEXT = 200


class ParameterError(LiveauditError):
    """A value is none that a parameter takes; the text says what it takes."""


class Kind(StrEnum):
    """What a value is, in words for the reader."""

    NUMBER = "a whole number"
    NUMBERS = "a list of whole numbers"
    TEXTS = "a list of texts"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that may be set. ``title``: what it means; ``least``, ``most``: of a number; ``pattern``: of a text, and
    ``expected``: what that asks for, in words."""

    name: str
    kind: Kind
    default: Value
    title: str
    least: int = 0
    most: int = 1_000_000
    pattern: str = ""
    expected: str = "text"

    @property
    def takes(self) -> str:
        """What may be given, in words."""
        if self.kind == Kind.TEXTS:
            return f"{self.kind.value}, each {self.expected}"
        each = "" if self.kind == Kind.NUMBER else ", each"
        return f"{self.kind.value}{each} from {self.least} to {self.most}"

    def checked(self, given: Any) -> Value:
        """``given`` as the policy gets it. Raises ParameterError."""
        if self.kind == Kind.NUMBER:
            return self._number(given)
        if not isinstance(given, list | tuple):
            raise ParameterError(f"{self.name} takes {self.takes}; {_told(given)} is none")
        if len(given) > MOST_ITEMS:
            raise ParameterError(f"{self.name} has {len(given)} values, {MOST_ITEMS} are allowed")
        if self.kind == Kind.NUMBERS:
            return tuple(self._number(each) for each in given)
        return tuple(self._text(each) for each in given)

    def _number(self, given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or not self.least <= given <= self.most:
            raise ParameterError(f"{self.name} takes {self.takes}; {_told(given)} is none")
        return given

    def _text(self, given: Any) -> str:
        fits = isinstance(given, str) and 0 < len(given) <= LONGEST_TEXT
        if not fits or (self.pattern and not re.fullmatch(self.pattern, given)):
            raise ParameterError(f"{self.name} takes {self.takes}; {_told(given)} is none")
        return str(given)


def number(name: str, default: int, title: str, *, least: int = 1, most: int = 36_500) -> Parameter:
    """A threshold."""
    return Parameter(name, Kind.NUMBER, default, title, least, most)


def ports(name: str, default: tuple[int, ...], title: str) -> Parameter:
    """A list of TCP or UDP ports."""
    return Parameter(name, Kind.NUMBERS, default, title, 0, 65_535)


def accounts(name: str, title: str) -> Parameter:
    """A list of account ids, empty if nothing is set."""
    return Parameter(name, Kind.TEXTS, (), title, pattern="[0-9]{12}", expected="an account's twelve digits")


def regions(name: str, title: str) -> Parameter:
    """A list of regions, empty if nothing is set."""
    pattern = "[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}"
    return Parameter(name, Kind.TEXTS, (), title, pattern=pattern, expected="a region, as eu-west-1")


TRUSTED = accounts(
    "trusted_accounts",
    "Further accounts that may be let in, beside those that the settings trust everywhere.",
)
"""What every policy takes that asks whose account something is."""


def with_defaults(takes: tuple[Parameter, ...], given: Mapping[str, Value]) -> dict[str, Value]:
    """The values of all parameters: as given, else the defaults."""
    return {each.name: given.get(each.name, each.default) for each in takes}


def _told(given: Any) -> str:
    return repr(given)[:60]
