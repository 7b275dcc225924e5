"""What every worker has reached, written where a SIGKILL cannot take it away: a file that all processes map."""

from __future__ import annotations

import mmap
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

STEPS = ("received", "sorted", "queued", "deleted", "claimed", "read", "judged", "stored")
"""The steps of a worker, in the order of an event's way."""
_MOST_WORKERS = 4096
_ROW = struct.Struct(f"{len(STEPS) + 1}q")


@dataclass
class Steps:
    """Rows in a file, one a worker: how often it reached each step, and which step it reached last."""

    file: Path
    _map: mmap.mmap = field(init=False)

    def __post_init__(self) -> None:
        if not self.file.exists():
            self.file.write_bytes(bytes(_ROW.size * _MOST_WORKERS))
        with self.file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), 0)

    def _row(self, worker: int) -> list[int]:
        return list(_ROW.unpack_from(self._map, worker * _ROW.size))

    def reach(self, worker: int, step: str) -> None:
        """The worker of this number has reached a step."""
        row, at = self._row(worker), STEPS.index(step)
        row[at] += 1
        row[-1] = at + 1
        _ROW.pack_into(self._map, worker * _ROW.size, *row)

    def began(self, worker: int) -> bool:
        """Whether the worker has reached any step."""
        return self._row(worker)[-1] > 0

    def last(self, worker: int) -> str:
        """The last step that the worker reached."""
        reached = self._row(worker)[-1]
        return STEPS[reached - 1] if reached else "nothing yet"

    def totals(self) -> Counter[str]:
        """How often each step was reached by all workers together."""
        found: Counter[str] = Counter()
        for worker in range(_MOST_WORKERS):
            found.update(dict(zip(STEPS, self._row(worker)[:-1], strict=True)))
        return found
