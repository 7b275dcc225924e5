"""``liveaudit findings event``: the raw event as JSON, and how it ends when there is none."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from liveaudit.cli.main import app
from liveaudit.store import audit_log, findings
from liveaudit.store.database import Database, sqlite_url
from tests.support.answers import denied
from tests.support.event_history import HIDDEN, Door
from tests.support.sown import EU, NOW, SETTINGS, SHOP
from tests.support.sown_day import sow_day


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = sqlite_url(tmp_path_factory.mktemp("sown") / "day.sqlite3")
    database = Database(url)
    sow_day(database)
    database.close()
    return url


@pytest.fixture
def settings(store: str, tmp_path: Path) -> Path:
    file = tmp_path / "liveaudit.yaml"
    file.write_text(f"{SETTINGS}store: {store}\n", encoding="utf-8")
    return file


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door()
    monkeypatch.setattr("liveaudit.assembly.caller_of", lambda _settings, **_given: made)
    monkeypatch.setattr("time.time", lambda: NOW)
    return made


def finding(store: str, policy: str, resource: str) -> str:
    database = Database(store)
    wanted = findings.Filter(policy=policy, resource=resource)
    (found,) = database.read_now(lambda c: findings.list_findings(c, wanted))
    database.close()
    return str(found["id"])


@pytest.fixture
def photos(store: str) -> str:
    return finding(store, "s3_bucket_public_access", "shop-photos")


def run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, ["findings", "event", *words, "--settings", str(settings)], catch_exceptions=True
    )


def test_the_event_is_printed_and_what_was_masked_is_told_beside_it(
    settings: Path, store: str, photos: str, door: Door
) -> None:
    ended = run(settings, photos[:13], "--by", "ann")
    assert ended.exit_code == 0, ended.exception
    event: dict[str, Any] = json.loads(ended.stdout)
    assert event["eventName"] == "PutBucketAcl"
    assert not [each for each in HIDDEN if each in ended.output]
    assert "masked: requestParameters.userData: user data" in ended.stderr
    assert (set(door.calls), door.closed) == ({(SHOP, EU, "cloudtrail:LookupEvents")}, 1)
    database = Database(store)
    (entry, *_) = database.read_now(partial(audit_log.page, which=audit_log.Which(action="event.look")))
    database.close()
    assert (entry.name, entry.way, entry.target) == ("ann", "command line", photos)
    assert entry.detail == f"{event['eventID']} of account {SHOP} in {EU}: shown"

    one = json.loads(run(settings, photos, "--event", event["eventID"], "--json").stdout)
    assert (one["event_id"], one["account"], one["region"]) == (event["eventID"], SHOP, EU)
    assert one["event"] == event


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"Events": []}, 4, ("event history", "aws cloudtrail lookup-events")),
        (denied(code="AccessDeniedException"), 1, ("cloudtrail:LookupEvents", "liveaudit iam --account")),
    ],
)
def test_why_there_is_none_is_told_with_what_to_do(
    settings: Path, photos: str, door: Door, said: Any, code: int, words: tuple[str, ...]
) -> None:
    door.answers["LookupEvents"] = said
    ended = run(settings, photos)
    assert getattr(ended.exception, "exit_code", None) == code
    assert all(each in str(ended.exception) for each in words)
    assert ended.stdout == ""


def test_only_a_findings_own_events_are_looked_up(
    settings: Path, store: str, photos: str, door: Door
) -> None:
    swept = finding(store, "s3_bucket_secure_transport_policy", "ledger")
    for words, told in (
        (("ffff",), "no finding 'ffff'"),
        ((photos, "--event", "another"), "--event: 'another' is not told of this finding"),
        ((swept,), "no event is known that opened it: it was found by a sweep"),
    ):
        ended = run(settings, *words)
        assert getattr(ended.exception, "exit_code", None) == 4
        assert told in str(ended.exception)
    assert door.calls.total() == 0
