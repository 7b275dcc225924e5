"""``liveaudit status --no-aws`` and ``doctor``'s wrong usage, as a user would run them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.model import Cause, Resource, unknown
from liveaudit.store import heartbeats, meter, quarantine, verdicts, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.heartbeats import Heartbeat
from liveaudit.store.meter import Meter, Seen
from liveaudit.store.quarantine import Kept
from liveaudit.store.work import Due

RECEIVER, SHOP = "111111111111", "222222222222"
EU, US = "eu-west-1", "us-east-1"
HOSTILE = "GetX was denied: \x1b[2J\u202e"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of a store in which a worker is alive and all is well, but for an unknown verdict."""
    store = sqlite_url(tmp_path / "x.sqlite3")
    now = time.time()
    worker = Heartbeat(
        "w1", "host", 7, "0.1", now - 60, now, (f"{EU}/liveaudit-events", f"{US}/liveaudit-events")
    )
    measured = Meter()
    hops = {"event": now - 9, "bus": now - 8, "sent": now - 7, "received": now - 6}
    measured.taken_in([Seen(SHOP, EU, hops), Seen(RECEIVER, US, hops)], now - 5)
    bucket = Resource("aws", SHOP, EU, "AWS::S3::Bucket", "b")
    database = Database(store)

    def fill(connection: Any) -> None:
        heartbeats.beat(connection, worker)
        meter.put_down(connection, measured.fresh(), now)
        work.add_due(connection, [Due(bucket, "arn:b", Cause("c", "event"))], now - 3)
        key = work.resource_keys(connection, {bucket: "arn:b"}, now)[bucket]
        verdicts.write_verdicts(connection, key, {"p": unknown(HOSTILE)}, order=1, now=now)

    database.write_now(fill)
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        f"receiver: '{RECEIVER}'\naccounts: [{{id: '{RECEIVER}'}}, {{id: '{SHOP}'}}]\nregions: [{EU}, {US}]\nstore: {store}\n",
        encoding="utf-8",
    )
    return file


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--settings", str(settings)])


def objects(result: Result) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in result.stdout.splitlines():
        each = json.loads(line)
        found.setdefault(each.pop("what"), []).append(each)
    return found


def test_healthy_ends_with_0_and_shows_all(settings: Path) -> None:
    result = run(settings, "status", "--no-aws")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "healthy; 1 warning"
    titles = {line.split(" (")[0] for line in lines}
    assert titles >= {"workers", "accounts and regions", "unknown verdicts"}
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "GetX was denied: \\u001b[2J\\u202e" in result.stdout


def test_json_and_filters(settings: Path) -> None:
    told = objects(run(settings, "status", "--no-aws", "--json"))
    assert told["summary"][0]["healthy"] is True
    assert [(each["account"], each["last_hour"], each["due"]) for each in told["place"]] == [
        (RECEIVER, 1, 0),
        (SHOP, 1, 1),
    ]
    assert told["unknown"] == [{"account": SHOP, "kind": "denied", "reason": HOSTILE, "number": 1}]
    by_hop = {each["hop"]: each for each in told["latency"]}
    assert by_hop["made-bus"]["count"] == 2
    least, most = by_hop["made-bus"]["p95_between"]
    assert least <= by_hop["made-bus"]["p95"] <= most
    assert "queue" not in told, "AWS was not asked"
    only = objects(run(settings, "status", "--no-aws", "--json", "--account", RECEIVER))
    assert [each["account"] for each in only["place"]] == [RECEIVER]
    assert "unknown" not in only
    assert "trouble" in only, "the judgement is of all"
    there = objects(run(settings, "status", "--no-aws", "--json", "--region", EU))
    assert [each["region"] for each in there["place"]] == [EU]


def test_unhealthy_ends_with_1(settings: Path) -> None:
    database = Database(sqlite_url(settings.parent / "x.sqlite3"))
    kept = Kept("m1", f"{EU}/q", 1.0, "malformed", "no JSON", "{")
    database.write_now(lambda c: quarantine.keep(c, [kept], time.time()))
    database.close()
    result = run(settings, "status", "--no-aws")
    assert result.exit_code == 1
    assert result.stdout.startswith("unhealthy: malformed: 1 message")


def test_wrong_usage(settings: Path) -> None:
    result = run(settings, "doctor", "--compare", "--service", "nothing")
    assert isinstance(result.exception, CommandError)
    assert result.exception.exit_code == 2
    result = run(settings, "worker", "--metrics", "here")
    assert isinstance(result.exception, CommandError)
    assert (result.exception.exit_code, "--metrics" in str(result.exception)) == (2, True)
