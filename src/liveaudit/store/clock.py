"""The time by the database's clock, so that workers on several machines mean the same by it.

Leases and the times at which rows become due are written by one worker and held against the clock by another. None of
it decides which reading is newer: that is the database's sequence (``work.next_value``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import structlog
from sqlalchemy import Connection, func, select

from liveaudit.store.database import Database
from liveaudit.store.engines import StoreError

log = structlog.get_logger(__name__)

EVERY = 300.0
"""Seconds between two looks at the database's clock."""
NOTABLE = 2.0
"""Seconds by which a machine's clock may be wrong before it is told."""
_NOW = select(func.extract("epoch", func.clock_timestamp()))


class StoreClock:
    """Unix seconds by the database's clock: this machine's, set right at first and then now and then.

    SQLite has no other clock than the machine's. Raises StoreUnavailableError when it is made and there is no answer.
    """

    def __init__(
        self,
        database: Database,
        *,
        own: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._own = own
        self._ticks = ticks
        self._ahead = 0.0
        self._looked = ticks()
        self._shared = database.engine.dialect.name != "sqlite"
        if self._shared:
            self._set(database.read_now(self._difference))

    def __call__(self) -> float:
        """The time now."""
        if self._shared and self._ticks() - self._looked > EVERY:
            self._looked = self._ticks()
            self._database.submit(self._difference).add_done_callback(self._compared)
        return self._own() + self._ahead

    def _difference(self, connection: Connection) -> float:
        # so that the connection stands when the time is taken
        connection.execute(select(1))
        before = self._own()
        there = float(connection.execute(_NOW).scalar_one())
        return there - (before + self._own()) / 2

    def _compared(self, future: Future[float]) -> None:
        try:
            self._set(future.result())
        except (StoreError, CancelledError) as error:
            log.warning("the store's clock was not looked at", error=str(error))

    def _set(self, ahead: float) -> None:
        if abs(ahead) > NOTABLE and abs(ahead - self._ahead) > NOTABLE:
            log.warning("this machine's clock is not the store's", seconds_behind=round(ahead, 1))
        self._ahead = ahead
