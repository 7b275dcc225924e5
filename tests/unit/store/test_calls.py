"""Counts of calls: added up, by whatever asked for, and forgotten when they are old."""

from __future__ import annotations

from liveaudit.cli.calls import LONGEST
from liveaudit.store import calls
from liveaudit.store.calls import Calls, EventCalls
from liveaudit.store.database import Database
from tests.support.stores import Stores

DAY = 20_000
NOON = DAY * 86_400 + 43_200.0
ONE, TWO = "1" * 12, "2" * 12


def add(database: Database, *given: Calls | EventCalls, day: int = DAY) -> None:
    made = [each for each in given if isinstance(each, Calls)]
    caused = [each for each in given if isinstance(each, EventCalls)]
    database.write_now(lambda connection: calls.add(connection, made, caused, day=day))


def test_counts_are_added_up(stores: Stores) -> None:
    database = Database(stores.url())
    add(database, Calls(ONE, "s3", "GetBucketAcl", 3, throttled=1), Calls(ONE, "s3", "GetBucketPolicy", 1))
    add(database, Calls(ONE, "s3", "GetBucketAcl", 2, denied=1), Calls(TWO, "iam", "GetUser", 4, errors=2))
    assert database.read_now(calls.per_account) == [
        Calls(ONE, "s3", "", 6, throttled=1, denied=1),
        Calls(TWO, "iam", "", 4, errors=2),
    ]
    assert database.read_now(lambda connection: calls.per_operation(connection, account=ONE)) == [
        Calls(ONE, "s3", "GetBucketAcl", 5, throttled=1, denied=1),
        Calls(ONE, "s3", "GetBucketPolicy", 1),
    ]
    database.close()


def test_events_have_their_share(stores: Stores) -> None:
    database = Database(stores.url())
    add(database, EventCalls("event", "s3:PutBucketAcl", 2, 0.5, 1.5), EventCalls("sweep", "", 0, 1, 8))
    add(database, EventCalls("event", "s3:PutBucketAcl", 1, 1, 3.0))
    found = database.read_now(calls.calls_per_event)
    assert found == [
        EventCalls("sweep", "", 0, 1, 8),
        EventCalls("event", "s3:PutBucketAcl", 3, 1.5, 4.5),
    ]
    assert [each.per_event for each in found] == [None, 1.5]
    database.close()


def test_days_are_told_apart_and_old_ones_forgotten(stores: Stores) -> None:
    database = Database(stores.url())
    for day in range(DAY - calls.KEPT_DAYS, DAY + 1):
        add(database, Calls(ONE, "s3", "GetBucketAcl", 1), EventCalls("event", "a:b", 1, 1, 1), day=day)
    today = database.read_now(lambda connection: calls.per_account(connection, since=NOON))
    assert [each.calls for each in today] == [1]
    database.write_now(lambda connection: calls.forget(connection, day=DAY))
    assert [each.calls for each in database.read_now(calls.per_account)] == [calls.KEPT_DAYS]
    assert [each.events for each in database.read_now(calls.calls_per_event)] == [calls.KEPT_DAYS]
    database.close()


def test_what_the_command_offers_is_kept() -> None:
    assert LONGEST == calls.KEPT_DAYS
