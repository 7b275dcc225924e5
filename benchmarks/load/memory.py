"""A million findings: memory of a worker and of commands, and how long what is asked often takes at that size."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from benchmarks.load.answers import REGION
from benchmarks.load.big_store import fill
from benchmarks.load.parts import saturated
from benchmarks.load.site import Site, memory_of, settings_of, working
from liveaudit.model import OPEN, Cause, Resource
from liveaudit.store import findings, records, snapshots, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.findings import Filter
from liveaudit.store.work import Due
from tests.support.postgres import Server

DUE = 50_000
TURNS = 5
_BIG = ("findings", "resources", "transitions", "verdicts", "due", "due_causes")
_SCANS = {
    "sqlite": re.compile(rf"^SCAN ({'|'.join(_BIG)})$", re.M),
    "postgresql": re.compile(rf"Seq Scan on ({'|'.join(_BIG)})\b"),
}


def _dues() -> list[Due]:
    resources = [
        Resource("aws", "000000000007", REGION, "AWS::S3::Bucket", f"big-{7 + 200 * each}")
        for each in range(10)
    ]
    change = {"event_id": "e", "hops": {"event": time.time()}}
    return [
        Due(each, f"arn:aws:s3:::{each.id}", Cause("event:x", "event", change=change)) for each in resources
    ]


def questions(now: float) -> dict[str, Callable[[Connection], Any]]:
    """What workers, pages and commands ask."""
    many = {"limit": 1000}

    def listing(**wanted: Any) -> Callable[[Connection], Any]:
        return lambda connection: findings.list_findings(connection, Filter(**wanted), **many)

    return {
        "claim 64 due rows": lambda c: work.claim(c, owner="o", now=now, lease_seconds=60, limit=64),
        "make 10 resources due": lambda c: work.add_due(c, _dues(), now),
        "when the next row is due": work.next_time,
        "how many are due": work.pending,
        "1,000 open findings": listing(status=OPEN),
        "the same, critical": listing(status=OPEN, severity=("critical",)),
        "the same, of one policy": listing(status=OPEN, policy="s3_bucket_object_versioning"),
        "the same, of one account": listing(status=OPEN, account="000000000007"),
        "findings of one resource": listing(resource="arn:aws:s3:::big-1234"),
        "a finding by its id's beginning": lambda c: findings.get_findings(c, "0000791"),
        "findings by status and severity": findings.count_findings,
        "the last transitions": lambda c: findings.transitions_since(c, findings_last(c) - 100),
        "verdicts of one resource": lambda c: findings.list_verdicts(c, Filter(resource="big-1234")),
        "known buckets of an account": lambda c: snapshots.known_resources(
            c, account="000000000007", type_name="AWS::S3::Bucket", regions=[REGION]
        ),
        "counters": records.read_counters,
    }


def findings_last(connection: Connection) -> int:
    """The number of the last transition."""
    return int(connection.exec_driver_sql("SELECT max(id) FROM transitions").scalar_one())


def ask(database: Database, question: Callable[[Connection], Any]) -> tuple[float, set[str]]:
    """Median milliseconds of a question, and the big tables that its statements go through row by row."""
    took, scanned = [], set[str]()
    dialect = database.engine.dialect.name
    explain = "EXPLAIN QUERY PLAN " if dialect == "sqlite" else "EXPLAIN "
    asked: list[tuple[str, Any, bool]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        asked.append((statement, given, many))

    for turn in range(TURNS):
        with database.engine.connect() as connection, connection.begin() as transaction:
            if turn == 0:
                event.listen(connection, "before_cursor_execute", note)
            began = time.perf_counter()
            question(connection)
            took.append((time.perf_counter() - began) * 1000)
            transaction.rollback()
    with database.engine.connect() as connection:
        for statement, given, many in asked:
            if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and not many:
                rows = connection.exec_driver_sql(explain + statement, given).all()
                plan = "\n".join(str(row[-1]) for row in rows)
                scanned |= set(_SCANS[dialect].findall(plan))
    return statistics.median(took), scanned


def _command(settings: Path, *arguments: str) -> tuple[float, float, int]:
    """Seconds, peak megabytes and lines of output of a command on the store."""
    command = [sys.executable, "-m", "liveaudit.cli.main", *arguments, "--settings", str(settings)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = sum(1 for _ in process.stdout or ())
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ends with {process.returncode}")
    return time.perf_counter() - began, used.ru_maxrss / 1024, lines


def memory(running: Site, folder: Path, number: int) -> None:
    """The tables."""
    server = Server(durable=True)
    server.start()
    try:
        stores = {"SQLite": sqlite_url(folder / "big.sqlite3"), "PostgreSQL": server.empty("big")}
        answers: dict[str, dict[str, tuple[float, set[str]]]] = {}
        now = time.time()
        print(f"\n{number:,} findings, {DUE:,} rows due or waiting", flush=True)
        for name, url in stores.items():
            database = Database(url)
            try:
                seconds = fill(database, number, DUE, now - 1)
                print(f"  {name}: filled in {seconds:.0f} s", flush=True)
                answers[name] = {title: ask(database, each) for title, each in questions(now).items()}
                database.write_now(_nothing_due)
            finally:
                database.close()
        print(f"{'asked':36} {'SQLite ms':>10} {'PostgreSQL ms':>14}  row by row")
        for title in answers["SQLite"]:
            (one, scans), (other, more) = answers["SQLite"][title], answers["PostgreSQL"][title]
            told = ", ".join(
                [
                    *(f"{each} (SQLite)" for each in sorted(scans)),
                    *(f"{each} (PostgreSQL)" for each in sorted(more)),
                ]
            )
            print(f"{title:36} {one:>10.1f} {other:>14.1f}  {told}")
        _processes(running, folder, stores["SQLite"])
    finally:
        server.stop()


def _nothing_due(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM due_causes")
    connection.exec_driver_sql("DELETE FROM due")


def _processes(running: Site, folder: Path, store: str) -> None:
    """Memory of what runs on the big store, on SQLite."""
    settings = folder / "big.yaml"
    settings.write_text(json.dumps(settings_of(store)), encoding="utf-8")
    print(f"\n{'on it, SQLite':46} {'seconds':>8} {'MB at most':>11} {'lines':>8}")
    for arguments in (
        ("findings", "list"),
        ("findings", "list", "--json", "--limit", "100000"),
        ("findings", "list", "--severity", "critical", "--limit", "20"),
    ):
        seconds, peak, lines = _command(settings, *arguments)
        print(f"{'liveaudit ' + ' '.join(arguments):46} {seconds:>8.1f} {peak:>11.0f} {lines:>8}", flush=True)
    with working(running, store) as workers:
        before = memory_of(workers.processes[0].pid, "VmRSS")
        rate = saturated(running, workers, 300, "big")
        print(
            f"worker: {before:.0f} MB when warm, {rate.memory:.0f} MB at most after 300 events; "
            f"{rate.events:.0f} events/s, {rate.cpu:.1f} ms of CPU an event",
            flush=True,
        )
