"""How AWS Config spells what the services' APIs say, by when the type came to be recorded.

Source: the properties that AWS publishes of each type (github.com/awslabs/aws-config-resource-schema). The oldest types
lower the first letter (``dBInstanceIdentifier``) and tell times in ISO 8601; later ones lower all capitals that a name begins
with (``dbclusterIdentifier``, ``vpczoneIdentifier``) and tell times in milliseconds. (The
newest keep the names, and need nothing of this.)
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")
"""A time as our sections hold it."""


def first_letter(name: str) -> str:
    """``DBName`` as ``dBName``."""
    return name[:1].lower() + name[1:]


def first_capitals(name: str) -> str:
    """``VPCZoneIdentifier`` as ``vpczoneIdentifier``: Java's beans are named so by Jackson."""
    length = next((at for at, letter in enumerate(name) if not letter.isupper()), len(name))
    return name[:length].lower() + name[length:]


def iso_time(text: str) -> str:
    """A time as AWS Config writes it: ``2026-01-31T08:00:00.000Z``."""
    moment = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def milliseconds(text: str) -> int:
    """A time in milliseconds since 1970."""
    return round(dt.datetime.fromisoformat(text).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How names and times are written; ``told`` does it for a whole value."""

    name: Callable[[str], str]
    time: Callable[[str], Any]

    def told(self, value: Any) -> Any:
        """The value with its keys and times as AWS Config writes them. For structures: what a user named is no key."""
        if isinstance(value, Mapping):
            return {self.name(str(key)): self.told(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.told(each) for each in value]
        if isinstance(value, str) and _TIME.fullmatch(value):
            return self.time(value)
        return value


OLD = Spelling(first_letter, iso_time)
LATER = Spelling(first_capitals, milliseconds)
