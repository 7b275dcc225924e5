"""Any filter in any order, page by page, finds exactly what a look at every finding finds; counts are never off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, select, update

from benchmarks.console_store import DAY, NOW, fill
from liveaudit.store import finding_counts, finding_pages, findings, lifecycle, texts, work
from liveaudit.store.database import Database
from liveaudit.store.finding_wanted import SEVERITIES, Order, Wanted
from liveaudit.store.findings import Filter
from liveaudit.store.resource_tags import Tag
from liveaudit.store.schema_finding_counts import finding_texts
from liveaudit.store.schema_findings import findings as table
from liveaudit.store.words import asked, words
from tests.support.plans import plans
from tests.support.stores import Stores

RESOURCES = 20
DUE = {"critical": DAY, "high": 7 * DAY, "medium": 30 * DAY}
Row = dict[str, Any]


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.url("listed"))
    fill(made, resources=RESOURCES, per=5)
    yield made
    made.close()


def everything(database: Database) -> list[Row]:
    return database.read_now(lambda c: findings.list_findings(c, Filter(), limit=10_000))


def pages(database: Database, wanted: Wanted, order: Order, limit: int) -> list[Row]:
    """All pages, one after the other."""
    found: list[Row] = []
    after = None
    for _ in range(500):
        page = database.read_now(
            partial(finding_pages.page, wanted=wanted, order=order, after=after, limit=limit)
        )
        assert len(page.items) <= limit
        found += page.items
        if page.total is not None and after is None:
            total = page.total
        after = page.after
        if after is None:
            break
    if wanted.is_counted:
        assert total == len(found)
    return found


def due_at(row: Row) -> float | None:
    allowed = DUE.get(row["severity"])
    open_ = row["status"] in ("new", "reopened", "in review")
    return row["opened_at"] + allowed if allowed is not None and open_ else None


KEYS: dict[Order, Callable[[Row], Any]] = {
    Order.MOVED: lambda row: -row["updated_at"],
    Order.OPENED: lambda row: -row["opened_at"],
    Order.OLDEST: lambda row: row["opened_at"],
    Order.SEVERITY: lambda row: (SEVERITIES.index(row["severity"]), -row["opened_at"]),
    Order.DUE: due_at,
}


def wanted_of(row: Row, owner: str, decided_by: str) -> dict[str, tuple[Wanted, Callable[[Row], bool]]]:
    """Filters that find at least this finding, and what each means."""
    since = NOW - 40 * DAY
    return {
        "all": (Wanted(), lambda _: True),
        "status": (Wanted(status=("new", "resolved")), lambda r: r["status"] in ("new", "resolved")),
        "severity": (Wanted(severity=("high", "low")), lambda r: r["severity"] in ("high", "low")),
        "policy": (Wanted(policy=(row["policy"],)), lambda r: r["policy"] == row["policy"]),
        "policies": (Wanted(policy=(row["policy"], "x")), lambda r: r["policy"] == row["policy"]),
        "account": (Wanted(account=(row["account"],)), lambda r: r["account"] == row["account"]),
        "type": (
            Wanted(type=(row["type"],), status=(row["status"],)),
            lambda r: (r["type"], r["status"]) == (row["type"], row["status"]),
        ),
        "region": (Wanted(region=(row["region"],)), lambda r: r["region"] == row["region"]),
        "owner": (Wanted(owner=owner), lambda r: r["owner"] == owner),
        "unowned": (Wanted(unowned=True), lambda r: not r["owner"]),
        "actor": (Wanted(actor=row["actor"]), lambda r: r["actor"] == row["actor"]),
        "decided": (Wanted(decided_by=decided_by), lambda r: r["decided_by"] == decided_by),
        "resource": (Wanted(resource=row["arn"]), lambda r: r["arn"] == row["arn"]),
        "id of resource": (
            Wanted(resource=row["resource"], severity=(row["severity"],)),
            lambda r: (r["resource"], r["severity"]) == (row["resource"], row["severity"]),
        ),
        "since": (Wanted(opened_since=since), lambda r: r["opened_at"] >= since),
        "before": (Wanted(opened_before=since), lambda r: r["opened_at"] < since),
        "overdue": (
            Wanted(overdue=True, now=NOW, due=DUE),
            lambda r: (due_at(r) or NOW) < NOW,
        ),
        "regression": (
            Wanted(regression=True, again_within=30 * DAY),
            lambda r: r["closed_before"] is not None and r["opened_at"] - r["closed_before"] <= 30 * DAY,
        ),
        "text": (Wanted(text="Encrypt DEPLOY"), lambda r: said(r, "encrypt", "deploy")),
        "text and status": (
            Wanted(text="0.0", status=("new",)),
            lambda r: r["status"] == "new" and said(r, "0"),
        ),
        "rare and frequent words": (
            Wanted(text=f"aws {row['resource']}"),
            lambda r: said(r, "aws", *words(row["resource"])),
        ),
        "tag": (Wanted(tags=(Tag.of("Name"),)), lambda _: True),
        "tags": (
            Wanted(tags=(Tag.of("Name"), Tag.of(f"Team={row['resource'].partition('-')[0]}"))),
            lambda r: r["resource"].partition("-")[0] == row["resource"].partition("-")[0],
        ),
        "tag and words": (
            Wanted(tags=(Tag.of(f"Name={row['resource']}"),), text="encrypt"),
            lambda r: r["resource"] == row["resource"] and said(r, "encrypt"),
        ),
        "nothing": (Wanted(policy=("x",)), lambda _: False),
    }


def said(row: Row, *beginnings: str) -> bool:
    told = words(
        *(
            row[name]
            for name in ("policy", "resource", "account", "region", "owner", "actor", "reason", "arn")
        ),
        row["type"],
    )
    return all(any(each.startswith(beginning) for each in told) for beginning in beginnings)


@pytest.mark.parametrize("walked", [False, True], ids=["few are gathered", "all are walked to"])
def test_any_filter_in_any_order(database: Database, walked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if walked:
        monkeypatch.setattr(finding_pages, "FEW", 0)
        monkeypatch.setattr(finding_pages, "FEW_FOUND", -1)
        monkeypatch.setattr(finding_pages, "FEW_BEARING", -1)
    else:
        monkeypatch.setattr(texts, "SAMPLE", 100)
    rows = everything(database)
    assert len(rows) == RESOURCES * 5
    one = next(each for each in rows if each["status"] == "new")
    owner = next(each["owner"] for each in rows if each["owner"])
    decided_by = next(each["decided_by"] for each in rows if each["decided_by"])
    for name, (wanted, meant) in wanted_of(one, owner, decided_by).items():
        for order in Order:
            with_due = Wanted(**{each: getattr(wanted, each) for each in wanted.__slots__} | {"due": DUE})
            expected = [each for each in rows if meant(each)]
            if order == Order.DUE:
                expected = [each for each in expected if due_at(each) is not None]
            else:
                assert expected or name in ("nothing", "tag and words"), name
            found = pages(database, with_due, order, 13)
            assert Counter(each["id"] for each in found) == Counter(each["id"] for each in expected), (
                name,
                order,
            )
            keys = [KEYS[order](each) for each in found]
            assert keys == sorted(keys), (name, order)


def test_findings_that_moved_at_once_are_all_told(database: Database) -> None:
    database.write_now(lambda c: c.execute(update(table).values(updated_at=NOW, opened_at=NOW, status="new")))
    for order in Order:
        found = pages(database, Wanted(due=dict.fromkeys(SEVERITIES, DAY)), order, 19)
        assert len({each["id"] for each in found}) == len(found) == RESOURCES * 5, order


def grouped(database: Database, *by: str) -> dict[tuple[str, ...], int]:
    query = select(*(table.c[name] for name in by), func.count()).group_by(*(table.c[name] for name in by))
    return database.read_now(lambda c: {tuple(row[:-1]): row[-1] for row in c.execute(query)})


_GROUPED = (
    ("status",),
    ("severity", "status"),
    ("account",),
    ("policy", "type"),
    finding_counts.DIMENSIONS,
)


def _counted(connection: Connection, by: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    return finding_counts.count(connection, {}, *by)


def test_counts_follow_every_change(database: Database) -> None:
    def same() -> None:
        for by in _GROUPED:
            counted = database.read_now(partial(_counted, by=by))
            assert counted == grouped(database, *by)

    assert not database.read_now(finding_counts.waiting)
    same()
    some = everything(database)[:20]
    ids = [each["id"] for each in some]
    database.write_now(
        lambda c: c.execute(update(table).where(table.c.id.in_(ids)).values(status="archived"))
    )
    database.write_now(
        lambda c: c.execute(update(table).where(table.c.id.in_(ids[:9])).values(severity="low"))
    )
    database.write_now(lambda c: c.execute(update(table).where(table.c.id.in_(ids)).values(reason="other")))
    database.write_now(lambda c: c.execute(delete(table).where(table.c.id.in_(ids[:4]))))
    assert database.read_now(finding_counts.waiting)
    same()
    assert database.write_now(finding_counts.fold) > 0
    assert database.write_now(finding_counts.fold) == 0
    same()
    left = select(func.count()).select_from(finding_texts).where(finding_texts.c.finding_id.in_(ids[:4]))
    assert database.read_now(lambda c: c.execute(left).scalar_one()) == 0
    named = database.read_now(lambda c: finding_counts.facets(c, {"status": ("archived",)}, "severity"))
    assert sum(named.values()) == database.read_now(
        lambda c: finding_counts.total(c, {"status": ("archived",)})
    )


def test_folded_bit_by_bit_nothing_is_lost(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_counts, "_NEWEST", finding_counts._NEWEST.offset(6))
    database.write_now(lambda c: c.execute(update(table).values(status="archived")))
    before = grouped(database, "status")
    while database.write_now(finding_counts.fold):
        assert database.read_now(lambda c: finding_counts.count(c, {}, "status")) == before


def test_words_follow_what_is_told(database: Database) -> None:
    one = everything(database)[0]

    def found(question: str) -> bool:
        page = database.read_now(lambda c: finding_pages.page(c, Wanted(text=question), limit=500))
        return one["id"] in {each["id"] for each in page.items}

    assert found(one["resource"])
    assert not found("zebra")
    database.write_now(
        lambda c: c.execute(update(table).where(table.c.id == one["id"]).values(reason="Zébra-crossing_7"))
    )
    database.write_now(lambda c: texts.note(c, one["id"]))
    assert found("zebra")
    assert found("CROSS 7")
    assert not found("ebra")


@pytest.mark.parametrize(
    "question",
    [
        "'",
        '"',
        "a' OR 1=1 --",
        "* :*",
        "NOT zebra",
        "(",
        "%",
        "_",
        "\u202e\u0000",
        "é" * 500,
        "a:b & !c",
        "²½",
    ],
)
def test_a_hostile_question_is_a_question(database: Database, question: str) -> None:
    database.read_now(lambda c: finding_pages.page(c, Wanted(text=question)))
    assert all(each.isalnum() for each in asked(question))


def test_a_finding_is_found_by_its_words_from_the_beginning(database: Database) -> None:
    from liveaudit.model import Resource, failed

    widget = Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", "quagga-photos")

    def write(connection: Any) -> None:
        (key,) = work.resource_keys(connection, {widget: "arn:aws:s3:::quagga-photos"}, 1.0).values()
        lifecycle.open_finding(
            connection,
            key,
            finding_id="f",
            resource=widget,
            policy="p",
            severity="high",
            verdict=failed("open"),
            now=1.0,
            story=lifecycle.Story(
                ({"name": "PutBucketAcl", "actor": {"arn": "arn:aws:iam::1:user/okapi"}},), {}
            ),
        )

    database.write_now(write)
    for question in ("quagg", "photos", "okapi putbucketacl", "111111111111 open"):
        page = database.read_now(partial(finding_pages.page, wanted=Wanted(text=question)))
        assert [each["id"] for each in page.items] == ["f"], question
        assert page.items[0]["actor"] == "arn:aws:iam::1:user/okapi"


def test_frequent_tags_are_asked_of_each_finding_s_resource(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the index of tags it would go through all that bear one, for each finding: 12 s with a million."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the values")
    monkeypatch.setattr(finding_pages, "FEW_BEARING", 0)
    for tags in ((Tag.of("Name"),), (Tag.of("Stage=prod"), Tag.of("Team"))):
        found = plans(database, partial(finding_pages.page, wanted=Wanted(tags=tags)))
        *_, of_the_page = [each for each in found if "resource_tags" in each and "findings" in each]
        assert of_the_page.count("sqlite_autoindex_resource_tags_1 (resource_id=?)") == len(tags), of_the_page
