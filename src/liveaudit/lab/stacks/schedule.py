"""What CloudFormation does by and by: one thread that does things when their time has come, under the lab's lock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_PAUSE = 0.0001
"""Seconds between two things, so that calls that wait for the lock get it."""
_LOOK_AGAIN = 0.05
"""Seconds after which the thread asks again how long things take."""


class Schedule:
    """Does things at once or when a stack's time is over; ``seconds`` says how long that is, also for what has begun.

    Starts its thread when there is something to do. What raises is kept in ``failures``.
    """

    def __init__(self, lock: threading.RLock, seconds: Callable[[], float]) -> None:
        self._lock = lock
        self._seconds = seconds
        self._wake = threading.Condition()
        self._at_once: deque[Callable[[], None]] = deque()
        self._begun: deque[tuple[float, Callable[[], None]]] = deque()
        self._busy = False
        self._round = 0
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.failures: list[str] = []
        """Errors of the lab itself. Always empty, or the lab is wrong."""

    def at_once(self, act: Callable[[], None]) -> None:
        """Do ``act`` as soon as the call that asked for it is answered."""
        with self._wake:
            self._at_once.append(act)
            self._start()

    def when_done(self, act: Callable[[], None]) -> None:
        """Do ``act`` when a stack that is begun now is done."""
        with self._wake:
            self._begun.append((time.monotonic(), act))
            self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="lab-cloudformation", daemon=True)
            self._thread.start()
        self._wake.notify_all()

    def idle(self, timeout: float) -> bool:
        """Wait until nothing is left to do. False when ``timeout`` seconds were not enough."""
        with self._wake:
            return self._wake.wait_for(lambda: not (self._at_once or self._begun or self._busy), timeout)

    def reset(self) -> None:
        """Drop what is left. Call it under the lock: then nothing old is done afterwards."""
        with self._wake:
            self._round += 1
            self._at_once.clear()
            self._begun.clear()
            self.failures.clear()
            self._wake.notify_all()

    def stop(self) -> None:
        """End the thread. Do not call it under the lock."""
        with self._wake:
            self._stopping = True
            self._at_once.clear()
            self._begun.clear()
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
                if self._at_once:
                    self._busy = True
                    return self._at_once.popleft(), self._round
                wait = self._begun[0][0] + self._seconds() - time.monotonic() if self._begun else None
                if wait is not None and wait <= 0:
                    self._busy = True
                    return self._begun.popleft()[1], self._round
                self._wake.wait(None if wait is None else min(wait, _LOOK_AGAIN))
            return None
