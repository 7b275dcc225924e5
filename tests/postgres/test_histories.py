"""The histories of the property test on PostgreSQL, each worker with connections of its own."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings

from liveaudit.store.database import Database
from tests.property.test_event_sweep_equality import HISTORIES, SEEDS
from tests.support.histories import Change, run_history, swept
from tests.support.postgres import Server
from tests.support.stores import PostgresStores

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


async def run(server: Server, history: list[Change], seed: int) -> None:
    """A history on a database to which each worker has connections of its own, and the sweep of its end on another."""
    stores = PostgresStores(server)
    databases = [Database(stores.url(name)) for name in ("test", "test", "fresh")]
    try:
        done = await run_history(databases[:2], history, seed)
        assert await swept(databases[2], done) == done.world.aws.failing()
    finally:
        for each in databases:
            each.close()


@pytest.mark.timeout(900)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(history=HISTORIES, seed=SEEDS)
def test_findings_end_as_a_sweep_would_have_them(postgres: Server, history: list[Change], seed: int) -> None:
    asyncio.run(run(postgres, history, seed))
