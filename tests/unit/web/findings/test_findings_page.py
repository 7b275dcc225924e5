"""The list of findings on its page and in the API: filters in the address, pages, actions, who may do what."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from benchmarks.console_store import NOW as THEN
from benchmarks.console_store import fill
from liveaudit.model import OPEN, Resource, failed
from liveaudit.store import lifecycle, work
from liveaudit.store.database import Database
from tests.unit.web.conftest import Client

HOSTILE = '"><script>alert(1)</script>\u202e'
IDS = re.compile(r'href="/findings/([0-9a-zA-Z-]+)"')


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database, resources=30, per=4)
    return database


def shown(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/findings{query}")
    assert answer.status_code == 200, answer.text[:500]
    return IDS.findall(answer.text)


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    """All pages of the API."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        joined = f"{query}{'&' if query else '?'}limit=17&cursor={cursor}"
        answer = client.get(f"/api/v1/findings{joined}")
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return found


def test_an_empty_store_says_so(client: Client) -> None:
    assert "Nothing is open" in client.get("/findings").text
    assert client.get("/api/v1/findings").json() == {"items": [], "next": None, "total": 0}


def test_what_an_address_asks_for(client: Client, filled: Database) -> None:
    everything = listed(client, "?status=all")
    assert len(everything) == 120
    open_ones = listed(client)
    assert 0 < len(open_ones) < 120
    assert {each["id"] for each in open_ones} == {each["id"] for each in everything if each["status"] in OPEN}
    assert shown(client) == [each["id"] for each in open_ones][:50]
    critical = listed(client, "?severity=critical&severity=high&sort=severity")
    assert [each["severity"] for each in critical] == sorted(each["severity"] for each in critical)
    (policy, account) = (open_ones[0]["policy"], open_ones[0]["account"])
    some = listed(client, f"?policy={policy}&account={account}&status=all")
    assert some
    assert {(each["policy"], each["account"]) for each in some} == {(policy, account)}
    assert {each["type"].split("::")[1] for each in listed(client, "?service=ec2")} == {"EC2"}
    assert listed(client, "?service=ec2&type=AWS::S3::Bucket") == []
    framework = listed(client, "?framework=CIS 7.0&status=all")
    assert 0 < len(framework) < 120
    assert all(each["overdue"] for each in listed(client, "?overdue=true&sort=due"))
    team = open_ones[0]["resource"].partition("-")[0]
    tagged = listed(client, f"?tag=Name&tag=Team={team}")
    assert {each["id"] for each in tagged} == {
        each["id"] for each in open_ones if each["resource"].startswith(f"{team}-")
    }
    assert f'value="Team={team}"' in client.get(f"/findings?tag=Team={team}").text
    due = [each["due_at"] for each in listed(client, "?sort=due")]
    assert due == sorted(due)
    assert all(each["regression"] for each in listed(client, "?regression=true"))
    one = open_ones[0]
    assert [each["id"] for each in listed(client, f"?q={one['resource']}&policy={one['policy']}")] == [
        one["id"]
    ]


def test_a_form_that_was_left_empty_asks_for_all_that_is_open(client: Client, filled: Database) -> None:
    empty = "?q=&status=open&severity=&service=&account=&region=&policy=&framework=&type=&days=&owner=&actor="
    assert shown(client, empty) == shown(client)


@pytest.mark.parametrize(
    "query",
    [
        "severity=bad",
        "status=bad",
        "days=0",
        "days=x",
        "service=bad",
        "framework=bad",
        "sort=bad",
        "cursor=bad",
    ],
)
def test_what_is_not_understood_is_told(client: Client, query: str) -> None:
    assert client.get(f"/findings?{query}").status_code == 422
    answer = client.get(f"/api/v1/findings?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_cursor_of_another_order_is_refused(client: Client, filled: Database) -> None:
    cursor = client.get("/api/v1/findings?limit=1").json()["next"]
    assert client.get(f"/api/v1/findings?sort=opened&cursor={cursor}").status_code == 422


def test_decisions_by_the_api(client: Client, filled: Database) -> None:
    ids = [each["id"] for each in listed(client)][:3]

    def act(**given: Any) -> Any:
        return client.as_role("operator").post("/api/v1/findings/actions", json={"ids": ids, **given})

    assert act(action="suppress").status_code == 422
    answer = act(action="suppress", text="accepted by the board")
    assert answer.json() == {"changed": 3, "unchanged": 0, "refused": {}, "missing": 0}
    assert act(action="suppress", text="again").json()["unchanged"] == 3
    assert act(action="owner", text="payments").json()["changed"] == 3
    assert act(action="note", text="see the ticket").json()["changed"] == 3
    refused = act(action="review").json()["refused"]
    assert refused == {"it is suppressed: reopen it first": 3}
    held = [each for each in listed(client, "?status=suppressed") if each["id"] in ids]
    assert {each["decided_by"] for each in held} == {"person:operator of the tests"}
    assert {each["owner"] for each in held} == {"payments"}
    assert len(listed(client, "?status=suppressed&q=ticket")) == 3
    nothing = client.post("/api/v1/findings/actions", json={"ids": ["nobody"], "action": "review"})
    assert nothing.json()["missing"] == 1


def test_viewers_look_only(client: Client, filled: Database) -> None:
    page = client.as_role("viewer").get("/findings").text
    assert 'name="action"' not in page
    body = {"ids": ["x"], "action": "review"}
    assert client.post("/api/v1/findings/actions", json=body).status_code == 403
    assert client.post("/findings", data={"action": "review", "id": "x"}).status_code == 403
    assert client.as_nobody().get("/api/v1/findings").status_code == 401


def test_the_chosen_and_all_that_match(client: Client, filled: Database) -> None:
    ids = shown(client)[:2]
    answer = client.post("/findings?sort=opened", data={"action": "false positive", "text": "no", "id": ids})
    assert "2 of 2 findings changed" in answer.text
    assert 'href="/findings?sort=opened"' in answer.text
    left = len(listed(client, "?severity=high"))
    answer = client.post("/findings?severity=high", data={"action": "review", "all": "true"})
    assert f"of {left} findings changed" in answer.text
    assert {each["status"] for each in listed(client, "?severity=high")} == {"in review"}
    assert "No finding was chosen" in client.post("/findings", data={"action": "review"}).text


def test_counts(client: Client, filled: Database) -> None:
    by_status = client.get("/api/v1/findings/counts?by=status").json()
    assert sum(by_status.values()) == 120
    by_severity = client.get("/api/v1/findings/counts?status=new").json()
    assert sum(by_severity.values()) == by_status["new"]


def test_hostile_names_are_text(client: Client, database: Database) -> None:
    bucket = Resource("aws", "111111111111", "eu-west-1", "AWS::S3::Bucket", HOSTILE)

    def write(connection: Any) -> None:
        (key,) = work.resource_keys(connection, {bucket: HOSTILE}, 1.0).values()
        lifecycle.open_finding(
            connection,
            key,
            finding_id="f",
            resource=bucket,
            policy=HOSTILE,
            severity="high",
            verdict=failed(HOSTILE),
            now=THEN - 10,
            story=lifecycle.Story(({"name": HOSTILE, "actor": {"arn": HOSTILE}},), {}),
        )

    database.write_now(write)
    page = client.get("/findings", params={"q": "script", "owner": "", "actor": HOSTILE}).text
    assert "/findings/f" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?status=all",
        "?severity=high&service=ec2",
        "?q=encrypted",
        "?unowned=true&days=30",
        "?overdue=true",
        "?tag=Stage=prod",
    ],
)
def test_what_is_shown_is_exported(client: Client, filled: Database, query: str) -> None:
    address = f"/api/v1/findings/export{query}{'&' if query else '?'}format=jsonl"
    exported = [json.loads(line)["id"] for line in client.get(address).text.splitlines()]
    assert sorted(exported) == sorted(each["id"] for each in listed(client, query))
    assert exported
