"""Sweeps as a list: those under way first, then the newest, so many at most, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from liveaudit.model import Cause, Resource
from liveaudit.store import sweep_pages, sweeps, work
from liveaudit.store.database import Database
from liveaudit.store.sweep_pages import Part, Which
from liveaudit.store.sweeps import Asked, Place
from liveaudit.store.work import Due
from tests.support.stores import Stores

NOW = 1_800_000_000.0
ONE, TWO, EU = "111111111111", "222222222222", "eu-west-1"
ENDED = {(ONE, "iam"): 10.0, (ONE, "s3"): 30.0, (TWO, "s3"): 20.0}
"""Seconds after which their sweeps ended."""


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    """Three sweeps that have ended, one of which could not list something; one under way with work, one asked for."""
    made = Database(stores.url())

    def sweep(connection: Any) -> None:
        for account in (ONE, TWO):
            places = ((EU, "ec2"), (EU, "iam"), (EU, "s3")) if account == ONE else ((EU, "ec2"), (EU, "s3"))
            sweeps.ask(connection, Asked("aws", account, places, (EU,), sweeps.DEMAND), NOW)
        for (account, service), seconds in ENDED.items():
            begun = sweeps.begin(connection, Place(account, EU, service), f"sweep:{account}:{service}", NOW)
            assert begun is not None
            failed = {"AWS::S3::AccessPoint": "denied"} if account == TWO else {}
            sweeps.listed(connection, begun, complete=[], failed=failed, again=None, now=NOW)
            sweeps.close(connection, NOW + seconds, lambda _place: [])
        begun = sweeps.begin(connection, Place(TWO, EU, "ec2"), "sweep:under-way", NOW)
        assert begun is not None
        group = Resource("aws", TWO, EU, "AWS::EC2::SecurityGroup", "sg-1")
        due = Due(group, "arn", Cause("sweep:under-way", "sweep"), work.SWEEP_PRIORITY)
        work.add_due(connection, [due], NOW)

    made.write_now(sweep)
    yield made
    made.close()


def test_the_newest_come_first_after_those_under_way_and_no_more_than_are_wanted(database: Database) -> None:
    found = database.read_now(sweep_pages.newest)
    assert [(each.place.account, each.place.service) for each in found] == [
        (ONE, "ec2"),
        (TWO, "ec2"),
        (ONE, "s3"),
        (TWO, "s3"),
        (ONE, "iam"),
    ]
    assert [each.waiting for each in found] == [0, 1, 0, 0, 0]
    assert database.read_now(partial(sweep_pages.newest, limit=3)) == found[:3]


@pytest.mark.parametrize(
    ("which", "part", "number"),
    [
        (Which(), Part.ALL, 5),
        (Which(account=TWO), Part.ALL, 2),
        (Which(service="s3"), Part.ALL, 2),
        (Which(region="global"), Part.ALL, 0),
        (Which(), Part.UNDER_WAY, 2),
        (Which(), Part.NOT_LISTED, 1),
        (Which(account=ONE), Part.NOT_LISTED, 0),
    ],
)
def test_they_are_narrowed_down_and_counted(
    database: Database, which: Which, part: Part, number: int
) -> None:
    assert len(database.read_now(partial(sweep_pages.newest, which=which, part=part))) == number
    assert database.read_now(partial(sweep_pages.count, which=which, part=part)) == number
