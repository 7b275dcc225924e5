"""Which API calls were made: for assertions on how many a piece of work costs."""

from __future__ import annotations

import threading
from collections import Counter
from typing import NamedTuple

from liveaudit.lab.management import POLLING


class ApiCall(NamedTuple):
    """One kind of call. ``service`` and ``operation`` are botocore's names."""

    account: str
    region: str
    service: str
    operation: str


class CallLog:
    """Counts calls, except SQS polling, which never ends and says nothing about the audit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[ApiCall] = Counter()

    def add(self, call: ApiCall) -> None:
        """Count one call."""
        if call.service == "sqs" and call.operation in POLLING:
            return
        with self._lock:
            self._calls[call] += 1

    def calls(self) -> Counter[ApiCall]:
        """A copy of the counts."""
        with self._lock:
            return Counter(self._calls)

    def clear(self) -> None:
        """Count from nothing again."""
        with self._lock:
            self._calls.clear()
