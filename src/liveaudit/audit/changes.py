"""What a reading changes of what was known, and whether an event brought it. Pure.

What no event can tell of is no miss: sections that no row of the catalog gives an event, and keys that change by
themselves (``silent``). Such sections are told by :func:`unannounced`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from liveaudit.audit.reading import ResourceReading, State
from liveaudit.catalog.changes import Effect
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Cause
from liveaudit.store import codec
from liveaudit.store.standing import Standing, StandingResource, digest_of

BRINGING = ("event", "gap", "fix")
"""Kinds of causes behind which an event stands, one that no row knows too; or a change of our own."""
_MOST_DETAILS = 5
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Changed:
    """A section (empty: the resource as a whole) that is another than was known. ``known_at``: when that was read."""

    what: str
    section: str
    detail: str
    known_at: float


def announces(resource_type: ResourceType, section: str) -> bool:
    """Whether some event tells of a change of this section. That of another resource changes there."""
    if resource_type.sections[section].reference is not None:
        return True
    return any(
        section in change.sections or (not change.sections and change.effect == Effect.UPDATE)
        for change in resource_type.changes.values()
    )


def unannounced(resource_type: ResourceType) -> list[str]:
    """The sections whose changes no event tells, and ``section: key`` for keys that change by themselves."""
    told = []
    for name, section in resource_type.sections.items():
        if not announces(resource_type, name):
            told.append(name)
        else:
            told += [f"{name}: {key}" for key in sorted(section.silent)]
    return told


def changes(
    resource_type: ResourceType, standing: StandingResource, reading: ResourceReading, written: Set[str]
) -> list[Changed]:
    """What ``reading`` shows to be another than stood. ``written``: the sections that were written as news.

    Only what an event could have told; what was never read before is no change but for a resource that appears.
    """
    known_at = standing.read_at or 0.0
    effects = {change.effect for change in resource_type.changes.values()}
    if reading.gone:
        vanished = standing.state == "present" and Effect.DELETE in effects
        return [Changed("vanished", "", "it is gone", known_at)] if vanished else []
    if standing.state != "present" and Effect.CREATE in effects:
        return [Changed("appeared", "", "it is there", known_at)] if reading.present else []
    found = []
    for name in sorted(written & reading.sections.keys() & standing.sections.keys()):
        before, now = standing.sections[name], reading.sections[name]
        silent = resource_type.sections[name].silent
        if now.state not in (State.VALUE, State.ABSENT) or not announces(resource_type, name):
            continue
        if before.digest == digest_of(now.state, codec.dump(now.value)):
            continue
        old, new = _value(before, silent), _without(codec.plain(now.value), silent)
        if (before.state, old) != (now.state.value, new):
            found.append(Changed("changed", name, _told(old, new), before.read_at))
    return found


def is_brought(resource_type: ResourceType, changed: Changed, causes: Iterable[Cause]) -> bool:
    """Whether one of the causes is an event that may have made this change."""
    return any(
        not changed.section
        or not cause.sections
        or resource_type.root in cause.sections
        or changed.section in cause.sections
        for cause in causes
        if cause.kind in BRINGING
    )


def _value(standing: Standing, silent: Set[str]) -> Any:
    return _without(codec.load(standing.text), silent)


def _without(value: Any, keys: Set[str]) -> Any:
    if not keys:
        return value
    if isinstance(value, Mapping):
        return {key: _without(each, keys) for key, each in value.items() if key not in keys}
    return [_without(each, keys) for each in value] if isinstance(value, list) else value


def _told(old: Any, new: Any) -> str:
    """Where two values differ, in a line."""
    found = list(_differences("", old, new))
    more = [f"and {len(found) - _MOST_DETAILS} more"] if len(found) > _MOST_DETAILS else []
    return "; ".join([*found[:_MOST_DETAILS], *more])


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _differences(f"{path}.{key}" if path else str(key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(f"{path}[{number}]", one, other)
    else:
        yield f"{path + ': ' if path else ''}{_short(old)} -> {_short(new)}"


def _short(value: Any) -> str:
    text = "nothing" if value is None else codec.dump(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
