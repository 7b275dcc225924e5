"""``liveaudit findings act``: a decision from the command line stands in the finding's history."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.model import Resource, failed
from liveaudit.store import findings, lifecycle, work
from liveaudit.store.database import Database, sqlite_url
from tests.support.stores import SqliteStores

SETTINGS = (
    'receiver: "111111111111"\naccounts: [{{id: "111111111111"}}]\nregions: [eu-west-1]\nstore: {store}\n'
)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    SqliteStores(tmp_path).url("acted")
    file = tmp_path / "liveaudit.yaml"
    file.write_text(SETTINGS.format(store=sqlite_url(tmp_path / "acted.sqlite3")), encoding="utf-8")
    database = Database(sqlite_url(tmp_path / "acted.sqlite3"))
    bucket = Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", "b")

    def write(connection: Connection) -> None:
        (key,) = work.resource_keys(connection, {bucket: "arn:aws:s3:::b"}, 1.0).values()
        lifecycle.open_finding(
            connection,
            key,
            finding_id="f-1",
            resource=bucket,
            policy="p",
            severity="high",
            verdict=failed("open"),
            now=1.0,
            story=lifecycle.NO_STORY,
        )

    database.write_now(write)
    database.close()
    return file


def run(settings: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["findings", "act", *words, "--settings", str(settings)])
    return result.exit_code, f"{result.output}{result.exception or ''}"


def test_a_decision_and_what_is_refused(settings: Path, tmp_path: Path) -> None:
    assert run(settings, "suppress", "f-1", "--text", "accepted", "--by", "ann") == (0, "f-1: suppressed\n")
    assert "reopen it first" in run(settings, "review", "f-1")[1]
    assert run(settings, "suppress", "f-1")[0] != 0
    assert run(settings, "paint", "f-1")[0] != 0
    assert run(settings, "note", "nobody", "--text", "x")[0] != 0
    database = Database(sqlite_url(tmp_path / "acted.sqlite3"))
    (found,) = database.read_now(lambda c: findings.get_findings(c, "f-1"))
    database.close()
    assert (found["status"], found["decided_by"]) == ("suppressed", "person:ann")
    assert [(each["by"], each["reason"]) for each in found["history"]][-1] == ("person:ann", "accepted")
