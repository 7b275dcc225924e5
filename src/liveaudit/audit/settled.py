"""What became of a reading: how much of it is believed, what stays, and when it is looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from liveaudit.audit.reading import ResourceReading
from liveaudit.model import Cause
from liveaudit.store.standing import Look

STAYING = ("event", "dependency")
"""Kinds of causes that stay until they are answered. A sweep does not wait: it is over, and a look comes after it."""


@dataclass(slots=True)
class Settled:
    """What to do with a reading.

    ``reading``: as it is to be judged and written, ``held`` sections as they stand. ``believed`` off: nothing of it is to
    be judged or written. ``keep``: causes that stay for another look. ``again``, ``all_again``, ``again_at``: which
    sections are to be looked at besides, and when (Unix seconds). ``unsettled``:
    section to the reason why it is not settled; ``never_shown``: the events whose change did not come to show in its
    time. ``event_at``: when the newest change was made that is known, by section, and ``event_ids`` which were made then;
    ``newest``: when, of the whole resource.
    """

    reading: ResourceReading
    believed: bool = True
    held: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    all_again: bool = False
    again_at: float = 0.0
    keep: dict[str, Look] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)
    never_shown: list[str] = field(default_factory=list)
    event_at: dict[str, float] = field(default_factory=dict)
    event_ids: dict[str, frozenset[str]] = field(default_factory=dict)
    newest: float | None = None

    @property
    def besides(self) -> Cause | None:
        """The cause of the next look for what no cause that stays asks for."""
        if not self.again and not self.all_again:
            return None
        return Cause("look", "look", frozenset() if self.all_again else frozenset(self.again))

    def newest_of(self, name: str) -> tuple[float | None, frozenset[str]]:
        """When the newest change of a section was made that is known, and which were made then."""
        return self.event_at.get(name), self.event_ids.get(name, frozenset())

    def look_besides(self, at: float, name: str = "") -> None:
        """Look at a section (none: at all) though no cause that stays asks for it."""
        self.again_at = min(at, self.again_at) if self.again or self.all_again else at
        if name:
            self.again.add(name)
        else:
            self.all_again = True

    def look_again(self, causes: Iterable[Cause], at: float, name: str, why: str) -> None:
        """Look at a section again, for the causes that stay until they are answered, because of ``why``."""
        staying = [cause for cause in causes if cause.kind in STAYING]
        for cause in staying:
            before = self.keep.get(cause.id, Look(frozenset(), at))
            self.keep[cause.id] = Look(before.sections | {name}, min(before.at, at))
        if not staying:
            self.look_besides(at, name)
        self.unsettled[name] = why
