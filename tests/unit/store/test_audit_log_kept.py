"""Entries of the audit log are kept for as long as is said, and what goes is told by an entry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from liveaudit.audit.schedule import Schedule
from liveaudit.audit.scheduler import PRUNE_EVERY, Scheduler
from liveaudit.settings import SettingsError, parse
from liveaudit.store import audit_log
from liveaudit.store.audit_log import DAY, Entry, Put, Which
from liveaudit.store.database import Database
from tests.support.fake import CATALOG, Clock
from tests.support.stores import Stores

NOW = 1_800_000_000.0
"""15 January 2027, 08:00 UTC."""
PLAIN = {"receiver": "1" * 12, "accounts": [{"id": "1" * 12}], "regions": ["eu-west-1"]}


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    """A store with an entry of every tenth day, from 400 to 440 days ago, and one of today."""
    made = Database(stores.url())
    for days in (440, 430, 420, 410, 400, 0):
        entry = Entry("ann", "policy.set", f"{days} days ago")
        made.write_now(partial(audit_log.put, entry=entry, now=NOW - days * DAY))
    yield made
    made.close()


def entries(database: Database, action: str) -> list[Put]:
    return database.read_now(partial(audit_log.page, which=Which(action=action)))


def test_what_is_older_goes_in_batches_and_is_told(database: Database) -> None:
    gone = [database.write_now(partial(audit_log.prune, days=400, now=NOW, limit=3)) for _ in range(3)]
    assert gone == [3, 1, 0]
    assert [each.target for each in entries(database, action="policy.")] == ["0 days ago", "400 days ago"]
    told = entries(database, action="audit-log.prune")
    assert [(each.name, each.way, each.detail) for each in told] == [
        ("liveaudit", "worker", "1 entry from before 2025-12-11"),
        ("liveaudit", "worker", "3 entries from before 2025-12-11"),
    ]


def test_it_goes_by_whole_days(database: Database) -> None:
    for hours in (1, 15):
        assert database.write_now(partial(audit_log.prune, days=410, now=NOW + hours * 3600)) in (3, 0)
    assert len(entries(database, action="audit-log.prune")) == 1
    assert database.write_now(partial(audit_log.prune, days=410, now=NOW + DAY)) == 1


def test_a_worker_does_it_by_the_hour_and_as_the_settings_say_then(database: Database) -> None:
    clock, kept = Clock(NOW), [parse({**PLAIN, "keep": {"audit_log": "forever"}}, "the test")]
    scheduler = Scheduler(
        database, CATALOG, clock, Schedule(0), audit_log_kept=lambda: kept[0].keep.audit_log_days
    )

    def left() -> int:
        asyncio.run(scheduler.tick())
        return len(entries(database, action="policy."))

    assert left() == 6
    kept[0] = parse(PLAIN, "the test")
    assert left() == 6, "within the hour nothing is looked at"
    clock.now += PRUNE_EVERY
    assert left() == 2
    kept[0] = parse({**PLAIN, "keep": {"audit_log": "30d"}}, "the test")
    clock.now += PRUNE_EVERY
    assert left() == 1


@pytest.mark.parametrize("given", ["29d", "0d", "24h", "never", "400"])
def test_a_log_that_hardly_is_one_is_no_setting(given: str) -> None:
    with pytest.raises(SettingsError, match=r"keep\.audit_log.*30d or more, as 400d, or forever"):
        parse({**PLAIN, "keep": {"audit_log": given}}, "the test")
