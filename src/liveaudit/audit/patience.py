"""How long AWS may show older states, and when to look again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from liveaudit.model import Cause

SECOND = 1.0
"""CloudTrail tells whole seconds: a change was made within the second that begins then."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Times in seconds. ``window``: how long AWS may show an older state at most.

    ``first``, doubled up to ``longest``: when to look again at what must be true and does not show. ``early``: when to
    look first at what may have changed and has not.
    """

    window: float = 120.0
    first: float = 1.0
    longest: float = 60.0
    early: float = 4.0

    def until(self, cause: Cause) -> float:
        """Until when a reading may not show the change of an event (Unix seconds); of other causes: no time at all."""
        made = cause.made_at
        return 0.0 if made is None else made + SECOND + max(self.window, cause.lasts)

    def young(self, causes: Iterable[Cause], began: float) -> list[Cause]:
        """The events whose change a reading that began then may not show."""
        return [cause for cause in causes if self.until(cause) > began]

    def next_look(self, looks: int, now: float) -> float:
        """When to look again after so many looks: every time later than the last time."""
        return now + min(self.longest, self.first * 2.0 ** min(looks, 30))


PATIENCE = Patience()
