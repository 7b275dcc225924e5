"""A store as a large company would have it: 100,000 resources of several types, 1,000,000 findings with their history."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, select, text

from liveaudit.services import load
from liveaudit.store import codec, finding_counts
from liveaudit.store.database import Database
from liveaudit.store.schema import metadata
from liveaudit.store.words import kept

NOW = 1_800_000_000.0
DAY = 86400.0
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2")
TYPES = {
    "AWS::EC2::SecurityGroup": 30,
    "AWS::EC2::Instance": 25,
    "AWS::S3::Bucket": 15,
    "AWS::IAM::Role": 10,
    "AWS::RDS::DBInstance": 8,
    "AWS::Lambda::Function": 7,
    "AWS::IAM::User": 5,
}
STATUSES = {
    "new": 330,
    "reopened": 45,
    "in review": 15,
    "resolved": 540,
    "archived": 30,
    "suppressed": 25,
    "false positive": 15,
}
SECTIONS = ("configuration", "tags", "permissions", "logging", "network")
TEAMS = ("payments", "search", "platform", "data", "shop", "identity", "media", "billing")
BATCH = 20_000
BLOCK = 1_000
"""Resources that are made one by one; the rest are copies of these in other accounts."""
SKEWED = 30
ACCOUNT = "200000000000"
TABLES = ("resources", "resource_tags", "sections", "verdicts", "findings", "finding_texts", "transitions")
_WITH_ID = ("resources", "findings")
_Row = tuple[Any, ...]


class Filler:
    """Makes the rows; the same in every run."""

    def __init__(self, resources: int, per: int) -> None:
        self.rng = random.Random(7)  # noqa: S311 - repeatable, not secret
        self.resources, self.per = resources, per
        _, registry = load()
        self.policies = {
            name: [(each.id, each.severity.value) for each in registry.of(name)] for name in TYPES
        }
        self.actors = [
            f"arn:aws:sts::{ACCOUNT}:assumed-role/{team}-deploy/{number}"
            for team in TEAMS
            for number in range(40)
        ]

    def place(self, key: int) -> tuple[str, str, str, str, str]:
        """Account, region, type, id and ARN of a resource."""
        rng = random.Random(key)  # noqa: S311 - as above
        type_name = rng.choices(list(TYPES), list(TYPES.values()))[0]
        region = "global" if ":IAM:" in type_name else REGIONS[int(len(REGIONS) * rng.random() ** 1.5)]
        name = f"{rng.choice(TEAMS)}-{type_name.split('::')[2].lower()}-{key}"
        return ACCOUNT, region, type_name, name, f"arn:aws:x:{region}:{ACCOUNT}:{name}"

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table."""
        for key in range(1, self.resources + 1):
            yield from getattr(self, f"_{table}")(key, random.Random(key * 31))  # noqa: S311 - as above

    def _resources(self, key: int, _rng: random.Random) -> Iterator[dict[str, Any]]:
        account, region, type_name, rid, arn = self.place(key)
        yield {
            "id": key,
            "partition": "aws",
            "account": account,
            "region": region,
            "type": type_name,
            "rid": rid,
            "arn": arn,
            "state": "present",
            "read_order": key,
            "read_at": NOW - key % 86400,
            "audited_at": NOW - key % 86400,
            "first_seen": NOW - 300 * DAY,
        }

    def _resource_tags(self, key: int, rng: random.Random) -> Iterator[dict[str, Any]]:
        name = self.place(key)[3]
        tags = {"Team": name.partition("-")[0], "Name": name, "Stage": rng.choice(("dev", "test", "prod"))}
        for tag, value in tags.items():
            yield {"resource_id": key, "section": "configuration", "key": tag, "value": value}

    def _sections(self, key: int, _rng: random.Random) -> Iterator[dict[str, Any]]:
        for name in SECTIONS:
            yield {
                "resource_id": key,
                "section": name,
                "state": "value",
                "value": f'{{"Name":"{key}","Setting":"{name}"}}',
                "digest": f"{key:032x}",
                "read_order": key,
                "read_at": NOW - key % 86400,
            }

    def _verdicts(self, key: int, rng: random.Random) -> Iterator[dict[str, Any]]:
        failing = {each["policy"] for each in self._findings(key, rng) if each["closed_at"] is None}
        for policy, _ in self.policies[self.place(key)[2]]:
            unknown = (key * 31 + len(policy)) % 200 == 0
            yield {
                "resource_id": key,
                "policy": policy,
                "outcome": "FAIL" if policy in failing else "UNKNOWN" if unknown else "PASS",
                "reason": "it was denied: AccessDenied" if unknown else "",
                "evidence": "{}",
                "read_order": key,
                "judged_at": NOW,
            }

    def _findings(self, key: int, rng: random.Random) -> Iterator[dict[str, Any]]:
        account, region, type_name, _, _ = self.place(key)
        for number, (policy, severity) in enumerate(rng.sample(self.policies[type_name], self.per)):
            status = rng.choices(list(STATUSES), list(STATUSES.values()))[0]
            opened = NOW - DAY * 200 * rng.random() ** 2
            closed = opened + (NOW - opened) * rng.random() if status in ("resolved", "archived") else None
            again = status == "reopened"
            actor = rng.choice(self.actors)
            change = {
                "name": f"Modify{type_name.split('::')[2]}",
                "actor": {"arn": actor},
                "time": "2026-11-20",
            }
            person = f"person:{rng.choice(TEAMS)}"
            yield {
                "id": f"{(key * 7919) % 4_294_967_291:08x}-0000-4000-8000-{number:04x}{key:08x}",
                "resource_id": key,
                "policy": policy,
                "account": account,
                "region": region,
                "type": type_name,
                "severity": severity,
                "status": status,
                "decided_by": person if status in ("in review", "suppressed", "false positive") else "",
                "owner": rng.choice(TEAMS) if rng.random() < 0.2 else "",
                "actor": actor,
                "reason": f"port {rng.randrange(1024)} is open to 0.0.0.0/0"
                if number % 2
                else "it is not encrypted",
                "evidence": '{"port":22,"from":"0.0.0.0/0"}',
                "opened_at": opened,
                "closed_before": opened - DAY * 60 * rng.random() if again else None,
                "closed_at": closed,
                "updated_at": closed or opened,
                "times_opened": 2 if again else 1,
                "opened_by": codec.dump([change]),
                "closed_by": None if closed is None else codec.dump([change]),
                "opened_hops": '{"event":1.0,"sent":2.0,"received":3.0,"stored":4.0}',
                "closed_hops": None if closed is None else "{}",
            }

    def _finding_texts(self, key: int, rng: random.Random) -> Iterator[dict[str, Any]]:
        _, _, type_name, rid, arn = self.place(key)
        for each in self._findings(key, rng):
            told = (each["policy"], rid, each["account"], each["region"], each["owner"], each["actor"])
            yield {"finding_id": each["id"], "words": kept((*told, each["reason"], arn, type_name))}

    def _transitions(self, key: int, rng: random.Random) -> Iterator[dict[str, Any]]:
        for each in self._findings(key, rng):
            story = {"finding_id": each["id"], "hops": each["opened_hops"], "changes": each["opened_by"]}
            yield {
                **story,
                "status": "new",
                "at": each["opened_at"],
                "previous": None,
                "reason": each["reason"],
                "by": "",
            }
            if each["status"] != "new":
                yield {
                    **story,
                    "status": each["status"],
                    "previous": "new",
                    "at": each["updated_at"],
                    "reason": "so",
                    "by": each["decided_by"],
                }


def fill(database: Database, *, resources: int, per: int = 10) -> float:
    """Put it all in: a block as the filler makes it, and copies of it by the database. Returns the seconds it took."""
    began = time.perf_counter()
    block = min(resources, BLOCK)
    filler = Filler(block, per)
    for name in TABLES:
        _load(database, metadata.tables[name], filler.rows(name))
    for name in TABLES:
        for number in range(1, resources // block):
            database.write_now(partial(_copy, name=name, number=number, block=block))
    while database.write_now(finding_counts.fold):
        continue
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA analysis_limit=400"))
            connection.execute(text("ANALYZE"))
        else:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence('resources', 'id'), max(id)) FROM resources")
            )
            connection.execute(text("VACUUM ANALYZE"))
    return time.perf_counter() - began


def account_of(number: int) -> str:
    """The account of a copy: a few accounts have many resources, most have few."""
    return f"{200_000_000_000 + (number if number > SKEWED else number // 5):012}"


def _copy(connection: Connection, name: str, number: int, block: int) -> None:
    table = metadata.tables[name]
    columns = [each for each in table.columns if each.name not in ("number", "id") or name in _WITH_ID]
    if name == "finding_texts":
        columns = [table.c.finding_id, table.c.words]
    shown = [_copied(name, each, number, block) for each in columns]
    if "finding_id" in table.c:
        # of the block itself: its ids bear the mark that the copies replace
        condition: Any = table.c.finding_id.like("%-0000-4000-%")
    else:
        condition = (table.c.id if name == "resources" else table.c.resource_id) <= block
    connection.execute(
        insert(table).from_select([each.name for each in columns], select(*shown).where(condition))
    )


def _copied(name: str, column: Column[Any], number: int, block: int) -> Any:
    if column.name == "resource_id" or (name == "resources" and column.name == "id"):
        return column + number * block
    if column.name == "finding_id" or (name == "findings" and column.name == "id"):
        return func.replace(column, "-0000-4000-", f"-{number:04x}-4000-")
    if column.name in ("account", "arn", "actor", "words"):
        return func.replace(column, ACCOUNT, account_of(number))
    if column.name == "rid":
        return column + f"-{number}"
    if column.name in ("opened_at", "updated_at", "closed_at", "at"):
        return column - number * 37.77
    return column


def _load(database: Database, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= BATCH:
            _put(database, table, batch)
            batch = []
    if batch:
        _put(database, table, batch)


def _put(database: Database, table: Table, batch: Sequence[dict[str, Any]]) -> None:
    if database.engine.dialect.name == "sqlite":
        database.write_now(lambda connection: connection.execute(insert(table), list(batch)))
        return
    names = list(batch[0])
    raw: Any = database.engine.raw_connection()
    try:
        columns = ", ".join(f'"{name}"' for name in names)
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
            for row in batch:
                copy.write_row([row[name] for name in names])
        raw.commit()
    finally:
        raw.close()


def size(database: Database) -> dict[str, int]:
    """How many rows the tables have."""

    def counted(connection: Connection) -> dict[str, int]:
        names = ("resources", "findings", "verdicts", "transitions")
        return {
            name: int(
                connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            )
            for name in names
        }

    return database.read_now(counted)
