"""``liveaudit rejudge`` on a store that has something, without any AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.model import Cause, Resource
from liveaudit.store import codec, findings, snapshots, work
from liveaudit.store.database import Database, sqlite_url

ACCOUNT = "111111111111"
OLD_KEY = {
    "AccessKeyId": "AKIA1",
    "Status": "Active",
    "CreateDate": "2020-01-01T00:00:00+00:00",
    "LastUsed": {},
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings of a store that knows two users with old keys, and nothing else of them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    store = sqlite_url(tmp_path / "x.sqlite3")
    database = Database(store)

    def known(connection: Connection) -> None:
        now = time.time()
        users = {
            Resource("aws", ACCOUNT, "global", "AWS::IAM::User", name): f"arn:aws:iam::{ACCOUNT}:user/{name}"
            for name in ("ada", "bob")
        }
        for user, key in work.resource_keys(connection, users, now).items():
            order = work.next_value(connection, "read_order")
            read = snapshots.Read("value", codec.dump([OLD_KEY]), order, now, now)
            snapshots.write_sections(connection, key, {"access_keys": read})
            snapshots.mark_resource(
                connection, key, state="present", order=order, read_at=now, newest=None, streak=1, now=now
            )
            if user.id == "bob":
                event = Cause(
                    "event:e", "event", frozenset({"mfa_devices"}), change={"name": "EnableMFADevice"}
                )
                work.add_causes(connection, key, [(event, work.EVENT_PRIORITY)], now)

    database.write_now(known)
    database.close()
    file = tmp_path / "liveaudit.yaml"
    file.write_text(
        f'receiver: "{ACCOUNT}"\naccounts: [{{id: "{ACCOUNT}"}}]\nregions: [eu-west-1]\nstore: {store}\n',
        encoding="utf-8",
    )
    yield file
    # the command has set logging up for its own standard error
    structlog.reset_defaults()


def run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["rejudge", *words, "--settings", str(settings)])


def standing(settings: Path) -> list[tuple[str, str]]:
    database = Database(sqlite_url(settings.parent / "x.sqlite3"))
    found = database.read_now(lambda c: findings.list_findings(c, findings.Filter()))
    database.close()
    return sorted((each["resource"], each["policy"]) for each in found)


def test_one_policy(settings: Path) -> None:
    result = run(settings, "--policy", "iam_rotate_access_key_90_days", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"resources": 1, "moved": 1, "left_out": 0, "left_to_workers": 1}
    # others read the same section, and are not asked
    assert standing(settings) == [("ada", "iam_rotate_access_key_90_days")]
    again = run(settings, "--policy", "iam_rotate_access_key_90_days", "--json")
    assert json.loads(again.stdout)["moved"] == 0


def test_all_policies_say_what_they_miss(settings: Path) -> None:
    result = run(settings)
    assert result.exit_code == 3
    assert "1 resources judged anew, 2 findings moved" in result.stdout
    assert "verdicts stay as they are" in result.stdout
    assert "1 resources are due for other reasons too" in result.stdout


def test_a_policy_that_is_none(settings: Path) -> None:
    result = run(settings, "--policy", "no_such_policy")
    assert isinstance(result.exception, CommandError)
    assert result.exception.exit_code == 4
