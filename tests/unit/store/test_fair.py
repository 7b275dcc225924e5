"""Claims that no account can take for itself alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from liveaudit.model import Cause, Resource
from liveaudit.store import work
from liveaudit.store.database import Database
from liveaudit.store.fair import NOTHING, InHand
from liveaudit.store.schema import due, resources
from liveaudit.store.work import Claim, Due
from tests.support.stores import Stores

NOISY, QUIET, THIRD = "1" * 12, "2" * 12, "3" * 12
LIMIT = 16


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    """An empty store."""
    made = Database(stores.url())
    yield made
    made.close()


def add(
    database: Database, account: str, number: int, at: float, priority: int = work.EVENT_PRIORITY
) -> None:
    cause = Cause("event:1", "event") if priority == work.EVENT_PRIORITY else Cause("sweep:1", "sweep")
    given = [
        Due(
            Resource("aws", account, "eu-west-1", "Fake::Widget", f"{priority}-{each}"),
            f"arn:{account}:{priority}:{each}",
            cause,
            priority,
        )
        for each in range(number)
    ]
    database.write_now(lambda connection: work.add_due(connection, given, at))


def claim(database: Database, in_hand: InHand = NOTHING, limit: int = LIMIT) -> list[Claim]:
    return database.write_now(
        lambda connection: work.claim(
            connection, owner="one", now=100.0, lease_seconds=60, limit=limit, in_hand=in_hand
        )
    )


def by_account(claims: list[Claim]) -> Counter[str]:
    return Counter(each.resource.account for each in claims)


def test_what_fits_is_taken_as_it_stands(database: Database) -> None:
    add(database, NOISY, 10, 1.0)
    add(database, QUIET, 3, 2.0)
    assert by_account(claim(database)) == {NOISY: 10, QUIET: 3}
    assert claim(database) == []


def test_one_account_alone_takes_all(database: Database) -> None:
    add(database, NOISY, 40, 1.0)
    assert by_account(claim(database)) == {NOISY: LIMIT}


def test_the_last_event_of_a_quiet_account_is_in_the_next_batch(database: Database) -> None:
    add(database, NOISY, 200, 1.0)
    add(database, QUIET, 1, 99.0)
    assert by_account(claim(database)) == {NOISY: LIMIT - 1, QUIET: 1}


def test_each_has_its_share_and_what_is_left_over_is_taken_too(database: Database) -> None:
    add(database, NOISY, 100, 1.0)
    add(database, QUIET, 100, 2.0)
    add(database, THIRD, 3, 3.0)
    shares = by_account(claim(database, limit=30))
    assert sum(shares.values()) == 30
    assert shares[THIRD] == 3
    assert min(shares[NOISY], shares[QUIET]) >= 10


def test_of_whom_enough_is_in_hand_is_passed_over(database: Database) -> None:
    add(database, NOISY, 100, 1.0)
    full = InHand({NOISY: 4}, 4)
    assert claim(database, full) == []
    assert database.read_now(lambda connection: work.next_time(connection, in_hand=full)) is None
    assert database.read_now(work.next_time) == 1.0
    add(database, QUIET, 2, 99.0)
    assert by_account(claim(database, full)) == {QUIET: 2}
    assert by_account(claim(database, InHand({NOISY: 3}, 4))) == {NOISY: LIMIT}


def test_of_whom_least_is_in_hand_comes_first(database: Database) -> None:
    add(database, NOISY, 100, 1.0)
    add(database, QUIET, 100, 2.0)
    assert by_account(claim(database, InHand({NOISY: 2, QUIET: 1}, 4), limit=8)) == {QUIET: 8}


def test_events_of_any_account_come_before_sweeps_of_others(database: Database) -> None:
    add(database, QUIET, 100, 1.0, work.SWEEP_PRIORITY)
    add(database, NOISY, 100, 2.0)
    assert by_account(claim(database, limit=8)) == {NOISY: 8}
    claims = claim(database)
    assert by_account(claims) == {NOISY: 8, QUIET: 8}


def test_more_accounts_than_a_batch_holds_are_all_served(database: Database) -> None:
    accounts = [f"{each:012}" for each in range(12)]
    for account in accounts:
        add(database, account, 20, 1.0)
    served: Counter[str] = Counter()
    for _ in range(6):
        in_hand = InHand({account: number // 8 for account, number in served.items()}, 99)
        served += by_account(claim(database, in_hand))
    assert served.keys() == set(accounts)


def test_due_rows_bear_their_account(database: Database) -> None:
    add(database, NOISY, 3, 1.0)
    add(database, QUIET, 2, 1.0)
    query = select(due.c.account, resources.c.account).join(resources, resources.c.id == due.c.resource_id)
    found = database.read_now(lambda connection: connection.execute(query).all())
    assert len(found) == 5
    assert all(one == other for one, other in found)
