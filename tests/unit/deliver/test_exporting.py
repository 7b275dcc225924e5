"""Whatever the filter and however many there are: each finding that matches comes once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from liveaudit.deliver.exporting import exported
from liveaudit.deliver.formats import FORMATS
from liveaudit.store import exports
from liveaudit.store.database import Database
from liveaudit.store.finding_wanted import Wanted
from tests.support.plans import plans
from tests.support.standing import stand
from tests.support.stores import Stores
from tests.unit.deliver.samples import SEVERITIES, STATUSES, finding, library

NUMBER = 120


def ids(database: Database, wanted: Wanted) -> list[str]:
    blocks = exported(database, wanted, FORMATS["jsonl"], library())
    return [json.loads(line)["id"] for line in b"".join(blocks).splitlines()]


def some() -> list[dict[str, Any]]:
    return [
        finding(
            # ids as they come are in no order
            id=f"{number * 7919 % 10_007:08}-0000-4000-8000-000000000000",
            resource=f"bucket-{number}",
            arn=f"arn:aws:s3:::bucket-{number}",
            status=STATUSES[number % len(STATUSES)],
            severity=SEVERITIES[number % len(SEVERITIES)],
            account=f"{number % 3:012}",
            region=("eu-west-1", "us-east-1")[number % 2],
            owner=("", "", "ann")[number % 3],
            policy=("s3_bucket_public_access", "s3_bucket_object_versioning")[number % 2],
        )
        for number in range(NUMBER)
    ]


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url())
    stand(made, some())
    yield made
    made.close()


SIZES = ((1000, 1000), (50, 7), (60, 1), (121, 1))
FILTERS = (
    Wanted(),
    Wanted(status=("new", "reopened")),
    Wanted(severity=("critical",)),
    Wanted(status=("new",), severity=("critical", "low"), account=("000000000001",)),
    Wanted(region=("us-east-1",), policy=("s3_bucket_object_versioning",)),
    Wanted(type=("AWS::S3::Bucket",)),
    Wanted(type=("AWS::EC2::Instance",)),
    Wanted(resource="arn:aws:s3:::bucket-5"),
    Wanted(resource="bucket-6"),
    Wanted(account=("999999999999",)),
    Wanted(owner="ann"),
    Wanted(unowned=True, status=("new",)),
)


def matching(wanted: Wanted) -> list[str]:
    return sorted(
        each["id"]
        for each in some()
        if (not wanted.status or each["status"] in wanted.status)
        and (not wanted.severity or each["severity"] in wanted.severity)
        and (not wanted.account or each["account"] in wanted.account)
        and (not wanted.region or each["region"] in wanted.region)
        and (not wanted.policy or each["policy"] in wanted.policy)
        and (not wanted.type or each["type"] in wanted.type)
        and wanted.owner in ("", each["owner"])
        and not (wanted.unowned and each["owner"])
        and wanted.resource in ("", each["resource"], each["arn"])
    )


def test_each_that_matches_comes_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for window, few in SIZES:
        monkeypatch.setattr(exports, "WINDOW", window)
        monkeypatch.setattr(exports, "FEW", few)
        for wanted in FILTERS:
            expected = matching(wanted)
            assert sorted(ids(database, wanted)) == expected, (window, few, wanted)
            number = database.read_now(partial(exports.number_of, wanted=wanted))
            assert number == len(expected), wanted


def test_what_opens_or_goes_meanwhile_doubles_and_loses_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "WINDOW", 10)
    monkeypatch.setattr(exports, "FEW", 1)
    blocks = FORMATS["jsonl"].write(_slowly(database))
    seen = [json.loads(each)["id"] for each in blocks]
    assert len(seen) == len(set(seen))
    assert {each["id"] for each in some()} <= set(seen)


def _slowly(database: Database) -> Iterator[Any]:
    from liveaudit.deliver.exporting import _windows
    from liveaudit.deliver.interface import Found

    for number, window in enumerate(_windows(database, Wanted())):
        made = finding(id=f"0000{number:04}-new", resource=f"new-{number}", arn=f"arn:aws:s3:::new-{number}")
        stand(database, [made])
        for each in window:
            yield Found(each, library().of(each["policy"], each["type"]))


def test_who_asks_hears_how_many_are_done(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "WINDOW", 50)
    monkeypatch.setattr(exports, "FEW", 1)
    heard: list[int] = []
    list(exported(database, Wanted(), FORMATS["csv"], library(), heard.append))
    assert heard == [50, 100, 120]


def test_no_window_sorts_what_matches(database: Database) -> None:
    """Else every window of a long export would sort all of it anew."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the values")
    wanted = Wanted(status=("new",), severity=("critical",), policy=("s3_bucket_public_access",))
    found = plans(database, lambda connection: exports.window_after(connection, wanted, ""))
    assert len(found) == 2
    assert not any("TEMP B-TREE" in plan for plan in found), found
    assert all("sqlite_autoindex_findings_1 (id>?" in plan for plan in found), found
