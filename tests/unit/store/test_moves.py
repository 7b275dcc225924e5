"""How findings moved, on both databases."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from liveaudit.store import moves
from liveaudit.store.database import Database
from liveaudit.store.findings import newest_transition
from liveaudit.store.schema import findings, resources, transitions
from tests.support.stores import Stores

HOUR = 500_000
AT = HOUR * 3600.0


def _fill(connection: Connection) -> None:
    key = 1
    connection.execute(
        insert(resources).values(
            id=key,
            partition="aws",
            account="111111111111",
            region="eu-west-1",
            type="AWS::S3::Bucket",
            rid="photos",
            arn="arn:aws:s3:::photos",
            state="there",
            first_seen=AT,
        )
    )
    connection.execute(
        insert(findings).values(
            id="f-1",
            resource_id=key,
            policy="s3_bucket_public_access",
            severity="critical",
            status="reopened",
            reason="",
            evidence="{}",
            opened_at=AT,
            updated_at=AT,
            times_opened=2,
            opened_by="[]",
            opened_hops="{}",
        )
    )
    for at, previous, status in (
        (AT - 1, None, "new"),
        (AT + 5, "new", "reopened"),
        (AT + 10, "reopened", "resolved"),
        (AT + 3600, "resolved", "archived"),
        (AT + 3601, "archived", "reopened"),
    ):
        connection.execute(
            insert(transitions).values(
                finding_id="f-1",
                previous=previous,
                status=status,
                at=at,
                reason="",
                changes='[{"name": "PutBucketAcl"}]',
                hops="{}",
            )
        )


def test_moves_by_hour_count_what_opens_and_what_closes_once(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        assert database.read_now(newest_transition) == 0
        database.write_now(_fill)
        moved = database.read_now(lambda connection: moves.by_hour(connection, since=AT - 3600))
        # from open to open is no move, and neither is from closed to closed
        assert moved.opened == {HOUR - 1: 1, HOUR + 1: 1}
        assert moved.closed == {HOUR: 1}
        later = database.read_now(lambda connection: moves.by_hour(connection, since=AT + 3600))
        assert (later.opened, later.closed) == ({HOUR + 1: 1}, {})
    finally:
        database.close()


def test_the_newest_moves_come_first_and_are_so_many_at_most(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        database.write_now(_fill)
        found = database.read_now(lambda connection: moves.newest(connection, most=2))
        assert [(each["status"], each["at"]) for each in found] == [
            ("reopened", AT + 3601),
            ("archived", AT + 3600),
        ]
        assert found[0]["number"] == database.read_now(newest_transition)
        assert (found[0]["resource"], found[0]["changes"]) == ("photos", [{"name": "PutBucketAcl"}])
    finally:
        database.close()
