"""The raw event on pages and in the API: masked, as text, put down in the log; and each reason why there is none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.store import audit_log, findings
from liveaudit.store.database import Database, sqlite_url
from liveaudit.web.console import Console, make_console
from liveaudit.web.findings.raw_event import OPENS
from tests.support.answers import denied
from tests.support.event_history import HIDDEN, Door
from tests.support.sown import EU, NOW, SETTINGS, SHOP
from tests.support.sown_day import sow_day
from tests.support.sown_hostile import CLOSING, CONTROLS, MARKUP, ODD, TURNED
from tests.unit.web.conftest import Client

PART = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def sown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sown") / "day.sqlite3"
    made = Database(sqlite_url(file))
    sow_day(made)
    made.close()
    return file


@pytest.fixture
def database(sown: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sown, tmp_path / "console.sqlite3")
    made = Database(sqlite_url(tmp_path / "console.sqlite3"))
    yield made
    made.close()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def console(database: Database, tmp_path: Path, door: Door) -> Console:
    file = tmp_path / "liveaudit.yaml"
    file.write_text(SETTINGS, encoding="utf-8")
    made = make_console(database, lambda: NOW, file)
    made.shared[OPENS] = lambda _settings: door
    return made


def finding(
    database: Database, policy: str = "s3_bucket_public_access", resource: str = "shop-photos"
) -> str:
    wanted = findings.Filter(policy=policy, resource=resource)
    (found,) = database.read_now(lambda c: findings.list_findings(c, wanted))
    return str(found["id"])


def looks(database: Database) -> list[audit_log.Put]:
    # entries are written behind the answer, one after the other
    database.write_now(lambda _connection: None)
    return database.read_now(partial(audit_log.page, which=audit_log.Which(action="event.look")))


def test_the_raw_event_is_part_of_the_findings_page_and_a_page_by_itself(
    client: Client, database: Database, door: Door
) -> None:
    address = f"/findings/{finding(database)}/event"
    assert f'hx-get="{address}"' in client.get(f"/findings/{finding(database)}").text
    part, page = client.get(address, headers=PART), client.get(address)
    assert (part.status_code, page.status_code) == (200, 200)
    assert "<html" not in part.text
    assert "<html" in page.text
    for text in (part.text, page.text):
        assert "&#34;eventName&#34;: &#34;PutBucketAcl&#34;" in text
        assert not [each for each in HIDDEN if each in text]
        assert "requestParameters.masterUserPassword: password" in text
        assert "aws cloudtrail lookup-events --region eu-west-1" in text
        assert " style=" not in text
    assert set(door.calls) == {(SHOP, EU, "cloudtrail:LookupEvents")}
    assert door.closed == 2
    assert page.headers["cache-control"] == "no-store"


def test_whoever_sees_the_finding_may_look_and_each_look_is_put_down(
    client: Client, database: Database
) -> None:
    address = f"/api/v1/findings/{finding(database)}/event"
    found = client.as_role("viewer").get(address).json()
    assert set(found) == {"event_id", "account", "region", "event", "masked"}
    assert found["event"]["eventID"] == found["event_id"]
    assert found["event"]["requestParameters"]["masterUserPassword"] == "(masked: password)"
    (entry,) = looks(database)
    assert (entry.name, entry.target) == ("viewer of the tests", finding(database))
    assert entry.detail == f"{found['event_id']} of account {SHOP} in {EU}: shown"
    assert client.as_nobody().get(address).status_code == 401
    assert len(looks(database)) == 1


def test_only_events_that_are_told_of_the_finding_are_looked_up(
    client: Client, database: Database, door: Door
) -> None:
    address = f"/api/v1/findings/{finding(database)}/event"
    story = client.get(f"/api/v1/findings/{finding(database)}/story").json()
    told = story["changes"][0]["events"][0]
    assert (told["account"], told["region"]) == (SHOP, EU)
    assert client.get(address, params={"event": told["event_id"]}).status_code == 200
    other = client.get(address, params={"event": "0b1c2d3e-0000-4000-8000-000000000001"})
    assert (other.status_code, other.json()["field"]) == (404, "event")
    swept = finding(database, "s3_bucket_secure_transport_policy", "ledger")
    assert client.get(f"/api/v1/findings/{swept}/event").json()["title"] == "No event"
    assert client.get("/findings/00000000-0000-0000-0000-000000000000/event").status_code == 404
    assert door.calls.total() == 1


def test_a_change_of_a_resource_has_its_raw_event_too(client: Client) -> None:
    (listed,) = client.get("/api/v1/resources", params={"q": "shop-photos"}).json()["items"]
    changes = client.get(f"/api/v1/resources/{listed['key']}/history").json()["items"]
    change = next(each for each in changes if each["events"])
    address = f"/resources/{listed['key']}/history/{change['id']}"
    for page in (address, f"/resources/{listed['key']}", f"/resources/{listed['key']}/history"):
        assert f'hx-get="{address}/event?event={change["events"][0]["event_id"]}"' in client.get(page).text
    assert "PutBucketAcl" in client.get(f"{address}/event", headers=PART).text
    found = client.get(f"/api/v1{address}/event", params={"event": change["events"][0]["event_id"]}).json()
    assert found["event"]["eventID"] == change["events"][0]["event_id"]
    assert client.get(f"/api/v1{address}/event", params={"event": "other"}).status_code == 404
    assert client.get(f"/resources/{listed['key']}/history/999999/event").status_code == 404


_AWAY = AwsCallError(Kind.UNAVAILABLE, "EndpointConnectionError", "no route", "LookupEvents")


@pytest.mark.parametrize(
    ("said", "status", "word", "later"),
    [
        (denied(code="AccessDeniedException"), 424, "liveaudit iam --account", None),
        (_AWAY, 502, "no route", "60"),
        ({"Events": []}, 404, "event history", "?"),
        ({"Events": [{"CloudTrailEvent": "<b>"}]}, 502, "no JSON", None),
    ],
)
def test_what_cannot_be_shown_is_told_with_what_to_do(
    client: Client, database: Database, door: Door, said: Any, status: int, word: str, later: str | None
) -> None:
    door.answers["LookupEvents"] = said
    answer = client.get(f"/api/v1/findings/{finding(database)}/event")
    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert later == "?" or answer.headers.get("Retry-After") == later
    part = client.get(f"/findings/{finding(database)}/event", headers=PART)
    assert part.status_code == 200
    assert "The raw event cannot be shown" in part.text
    assert word in part.text
    assert "aws cloudtrail lookup-events" in part.text
    assert len(looks(database)) == 2


def test_without_settings_nobody_is_asked(
    client: Client, console: Console, database: Database, door: Door
) -> None:
    for content in ("receiver: [", None):
        if content is None:
            console.settings_path.unlink()
        else:
            console.settings_path.write_text(content, encoding="utf-8")
        answer = client.get(f"/api/v1/findings/{finding(database)}/event")
        assert (answer.status_code, answer.json()["title"]) == (409, "The raw event: no settings")
        assert "settings" in client.get(f"/findings/{finding(database)}/event").text
    assert door.calls.total() == 0
    assert looks(database) == []


def test_a_hostile_event_is_shown_as_text_and_cut(client: Client, database: Database, door: Door) -> None:
    door.request = {
        "name": MARKUP,
        CLOSING: TURNED,
        "agent": CONTROLS,
        "odd": ODD,
        "long": "w" * 200_000,
        "password": MARKUP + TURNED,
    }
    for headers in (PART, {}):
        text = client.get(f"/findings/{finding(database)}/event", headers=headers).text
        assert MARKUP not in text
        assert CLOSING not in text
        assert not [each for each in ODD if each in text]
        assert "more characters" in text
        assert len(text) < 150_000
    whole = client.get(f"/api/v1/findings/{finding(database)}/event").json()
    assert whole["event"]["requestParameters"]["long"] == "w" * 200_000
    assert json.dumps(whole["event"]["requestParameters"]["password"]) == '"(masked: password)"'
