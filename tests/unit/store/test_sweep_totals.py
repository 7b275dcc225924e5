"""How far sweeps are, added up in the database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from liveaudit.model import Cause, Resource
from liveaudit.store import sweep_totals, sweeps, work
from liveaudit.store.database import Database
from liveaudit.store.sweep_totals import NotListed, Total
from liveaudit.store.work import Due
from tests.support.stores import Stores

NOW = 1_800_000_000.0
ACCOUNT, EU = "111111111111", "eu-west-1"


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    yield made
    made.close()


def test_places_are_added_up_by_account_and_region(database: Database) -> None:
    asked = sweeps.Asked("aws", ACCOUNT, ((EU, "ec2"), (EU, "s3"), ("global", "iam")), (EU,), sweeps.DEMAND)
    database.write_now(partial(sweeps.ask, asked=asked, now=NOW))

    def goes_on(connection: Any) -> None:
        for service, failed in (("ec2", {"AWS::EC2::Volume": "denied"}), ("s3", {})):
            begun = sweeps.begin(connection, sweeps.Place(ACCOUNT, EU, service), f"sweep:{service}", NOW)
            assert begun is not None
            sweeps.found_more(connection, begun.place, 2)
            if service == "ec2":
                sweeps.listed(connection, begun, complete=[], failed=failed, again=None, now=NOW)
        sweeps.close(connection, NOW + 1, lambda _place: [])
        resource = Resource("aws", ACCOUNT, EU, "AWS::S3::Bucket", "one")
        due = Due(resource, "arn:aws:s3:::one", Cause("sweep:s3", "sweep"), work.SWEEP_PRIORITY)
        work.add_due(connection, [due], NOW)

    database.write_now(goes_on)
    assert database.read_now(sweep_totals.totals) == [
        Total(ACCOUNT, EU, places=2, begun=2, ended=1, found=4, failed=1),
        Total(ACCOUNT, "global", places=1, begun=0, ended=0, found=0, failed=0),
    ]
    assert database.read_now(sweep_totals.waiting) == 1
    assert database.read_now(sweep_totals.not_listed) == [
        NotListed(ACCOUNT, EU, "AWS::EC2::Volume", "denied")
    ]
    database.write_now(partial(sweeps.ask, asked=asked, now=NOW + 5))
    again = database.read_now(sweep_totals.totals)[0]
    assert (again.begun, again.ended) == (0, 0), "what is asked for once more has not begun"
