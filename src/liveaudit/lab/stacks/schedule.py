"""What CloudFormation does by and by: one thread that does things when their time has come, under the lab's lock."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

_PAUSE = 0.0001
"""Seconds between two things, so that calls that wait for the lock get it."""


class Schedule:
    """Starts its thread when there is something to do. What raises is kept in ``failures``."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._wake = threading.Condition()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._busy = False
        self._round = 0
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.failures: list[str] = []
        """Errors of the lab itself. Always empty, or the lab is wrong."""

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do ``act`` in ``seconds``."""
        with self._wake:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._number), act))
            if self._thread is None:
                self._stopping = False
                self._thread = threading.Thread(target=self._run, name="lab-cloudformation", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def idle(self, timeout: float) -> bool:
        """Wait until nothing is left to do. False when ``timeout`` seconds were not enough."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting and not self._busy, timeout)

    def reset(self) -> None:
        """Drop what is left. Call it under the lock: then nothing old is done afterwards."""
        with self._wake:
            self._round += 1
            self._waiting.clear()
            self.failures.clear()
            self._wake.notify_all()

    def stop(self) -> None:
        """End the thread. Do not call it under the lock."""
        with self._wake:
            self._stopping = True
            self._waiting.clear()
            self._wake.notify_all()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (due := self._next()) is not None:
            act, number = due
            with self._lock:
                if number == self._round:
                    try:
                        act()
                    except Exception as error:  # noqa: BLE001 - recorded and shown; the others must go on
                        self.failures.append(f"{type(error).__name__}: {error}")
            with self._wake:
                self._busy = False
                self._wake.notify_all()
            time.sleep(_PAUSE)

    def _next(self) -> tuple[Callable[[], None], int] | None:
        with self._wake:
            while not self._stopping:
                now = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    _, _, act = heapq.heappop(self._waiting)
                    self._busy = True
                    return act, self._round
                self._wake.wait(self._waiting[0][0] - now if self._waiting else None)
            return None
