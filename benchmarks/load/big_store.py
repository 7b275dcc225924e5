"""A store with very many findings, made by the database itself, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import time

from sqlalchemy import Connection, text

from benchmarks.load.answers import REGION
from liveaudit.store.database import Database

PER_RESOURCE = 4
FIRST = 10_000_000
"""Row ids begin here, so that what comes later is never in the way."""
POLICIES = (
    "s3_bucket_public_access",
    "s3_bucket_object_versioning",
    "s3_bucket_secure_transport_policy",
    "s3_bucket_lifecycle_enabled",
)
ACCOUNTS = 200
_SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :number - 1)",
    "postgresql": "WITH n(i) AS (SELECT generate_series(0, :number - 1))",
}
_WHO = '{"actor":{"arn":"arn:aws:iam::111111111111:user/ann","type":"IAMUser"},"event_id":"e","name":"PutBucketAcl"}'
_HOPS = '{"event":1.0,"sent":2.0,"received":3.0,"claimed":4.0,"read":5.0,"judged":6.0}'
_POLICY = "CASE i % 4 " + " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(POLICIES)) + " END"
_STATUS = "CASE WHEN i % 10 = 9 THEN 'resolved' ELSE 'new' END"
_SEVERITY = "CASE i % 4 WHEN 0 THEN 'critical' WHEN 1 THEN 'medium' WHEN 2 THEN 'high' ELSE 'low' END"
_ID = {
    "sqlite": "substr('0000000' || ((i * 7919) % 9999991), -8) || '-0000-4000-8000-' || substr('00000000000' || i, -12)",
    "postgresql": "lpad(((i::bigint * 7919) % 9999991)::text, 8, '0') || '-0000-4000-8000-' || lpad(i::text, 12, '0')",
}


def fill(database: Database, findings: int, due: int, now: float) -> float:
    """Put in so many findings, with a verdict and a transition of each, and due rows of which a third waits.

    Returns how many seconds it took.
    """
    began = time.perf_counter()

    def work(connection: Connection) -> None:
        _fill(connection, findings, due, now)

    database.write_now(work)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.engine.dialect.name == "postgresql":
            # what autovacuum does sooner or later
            connection.execute(text("VACUUM ANALYZE"))
    return time.perf_counter() - began


def _fill(connection: Connection, findings: int, due: int, now: float) -> None:
    dialect = connection.dialect.name
    account = (
        "substr('00000000000' || (i % :accounts), -12)"
        if dialect == "sqlite"
        else "lpad((i % :accounts)::text, 12, '0')"
    )
    given = {
        "first": FIRST,
        "per": PER_RESOURCE,
        "now": now,
        "accounts": ACCOUNTS,
        "who": f"[{_WHO}]",
        "hops": _HOPS,
    }
    given |= {"evidence": '{"grants":["READ"]}', "region": REGION}

    def insert(table: str, columns: str, values: str, number: int) -> None:
        statement = f"INSERT INTO {table} ({columns}) {_SERIES[dialect]} SELECT {values} FROM n"  # noqa: S608 - names of ours
        wanted = {key: value for key, value in given.items() if f":{key}" in statement}
        connection.execute(text(statement), {**wanted, "number": number})

    insert(
        "resources",
        "id, partition, account, region, type, rid, arn, state, read_order, first_seen, audited_at",
        f"i + :first, 'aws', {account}, :region, 'AWS::S3::Bucket', 'big-' || i, 'arn:aws:s3:::big-' || i, 'present', 0, "
        ":now, :now",
        findings // PER_RESOURCE,
    )
    identity = f"{_ID[dialect]}, i / :per + :first, {_POLICY}"
    insert(
        "findings",
        "id, resource_id, policy, account, region, type, severity, status, reason, evidence, opened_at, updated_at, times_opened, opened_by, "
        "opened_hops",
        f"{identity}, {account.replace('i %', 'i / :per %')}, :region, 'AWS::S3::Bucket', {_SEVERITY}, {_STATUS}, 'open', :evidence, :now, :now - i, 1, :who, :hops",
        findings,
    )
    insert(
        "transitions",
        "finding_id, status, at, reason, changes, hops",
        f"{_ID[dialect]}, 'new', :now, 'open', :who, :hops",
        findings,
    )
    insert(
        "verdicts",
        "resource_id, policy, outcome, reason, evidence, read_order, judged_at",
        f"i / :per + :first, {_POLICY}, 'FAIL', 'open', :evidence, 0, :now",
        findings,
    )
    insert(
        "due",
        "resource_id, generation, since, not_before, priority",
        "i + :first, 1, :now, :now + CASE WHEN i % 3 = 0 THEN 86400 ELSE 0 END, i % 3",
        due,
    )
    insert(
        "due_causes",
        "resource_id, generation, cause_id, kind, effect, sections, change",
        "i + :first, 1, 'event:' || i, 'event', 'update', '[]', NULL",
        due,
    )
