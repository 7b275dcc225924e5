"""A fake AWS that is eventually consistent: an answer may show a state of up to minutes ago."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tests.support.fake import Clock, FakeAws

_State = tuple[dict[str, Any] | None, dict[str, dict[str, Any]], dict[str, list[str]]]


class Lag(StrEnum):
    """How answers lag behind."""

    NONE = "none"
    STEADY = "steady"
    """Every change comes to show after a while, in order, and stays."""
    WILD = "wild"
    """Each call is answered by another replica: one answer may show less than the one before."""


class StaleAws(FakeAws):
    """The state of one account with its past. ``most``: the seconds by which an answer lags behind at most."""

    def __init__(self, clock: Clock, rng: random.Random, lag: Lag, most: float = 100.0) -> None:
        super().__init__()
        self.clock = clock
        self.rng = rng
        self.lag = lag
        self.most = most
        self._past: list[tuple[float, _State]] = []
        self._delay = 0.0
        self.remember()

    def remember(self) -> None:
        """Keep the state as it is now; to be called after every change."""
        shows_at = self.clock.now
        if self.lag == Lag.STEADY:
            if self.rng.random() < 0.5:
                self._delay = self.rng.random() ** 2 * self.most
            last = self._past[-1][0] if self._past else 0.0
            shows_at = max(last, shows_at + self._delay) if self._past else shows_at
        self._past.append((shows_at, copy.deepcopy((self.settings, self.widgets, self.crates))))

    def _shown(self) -> _State:
        at = self.clock.now
        if self.lag == Lag.WILD and self.rng.random() < 0.6:
            at -= self.rng.random() ** 2 * self.most
        older = [state for shows_at, state in self._past if shows_at <= at]
        return older[-1] if older else self._past[0][1]

    def answer(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """See FakeAws."""
        if self.lag == Lag.NONE:
            return super().answer(operation, params)
        now = (self.settings, self.widgets, self.crates)
        self.settings, self.widgets, self.crates = self._shown()
        try:
            return super().answer(operation, params)
        finally:
            self.settings, self.widgets, self.crates = now
