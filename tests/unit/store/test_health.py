"""What the store tells of how the work goes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, insert, text

from liveaudit.audit.read import _error as reading_of
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.model import Cause, Resource, unknown
from liveaudit.services import load
from liveaudit.store import health, schema, unknowns, verdicts, work
from liveaudit.store.database import Database
from liveaudit.store.health import DueRows, Throttled, Unknowns
from liveaudit.store.work import Due
from tests.support.stores import Stores

NOW = 1_800_000_000.0
HERE, THERE = "eu-west-1", "us-east-1"


def bucket(name: str, account: str = "111111111111", region: str = HERE) -> Resource:
    return Resource("aws", account, region, "AWS::S3::Bucket", name)


def put(connection: Connection, resources: Sequence[Resource], at: float = NOW) -> None:
    work.add_due(connection, [Due(each, f"arn:{each.id}", Cause("c", "sweep")) for each in resources], at)


def fail(connection: Connection, finding: str, policy: str, status: str, severity: str, key: int) -> None:
    connection.execute(
        insert(schema.findings),
        {
            **dict.fromkeys(("reason", "evidence", "opened_by", "opened_hops"), ""),
            **dict.fromkeys(("opened_at", "updated_at"), NOW),
            "id": finding,
            "resource_id": key,
            "type": "AWS::S3::Bucket",
            "policy": policy,
            "severity": severity,
            "status": status,
            "times_opened": 1,
        },
    )


def test_figures(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        one, two, elsewhere = bucket("one"), bucket("two"), bucket("x", "222222222222", THERE)
        database.write_now(lambda c: put(c, [one], at=NOW - 60))
        database.write_now(lambda c: put(c, [two, elsewhere], at=NOW - 5))
        database.write_now(lambda c: put(c, [bucket("later")], at=NOW + 30))
        swept = Due(bucket("swept"), "arn:swept", Cause("s", "sweep"), work.SWEEP_PRIORITY)
        database.write_now(lambda c: work.add_due(c, [swept], NOW - 900))
        claimed = database.write_now(
            lambda c: work.claim(c, owner="me", now=NOW - 4, lease_seconds=60, limit=1)
        )
        keys = database.write_now(lambda c: work.resource_keys(c, {one: "", two: "", elsewhere: ""}, NOW))

        def judged(connection: Connection) -> None:
            denied = unknown("GetBucketAcl was denied: AccessDenied")
            broken = unknown("the policy itself failed: KeyError: '<script>' was denied: x")
            verdicts.write_verdicts(connection, keys[one], {"p": denied, "q": broken}, order=1, now=NOW)
            verdicts.write_verdicts(connection, keys[two], {"p": denied}, order=1, now=NOW)
            state = {"rate": 1.0, "tokens": 0.0, "at": NOW, "changed_at": NOW, "throttles": 4, "refused": 0}
            for client, last in (("s3", NOW - 5), ("ec2", None)):
                place = {"account": "1", "region": HERE, "client": client, "throttled_at": last}
                connection.execute(insert(schema.budgets), {**state, **place})
            fail(connection, "f1", "p", "new", "high", keys[one])
            fail(connection, "f2", "q", "reopened", "high", keys[one])
            fail(connection, "f3", "p", "resolved", "high", keys[two])

        database.write_now(judged)
        found = database.read_now(lambda c: health.read_figures(c, now=NOW))
        assert [each.resource for each in claimed] == [one]
        assert found.held == {"me": 1}
        assert found.due == {
            ("111111111111", HERE): DueRows(late=2, oldest=NOW - 60, sweeping=1, leased=1),
            ("222222222222", THERE): DueRows(late=1, oldest=NOW - 5),
        }
        assert found.unknown == {
            ("111111111111", HERE, "denied"): 2,
            ("111111111111", HERE, "policy failed"): 1,
        }
        assert found.reasons[0] == Unknowns(
            "111111111111", "denied", "GetBucketAcl was denied: AccessDenied", 2
        )
        assert found.open_findings == {("high", "AWS::S3::Bucket"): 2}
        assert found.throttled == [Throttled("1", HERE, "s3", 4, NOW - 5)]
        assert (found.workers, found.last, found.quarantine) == ([], [], {})
    finally:
        database.close()


def test_unknown_verdicts_have_an_index_of_their_own(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        if database.engine.dialect.name == "sqlite":
            plan = database.read_now(
                lambda c: c.execute(
                    text("EXPLAIN QUERY PLAN SELECT resource_id FROM verdicts WHERE outcome = 'UNKNOWN'")
                ).all()
            )
            assert "ix_verdicts_unknown" in str(plan)
        else:
            found = database.read_now(
                lambda c: c.execute(
                    text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_verdicts_unknown'")
                ).scalar_one()
            )
            assert "UNKNOWN" in found
    finally:
        database.close()


def test_kinds_are_known_by_the_words_that_readings_use(stores: Stores) -> None:
    catalog, _ = load()
    bucket_type = catalog.types["AWS::S3::Bucket"]
    section = bucket_type.sections["acl"]
    expected = {
        Kind.DENIED: unknowns.DENIED,
        Kind.THROTTLED: unknowns.THROTTLED,
        Kind.UNAVAILABLE: unknowns.NO_ANSWER,
        Kind.UNSUPPORTED: unknowns.UNSUPPORTED,
        Kind.ANSWER: unknowns.OTHER,
    }
    database = Database(stores.url())
    try:
        for number, kind in enumerate(expected):
            reason = reading_of(
                bucket_type, section, AwsCallError(kind, "Code", "text", "GetBucketAcl")
            ).reason
            made = bucket("b", account=f"{number:012}")
            database.write_now(partial(put, resources=[made]))
            key = database.write_now(partial(work.resource_keys, wanted={made: ""}, now=NOW))[made]
            database.write_now(
                partial(verdicts.write_verdicts, key=key, given={"p": unknown(reason)}, order=1, now=NOW)
            )
        found = database.read_now(health.unknown_verdicts)
        assert {account: kind for account, _, kind in found} == {
            f"{number:012}": told for number, told in enumerate(expected.values())
        }
    finally:
        database.close()
