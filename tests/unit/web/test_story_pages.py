"""The pages and the API of a finding's story and of resources, on a store in which a few things happened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from liveaudit.model import Resource
from liveaudit.store import findings, work
from liveaudit.store.database import Database, sqlite_url
from liveaudit.web.console import Console, make_console
from tests.support.sown import NOW
from tests.support.sown_day import sow_day
from tests.unit.web.conftest import Client

PHOTOS = "shop-photos"


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
def console(database: Database, tmp_path: Path) -> Console:
    return make_console(database, lambda: NOW, tmp_path / "liveaudit.yaml")


def finding(database: Database, policy: str, resource: str) -> str:
    wanted = findings.Filter(policy=policy, resource=resource)
    (found,) = database.read_now(lambda c: findings.list_findings(c, wanted))
    return str(found["id"])


def key_of(client: Client, name: str) -> int:
    (found,) = client.get("/api/v1/resources", params={"q": name}).json()["items"]
    return int(found["key"])


def test_a_finding_tells_what_since_when_who_and_how_to_mend_it(client: Client, database: Database) -> None:
    page = client.get(f"/findings/{finding(database, 's3_bucket_public_access', PHOTOS)}")
    assert page.status_code == 200
    for part in (
        "the ACL grants access to everybody",
        "Should hold: The bucket is not public",
        "ann@example.com",
        "PutBucketAcl",
        "203.0.113.17",
        "aws-cli/2",
        "--bucket shop-photos",
        'class="diff-line diff-added"',
        "AllUsers",
        "in the queue",
        "ISO 27001:2022",
        "Show the raw event",
    ):
        assert part in page.text, part
    assert " style=" not in page.text


def test_the_story_as_data(client: Client, database: Database) -> None:
    found = client.get(
        f"/api/v1/findings/{finding(database, 's3_bucket_public_access', PHOTOS)}/story"
    ).json()
    assert found["who"]["name"] == "PutBucketAcl"
    acl = next(each for each in found["changes"] if each["section"] == "acl")
    assert acl["added"] > 0
    assert acl["events"][-1]["address"] == "203.0.113.17"
    assert any("AllUsers" in line["text"] for line in acl["lines"] if line["kind"] == "added")
    assert [each["status"] for each in found["history"]] == ["new"]
    assert "shop-photos" in found["remedies"]["cli"]


def test_a_finding_that_was_resolved_tells_what_ended_it(client: Client, database: Database) -> None:
    closed = finding(database, "s3_bucket_server_access_logging_enabled", "shop-invoices")
    found = client.get(f"/api/v1/findings/{closed}/story").json()
    assert found["status"] == "resolved"
    assert [each["section"] for each in found["closing"]] == ["logging"]
    assert "What ended it" in client.get(f"/findings/{closed}").text


def test_a_finding_that_nobody_was_seen_to_make_says_so(client: Client, database: Database) -> None:
    swept = finding(database, "s3_bucket_secure_transport_policy", "ledger")
    page = client.get(f"/findings/{swept}").text
    assert "Not known" in page
    assert "It stood like this when it was first looked at" in page


def test_htmx_gets_the_story_only(client: Client, database: Database) -> None:
    part = client.get(
        f"/findings/{finding(database, 's3_bucket_public_access', PHOTOS)}", headers={"HX-Request": "true"}
    ).text
    assert "<html" not in part
    assert "Who did it" in part


@pytest.mark.parametrize(
    "path",
    [
        "/findings/00000000-0000-0000-0000-000000000000",
        "/resources/999999",
        "/resources/999999/history",
        "/resources/1/history/999999",
    ],
)
def test_what_is_not_there_is_told(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
    story = "/story" if path.startswith("/findings") else ""
    answer = client.get(f"/api/v1{path}{story}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "INVOICES"}, {"shop-invoices"}),
        ({"service": "s3", "account": "333333333333"}, {"ledger"}),
        ({"type": "AWS::SQS::Queue", "state": "gone"}, {"orders"}),
        ({"service": "ec2", "type": "AWS::S3::Bucket"}, set()),
        ({"q": "%"}, set()),
        ({"q": "arn:aws:s3:::shop-photos"}, {PHOTOS}),
        ({"state": "gone"}, {"orders"}),
        ({"service": "sqs", "open": "true"}, {"https://sqs.eu-west-1.amazonaws.com/333333333333/refunds"}),
    ],
)
def test_resources_are_filtered(client: Client, query: dict[str, str], names: set[str]) -> None:
    found = client.get("/api/v1/resources", params=query).json()["items"]
    assert {each["id"] for each in found} == names
    page = client.get("/resources", params=query).text
    for name in names:
        assert name in page
    assert ("No resource is like that" in page) == (not names)


def test_pages_of_resources_join_without_a_gap(client: Client) -> None:
    whole = client.get("/api/v1/resources", params={"limit": 500}).json()
    assert whole["next"] is None
    found: list[Any] = []
    cursor = ""
    while True:
        page = client.get("/api/v1/resources", params={"limit": 4, "cursor": cursor}).json()
        found += page["items"]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert found == whole["items"]
    assert not any(each["type"].startswith("liveaudit::") for each in found)


def test_a_service_that_there_is_none_of_is_told(client: Client) -> None:
    answer = client.get("/api/v1/resources", params={"service": "s33"})
    assert answer.status_code == 422
    assert answer.json()["field"] == "service"


def test_a_resource_with_its_verdicts_sections_and_history(client: Client) -> None:
    key = key_of(client, PHOTOS)
    one = client.get(f"/api/v1/resources/{key}").json()
    assert one["verdicts"][0]["outcome"] == "FAIL"
    assert "acl" in {each["name"] for each in one["sections"]}
    page = client.get(f"/resources/{key}").text
    assert "s3:PutObject" in page
    assert "History of configuration" in page
    first = client.get(f"/api/v1/resources/{key}/history", params={"limit": 1}).json()
    rest = client.get(f"/api/v1/resources/{key}/history", params={"cursor": first["next"]}).json()
    assert [each["id"] for each in [*first["items"], *rest["items"]]] == [
        each["id"] for each in one["changes"]
    ]
    only = client.get(f"/api/v1/resources/{key}/history", params={"section": "acl"}).json()["items"]
    assert {each["section"] for each in only} == {"acl"}
    assert client.get(f"/api/v1/resources/{key}/history/{only[0]['id']}").json() == only[0]
    assert "PutBucketAcl" in client.get(f"/resources/{key}/history/{only[0]['id']}").text
    other = key_of(client, "ledger")
    assert client.get(f"/resources/{other}/history/{only[0]['id']}").status_code == 404


def test_a_hostile_name_is_shown_and_searched_as_text(client: Client, database: Database) -> None:
    name = "<img src=x onerror=alert(1)>\u202e%_"
    hostile = Resource("aws", "444444444444", "eu-west-1", "AWS::S3::Bucket", name)
    database.write_now(lambda c: work.resource_keys(c, {hostile: f"arn:aws:s3:::{name}"}, 1.0))
    page = client.get("/resources", params={"q": "onerror=alert(1)>\u202e%_"})
    assert "<img src=x" not in page.text
    assert "\u202e" not in page.text
    assert "&lt;img src=x" in page.text
    assert "<img src=x" not in client.get(f"/resources/{key_of(client, 'onerror')}").text


def test_operators_decide_on_the_page_and_viewers_do_not(client: Client, database: Database) -> None:
    one = finding(database, "s3_bucket_public_access", PHOTOS)
    assert "Decide on it" not in client.as_role("viewer").get(f"/findings/{one}").text
    assert "Decide on it" in client.as_role("operator").get(f"/findings/{one}").text
    done = client.post("/findings", data={"id": one, "action": "note", "text": "asked ann"})
    assert done.status_code == 200
    assert "asked ann" in client.get(f"/findings/{one}").text


def test_who_is_not_signed_in_sees_none_of_it(client: Client, database: Database) -> None:
    one = finding(database, "s3_bucket_public_access", PHOTOS)
    client.as_nobody()
    for path in (f"/api/v1/findings/{one}/story", "/api/v1/resources", "/api/v1/resources/1"):
        assert client.get(path).status_code == 401
    assert PHOTOS not in client.get(f"/findings/{one}").text
    assert PHOTOS not in client.get("/resources").text
