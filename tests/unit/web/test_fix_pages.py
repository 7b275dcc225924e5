"""The page of a fix: what it shows to whom, and running and undoing it, by administrators alone and only where it is on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from liveaudit.fix.run import Fixer
from liveaudit.model import Resource
from liveaudit.store import audit_log, findings, fixes
from liveaudit.store.database import Database
from liveaudit.store.fixes import Fixing, State
from liveaudit.web.console import Console
from liveaudit.web.findings import fixing
from tests.support.caller import Asked, CallerDouble
from tests.support.sown import SETTINGS, SHOP, Sower
from tests.support.sown_day import NOT_BLOCKED, a_bucket, bucket
from tests.unit.web.conftest import Client

POLICY = "s3_bucket_level_public_access_block"
SURE = {"sure": "yes"}


@pytest.fixture
def finding(database: Database) -> str:
    sower = Sower(database)
    sower.swept(bucket(SHOP, "photos"), a_bucket("photos", public_access_block=NOT_BLOCKED))
    wanted = findings.Filter(policy=POLICY)
    (found,) = database.read_now(lambda c: findings.list_findings(c, wanted))
    return str(found["id"])


class Cloud(CallerDouble):
    """An AWS that takes every call, and shows what is stored."""

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        return {}

    async def reread(self, resource: Resource, names: frozenset[str]) -> Mapping[str, Any]:
        return dict.fromkeys(names, NOT_BLOCKED)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, console: Console) -> Cloud:
    made = Cloud()

    def fixer(*_given: object) -> Fixer:
        return Fixer(console.database, console.catalog, made, made.reread, console.clock, 20, looks=())

    monkeypatch.setattr(fixing, "make_fixer", fixer)
    monkeypatch.setattr(fixing, "caller_of", lambda _settings: made)
    monkeypatch.setattr(fixing, "fix_caller_of", lambda _settings: made)
    return made


def switch_on(folder: Path) -> None:
    (folder / "liveaudit.yaml").write_text(f"{SETTINGS}fixes: {{role: mends}}\n", encoding="utf-8")


def ended(database: Database, finding: str, number: int) -> list[Fixing]:
    """The fixes, once so many have ended."""
    deadline = time.monotonic() + 30
    while True:
        found = database.read_now(partial(fixes.list_fixes, finding_id=finding))
        if len(found) == number and all(each.state is not State.RUNNING for each in found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_everybody_sees_the_commands_and_nobody_a_button_while_it_is_off(
    client: Client, finding: str
) -> None:
    assert f"/findings/{finding}/fix" in client.get(f"/findings/{finding}").text
    page = client.as_role("viewer").get(f"/findings/{finding}/fix")
    assert page.status_code == 200
    assert "aws s3api put-public-access-block --bucket photos" in page.text
    assert "What takes it back" in page.text
    assert "Run it" not in client.as_role("administrator").get(f"/findings/{finding}/fix").text
    refused = client.post(f"/findings/{finding}/fix", data=SURE)
    assert refused.status_code == 409
    assert "fixes.role" in refused.text


def test_only_administrators_may(client: Client, finding: str, tmp_path: Path, cloud: Cloud) -> None:
    switch_on(tmp_path)
    for role in ("viewer", "operator"):
        page = client.as_role(role).get(f"/findings/{finding}/fix").text
        assert "Run it" not in page
        assert "An administrator may" in page
        assert client.post(f"/findings/{finding}/fix", data=SURE).status_code == 403
        assert client.post(f"/findings/{finding}/fixes/ab/undo", data=SURE).status_code == 403
    assert cloud.operations() == []


def test_it_is_run_and_taken_back_with_entries_in_the_audit_log(
    client: Client, finding: str, tmp_path: Path, cloud: Cloud, database: Database
) -> None:
    switch_on(tmp_path)
    address = f"/findings/{finding}/fix"
    assert "Run it" in client.get(address).text
    assert client.post(address, data={}).status_code == 422
    begun = client.post(address, data=SURE, follow_redirects=False)
    assert (begun.status_code, begun.headers["Location"]) == (303, address)
    (done,) = ended(database, finding, 1)
    assert (done.state, done.by, cloud.operations()) == (State.DONE, "ada", ["PutPublicAccessBlock"])
    assert "Take it back" in client.get(address).text
    undo = f"/findings/{finding}/fixes/{done.id}/undo"
    assert client.post(undo, data={**SURE, "anyway": "yes"}, follow_redirects=False).status_code == 303
    ended(database, finding, 2)
    assert cloud.operations() == ["PutPublicAccessBlock"] * 2
    assert client.post(undo, data=SURE).status_code == 409
    entries = database.read_now(lambda c: audit_log.page(c, audit_log.Which(action="fix")))
    assert [(each.name, each.action) for each in reversed(entries)] == [
        ("ada", "fix.run"),
        ("ada", "fix.undo"),
    ]


def test_a_finding_without_a_fix_says_how_else(client: Client, database: Database, finding: str) -> None:
    wanted = findings.Filter(policy="s3_bucket_no_mfa_delete")
    (found,) = database.read_now(lambda c: findings.list_findings(c, wanted))
    page = client.get(f"/findings/{found['id']}/fix")
    assert "has no fix of calls" in page.text
    assert f"/findings/{found['id']}/fix" not in client.get(f"/findings/{found['id']}").text
    assert client.get("/findings/00000000-0000-4000-8000-000000000000/fix").status_code == 404


def test_programs_see_the_calls_run_them_and_take_them_back(
    client: Client, finding: str, tmp_path: Path, cloud: Cloud, database: Database
) -> None:
    api = f"/api/v1/findings/{finding}"
    plan = client.as_role("viewer").get(f"{api}/fix").json()
    assert plan["is_on"] is False
    assert plan["commands"][0].startswith("aws s3api put-public-access-block --bucket photos")
    assert client.as_role("administrator").post(f"{api}/fix").status_code == 409
    switch_on(tmp_path)
    assert client.as_role("operator").post(f"{api}/fix").status_code == 403
    begun = client.as_role("administrator").post(f"{api}/fix")
    assert begun.status_code == 202
    assert client.get(f"/api/v1/jobs/{begun.json()['job']}").json()["subject"] == finding
    ended(database, finding, 1)
    (fix,) = client.get(f"{api}/fixes").json()["items"]
    assert (fix["state"], fix["can_be_undone"], cloud.operations()) == (
        "done",
        True,
        ["PutPublicAccessBlock"],
    )
    assert client.post(f"{api}/fixes/{fix['id']}/undo", json={"anyway": True}).status_code == 202
    ended(database, finding, 2)
    assert len(client.get(f"{api}/fixes").json()["items"]) == 2
    assert cloud.operations() == ["PutPublicAccessBlock"] * 2
