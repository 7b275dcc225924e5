"""``liveaudit quarantine``, as a user would run it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.store import quarantine, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.quarantine import Kept

ACCOUNT, STRANGER = "111111111111", "999999999999"


def body(account: str) -> str:
    return json.dumps(
        {
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.s3",
            "account": account,
            "region": "eu-west-1",
            "detail": {
                "eventSource": "s3.amazonaws.com",
                "eventName": "PutBucketAcl",
                "awsRegion": "eu-west-1",
                "eventTime": "2026-11-20T10:00:00Z",
                "eventID": "e-1",
                "recipientAccountId": account,
                "requestParameters": {"bucketName": "photos"},
            },
        }
    )


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of a store with three messages in quarantine, one of them enrolled by now."""
    store = sqlite_url(tmp_path / "x.sqlite3")
    database = Database(store)
    hour_ago = time.time() - 3600
    database.write_now(
        lambda c: quarantine.keep(
            c,
            [
                Kept("m1", "eu-west-1/q", 1.0, "malformed", "no JSON", "{\x1b[2J"),
                Kept("m2", "eu-west-1/q", 1.0, "not enrolled", "stranger", body(STRANGER)),
            ],
            hour_ago,
        )
    )
    enrolled = Kept("m3", "us-east-1/q", 1.0, "not enrolled", "then", body(ACCOUNT))
    database.write_now(lambda c: quarantine.keep(c, [enrolled], time.time()))
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        f'receiver: "{ACCOUNT}"\naccounts: [{{id: "{ACCOUNT}"}}]\nregions: [eu-west-1]\nstore: {store}\n',
        encoding="utf-8",
    )
    return file


def run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["quarantine", *words, "--settings", str(settings)])


def listed(settings: Path, *words: str) -> list[str]:
    found = run(settings, "list", "--json", *words)
    return [json.loads(line)["message_id"] for line in found.stdout.splitlines()]


def test_list_and_show(settings: Path) -> None:
    assert listed(settings) == ["m3", "m2", "m1"]
    assert listed(settings, "--reason", "not enrolled", "--older-than", "30m") == ["m2"]
    assert listed(settings, "--newer-than", "30m") == ["m3"]
    assert listed(settings, "--queue", "eu-west-1/q", "--limit", "1") == ["m2"]
    assert "not enrolled  us-east-1/q  then" in run(settings, "list").stdout
    shown = run(settings, "show", "1").stdout
    assert "Reason   malformed: no JSON" in shown
    assert "\\u001b[2J" in shown
    assert "\x1b" not in shown
    assert json.loads(run(settings, "show", "2", "--json").stdout)["body"] == body(STRANGER)


def test_replay_takes_in_what_is_understood_now(settings: Path, tmp_path: Path) -> None:
    ended = run(settings, "replay", "--all", "--reason", "not enrolled", "--json")
    assert json.loads(ended.stdout) == {"understood": 1, "due": 1, "stay": {"not enrolled": 1}}
    assert ended.exit_code == 3
    assert listed(settings) == ["m2", "m1"]
    database = Database(sqlite_url(tmp_path / "x.sqlite3"))
    assert database.read_now(work.pending) == 1
    database.close()
    assert "1 stay: malformed" in run(settings, "replay", "1").stderr


def test_purge_is_bounded(settings: Path) -> None:
    assert "1 removed" in run(settings, "purge", "--older-than", "30m", "--reason", "malformed").stderr
    assert listed(settings) == ["m3", "m2"]
    assert "2 removed" in run(settings, "purge", "--all").stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["list", "--reason", "bad"], "--reason: 'bad' is none of: malformed, "),
        (["list", "--older-than", "soon"], "--older-than: 'soon' is no age"),
        (["show", "99"], "no message 99"),
        (["replay"], "name the ids, or say --all"),
        (["replay", "1", "--all"], "name the ids, or say --all"),
        (["replay", "99"], "no message of these ids"),
        (["purge"], "say how old"),
    ],
)
def test_what_is_wrong_is_named(settings: Path, words: list[str], says: str) -> None:
    error = run(settings, *words).exception
    assert isinstance(error, CommandError)
    assert says in str(error)
