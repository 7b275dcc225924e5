"""A mistake in a settings file: where, in which field, what is wrong, and what it should be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from liveaudit.model import LiveauditError

Path = tuple[str | int, ...]
"""How a field is reached: ``("accounts", 1, "id")`` is ``accounts[1].id``."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_LONGEST = 80
_MOST_NAMES = 200


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the file; line and column count from one."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong (or, as ``warning``, probably not meant). ``place``: None outside of a file."""

    path: Path
    text: str
    place: Place | None = None
    warning: bool = False

    @property
    def field(self) -> str:
        """The field as one writes it: ``accounts[1].id``; empty for the file as a whole."""
        return field_name(self.path)

    def told(self, where: str) -> str:
        """One line: ``where:line:column: field: what is wrong``."""
        place = f":{self.place.line}:{self.place.column}" if self.place else ""
        parts = [
            f"{where}{place}",
            *(["warning"] if self.warning else []),
            *([self.field] if self.path else []),
        ]
        return ": ".join([*parts, self.text])


class SettingsError(LiveauditError):
    """The settings cannot be used; one line a mistake. ``mistakes`` is empty when the file cannot be read."""

    def __init__(self, message: str, mistakes: Sequence[Mistake] = ()) -> None:
        super().__init__(message)
        self.mistakes = tuple(mistakes)


def field_name(path: Path) -> str:
    """A path as one writes it; what is no plain name is quoted, since it may be anything."""
    name = ""
    for step in path:
        if isinstance(step, int):
            name += f"[{step}]"
        else:
            name += ("." if name else "") + (step if _PLAIN.fullmatch(step) else shown(step))
    return name


def shown(value: str) -> str:
    """A value in quotes, cut where it is long, with what is not printable spelled out."""
    return repr(value if len(value) <= _LONGEST else value[:_LONGEST] + "...")


def nearest(given: str, possible: Collection[str]) -> str:
    """`` (did you mean 'x'?)`` when one of the possible ones is near, else nothing. Not looked for among very many."""
    if len(possible) > _MOST_NAMES:
        return ""
    found = difflib.get_close_matches(given[:_LONGEST], sorted(possible), n=1, cutoff=0.7)
    return f" (did you mean {found[0]!r}?)" if found else ""
