"""Figures that cost too much to be reckoned for every request: they are reckoned behind it, and the last ones shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
SHARE = 0.05
"""The part of a core that one kind of figures may take, whatever they cost."""
CHEAP = 0.1
"""Seconds: what costs less is waited for rather than shown as it was before."""


class Kept(Generic[T]):
    """The last value of ``reckon``, renewed in a thread when it is asked for and older than ``fresh`` seconds.

    Only who comes first waits, or where it costs next to nothing. What ``reckon`` raises comes to who asks next, once; then it is tried again.
    """

    def __init__(
        self, reckon: Callable[[], T], fresh: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reckon, self._fresh, self._clock = reckon, fresh, clock
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="figures")
        self._value: T | None = None
        self._error: Exception | None = None
        self._at = float("-inf")
        self._cost = 0.0
        self._running = False
        self._outdated = False

    def outdate(self) -> None:
        """Something has changed: whoever asks next has the value renewed, however fresh it is."""
        self._outdated = True

    def get(self) -> T:
        """The value, as fresh as is fair."""
        if self._is_waited_for():
            with self._first:
                if self._is_waited_for():
                    self._renew()
        with self._lock:
            error, self._error = self._error, None
            if error is None and self._is_stale() and not self._running:
                self._running = True
                self._thread.submit(self._behind)
            value = self._value
        if error is not None:
            raise error
        assert value is not None  # noqa: S101 - the first one has come
        return value

    def _is_stale(self) -> bool:
        return self._outdated or self._clock() - self._at > max(self._fresh, self._cost / SHARE)

    def _is_waited_for(self) -> bool:
        return self._at == float("-inf") or (self._cost < CHEAP and self._is_stale())

    def _renew(self) -> None:
        began, self._outdated = self._clock(), False
        value = self._reckon()
        with self._lock:
            self._value, self._at, self._cost = value, self._clock(), self._clock() - began

    def _behind(self) -> None:
        try:
            self._renew()
        except Exception as error:  # noqa: BLE001 - it is told to who asks next
            with self._lock:
                self._error = error
        finally:
            with self._lock:
                self._running = False
