"""How soon a resource that keeps changing is audited again. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The first event of a quiet resource starts at once, and so does the next one after it: ``free`` audits.

    From then on a **silence** is waited for, so that what comes in a burst is one audit: ``first`` seconds, ``factor``
    times more with every audit in a row, ``longest`` at most. Nothing waits longer than ``most`` seconds. A resource is
    quiet again when nothing came for ``calm`` seconds beyond the silence.
    """

    free: int = 2
    first: float = 0.5
    factor: float = 2.0
    longest: float = 2.0
    most: float = 10.0
    calm: float = 1.0

    def silence(self, streak: int) -> float:
        """Seconds without an event to wait for after so many audits in a row."""
        if streak < self.free:
            return 0.0
        return min(self.longest, self.first * self.factor ** min(streak - self.free, 30))

    def keeps_changing(self, streak: int, audited_at: float | None, now: float) -> bool:
        """Whether an event of now follows so soon on the last audit that it belongs to the same burst."""
        return audited_at is not None and now < audited_at + self.silence(streak) + self.calm

    def next_streak(self, streak: int, audited_at: float | None, claimed_at: float) -> int:
        """How many audits in a row there are with one that was begun at ``claimed_at``."""
        return streak + 1 if self.keeps_changing(streak, audited_at, claimed_at) else 1

    def not_before(
        self, streak: int, audited_at: float | None, now: float, waits_until: float | None = None
    ) -> float:
        """When to audit for an event of now, if no other comes. ``waits_until``: when that would have been before it."""
        waits = waits_until is not None and waits_until > now
        return now + self.silence(streak) if waits or self.keeps_changing(streak, audited_at, now) else now


PACE = Pace()
