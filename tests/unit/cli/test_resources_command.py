"""``liveaudit resources`` and ``findings show``, as a user would, on the store of a day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.store import findings
from liveaudit.store.database import Database, sqlite_url
from tests.support.sown import SETTINGS
from tests.support.sown_day import sow_day

PHOTOS = "shop-photos"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sown")
    database = Database(sqlite_url(folder / "day.sqlite3"))
    sow_day(database)
    database.close()
    file = folder / "liveaudit.yaml"
    file.write_text(f"store: {sqlite_url(folder / 'day.sqlite3')}\n{SETTINGS}")
    return file


def run(store: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--settings", str(store)], catch_exceptions=False)


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_resources_are_listed_and_filtered(store: Path) -> None:
    found = lines(run(store, "resources", "list", "--service", "s3", "--account", "222222222222", "--json"))
    assert PHOTOS in {each["id"] for each in found}
    assert {each["account"] for each in found} == {"222222222222"}
    gone = lines(run(store, "resources", "list", "--state", "gone", "--json"))
    assert {each["id"] for each in gone} == {"orders"}
    table = run(store, "resources", "list", "--text", "photos", "--open").stdout
    assert PHOTOS in table
    assert "ledger" not in table


def test_a_resource_tells_what_it_was(store: Path) -> None:
    told = run(store, "resources", "show", PHOTOS).stdout
    for part in (
        "FAIL",
        "s3_bucket_public_access",
        "History of configuration",
        "PutBucketAcl",
        "ann@example.com",
    ):
        assert part in told
    assert any(line.strip().startswith("+") and "AllUsers" in line for line in told.splitlines())
    (whole,) = lines(run(store, "resources", "show", f"arn:aws:s3:::{PHOTOS}", "--json"))
    assert {"acl", "versioning"} <= {each["name"] for each in whole["sections"]}
    only = lines(run(store, "resources", "show", PHOTOS, "--section", "acl", "--json"))
    assert [each["section"] for each in only] == ["acl"]


def test_a_finding_tells_before_and_after_and_what_to_type(store: Path) -> None:
    database = Database(sqlite_url(store.parent / "day.sqlite3"))
    wanted = findings.Filter(policy="s3_bucket_public_access", resource=PHOTOS)
    (found,) = database.read_now(lambda c: findings.list_findings(c, wanted))
    database.close()
    told = run(store, "findings", "show", found["id"]).stdout
    assert "What changed" in told
    assert "acl: value -> value" in told
    assert "--bucket shop-photos" in told
    (one,) = lines(run(store, "findings", "show", found["id"], "--json"))
    assert {"acl"} <= {each["section"] for each in one["opened_changes"]}
    assert one["closed_changes"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "--service", "s33"], "s33"),
        (["list", "--state", "lost"], "present"),
        (["show", "nowhere"], "resources list"),
    ],
)
def test_mistakes_are_told(store: Path, words: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(store, "resources", *words)
