"""The time is the database's, whatever the machine's clock says."""

from __future__ import annotations

import time

from liveaudit.store import clock
from liveaudit.store.clock import StoreClock
from liveaudit.store.database import Database
from tests.support.stores import PostgresStores, Stores


def test_a_wrong_clock_is_set_right(stores: Stores) -> None:
    database = Database(stores.url())
    wrong, ticked = 5000.0, 0.0
    made = StoreClock(database, own=lambda: time.time() + wrong, ticks=lambda: ticked)
    shared = isinstance(stores, PostgresStores)
    try:
        assert abs(made() - time.time() - (0.0 if shared else 5000.0)) < 60
        wrong = -900.0
        ticked = clock.EVERY + 1
        made()
        # what is queued is done first
        database.close()
        assert abs(made() - time.time() - (0.0 if shared else -900.0)) < 60
    finally:
        database.close()
