"""``liveaudit calls``: what is counted is shown, by whatever is asked for."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from liveaudit.audit.shared_budget import SharedBudget
from liveaudit.aws.rates import limit_of
from liveaudit.cli.main import app
from liveaudit.store import calls
from liveaudit.store.calls import Calls, EventCalls
from liveaudit.store.database import Database, sqlite_url

ONE = "1" * 12


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of a store in which something was counted today, and a bucket was throttled."""
    store = sqlite_url(tmp_path / "x.sqlite3")
    database = Database(store)
    database.write_now(
        lambda connection: calls.add(
            connection,
            [Calls(ONE, "s3", "GetBucketAcl", 8, throttled=2), Calls("", "iam", "GetUser\x1b[31m", 1)],
            [EventCalls("event", "s3:PutBucketAcl", 2, 1.0, 8.0), EventCalls("sweep", "", 0, 1.0, 3.0)],
            day=calls.day_of(time.time()),
        )
    )
    asyncio.run(throttled(database))
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        f"receiver: '{ONE}'\naccounts: [{{id: '{ONE}', role_arn: none}}]\nregions: [eu-west-1]\nstore: {store}\n",
        encoding="utf-8",
    )
    return file


async def throttled(database: Database) -> None:
    """A call of S3 that is too many."""
    budget = SharedBudget(database, limit_of, time.time)
    await budget.take(ONE, "eu-west-1", "s3", "GetBucketAcl")
    budget.throttled(ONE, "eu-west-1", "s3")
    await budget.settled()
    await budget.close()


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["calls", *arguments, "--settings", str(settings)])


def rows(settings: Path, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(settings, *arguments, "--json").stdout.splitlines()]


def test_by_account(settings: Path) -> None:
    first, second = rows(settings)
    assert first == {"account": ONE, "client": "s3", "calls": 8, "throttled": 2, "denied": 0, "errors": 0}
    assert second["account"] == ""
    assert "(ambient)" in run(settings).stdout
    assert rows(settings, "--account", ONE) == [first]


def test_by_operation(settings: Path) -> None:
    assert [each["operation"] for each in rows(settings, "--by", "operation", "--account", ONE)] == [
        "GetBucketAcl"
    ]
    shown = run(settings, "--by", "operation", "--days", "3").stdout
    assert "\x1b" not in shown
    assert "GetUser" in shown


def test_by_event(settings: Path) -> None:
    first, second = rows(settings, "--by", "event")
    assert (first["event"], first["per_event"]) == ("s3:PutBucketAcl", 4.0)
    assert (second["kind"], second["per_event"]) == ("sweep", None)
    assert "s3:PutBucketAcl" in run(settings, "--by", "event").stdout
    assert run(settings, "--by", "event", "--account", ONE).exit_code != 0


def test_by_budget(settings: Path) -> None:
    (row,) = rows(settings, "--by", "budget")
    assert (row["account"], row["region"], row["client"], row["slowed"]) == (ONE, "eu-west-1", "s3", 1)
    assert isinstance(row["rate"], float)
    assert row["rate"] < limit_of("s3").rate
    assert "ago" in run(settings, "--by", "budget", "--account", ONE).stdout
