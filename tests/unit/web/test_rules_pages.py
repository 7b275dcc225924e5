"""The console's pages and API of policies and exemptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from liveaudit.custom.files import load_folder
from liveaudit.custom.taking_in import take_in
from liveaudit.policies.rulebook import Exemption, Setting, State
from liveaudit.policies.scope import Scope
from liveaudit.store import asked, audit_log, rules
from liveaudit.store.schema import findings, resources
from liveaudit.web.console import Console
from tests.unit.web.conftest import NOW, Client

POLICY, KEYS = "s3_bucket_level_public_access_block", "iam_rotate_access_key_90_days"
HOSTILE = "<script>alert(1)</script>\u202etxt"


def done(console: Console) -> list[str]:
    found = console.database.read_now(lambda c: audit_log.page(c, audit_log.Which()))
    return [each.action for each in found if each.action.startswith(("policy.", "exemption."))]


def settings(console: Console) -> list[Setting]:
    return console.database.read_now(rules.list_settings)


def exempt(console: Console, **given: Any) -> Exemption:
    about = {"id": "e1", "scope": Scope(policies=(POLICY,)), "reason": HOSTILE, "made_at": NOW - 10}
    made = Exemption(**{**about, **given})
    console.database.write_now(lambda c: rules.put_exemptions(c, [made]))
    return made


def hold(console: Console, exemption: str, opened_at: float) -> None:
    def write(c: Any) -> None:
        where = {"partition": "aws", "account": "1" * 12, "region": "eu-west-1", "type": "AWS::S3::Bucket"}
        key = c.execute(
            insert(resources)
            .values(**where, rid="b", arn="arn:aws:s3:::b", state="present", first_seen=NOW)
            .returning(resources.c.id)
        ).scalar_one()
        where.pop("partition")
        c.execute(
            insert(findings).values(
                id="f1", resource_id=key, policy=POLICY, severity="high", status="suppressed",
                decided_by=f"exemption:{exemption}", reason="", evidence="{}", opened_at=opened_at,
                updated_at=NOW, times_opened=1, opened_by="[]", opened_hops="{}", **where,
            )
        )  # fmt: skip

    console.database.write_now(write)


def test_policies_are_searched_and_paged(client: Client) -> None:
    everything = client.get("/policies")
    assert everything.status_code == 200
    assert "Next page" in everything.text
    found = client.get("/policies", params={"q": "ROTATE access", "service": "iam", "framework": "CIS 7.0"})
    assert KEYS in found.text
    assert "1 policy" in found.text
    assert "No policy matches" in client.get("/policies", params={"state": "disabled"}).text


def test_the_api_gives_every_policy_page_by_page(client: Client, console: Console) -> None:
    ids, cursor = [], ""
    while True:
        page = client.get("/api/v1/policies", params={"limit": 200, "cursor": cursor}).json()
        ids += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert ids == sorted({each.id for each in console.policies.all()})


def test_a_policy_is_set_and_told(client: Client, console: Console) -> None:
    form = {"state": "staged", "severity": "low", "parameters": "days=60", "reason": HOSTILE}
    assert client.post(f"/policies/{KEYS}", data=form, follow_redirects=False).status_code == 303
    (made,) = settings(console)
    assert (made.scope, made.state, made.parameters) == (Scope(policies=(KEYS,)), State.STAGED, {"days": 60})
    page = client.get(f"/policies/{KEYS}").text
    assert "staged" in page
    assert "<script>alert" not in page
    told = client.get(f"/api/v1/policies/{KEYS}").json()
    assert (told["state"], told["severity"], told["own_severity"]) == ("staged", "low", "medium")
    assert told["parameters"] == {"days": 60}
    assert "iam:ListAccessKeys" in told["facts"]["calls"]
    assert client.get("/api/v1/policies", params={"state": "staged"}).json()["items"][0]["id"] == KEYS
    assert made.id in client.get("/policies/settings").text
    assert client.post(f"/policies/settings/{made.id}/drop", follow_redirects=False).status_code == 303
    assert settings(console) == []
    assert done(console) == ["policy.unset", "policy.set"]


def test_what_is_narrower_is_told_apart(client: Client) -> None:
    form = {"state": "disabled", "accounts": "111111111111\n\n 222222222222 "}
    client.post(f"/policies/{KEYS}", data=form)
    told = client.get(f"/api/v1/policies/{KEYS}").json()
    assert (told["state"], told["narrower"]) == ("enabled", 1)
    assert told["settings"][0]["scope"]["accounts"] == ["111111111111", "222222222222"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "says nothing"),
        ({"parameters": "days=0"}, "from 1 to"),
        ({"parameters": "days"}, "is not NAME=VALUE"),
        ({"state": "off"}, "state"),
        ({"state": "staged", "accounts": HOSTILE}, "twelve digits"),
    ],
)
def test_a_wrong_form_comes_back_as_it_was(
    client: Client, console: Console, form: dict[str, str], told: str
) -> None:
    for where in (f"/policies/{KEYS}", "/policies/settings"):
        answer = client.post(where, data={**form, "policies": KEYS, "reason": "my words"})
        assert answer.status_code == 422
        assert told in answer.text
        assert "my words" in answer.text
        assert "<script>alert" not in answer.text
    assert settings(console) == []


def test_settings_by_the_api(client: Client, console: Console) -> None:
    made = client.post("/api/v1/policy-settings", json={"services": ["s3"], "state": "disabled"})
    assert made.status_code == 201
    where = f"/api/v1/policy-settings/{made.json()['id']}"
    changed = client.put(where, json={"services": ["s3"], "severity": "critical"}).json()
    assert (changed["state"], changed["severity"]) == (None, "critical")
    wrong = client.put(where, json={"accounts": ["x"], "state": "staged"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "accounts[0]")
    assert client.get("/api/v1/policy-settings").json()["items"] == [changed]
    assert client.delete(where).status_code == 204
    assert client.delete(where).status_code == 404
    assert done(console) == ["policy.unset", "policy.set", "policy.set"]


def test_what_the_file_says_is_changed_there(client: Client, console: Console) -> None:
    declared = Setting("file-1", Scope(), State.STAGED, source="file")
    console.database.write_now(lambda c: rules.publish_settings(c, [declared]))
    assert client.delete("/api/v1/policy-settings/file-1").status_code == 409
    assert "the settings file" in client.get("/policies/settings").text
    exempt(console, id="file-x", source="file")
    assert client.post("/api/v1/exemptions/file-x/withdraw").status_code == 409


def test_an_exemption_is_made_changed_and_withdrawn(client: Client, console: Console) -> None:
    form = {
        "reason": HOSTILE,
        "policies": POLICY,
        "resources": "arn:aws:s3:::shop-*",
        "ends": "2999-03-31",
        "excluding_tags": "confidential",
    }
    assert POLICY in client.get("/exemptions/new", params={"policy": POLICY}).text
    answer = client.post("/exemptions", data=form, follow_redirects=False)
    assert answer.status_code == 303
    where = answer.headers["location"]
    for path in (where, "/exemptions", f"/policies/{POLICY}", f"{where}/change"):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    told = client.get(f"/api/v1{where}").json()
    assert told["excluding"][0]["tags"] == ["confidential"]
    assert (told["state"], told["findings"]) == ("in force", 0)
    client.post(where, data={**form, "reason": "said better"})
    assert client.get(f"/api/v1{where}").json()["reason"] == "said better"
    client.post(f"{where}/withdraw")
    assert client.get(f"/api/v1{where}").json()["withdrawn_by"] == "ada"
    assert client.post(f"{where}/withdraw").status_code == 409
    assert "Nothing is exempted" in client.get("/exemptions").text
    assert "said better" in client.get("/exemptions", params={"state": "withdrawn"}).text
    assert done(console) == ["exemption.withdraw", "exemption.change", "exemption.make"]


def test_a_wrong_exemption_comes_back(client: Client, console: Console) -> None:
    answer = client.post("/exemptions", data={"reason": "my words"})
    assert answer.status_code == 422
    assert "would exempt everything" in answer.text
    assert "my words" in answer.text
    refused = client.post(
        "/api/v1/exemptions", json={"reason": "x", "policies": [POLICY], "ends": "2027-02-31"}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "ends")
    assert console.database.read_now(rules.list_exemptions) == []


def test_what_it_holds_and_hides_is_told(client: Client, console: Console) -> None:
    exempt(console)
    assert "unused" in client.get("/exemptions").text
    hold(console, "e1", opened_at=NOW)
    (told,) = client.get("/api/v1/exemptions").json()["items"]
    assert (told["findings"], told["hidden"]) == (1, 1)
    kinds = {each["kind"] for each in client.get("/api/v1/exemptions/remarks").json()["items"]}
    assert kinds == {"hides", "never ends"}
    page = client.get("/exemptions/e1").text
    assert "arn:aws:s3:::b" in page
    assert "nobody ever saw" in page


def test_exemptions_come_in_pages(client: Client, console: Console) -> None:
    for at in range(5):
        exempt(console, id=f"e{at}", made_at=NOW - at // 2)
    first = client.get("/api/v1/exemptions", params={"limit": 3}).json()
    second = client.get("/api/v1/exemptions", params={"limit": 3, "cursor": first["next"]}).json()
    ids = [each["id"] for each in first["items"] + second["items"]]
    assert ids == ["e0", "e1", "e2", "e3", "e4"]
    assert second["next"] is None


def test_a_mutelist_is_tried_and_taken_over(client: Client, console: Console) -> None:
    text = (
        'Mutelist: {Accounts: {"*": {Checks: {"s3_*": {Regions: ["*"], Resources: ["<b>", "x"]}, '
        '"ec2_*": {Regions: ["*"], Resources: ["test"]}}}}}'
    )
    tried = client.post("/exemptions/import", data={"mutelist": text}).text
    assert "1 exemption would be taken over" in tried
    assert "<b>" not in tried.partition("</textarea>")[2]
    assert console.database.read_now(rules.list_exemptions) == []
    assert (
        "1 exemption taken over"
        in client.post("/exemptions/import", data={"mutelist": text, "take": "true"}).text
    )
    again = client.post("/api/v1/exemptions/import", json={"mutelist": text}).json()
    assert (again["exemptions"], [each["line"] for each in again["left_out"]]) == ([], [1])
    assert client.post("/api/v1/exemptions/import", json={"mutelist": "no"}).status_code == 422
    assert client.post("/exemptions/import", data={"mutelist": "no"}).status_code == 422


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", f"/policies/{KEYS}", 403),
        ("operator", f"/policies/{KEYS}", 403),
        ("operator", "/policies/settings", 403),
        ("viewer", "/exemptions", 403),
        ("viewer", "/exemptions/e1/withdraw", 403),
        ("operator", "/exemptions/e1/withdraw", 303),
    ],
)
def test_who_may_change_what(client: Client, console: Console, role: str, path: str, status: int) -> None:
    exempt(console)
    client.as_role(role)
    assert client.post(path, data={"state": "disabled"}, follow_redirects=False).status_code == status
    for page in ("/policies", f"/policies/{KEYS}", "/policies/settings", "/exemptions", "/exemptions/e1"):
        assert client.get(page).status_code == 200
    assert settings(console) == []


def test_what_is_not_there_is_said_so(client: Client) -> None:
    for path in ("/policies/nothing", "/exemptions/nothing", "/policies/settings/nothing"):
        assert client.get(path).status_code == 404
    assert client.post("/policies/nothing", data={"state": "staged"}).status_code == 404
    assert client.get("/api/v1/policies/nothing").status_code == 404


def test_a_form_that_would_lose_something_is_refused(client: Client, console: Console) -> None:
    exempt(console, excluding=(Scope(tags=("a",)), Scope(tags=("b",))))
    assert client.get("/exemptions/e1/change").status_code == 409
    assert client.post("/exemptions/e1", data={"reason": "x", "policies": POLICY}).status_code == 409
    (kept,) = console.database.read_now(rules.list_exemptions)
    assert len(kept.excluding) == 2


def test_a_policy_that_a_function_decides_tells_how_the_asking_goes(
    client: Client, console: Console, tmp_path: Path
) -> None:
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:judge"
    policy = {
        "id": "acme_named",
        "type": "AWS::S3::Bucket",
        "severity": "low",
        "title": "Buckets are named well",
        "why": "w",
        "fix": "f",
        "lambda": {"function": arn, "sections": ["acl"]},
    }
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own.yaml").write_text(json.dumps({"policies": [policy]}), encoding="utf-8")
    take_in(load_folder(folder).policies)
    assert "Nothing was asked yet" in client.get("/policies/acme_named").text

    def note(**given: Any) -> None:
        said = {"answered": 0, "unanswered": 0, "reason": "", "now": NOW - 60, **given}
        console.database.write_now(lambda c: asked.note(c, "acme_named", arn, **said))

    note(answered=7)
    page = client.get("/policies/acme_named").text
    assert arn in page
    assert "All was answered" in page
    note(unanswered=3, reason=HOSTILE, now=NOW - 30)
    page = client.get("/policies/acme_named").text
    assert "not answered" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "not answered" in client.get("/policies", params={"q": "acme_named"}).text
    note(answered=2, unanswered=1, reason="no verdict")
    assert "partly answered" in client.get("/policies", params={"q": "acme_named"}).text
