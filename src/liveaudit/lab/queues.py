"""The inside of a queue: what SQS promises of receiving, in time that does not grow with the backlog.

moto keeps a list that every receive and delete walks through; 3,600 waiting messages bring it down to ten a second.
Here ready messages stand in a deque, those that are delayed or in flight in a heap ordered by the time they come back,
and receipt handles in a dictionary. One condition variable per queue serves the long polls.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Where(Enum):
    """Where a message is."""

    READY = "ready"
    DELAYED = "delayed"
    IN_FLIGHT = "in flight"
    GONE = "gone"


@dataclass(slots=True, eq=False)
class Entry:
    """A message in the queue. ``message`` is the caller's own object."""

    message: Any
    sent: float
    group: str | None
    where: Where = Where.READY
    turn: int = 0
    receives: int = 0
    first_received: float | None = None
    handles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Received:
    """One reception of a message: what the answer to ReceiveMessage says about it."""

    message: Any
    handle: str
    receives: int
    first_received: float


@dataclass(frozen=True, slots=True)
class Redrive:
    """After how many receptions a message leaves, and where it goes."""

    max_receives: int
    accept: Callable[[Any], None]


class MessageStore:
    """The messages of one queue. Safe for many threads; nothing but a long poll ever waits."""

    def __init__(self, ordered: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._ordered = ordered
        self._clock = clock
        self._changed = threading.Condition()
        self._ready: deque[Entry] = deque()
        self._later: list[tuple[float, int, int, Entry]] = []
        self._by_handle: dict[str, Entry] = {}
        self._counts: Counter[Where] = Counter()
        self._busy_groups: Counter[str] = Counter()
        self._sequence = itertools.count()
        self._closed = False
        self._deduplicated: dict[str, float] = {}

    def add(self, message: Any, delay: float = 0.0, group: str | None = None) -> None:
        """Put a message in, visible after ``delay`` seconds."""
        with self._changed:
            entry = Entry(message, self._clock(), group)
            if delay > 0:
                self._counts[Where.DELAYED] += 1
                entry.where = Where.DELAYED
                self._schedule(entry, delay)
            else:
                self._counts[Where.READY] += 1
                self._ready.append(entry)
            self._changed.notify()

    def is_repeated(self, deduplication_id: str, window: float = 300.0) -> bool:
        """Whether the same deduplication id came within ``window`` seconds (FIFO queues)."""
        with self._changed:
            now = self._clock()
            last = self._deduplicated.get(deduplication_id)
            if last is not None and now - last < window:
                return True
            self._deduplicated[deduplication_id] = now
            return False

    def receive(
        self,
        count: int,
        wait: float,
        visibility: float,
        retention: float = float("inf"),
        redrive: Redrive | None = None,
    ) -> list[Received]:
        """Up to ``count`` messages, none of which anybody else gets within ``visibility`` seconds.

        Waits up to ``wait`` seconds for the first one, and no longer when the queue is closed.
        """
        deadline = self._clock() + wait
        exhausted: list[Any] = []
        with self._changed:
            while True:
                taken = self._take(count, visibility, retention, redrive, exhausted)
                now = self._clock()
                if taken or exhausted or self._closed or now >= deadline:
                    break
                next_due = self._later[0][0] if self._later else deadline
                self._changed.wait(max(0.0, min(deadline, next_due) - now))
            if self._ready:
                self._changed.notify()
        if exhausted and redrive is not None:
            for message in exhausted:
                redrive.accept(message)
            if not taken and (left := deadline - self._clock()) > 0:
                return self.receive(count, left, visibility, retention, redrive)
        return taken

    def delete(self, handle: str) -> bool:
        """Remove the message of this receipt handle. False for a handle that was never given out."""
        with self._changed:
            entry = self._by_handle.get(handle)
            if entry is None:
                return False
            self._remove(entry)
            self._changed.notify()
            return True

    def change_visibility(self, handle: str, seconds: float) -> bool:
        """Hide the message of this handle for ``seconds`` from now; 0 shows it. False for an unknown handle."""
        with self._changed:
            entry = self._by_handle.get(handle)
            if entry is None:
                return False
            if entry.where is Where.IN_FLIGHT:
                if seconds > 0:
                    self._schedule(entry, seconds)
                else:
                    self._show(entry)
                    self._changed.notify()
            return True

    def purge(self) -> None:
        """Remove every message. Handles that were given out stay valid and do nothing."""
        with self._changed:
            for entry in {*self._ready, *(item[3] for item in self._later)}:
                self._remove(entry)

    def close(self) -> None:
        """End every long poll, now and from now on: the queue is gone."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def count(self, where: Where) -> int:
        """How many messages are there now."""
        with self._changed:
            self._promote()
            return self._counts[where]

    def peek(self) -> list[Any]:
        """The visible messages, left where they are."""
        with self._changed:
            self._promote()
            return [entry.message for entry in self._ready if entry.where is Where.READY]

    def _take(
        self,
        count: int,
        visibility: float,
        retention: float,
        redrive: Redrive | None,
        exhausted: list[Any],
    ) -> list[Received]:
        self._promote()
        taken: list[Received] = []
        passed_over: list[Entry] = []
        blocked = set(self._busy_groups) if self._ordered else set[str]()
        now = self._clock()
        shown_again: list[Entry] = []
        while self._ready and len(taken) < count:
            entry = self._ready.popleft()
            if entry.where is not Where.READY:
                continue
            if entry.group in blocked:
                passed_over.append(entry)
            elif now - entry.sent >= retention:
                self._remove(entry)
            elif redrive is not None and entry.receives >= redrive.max_receives:
                exhausted.append(entry.message)
                self._remove(entry)
            else:
                taken.append(self._hand_out(entry))
                if visibility > 0:
                    self._schedule(entry, visibility)
                else:
                    shown_again.append(entry)
        self._ready.extendleft(reversed(passed_over))
        for entry in shown_again:
            self._show(entry)
        return taken

    def _hand_out(self, entry: Entry) -> Received:
        handle = f"{uuid.uuid4()}{uuid.uuid4()}"
        entry.receives += 1
        if entry.first_received is None:
            entry.first_received = time.time()
        entry.handles.append(handle)
        self._by_handle[handle] = entry
        self._move(entry, Where.IN_FLIGHT)
        return Received(entry.message, handle, entry.receives, entry.first_received)

    def _promote(self) -> None:
        now = self._clock()
        while self._later and self._later[0][0] <= now:
            _, _, turn, entry = heapq.heappop(self._later)
            if entry.turn == turn and entry.where in (Where.DELAYED, Where.IN_FLIGHT):
                self._show(entry)

    def _show(self, entry: Entry) -> None:
        self._move(entry, Where.READY)
        entry.turn += 1
        if self._ordered:
            self._ready.appendleft(entry)
        else:
            self._ready.append(entry)

    def _schedule(self, entry: Entry, seconds: float) -> None:
        entry.turn += 1
        heapq.heappush(self._later, (self._clock() + seconds, next(self._sequence), entry.turn, entry))

    def _move(self, entry: Entry, where: Where) -> None:
        self._counts[entry.where] -= 1
        self._counts[where] += 1
        if entry.group is not None and Where.IN_FLIGHT in (entry.where, where):
            self._busy_groups[entry.group] += 1 if where is Where.IN_FLIGHT else -1
            if not self._busy_groups[entry.group]:
                del self._busy_groups[entry.group]
        entry.where = where

    def _remove(self, entry: Entry) -> None:
        if entry.where is Where.GONE:
            return
        self._move(entry, Where.GONE)
        self._counts[Where.GONE] = 0
        entry.message = None
