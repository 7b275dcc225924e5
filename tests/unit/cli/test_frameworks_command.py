"""``liveaudit frameworks``, as a user would."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.frameworks.state import Tally
from liveaudit.model import Outcome, Resource
from liveaudit.store import work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.schema import findings, verdicts
from liveaudit.store.tallies import tally
from tests.support.stores import Stores

ACCOUNT, OTHER, REGION = "111111111111", "222222222222", "eu-west-1"
TLS, BLOCK = "s3_bucket_secure_transport_policy", "s3_account_level_public_access_blocks"


def fill(database: Database) -> None:
    """A bucket in each of two accounts: one passes and the other fails, one could not be read."""
    now = time.time()
    rows: list[tuple[str, str, Outcome]] = [
        (ACCOUNT, TLS, Outcome.FAIL),
        (OTHER, TLS, Outcome.PASS),
        (OTHER, BLOCK, Outcome.UNKNOWN),
    ]
    keys = []
    for account, policy, outcome in rows:
        bucket = Resource("aws", account, REGION, "AWS::S3::Bucket", f"photos-{account}")
        verdict = {"policy": policy, "outcome": outcome.value, "reason": "r", "evidence": "{}"}
        keys.append(_judged(database, bucket, verdict | {"read_order": 1, "judged_at": now}))
    standing: dict[str, Any] = {
        "resource_id": keys[0],
        "policy": TLS,
        "severity": "medium",
        "reason": "r",
        "evidence": "{}",
        "opened_at": now,
        "updated_at": now,
        "times_opened": 1,
        "opened_by": "[]",
        "opened_hops": "{}",
    }
    database.write_now(lambda c: c.execute(insert(findings).values(id="f1", status="new", **standing)))
    closed = standing | {"policy": BLOCK}
    database.write_now(lambda c: c.execute(insert(findings).values(id="f2", status="resolved", **closed)))


def _judged(database: Database, bucket: Resource, verdict: dict[str, Any]) -> int:
    keys = database.write_now(lambda c: work.resource_keys(c, {bucket: f"arn:{bucket.id}"}, time.time()))
    row = verdict | {"resource_id": keys[bucket]}
    database.write_now(lambda c: c.execute(insert(verdicts).values(**row)))
    return keys[bucket]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    store = sqlite_url(tmp_path / "x.sqlite3")
    database = Database(store)
    fill(database)
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        f"receiver: '{ACCOUNT}'\naccounts: [{{id: '{ACCOUNT}', role_arn: none}}]\n"
        f"regions: [{REGION}]\nstore: {store}\n",
        encoding="utf-8",
    )
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def rows(*arguments: str) -> dict[str, dict[str, Any]]:
    told = run(*arguments, "--json")
    assert told.exit_code == 0, told.output
    found = [json.loads(line) for line in told.stdout.splitlines()]
    return {each.get("control", each["framework"]): each for each in found}


def test_what_stands_is_counted_by_policy(stores: Stores) -> None:
    database = Database(stores.url())
    try:
        fill(database)
        assert database.read_now(tally) == {
            TLS: Tally({Outcome.FAIL: 1, Outcome.PASS: 1}, 1),
            BLOCK: Tally({Outcome.UNKNOWN: 1}),
        }
        assert database.read_now(lambda c: tally(c, account=OTHER)) == {
            TLS: Tally({Outcome.PASS: 1}),
            BLOCK: Tally({Outcome.UNKNOWN: 1}),
        }
        assert database.read_now(lambda c: tally(c, account=ACCOUNT, region=REGION)) == {
            TLS: Tally({Outcome.FAIL: 1}, 1)
        }
        assert database.read_now(lambda c: tally(c, region="us-east-1")) == {}
    finally:
        database.close()


def test_list_without_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)
    cis = rows("frameworks", "list")["CIS 7.0"]
    assert cis["controls"] == 70
    assert cis["covered"] + cis["manual"] + cis["not_covered"] == 70
    assert cis["passing"] is None
    shown = run("frameworks", "list")
    assert "CIS 7.0" in shown.stdout
    assert "PASSING" not in shown.stdout
    assert set(rows("frameworks", "show", "cis 7.0")) >= {"2.1.2", "3.1.1"}
    assert isinstance(run("frameworks", "list", "--account", ACCOUNT).exception, CommandError)


def test_list_with_a_store(settings: Path) -> None:
    cis = rows("frameworks", "list", "--settings", str(settings))["CIS 7.0"]
    assert (cis["passing"], cis["failing"], cis["unknown"]) == (0, 1, 1)
    assert cis["no_data"] == cis["covered"] - 2
    cis = rows("frameworks", "list", "--settings", str(settings), "--account", OTHER)["CIS 7.0"]
    assert (cis["passing"], cis["failing"], cis["unknown"]) == (1, 0, 1)
    assert "PASSING" in run("frameworks", "list", "--settings", str(settings)).stdout


def test_show_tells_every_control(settings: Path) -> None:
    told = rows("frameworks", "show", "CIS 7.0", "--settings", str(settings))
    assert len(told) == 70
    assert told["3.1.1"]["state"] == "FAIL"
    assert (told["3.1.1"]["findings"], told["3.1.1"]["failing"]) == (1, [TLS])
    assert told["3.1.4"]["state"] == "UNKNOWN"
    assert told["2.4"]["state"] == "NO_DATA"
    assert told["2.1.2"]["state"] == "MANUAL"
    failing = run("frameworks", "show", "CIS 7.0", "--settings", str(settings), "--state", "fail").stdout
    assert TLS in failing
    assert len(failing.splitlines()) == 2
    told = rows("frameworks", "show", "CIS 7.0", "--settings", str(settings), "--account", OTHER)
    assert told["3.1.1"]["state"] == "PASS"


@pytest.mark.parametrize(
    "arguments", [("CIS 9.9",), ("CIS 7.0", "--state", "good"), ("CIS 7.0", "--region", "eu-west-1")]
)
def test_what_is_asked_wrongly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIVEAUDIT_SETTINGS", raising=False)
    assert isinstance(run("frameworks", "show", *arguments).exception, CommandError)


def test_policies_are_listed_by_framework() -> None:
    told = [
        json.loads(line)
        for line in run("policies", "list", "--framework", "FSBP", "--json").stdout.splitlines()
    ]
    assert told
    assert all("FSBP" in each["frameworks"] for each in told)
    assert isinstance(run("policies", "list", "--framework", "FSPB").exception, CommandError)
