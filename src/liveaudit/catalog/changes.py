"""What an event does to a resource, and what must be true of it once that shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from liveaudit.catalog.paths import find_all
from liveaudit.model import Expected, Shows

_MOST_VALUES = 50
_FIRST_WORD = re.compile(r"[A-Z][a-z]+")
_MAKES = ("Put", "Create")
_UNMAKES = ("Delete", "Remove")
LITERAL = "="
"""What follows it in place of a path into the event is meant as it stands."""


class Effect(StrEnum):
    """What an event does to its resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """What one event name does to resources of one type. ``sections`` empty means all.

    ``renamed_to``: paths to the new name, under which it is another resource. ``lasts``: seconds that AWS may take to
    carry it out after it has answered; ``done_by``: events that tell that it is done. ``source``: the event source, where
    it is another service's than the type's own.
    """

    event: str
    effect: Effect
    sections: frozenset[str]
    named_by: tuple[str, ...]
    renamed_to: tuple[str, ...] = ()
    lasts: float = 0.0
    done_by: frozenset[str] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Showing:
    """How one sees in a section that an event's change shows.

    ``pairs``: a path into the event (``requestParameters.policyArn``; ``=text`` is that text) to a JMESPath into the
    section's value; what stands at the one must then stand at the other, or with ``Shows.LACKS`` must not. ``PRESENT``
    and ``ABSENT`` need no pairs; None: nothing can be said.
    """

    shows: Shows | None
    pairs: Mapping[str, str] = field(default_factory=dict)


def by_name(event: str, *, may_be_absent: bool) -> Showing:
    """What the name of an event says of a section: ``Delete...`` leaves nothing configured, ``Put...`` something.

    ``may_be_absent``: whether the section knows "not configured" at all.
    """
    word = _FIRST_WORD.match(event)
    if word is None or not may_be_absent:
        return Showing(None)
    if word.group() in _UNMAKES:
        return Showing(Shows.ABSENT)
    return Showing(Shows.PRESENT if word.group() in _MAKES else None)


def expected(section: str, showing: Showing, view: Mapping[str, Any]) -> Iterator[Expected]:
    """What must be true of ``section`` after the event of this ``view`` (its record's fields), where that can be said.

    A pair whose values the event does not have, or has too many of, says nothing.
    """
    if showing.shows is None:
        return
    if not showing.pairs:
        yield Expected(section, showing.shows)
        return
    for path, where in showing.pairs.items():
        values = _values(path, view)
        if 0 < len(values) <= _MOST_VALUES:
            yield Expected(section, showing.shows, where, tuple(values))


def _values(path: str, view: Mapping[str, Any]) -> list[str]:
    if path.startswith(LITERAL):
        return [path.removeprefix(LITERAL)]
    return list(dict.fromkeys(find_all(view, path, truths=True)))


def is_shown(wanted: Expected, found: Iterable[str]) -> bool:
    """Whether a section in which ``found`` stands at the path of ``wanted`` shows what is expected."""
    have = {each.lower() for each in found}
    asked = {each.lower() for each in wanted.values}
    return asked <= have if wanted.shows == Shows.HOLDS else not asked & have
