"""``liveaudit sweeps``, and asking for a sweep, as a user would."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.model import Resource
from liveaudit.store import misses, sweeps, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.misses import Found
from liveaudit.store.sweeps import Asked, Place

ACCOUNT, REGION = "111111111111", "eu-west-1"
BUCKET = Resource("aws", ACCOUNT, REGION, "AWS::S3::Bucket", "photos\x1b[2J")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of a store in which one sweep is under way, one is asked for, and one change was missed."""
    store = sqlite_url(tmp_path / "x.sqlite3")
    database = Database(store)
    now = time.time() - 3600
    places = ((REGION, "ec2"), ("global", "s3"))
    asked = Asked("aws", ACCOUNT, places, (REGION,), sweeps.DEMAND)
    database.write_now(lambda c: sweeps.ask(c, asked, now))
    place = Place(ACCOUNT, "global", "s3")
    sweep = database.write_now(lambda c: sweeps.begin(c, place, "sweep:7", now))
    assert sweep is not None
    failed = {"AWS::S3::AccessPoint": "ListAccessPoints: AccessDenied: no\x1b[2J"}
    database.write_now(lambda c: sweeps.found_more(c, place, 5))
    database.write_now(
        lambda c: sweeps.listed(c, sweep, complete=["AWS::S3::Bucket"], failed=failed, again=None, now=now)
    )
    key = database.write_now(lambda c: work.resource_keys(c, {BUCKET: "arn:aws:s3:::photos"}, now))[BUCKET]
    found = Found("changed", "acl", "Grants: [] -> [1]", now - 60, now)
    database.write_now(lambda c: misses.note(c, key, ACCOUNT, "s3", [found], sweep="sweep:7", now=now))
    database.write_now(lambda c: misses.brought(c, key, ACCOUNT, "s3", 3, now))
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        f"receiver: '{ACCOUNT}'\naccounts: [{{id: '{ACCOUNT}', role_arn: none}}]\n"
        f"regions: [{REGION}]\nstore: {store}\n",
        encoding="utf-8",
    )
    return file


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--settings", str(settings)])


def test_list_shows_what_is_under_way(settings: Path) -> None:
    shown = run(settings, "sweeps", "list")
    assert shown.exit_code == 0
    assert "5 of 5" in shown.stdout
    assert "AccessDenied" in shown.stdout
    assert "\x1b" not in shown.stdout
    rows = [json.loads(line) for line in run(settings, "sweeps", "list", "--json").stdout.splitlines()]
    assert {(each["region"], each["service"], each["state"]) for each in rows} == {
        (REGION, "ec2", "asked"),
        ("global", "s3", "auditing"),
    }
    assert run(settings, "sweeps", "list", "--json", "--account", "2" * 12).stdout == ""


def test_list_is_bounded_narrowed_down_and_says_what_is_not_shown(settings: Path) -> None:
    one = run(settings, "sweeps", "list", "--json", "--limit", "1")
    assert len(one.stdout.splitlines()) == 1
    assert one.stderr == "1 of 2 are shown: narrow it down, or give --limit 2 for all\n"
    every = run(settings, "sweeps", "list", "--json", "--limit", "2")
    assert (len(every.stdout.splitlines()), every.stderr) == (2, "")
    for narrow, service in (
        (("--service", "ec2"), "ec2"),
        (("--region", "global"), "s3"),
        (("--not-listed",), "s3"),
    ):
        (row,) = run(settings, "sweeps", "list", "--json", *narrow).stdout.splitlines()
        assert json.loads(row)["service"] == service
    both = run(settings, "sweeps", "list", "--running", "--not-listed")
    assert isinstance(both.exception, CommandError)
    assert "--running and --not-listed" in str(both.exception)


def test_misses_are_listed_with_what_changed(settings: Path) -> None:
    shown = run(settings, "sweeps", "misses").stdout
    assert "Grants: [] -> [1]" in shown
    assert "\x1b" not in shown
    (row,) = [json.loads(line) for line in run(settings, "sweeps", "misses", "--json").stdout.splitlines()]
    assert (row["id"], row["section"], row["what"], row["cause"]) == (BUCKET.id, "acl", "changed", "sweep:7")
    assert row["late"] is None
    assert run(settings, "sweeps", "misses", "--service", "ec2", "--json").stdout == ""


def test_recall_tells_what_is_not_counted(settings: Path) -> None:
    shown = run(settings, "sweeps", "recall").stdout
    assert "75.00%" in shown
    assert "credential_report" in shown
    (row,) = [json.loads(line) for line in run(settings, "sweeps", "recall", "--json").stdout.splitlines()]
    assert (row["brought"], row["missed"], row["recall"]) == (3, 1, 0.75)


def test_what_is_asked_for_waits_for_the_workers(settings: Path) -> None:
    shown = run(settings, "sweep", "--enqueue", "--service", "iam", "--service", "ec2", "--json")
    assert [json.loads(line) for line in shown.stdout.splitlines()] == [{"account": ACCOUNT, "asked": 2}]
    rows = [
        json.loads(line)
        for line in run(settings, "sweeps", "list", "--running", "--json").stdout.splitlines()
    ]
    assert {(each["region"], each["service"]) for each in rows if each["state"] == "asked"} == {
        (REGION, "ec2"),
        ("global", "iam"),
    }


def test_strangers_are_not_asked_for(settings: Path) -> None:
    refused = run(settings, "sweep", "--enqueue", "--account", "9" * 12)
    assert isinstance(refused.exception, CommandError)
    assert "not enrolled" in str(refused.exception)
