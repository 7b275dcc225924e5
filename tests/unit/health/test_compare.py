"""What is stored held against what is: every kind of drift, what is only pending, what cannot be read; nothing written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.health.compare import Compared, Comparer, differences
from liveaudit.model import Cause
from liveaudit.store import samples, work
from liveaudit.store.samples import Chosen
from liveaudit.store.schema import metadata
from liveaudit.store.work import Due
from tests.support.fake import ACCOUNT, CATALOG, POLICIES, REGION, Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    made.settings = {"LockAll": False}
    made.widgets["a"] = {"Color": "blue", "Lock": "L"}
    made.widgets["b"] = {"Color": "blue", "Lock": "L"}
    return made


@pytest.fixture
def auditor(stores: Stores, aws: FakeAws) -> Iterator[Auditor]:
    made = make_auditor(stores, aws, Clock())
    asyncio.run(Sweeper(made).sweep(Scope("aws", ACCOUNT, (REGION,)), "s1"))
    yield made
    made.database.close()


def chosen(auditor: Auditor, **given: Any) -> list[Chosen]:
    return auditor.database.read_now(lambda c: samples.sample(c, 100, seed=1, **given))


def compare(auditor: Auditor, which: list[Chosen] | None = None) -> Compared:
    comparer = Comparer(CATALOG, POLICIES, auditor.caller, auditor.database, auditor.context, auditor.clock)
    return asyncio.run(comparer.compare(chosen(auditor) if which is None else which))


def told(found: Compared) -> list[tuple[str, str, str]]:
    return [(each.resource.id, each.what, each.name) for each in found.drifts]


def everything(auditor: Auditor) -> str:
    tables = metadata.sorted_tables
    found = auditor.database.read_now(
        lambda c: {table.name: [tuple(row) for row in c.execute(select(table))] for table in tables}
    )
    return json.dumps(found, default=str, sort_keys=True)


def test_nothing_drifts_where_nothing_changed(auditor: Auditor) -> None:
    before = everything(auditor)
    found = compare(auditor)
    assert (found.sampled, told(found), found.pending, found.unread) == (3, [], [], [])
    assert everything(auditor) == before, "nothing is written"


def test_what_changed_behind_our_back(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["a"]["Color"] = "red"
    del aws.widgets["a"]["Lock"]
    del aws.widgets["b"]
    before = everything(auditor)
    found = compare(auditor)
    assert told(found) == [
        ("a", "section", "lock"),
        ("a", "section", "widget"),
        ("a", "verdict", "widget_is_blue"),
        ("a", "verdict", "widget_is_locked"),
        ("b", "gone", ""),
    ]
    by_name = {each.name: each for each in found.drifts}
    assert by_name["widget"].differences == (("Color", '"blue"', '"red"'),)
    assert by_name["lock"].differences == (("", '"L"', "nothing"),)
    assert by_name["widget_is_blue"].differences == (("", "PASS", "FAIL"),)
    assert by_name["widget"].read_at is not None
    assert found.drifted == 2
    assert everything(auditor) == before


def test_what_work_is_due_for_is_pending(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["a"]["Color"] = "red"
    due = Due(resource("a"), "", Cause("event:1", "event", change={"hops": {}}))
    auditor.database.write_now(lambda c: work.add_due(c, [due], auditor.clock()))
    found = compare(auditor)
    assert told(found) == []
    assert [(each.id, why) for each, why in found.pending] == [("a", "due: event")]


def test_what_was_audited_meanwhile_is_pending(auditor: Auditor, aws: FakeAws) -> None:
    (a,) = [each for each in chosen(auditor) if each.resource.id == "a"]
    aws.widgets["a"]["Color"] = "red"
    older = Chosen(a.key, a.resource, a.read_order - 1)
    found = compare(auditor, [older])
    assert (told(found), [why for _, why in found.pending]) == ([], ["audited meanwhile"])


def test_what_cannot_be_read_is_no_drift(auditor: Auditor, aws: FakeAws) -> None:
    aws.widgets["a"]["Color"] = "red"
    aws.deny("GetLock")
    found = compare(auditor)
    assert told(found) == [("a", "section", "widget"), ("a", "verdict", "widget_is_blue")]
    assert sorted((each.resource.id, each.name) for each in found.unread) == [("a", "lock"), ("b", "lock")]
    assert all("denied" in each.reason for each in found.unread)


def test_a_sample_is_the_same_again_and_narrowed(auditor: Auditor) -> None:
    database = auditor.database

    def ids(number: int, seed: int, **given: Any) -> list[str]:
        found = database.read_now(lambda c: samples.sample(c, number, seed=seed, **given))
        return [each.resource.id for each in found]

    assert ids(2, 5) == ids(2, 5)
    assert len({tuple(ids(1, seed)) for seed in range(20)}) == 3
    assert ids(9, 1, types=["Fake::Widget"]) == ["a", "b"]
    assert ids(9, 1, accounts=["999999999999"]) == []


@pytest.mark.parametrize(
    ("stood", "now", "expected"),
    [
        ({"A": 1}, {"A": 1}, []),
        ({"A": {"B": [1, 2]}}, {"A": {"B": [1, 3]}}, [("A.B[1]", "2", "3")]),
        ({"A": 1}, {"B": 1}, [("A", "1", "nothing"), ("B", "nothing", "1")]),
        ([1], [1, 2], [("", "[1]", "[1,2]")]),
        (None, {"A": 1}, [("", "nothing", '{"A":1}')]),
        (True, 1, [("", "true", "1")]),
        ("x" * 99, "", [("", '"' + "x" * 58 + "…", '""')]),
    ],
)
def test_differences(stood: Any, now: Any, expected: list[tuple[str, str, str]]) -> None:
    assert list(differences(stood, now)) == expected
