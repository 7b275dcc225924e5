"""What is asked of a store with very many findings is answered by an index, and rightly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from benchmarks.load.big_store import POLICIES, fill
from benchmarks.load.memory import ask
from liveaudit.store import findings
from liveaudit.store.database import Database
from liveaudit.store.findings import Filter
from tests.support.stores import Stores

FINDINGS = 400


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url("big"))
    fill(made, FINDINGS, 30, 1_000.0)
    yield made
    made.close()


def listed(database: Database, wanted: Filter, limit: int = 1000) -> list[dict[str, Any]]:
    return database.read_now(lambda connection: findings.list_findings(connection, wanted, limit=limit))


def test_filters_find_what_they_name(database: Database) -> None:
    everything = listed(database, Filter())
    assert len(everything) == FINDINGS
    times = [each["updated_at"] for each in everything]
    assert times == sorted(times, reverse=True)
    given: dict[str, Filter] = {
        "status": Filter(status=("new", "reopened")),
        "severity": Filter(status=("new",), severity=("critical",)),
        "policy": Filter(policy=POLICIES[1], severity=("medium",)),
        "account": Filter(account="000000000007"),
        "resource": Filter(resource="arn:aws:s3:::big-3"),
    }
    for name, wanted in given.items():
        expected = [each for each in everything if _matches(each, wanted)]
        assert expected, name
        assert listed(database, wanted) == expected, name
        assert listed(database, wanted, 2) == expected[:2], name


def _matches(each: dict[str, Any], wanted: Filter) -> bool:
    return (
        (not wanted.status or each["status"] in wanted.status)
        and (not wanted.severity or each["severity"] in wanted.severity)
        and (not wanted.policy or each["policy"] == wanted.policy)
        and (not wanted.account or each["account"] == wanted.account)
        and (not wanted.resource or wanted.resource in (each["resource"], each["arn"]))
    )


def test_a_finding_by_the_beginning_of_its_id(database: Database) -> None:
    some = listed(database, Filter())[17]["id"]
    for length in (len(some), len(some) - 4, 9, 8, 7):
        (found,) = database.read_now(partial(findings.get_findings, prefix=some[:length]))
        assert found["id"] == some
        assert len(found["history"]) == 1
    assert len(database.read_now(lambda connection: findings.get_findings(connection, ""))) == 2
    for nothing in ("zzz", "%", "_", "-", f"{some}0"):
        assert database.read_now(partial(findings.get_findings, prefix=nothing)) == []


QUESTIONS: dict[str, Callable[[Connection], Any]] = {
    "open": lambda c: findings.list_findings(c, Filter(status=("new", "reopened")), limit=9),
    "critical": lambda c: findings.list_findings(c, Filter(status=("new",), severity=("critical",)), limit=9),
    "account": lambda c: findings.list_findings(c, Filter(account="000000000007"), limit=9),
    "resource": lambda c: findings.list_findings(c, Filter(resource="big-3"), limit=9),
    "id": lambda c: findings.get_findings(c, "0000791"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_table_is_gone_through_row_by_row(tmp_path: Any, name: str) -> None:
    """On SQLite, whose plans do not depend on how much there is."""
    from tests.support.stores import SqliteStores

    made = Database(SqliteStores(tmp_path).url())
    try:
        fill(made, 40, 3, 1_000.0)
        _, scanned = ask(made, QUESTIONS[name])
    finally:
        made.close()
    assert scanned == set()
