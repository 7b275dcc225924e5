"""A store in which something is wrong in every way that the health pages tell of."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from liveaudit.model import Cause, Resource, failed, passed, unknown
from liveaudit.store import (
    arrivals,
    gaps,
    heartbeats,
    latencies,
    misses,
    place_latencies,
    quarantine,
    queue_looks,
    schema,
    sweeps,
    verdicts,
    work,
)
from liveaudit.store.arrivals import Arrived
from liveaudit.store.gaps import Gap
from liveaudit.store.heartbeats import Heartbeat
from liveaudit.store.latencies import Latencies
from liveaudit.store.quarantine import Kept
from liveaudit.store.queue_looks import QueueLook
from liveaudit.store.work import Due

SHOP, BANK, QUIET = "111111111111", "222222222222", "333333333333"
HERE, THERE = "eu-west-1", "us-east-1"
HOSTILE = '<script>alert("x")</script>\u202e'
HOUR = 3600.0
VERSIONING, ACL = "s3_bucket_object_versioning", "s3_bucket_acl_prohibited"


def bucket(name: str, account: str = SHOP, region: str = HERE) -> Resource:
    """A bucket."""
    return Resource("aws", account, region, "AWS::S3::Bucket", name)


def ail(connection: Connection, now: float) -> None:
    """Fill an empty store. ``now``: Unix seconds."""
    _events(connection, now)
    _work(connection, now)
    _sweeps(connection, now)
    _ourselves(connection, now)


def _events(connection: Connection, now: float) -> None:
    arrivals.add(
        connection,
        {
            (SHOP, HERE): Arrived(now - 40, now - 30, 12),
            (SHOP, THERE): Arrived(now - 5 * HOUR, now - 5 * HOUR, 2),
            (BANK, HERE): Arrived(now - 4 * 86_400, now - 4 * 86_400, 1),
        },
    )
    place_latencies.add(
        connection,
        {
            (SHOP, HERE): place_latencies.steps([1.0] * 19 + [4.0]),
            (SHOP, THERE): place_latencies.steps([3.0, 250.0]),
        },
        now,
    )
    measured = Latencies()
    for hop in latencies.HOPS:
        for seconds in (0.02, 0.3, 4.0):
            measured.add(hop, seconds)
    latencies.add(connection, measured, now)


def _work(connection: Connection, now: float) -> None:
    names = [bucket("fine"), bucket("secret"), bucket(HOSTILE, BANK), bucket("late", SHOP, THERE)]
    keys = work.resource_keys(connection, {each: f"arn:aws:s3:::{each.id}" for each in names}, now)
    denied = unknown("GetBucketVersioning was denied: AccessDenied")
    verdicts.write_verdicts(connection, keys[names[0]], {VERSIONING: passed()}, order=1, now=now)
    verdicts.write_verdicts(connection, keys[names[1]], {VERSIONING: denied}, order=1, now=now)
    broken = unknown(f"the policy itself failed: KeyError: {HOSTILE}")
    verdicts.write_verdicts(
        connection, keys[names[2]], {VERSIONING: failed("off"), ACL: broken}, order=1, now=now
    )
    connection.execute(
        insert(schema.findings),
        {
            **dict.fromkeys(("reason", "evidence", "opened_by", "opened_hops"), "{}"),
            "id": "f1",
            "resource_id": keys[names[2]],
            "policy": VERSIONING,
            "severity": "medium",
            "status": "new",
            "opened_at": now,
            "updated_at": now,
            "times_opened": 1,
        },
    )
    work.add_due(connection, [Due(names[3], "arn:late", Cause("event:1", "event"))], now - 900)
    missed = misses.Found("changed", "acl", f"to {HOSTILE}", now - 90_000, now - 3_000)
    misses.note(connection, keys[names[3]], SHOP, "s3", [missed], sweep="sweep:9", now=now - 2_000)


def _sweeps(connection: Connection, now: float) -> None:
    def swept(account: str, region: str, *, ended: bool = True, failed: dict[str, str] | None = None) -> None:
        place = sweeps.Place(account, region, "s3")
        asked = sweeps.Asked("aws", account, ((region, "s3"),), (HERE, THERE), sweeps.SCHEDULE)
        sweeps.ask(connection, asked, now - 8_000)
        begun = sweeps.begin(connection, place, f"sweep:{account}:{region}", now - 7_900)
        assert begun is not None
        sweeps.found_more(connection, place, 4)
        if ended:
            sweeps.listed(connection, begun, complete=[], failed=failed or {}, again=None, now=now - 7_800)
            sweeps.close(connection, now - 7_700, lambda _place: ["AWS::S3::Bucket"])

    swept(SHOP, "global")
    swept(SHOP, HERE)
    swept(BANK, HERE, failed={"AWS::S3::Bucket": "ListBuckets: AccessDenied: not yours"})
    swept(QUIET, HERE, ended=False)
    for account in (SHOP, BANK, QUIET):
        sweeps.watch(connection, account, watched=True)


def _ourselves(connection: Connection, now: float) -> None:
    alive = Heartbeat("one:1:a", "one", 1, "0.1.0", now - HOUR, now - 2, (f"{HERE}/liveaudit-events",), 3)
    gone = Heartbeat("two:2:b", "two", 2, "0.1.0", now - HOUR, now - 600)
    for each in (alive, gone):
        heartbeats.beat(connection, each)
    queue_looks.put_down(
        connection,
        [
            QueueLook(f"{HERE}/liveaudit-events", now - 20, 5, 2, 1),
            QueueLook(f"{THERE}/liveaudit-events", now - 20, reason=f"GetQueueUrl: AccessDenied: {HOSTILE}"),
            QueueLook("eu-north-1/liveaudit-events", now - 20, present=False),
        ],
        now,
    )
    gap = Gap("s3.amazonaws.com", "PutBucketNews", "no row knows it", "the service is swept", 7)
    gaps.note(connection, [gap], now - 60)
    quarantine.keep(
        connection,
        [
            Kept("m1", f"{HERE}/liveaudit-events", now - 50, "malformed", f"not JSON: {HOSTILE}", HOSTILE),
            Kept("m2", f"{HERE}/liveaudit-events", now - 40, "not enrolled", "account 4", '{"a": [1, 2]}'),
        ],
        now - 30,
    )
    state = {"rate": 2.0, "tokens": 1.0, "at": now, "changed_at": now, "throttles": 4, "refused": 0}
    for account, client, last in ((SHOP, "ec2", now - 100), (BANK, "s3", None)):
        place = {"account": account, "region": HERE, "client": client, "throttled_at": last}
        connection.execute(insert(schema.budgets), {**state, **place})
