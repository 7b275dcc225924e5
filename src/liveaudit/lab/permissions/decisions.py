"""What the gate decided: kept, so that a test can say which permissions a piece of work takes."""

from __future__ import annotations

import threading
from collections import Counter
from typing import NamedTuple


class Decision(NamedTuple):
    """One decision. ``principal``: the user's or role's ARN, or a service. ``resource``: empty where it is unknown.

    ``reason``: why not, empty when allowed.
    """

    principal: str
    action: str
    resource: str
    allowed: bool
    reason: str = ""


class Decisions:
    """Counts decisions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[Decision] = Counter()

    def add(self, decision: Decision) -> None:
        """Count one."""
        with self._lock:
            self._taken[decision] += 1

    def taken(self) -> Counter[Decision]:
        """A copy, in the order in which each was first taken."""
        with self._lock:
            return Counter(self._taken)

    def clear(self) -> None:
        """Count from nothing again."""
        with self._lock:
            self._taken.clear()
