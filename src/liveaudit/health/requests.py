"""What the console has answered since it began, counted in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from liveaudit.store.latencies import Histogram


class Requests:
    """Counts; threads may ask while another counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered: Counter[tuple[str, int]] = Counter()
        self._durations: dict[str, Histogram] = {}

    def answered(self, kind: str, code: int, seconds: float | None) -> None:
        """Count one. ``kind``: ``page``, ``api`` or ``static``; ``code``: of HTTP; ``seconds``: None where it is no measure."""
        with self._lock:
            self._answered[kind, code] += 1
            if seconds is not None:
                self._durations.setdefault(kind, Histogram()).add(seconds)

    def so_far(self) -> tuple[Mapping[tuple[str, int], int], Mapping[str, Histogram]]:
        """How many by kind and code, and how long they took by kind."""
        with self._lock:
            return dict(self._answered), {kind: each.copy() for kind, each in self._durations.items()}
