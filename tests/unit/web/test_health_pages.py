"""The pages and the API about liveaudit's own health: accounts, frameworks, quarantine, system."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from liveaudit.store import sweep_pages
from liveaudit.store.database import Database
from liveaudit.store.quarantine import Kept, count_quarantine, keep
from liveaudit.store.sweep_pages import Part, Which
from liveaudit.web.console import Console
from tests.support.ailing import BANK, HERE, QUIET, SHOP, THERE, VERSIONING, ail
from tests.unit.web.conftest import NOW, Client

SETTINGS = f"""
receiver: "{SHOP}"
accounts:
  - id: "{SHOP}"
    name: Shop
  - id: "{BANK}"
  - id: "{QUIET}"
regions: [{HERE}, {THERE}]
"""
PAGES = (
    "/accounts",
    f"/accounts/{SHOP}",
    f"/accounts/{SHOP}/{THERE}",
    f"/accounts/{BANK}/{HERE}",
    "/frameworks",
    "/frameworks/hipaa",
    "/quarantine",
    "/quarantine/1",
    "/system",
    "/system/sweeps",
    "/system/sweeps?part=all",
    "/system/sweeps?part=not+listed",
    "/system/budgets",
    f"/system/budgets?account={SHOP}",
    "/system/gaps",
)


@pytest.fixture
def ailing(client: Client, console: Console) -> Client:
    console.settings_path.write_text(SETTINGS)
    console.database.write_now(lambda connection: ail(connection, NOW))
    return client


def words(client: Client, path: str) -> str:
    """What a page tells, without its markup."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_an_ailing_and_of_an_empty_store(client: Client, console: Console, path: str) -> None:
    empty = client.get(path)
    assert empty.status_code in (200, 404)
    console.database.write_now(lambda connection: ail(connection, NOW))
    console.shared.clear()
    answer = client.get(path)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert " style=" not in answer.text


def test_the_matrix_shows_the_worst_and_is_narrowed(ailing: Client) -> None:
    page = words(ailing, "/accounts")
    assert page.index(SHOP) < page.index(QUIET)
    assert "3 accounts, the worst first" in page
    assert "Shop" in page
    assert QUIET not in words(ailing, "/accounts?sign=behind").partition("worst first")[2]
    assert "1 account, the worst first" in words(ailing, "/accounts?q=shop")
    assert "No account matches" in words(ailing, "/accounts?q=nobody")
    part = ailing.get("/accounts", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert SHOP in part


def test_the_matrix_of_the_api_comes_in_pages(ailing: Client) -> None:
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = ailing.get("/api/v1/accounts", params={"limit": 1, "cursor": cursor}).json()
        assert page["found"] == 3
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert [(each["account"], each["look"]) for each in seen] == [
        (SHOP, "bad"),
        (BANK, "bad"),
        (QUIET, "warning"),
    ]
    shop = {each["region"]: each for each in seen[0]["regions"]}
    assert shop[THERE]["oldest_due"] == NOW - 900
    assert shop[THERE]["misses"] == 1
    assert (shop[HERE]["within_p95"], shop[HERE]["measured"], shop[HERE]["permissions_missing"]) == (
        2.0,
        20,
        1,
    )
    assert set(shop[THERE]["signs"]) == {"behind", "slow", "misses"}
    assert ailing.get("/api/v1/accounts", params={"sign": "nonsense"}).status_code == 422
    assert ailing.get(f"/api/v1/accounts/{SHOP}").json() == seen[0]


def test_a_place_tells_which_permissions_are_missing(ailing: Client) -> None:
    listing = ailing.get(f"/api/v1/accounts/{BANK}/{HERE}").json()["permissions_missing"]
    assert [(each["actions"], each["listing"]) for each in listing] == [(["s3:ListAllMyBuckets"], True)]
    (reading,) = ailing.get(f"/api/v1/accounts/{SHOP}/{HERE}").json()["permissions_missing"]
    assert (reading["operation"], reading["actions"], reading["verdicts"]) == (
        "GetBucketVersioning",
        ["s3:GetBucketVersioning"],
        1,
    )
    waiting = ailing.get(f"/api/v1/accounts/{SHOP}/{THERE}").json()["waiting"]
    assert [(each["resource"], each["since"]) for each in waiting] == [("late", NOW - 900)]
    assert "s3:GetBucketVersioning" in words(ailing, f"/accounts/{SHOP}/{HERE}")


def test_what_is_watched_is_known_before_anything_happens_there(ailing: Client) -> None:
    assert ailing.get(f"/api/v1/accounts/{QUIET}/{THERE}").status_code == 200
    assert ailing.get(f"/api/v1/accounts/{QUIET}/eu-north-1").status_code == 404
    assert ailing.get("/api/v1/accounts/999999999999").status_code == 404
    assert ailing.get("/accounts/999999999999").status_code == 404
    assert ailing.get("/accounts/nonsense").status_code == 422


def test_frameworks_stand_as_their_policies_do(ailing: Client) -> None:
    found = {each["id"]: each for each in ailing.get("/api/v1/frameworks").json()["items"]}
    assert len(found) == len({each["name"] for each in found.values()})
    hipaa = ailing.get("/api/v1/frameworks/hipaa", params={"state": "FAIL"}).json()
    assert hipaa["states"] == found["hipaa"]["states"]
    assert len(hipaa["items"]) == hipaa["states"]["FAIL"] > 0
    assert all(VERSIONING in each["failing"] for each in hipaa["items"])
    elsewhere = ailing.get("/api/v1/frameworks/hipaa", params={"account": SHOP}).json()
    assert elsewhere["states"]["FAIL"] == 0
    assert elsewhere["states"]["UNKNOWN"] > 0
    assert ailing.get("/api/v1/frameworks/nonsense").status_code == 404
    page = words(ailing, "/frameworks/hipaa?state=FAIL")
    assert VERSIONING in page
    assert f"{len(hipaa['items'])} controls" in page


def test_the_system_tells_what_is_wrong(ailing: Client) -> None:
    found = ailing.get("/api/v1/system").json()
    rules = {each["rule"] for each in found["troubles"]}
    assert {"due for long", "quarantine", "dead letters", "queue missing", "queue", "not polled"} <= rules
    assert (found["healthy"], found["quarantine"]) == (False, {"malformed": 1, "not enrolled": 1})
    assert {each["host"]: each["vanished"] for each in found["workers"]} == {"one": False, "two": True}
    polled = {each["queue"]: each["polled"] for each in found["queues"]}
    assert polled[f"{HERE}/liveaudit-events"]
    assert not polled[f"{THERE}/liveaudit-events"]
    assert found["latencies"][-1]["hop"] == "made-stored"
    assert (found["sweeps"]["places"], found["sweeps"]["listing"]) == (1, 1)
    assert [each["name"] for each in ailing.get("/api/v1/gaps").json()["items"]] == ["PutBucketNews"]
    assert [each["client"] for each in ailing.get("/api/v1/budgets").json()["items"]] == ["ec2"]
    assert "PutBucketNews" in words(ailing, "/system/gaps")


def sweeping(database: Database) -> list[tuple[str, str]]:
    found = database.read_now(lambda c: sweep_pages.page(c, Which(), part=Part.UNDER_WAY))
    return [(each.place.account, each.place.region) for each in found]


def test_operators_sweep_now(ailing: Client, database: Database) -> None:
    asked = ailing.as_role("operator").post("/api/v1/sweeps", json={"account": SHOP, "region": HERE})
    assert (asked.status_code, asked.json()) == (202, {"asked": 1})
    assert sweeping(database) == [(SHOP, HERE), (QUIET, HERE)]
    form = ailing.post("/system/sweeps", data={"account": BANK}, follow_redirects=False)
    assert (form.status_code, form.headers["location"]) == (303, f"/system/sweeps?account={BANK}&asked=1")
    assert "1 sweep asked for" in words(ailing, form.headers["location"])
    assert len(sweeping(database)) == 3
    nothing = ailing.post("/api/v1/sweeps", json={"account": "999999999999"})
    assert nothing.status_code == 404
    assert ailing.post("/api/v1/sweeps", json={}).json() == {"asked": 4}
    page = ailing.get("/api/v1/sweeps", params={"part": "under way", "limit": 3}).json()
    rest = ailing.get("/api/v1/sweeps", params={"part": "under way", "cursor": page["next"]}).json()
    assert len(page["items"]) + len(rest["items"]) == 4


def test_too_many_sweeps_at_once_are_refused(ailing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveaudit.web.health.asking.MOST_PLACES", 3)
    answer = ailing.post("/api/v1/sweeps", json={})
    assert (answer.status_code, answer.json()["field"]) == (422, "account")
    assert ailing.post("/api/v1/sweeps", json={"account": SHOP}).status_code == 202


def test_the_quarantine_is_replayed_and_purged(ailing: Client, database: Database) -> None:
    listed = ailing.get("/api/v1/quarantine").json()["items"]
    assert [each["message_id"] for each in listed] == ["m2", "m1"]
    body = ailing.get(f"/api/v1/quarantine/{listed[0]['id']}").json()["body"]
    assert body == '{"a": [1, 2]}'
    assert '"a": [ 1, 2 ]' in words(ailing, f"/quarantine/{listed[0]['id']}").replace("&#34;", '"')
    replayed = ailing.as_role("operator").post("/api/v1/quarantine/replay", json={"all": True}).json()
    assert (replayed["understood"], sum(replayed["stay"].values())) == (0, 2)
    form = ailing.post("/quarantine/replay", data={"id": [listed[0]["id"]]}, follow_redirects=False)
    assert form.headers["location"] == "/quarantine?understood=0&stay=1"
    assert "1 stay" in words(ailing, form.headers["location"])
    ids = {"ids": [listed[0]["id"]]}
    assert ailing.post("/api/v1/quarantine/purge", json=ids).status_code == 403
    assert ailing.as_role("administrator").post("/api/v1/quarantine/purge", json=ids).json() == {"removed": 1}
    assert ailing.post("/api/v1/quarantine/purge", json={}).status_code == 422
    assert ailing.get(f"/quarantine/{listed[0]['id']}").status_code == 404
    purged = ailing.post("/quarantine/purge", data={"all": "true"}, follow_redirects=False)
    assert purged.headers["location"] == "/quarantine?removed=1"
    assert database.read_now(count_quarantine) == {}
    assert "The quarantine is empty" in words(ailing, "/quarantine")


def test_pages_of_the_quarantine(ailing: Client, database: Database) -> None:
    more = [Kept(f"n{n}", "q", NOW, "malformed", "", "x") for n in range(60)]
    database.write_now(lambda c: keep(c, more, NOW))
    first = ailing.get("/quarantine?reason=malformed").text
    assert first.count('name="id"') == 50
    (address,) = re.findall(r'href="([^"]*)" rel="next"', first)
    second = ailing.get(address.replace("&amp;", "&")).text
    assert second.count('name="id"') == 11
    assert 'rel="next"' not in second


def test_nothing_is_replayed_when_it_is_not_known_who_is_enrolled(client: Client, console: Console) -> None:
    console.database.write_now(lambda connection: ail(connection, NOW))
    answer = client.post("/api/v1/quarantine/replay", json={"all": True})
    assert (answer.status_code, answer.json()["title"]) == (409, "Not known who is enrolled")


@pytest.mark.parametrize("path", ["/api/v1/sweeps", "/api/v1/quarantine/replay", "/api/v1/quarantine/purge"])
def test_viewers_change_nothing(ailing: Client, path: str) -> None:
    assert ailing.as_role("viewer").post(path, json={"all": True}).status_code == 403
    for page, form in (
        ("/quarantine", "/quarantine/"),
        ("/system/sweeps", "/system/sweeps"),
        (f"/accounts/{SHOP}", "/system/sweeps"),
    ):
        posts = re.findall(r'method="post" action="([^"]*)"', ailing.get(page).text)
        assert not [each for each in posts if each.startswith(form)], page


def test_settings_with_mistakes_are_told(client: Client, console: Console, tmp_path: Path) -> None:
    console.settings_path.write_text("receiver: 7\n")
    found = client.get("/api/v1/system").json()
    assert any(each["rule"] == "settings" for each in found["troubles"])
    assert client.get("/accounts").status_code == 200
