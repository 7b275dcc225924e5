"""The time as policies see it: it knows from when on what was asked of it is answered otherwise."""

from __future__ import annotations

import datetime as dt

_NEVER = dt.timedelta(0)
_A_MOMENT = dt.timedelta(milliseconds=1)
"""What is exactly so old is not older yet."""


class Now:
    """The time of judging. A policy cannot see it, it can only ask; so the engine knows when to judge again.

    What is older stays older: only what is not yet may come out otherwise, and ``otherwise_at`` is when the first does.
    """

    __slots__ = ("_at", "_otherwise")

    def __init__(self, at: dt.datetime) -> None:
        """``at``: an aware time."""
        self._at = at
        self._otherwise: dt.datetime | None = None

    def older_than(self, when: dt.datetime, age: dt.timedelta) -> bool:
        """Whether more than ``age`` has passed since ``when``."""
        if self._at - when > age:
            return True
        turns = when + age + _A_MOMENT
        self._otherwise = turns if self._otherwise is None else min(self._otherwise, turns)
        return False

    def is_past(self, when: dt.datetime) -> bool:
        """Whether ``when`` lies behind."""
        return self.older_than(when, _NEVER)

    @property
    def otherwise_at(self) -> dt.datetime | None:
        """When the first of the answers given so far comes out otherwise; None: never."""
        return self._otherwise
