"""Whatever audits, people and exemptions do to findings, in any order, they stand as the rules say; on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.fast_store import FastDatabase
from tests.support.lives import Lives


@pytest.fixture
def fast() -> Iterator[FastDatabase]:
    made = FastDatabase()
    yield made
    made.dispose()


@pytest.mark.timeout(300)
def test_lives_of_findings(fast: FastDatabase) -> None:
    class OnSqlite(Lives):
        def __init__(self) -> None:
            fast.empty()
            self.database = fast
            super().__init__()

    run_state_machine_as_test(
        OnSqlite,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
