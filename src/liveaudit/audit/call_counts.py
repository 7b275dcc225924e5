"""Counts the calls of this process and adds them to the store now and then, not call by call."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import structlog
from sqlalchemy import Connection

from liveaudit.aws.errors import Kind
from liveaudit.store import calls
from liveaudit.store.calls import Calls, EventCalls
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError
from liveaudit.store.work import Claim

log = structlog.get_logger(__name__)

FLUSH_EVERY = 5.0
"""Seconds for which counts are held back; so much is missing when a process is killed."""

_COLUMNS = {
    Kind.THROTTLED: "throttled",
    Kind.DENIED: "denied",
    Kind.UNAVAILABLE: "errors",
    Kind.UNSUPPORTED: "errors",
}


class CallCounts:
    """A meter for the caller, and for the auditor what its audits cost. ``clock``: Unix seconds.

    Threads: any. The store being away is no trouble: the counts are held until it is back.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._made: Counter[tuple[str, str, str, str]] = Counter()
        self._events: Counter[tuple[str, str]] = Counter()
        self._audits: dict[tuple[str, str], float] = {}
        self._spent: dict[tuple[str, str], float] = {}
        self._day = 0
        self._flushed = clock()
        self._flushing: Future[None] | None = None

    def requested(self, account: str, region: str, client: str, operation: str, kind: Kind | None) -> None:  # noqa: ARG002 - of Meter
        """See :class:`liveaudit.aws.meter.Meter`."""
        column = _COLUMNS.get(kind) if kind is not None else None
        with self._lock:
            self._made[account, client, operation, "calls"] += 1
            if column is not None:
                self._made[account, client, operation, column] += 1
        self._now_and_then()

    def audited(self, claim: Claim, spent: float) -> None:
        """An audit was read with so many calls. Its causes share them; looks once more count for the same events."""
        causes = [
            (cause.kind, _name(cause.change) if cause.kind == "event" else "") for cause in claim.causes
        ]
        with self._lock:
            for key in causes:
                self._audits[key] = self._audits.get(key, 0.0) + 1 / len(causes)
                self._spent[key] = self._spent.get(key, 0.0) + spent / len(causes)
                if key[0] == "event" and not claim.looks and not claim.attempts:
                    self._events[key] += 1
        self._now_and_then()

    def _now_and_then(self) -> None:
        if self._clock() - self._flushed >= FLUSH_EVERY:
            self.flush()

    def flush(self) -> Future[None] | None:
        """Queue what was counted for the store; None: there is nothing, or a flush is under way already."""
        now = self._clock()
        with self._lock:
            self._flushed = now
            if self._flushing is not None or not (self._made or self._spent):
                return None
            made, events, audits, spent = self._made, self._events, self._audits, self._spent
            self._made, self._events, self._audits, self._spent = Counter(), Counter(), {}, {}
        day = calls.day_of(now)
        rows = [
            Calls(*key, *(made[*key, name] for name in ("calls", "throttled", "denied", "errors")))
            for key in sorted({each[:3] for each in made})
        ]
        caused = [EventCalls(*key, events[key], audits[key], spent[key]) for key in sorted(spent)]

        def write(connection: Connection) -> None:
            calls.add(connection, rows, caused, day=day)
            if day != self._day:
                calls.forget(connection, day=day)

        def kept(error: BaseException) -> None:
            log.warning("counts of calls not stored yet", error=str(error))
            self._made.update(made)
            self._events.update(events)
            for held, given in ((self._audits, audits), (self._spent, spent)):
                for key, value in given.items():
                    held[key] = held.get(key, 0.0) + value

        def written(future: Future[None]) -> None:
            with self._lock:
                self._flushing = None
                try:
                    future.result()
                    self._day = day
                except (StoreError, CancelledError) as error:
                    kept(error)

        try:
            future = self._database.submit(write)
        except StoreError as error:
            with self._lock:
                kept(error)
            return None
        with self._lock:
            self._flushing = future
        future.add_done_callback(written)
        return future

    def close(self) -> None:
        """Store what is left. Waits for the store; what it does not take is lost, and logged."""
        for _ in range(2):
            under_way = self._flushing or self.flush()
            if under_way is None:
                return
            try:
                under_way.result()
            except StoreError:
                return


def _name(change: object) -> str:
    """The event's name with its service, as ``s3:PutBucketAcl``."""
    if not isinstance(change, dict):
        return ""
    source = str(change.get("source", "")).removesuffix(".amazonaws.com")
    return f"{source}:{change.get('name', '')}"[:256]
