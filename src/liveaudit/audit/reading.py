"""What a read gives: a value, an absence, or a reason why it cannot be known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from liveaudit.aws.errors import Kind
from liveaudit.model import Resource


class State(StrEnum):
    """The outcomes of reading a section. GONE: the resource itself is not there."""

    VALUE = "value"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Reading:
    """A section as it was read. ``retry``: the passing failure after which asking again later may help.

    ``order``, ``began``: in which order and when its reading began, where that was not with the others.
    """

    state: State
    value: Any = None
    reason: str = ""
    retry: Kind | None = None
    order: int | None = field(default=None, compare=False)
    began: float | None = field(default=None, compare=False)


ABSENT = Reading(State.ABSENT)


@dataclass(slots=True)
class ResourceReading:
    """What was read of one resource.

    ``gone``: the resource is not there. ``present``: something proved that it is. ``borrowed``: sections of
    other resources that were read for this one. ``edges``: own section to the (resource, section) pairs that it
    stands on; ``stood_on``: those pairs with the values that were used. ``calls``: how many were made for it; its share of
    those that were made for others too.
    """

    resource: Resource
    sections: dict[str, Reading] = field(default_factory=dict)
    gone: bool = False
    present: bool = False
    borrowed: dict[tuple[Resource, str], Reading] = field(default_factory=dict)
    edges: dict[str, set[tuple[Resource, str]]] = field(default_factory=dict)
    stood_on: dict[tuple[Resource, str], Reading] = field(default_factory=dict)
    calls: float = field(default=0.0, compare=False)

    def leave_out_unknown(self) -> None:
        """Keep only what is known."""
        self.sections = {name: each for name, each in self.sections.items() if each.state != State.UNKNOWN}

    @property
    def retry(self) -> Kind | None:
        """The passing failure after which asking again may help; throttling before all others."""
        found = {reading.retry for reading in self.sections.values()}
        return Kind.THROTTLED if Kind.THROTTLED in found else next((each for each in found if each), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read of one resource. ``root_first``: it may be gone, so ask for the rest only if it is not."""

    resource: Resource
    sections: frozenset[str]
    root_first: bool = False


References = Mapping[tuple[Resource, str], Reading]
"""Sections of other resources that are known already and young enough to stand on."""

Lookup = Callable[[Set[tuple[Resource, str]]], Awaitable[References]]
"""Gives those of the asked (resource, section) pairs that are known."""
