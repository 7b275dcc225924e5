"""What a process counts: held back for a while, shared by the causes of an audit, kept while the store is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from liveaudit.audit.call_counts import FLUSH_EVERY, CallCounts
from liveaudit.aws.errors import Kind
from liveaudit.model import Cause
from liveaudit.store import calls, work
from liveaudit.store.calls import Calls
from liveaudit.store.database import Database
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.work import Due
from tests.support.fake import CATALOG, Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores

ONE = "1" * 12


class Away(Database):
    """A store that does not answer as long as it is away."""

    away = False

    def submit(self, work: Callable[[Connection], Any]) -> Future[Any]:
        """See Database."""
        if not self.away:
            return super().submit(work)
        future: Future[Any] = Future()
        future.set_exception(StoreUnavailableError("away"))
        return future


def event(number: int, name: str, sections: frozenset[str]) -> Cause:
    change = {"source": "fake.amazonaws.com", "name": name, "hops": {"event": 0.0}}
    return Cause(f"event:{number}", "event", sections, "update", change)


def test_counts_are_written_now_and_then(stores: Stores) -> None:
    database, clock = Database(stores.url()), Clock()
    counts = CallCounts(database, clock)
    counts.requested(ONE, "eu-west-1", "s3", "GetBucketAcl", None)
    counts.requested(ONE, "eu-west-1", "s3", "GetBucketAcl", Kind.ANSWER)
    assert database.read_now(calls.per_account) == []
    clock.now += FLUSH_EVERY
    counts.requested(ONE, "us-east-1", "s3", "GetBucketAcl", Kind.THROTTLED)
    counts.requested(ONE, "us-east-1", "s3", "GetBucketAcl", Kind.DENIED)
    counts.close()
    assert database.read_now(calls.per_operation) == [
        Calls(ONE, "s3", "GetBucketAcl", 4, throttled=1, denied=1)
    ]
    database.close()


def test_counts_are_held_while_the_store_is_away(tmp_path: Path) -> None:
    database = Away(f"sqlite:///{tmp_path / 'away.sqlite3'}")
    counts = CallCounts(database, Clock())
    database.away = True
    counts.requested(ONE, "eu-west-1", "s3", "GetBucketAcl", None)
    counts.flush()
    database.away = False
    counts.requested(ONE, "eu-west-1", "s3", "GetBucketAcl", Kind.UNAVAILABLE)
    counts.close()
    assert database.read_now(calls.per_account) == [Calls(ONE, "s3", "", 2, errors=1)]
    database.close()


def test_nothing_is_raised_into_a_call_when_the_store_is_closed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'closed.sqlite3'}")
    counts = CallCounts(database, Clock())
    database.close()
    counts.requested(ONE, "eu-west-1", "s3", "GetBucketAcl", None)
    assert counts.flush() is None


@pytest.mark.parametrize("burst", [1, 4])
def test_what_an_event_costs(stores: Stores, burst: int) -> None:
    aws, clock = FakeAws(), Clock()
    aws.widgets = {"one": {"Color": "red"}, "two": {"Color": "red"}}
    auditor = make_auditor(stores, aws, clock)
    counts = CallCounts(auditor.database, clock)
    auditor.spent = counts.audited
    lock = CATALOG.types["Fake::Widget"].sections["lock"].name
    due = [
        Due(resource(name), f"arn:{name}", event(number, "PutLock", frozenset({lock})))
        for name in ("one", "two")
        for number in range(burst)
    ]
    auditor.database.write_now(lambda connection: work.add_due(connection, due, clock()))
    asyncio.run(auditor.work_once())
    counts.close()
    (found,) = auditor.database.read_now(calls.calls_per_event)
    assert (found.kind, found.name, found.events) == ("event", "fake:PutLock", 2 * burst)
    assert found.audits == pytest.approx(2)
    assert found.calls == pytest.approx(sum(aws.counts.values()))
    auditor.database.close()
