"""What the store tells of accounts and regions, of sweeps, queues and the quarantine, for the pages about health."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from liveaudit.store import budgets, one_place, quarantine, queue_looks, sweep_pages, sweeps
from liveaudit.store.database import Database
from liveaudit.store.health import throttled
from liveaudit.store.places import read_places
from liveaudit.store.quarantine import Which as Messages
from liveaudit.store.queue_looks import QueueLook
from liveaudit.store.sweep_pages import Part, Progress, Which
from liveaudit.store.sweeps import Place
from tests.support.ailing import BANK, HERE, HOSTILE, QUIET, SHOP, THERE, ail
from tests.support.stores import Stores

NOW = 1_800_000_000.0


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url("ailing"))
    made.write_now(lambda connection: ail(connection, NOW))
    yield made
    made.close()


def test_every_figure_stands_at_its_place(database: Database) -> None:
    found = database.read_now(partial(read_places, now=NOW))
    assert set(found) == {
        (SHOP, "global"),
        (SHOP, HERE),
        (SHOP, THERE),
        (BANK, HERE),
        (QUIET, HERE),
    }
    shop, late, bank, quiet = (
        found[SHOP, HERE],
        found[SHOP, THERE],
        found[BANK, HERE],
        found[QUIET, HERE],
    )
    assert shop.last is not None
    assert (shop.last.taken_at, shop.unknown, shop.throttled_at) == (NOW - 30, {"denied": 1}, NOW - 100)
    assert shop.slowness is not None
    assert (shop.slowness.seen, shop.slowness.within(0.95)) == (20, 2.0)
    assert (late.due.late, late.due.oldest, late.missed) == (1, NOW - 900, 1)
    assert bank.unknown == {"policy failed": 1}
    assert bank.not_listed == {"AWS::S3::Bucket": "ListBuckets: AccessDenied: not yours"}
    assert bank.throttled_at is None
    assert (shop.swept.services, shop.swept.running, shop.swept.oldest) == (1, 0, NOW - 7_700)
    assert (quiet.swept.running, quiet.swept.oldest) == (1, None)


def test_one_account_is_told_as_among_all(database: Database) -> None:
    everything = database.read_now(partial(read_places, now=NOW))
    for account in (SHOP, BANK, QUIET, "999999999999"):
        alone = database.read_now(partial(read_places, now=NOW, account=account))
        assert alone == {place: fares for place, fares in everything.items() if place[0] == account}


def test_a_place_from_close_by(database: Database) -> None:
    read = database.read_now
    (waits,) = read(partial(one_place.waiting, account=SHOP, region=THERE, now=NOW))
    assert (waits.resource, waits.since, waits.held) == ("late", NOW - 900, False)
    assert read(partial(one_place.waiting, account=SHOP, region=HERE, now=NOW)) == []
    (reason,) = read(partial(one_place.reasons, account=BANK, region=HERE))
    assert (reason.type, reason.kind, reason.number) == ("AWS::S3::Bucket", "policy failed", 1)
    assert HOSTILE in reason.reason
    (miss,) = read(partial(one_place.missed, account=SHOP, region=THERE))
    assert (miss.resource, miss.section, miss.region) == ("late", "acl", THERE)
    assert read(partial(one_place.missed, account=SHOP, region=HERE)) == []


def places(database: Database, part: Part, which: Which | None = None) -> list[tuple[str, str]]:
    found = database.read_now(partial(sweep_pages.page, which=which or Which(), part=part))
    return [(each.place.account, each.place.region) for each in found]


def test_sweeps_by_part_and_place(database: Database) -> None:
    everything = [(SHOP, HERE), (SHOP, "global"), (BANK, HERE), (QUIET, HERE)]
    assert places(database, Part.ALL) == everything
    assert places(database, Part.UNDER_WAY) == [(QUIET, HERE)]
    assert places(database, Part.NOT_LISTED) == [(BANK, HERE)]
    assert places(database, Part.ALL, Which(SHOP)) == everything[:2]
    assert places(database, Part.ALL, Which(region="global")) == [(SHOP, "global")]
    assert places(database, Part.ALL, Which(service="ec2")) == []


def test_pages_of_sweeps_hold_each_once(database: Database) -> None:
    found: list[Place] = []
    after = None
    while page := database.read_now(partial(sweep_pages.page, which=Which(), after=after, limit=1)):
        (one,) = page
        after = one.place
        found.append(after)
    assert [(each.account, each.region) for each in found] == places(database, Part.ALL)


def test_progress_and_asking_once_more(database: Database) -> None:
    progress = database.read_now(sweep_pages.progress)
    assert progress == Progress(listing=1, found=4, since=NOW - 8_000)
    assert (progress.places, progress.audited) == (1, 4)

    def ask(which: Which) -> int:
        write = partial(sweep_pages.ask_again, account=SHOP, which=which, partition="aws", now=NOW)
        return database.write_now(write)

    assert ask(Which(SHOP, service="ec2")) == 0
    assert ask(Which(SHOP, HERE)) == 1
    assert places(database, Part.UNDER_WAY) == [(SHOP, HERE), (QUIET, HERE)]
    (asked,) = database.read_now(partial(sweep_pages.page, which=Which(SHOP, HERE)))
    assert (asked.state, asked.why, asked.regions, asked.asked_at) == (
        "asked",
        sweeps.DEMAND,
        (HERE, THERE),
        NOW,
    )
    progress = database.read_now(partial(sweep_pages.progress, which=Which(SHOP)))
    assert (progress.asked, progress.listing, progress.found) == (1, 0, 0)
    assert database.read_now(partial(sweep_pages.count, which=Which(SHOP), most=1)) == 1
    assert database.read_now(partial(sweep_pages.accounts, which=Which(region=HERE))) == [SHOP, BANK, QUIET]


def test_the_newest_of_the_quarantine_come_first_without_their_bodies(database: Database) -> None:
    def newest(which: Messages, before: int | None = None, limit: int = 9) -> list[dict[str, object]]:
        return database.read_now(partial(quarantine.newest, which=which, before_id=before, limit=limit))

    two, one = newest(Messages())
    assert (two["message_id"], two["size"], "body" in two) == ("m2", 13, False)
    assert one["size"] == len(HOSTILE)
    assert newest(Messages(), limit=1) == [two]
    assert newest(Messages(), before=int(str(two["id"]))) == [one]
    assert newest(Messages(reason="malformed")) == [one]
    assert database.read_now(partial(quarantine.ids, which=Messages(), most=1)) == [one["id"]]


def test_budgets_that_aws_throttled(database: Database) -> None:
    (found,) = database.read_now(partial(budgets.list_throttled, most=9))
    place, row = found
    assert (place.account, place.client, row["throttles"]) == (SHOP, "ec2", 4)
    (told,) = database.read_now(throttled)
    assert (told.account, told.client, told.often, told.last) == (SHOP, "ec2", 4, NOW - 100)


def test_looks_at_queues_are_replaced_and_forgotten(database: Database) -> None:
    read, write = database.read_now, database.write_now
    assert read(queue_looks.newest) == NOW - 20
    names = [each.queue for each in read(queue_looks.list_looks)]
    assert names == [
        "eu-north-1/liveaudit-events",
        "eu-west-1/liveaudit-events",
        "us-east-1/liveaudit-events",
    ]
    later = NOW + 90_000
    again = QueueLook("eu-west-1/liveaudit-events", later, 1, reason="")
    write(lambda c: queue_looks.put_down(c, [again], later))
    assert read(queue_looks.list_looks) == [again]
