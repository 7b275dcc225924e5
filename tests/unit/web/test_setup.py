"""The set-up's pages and API, as far as nothing is asked of AWS: filled in, left, taken up again, written."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from liveaudit.settings import load
from liveaudit.settings.written import written
from liveaudit.web.app import create_app
from liveaudit.web.console import Console
from liveaudit.web.setup.fields import accounts_of, role_of_identity
from tests.unit.web.conftest import Client

HUB, SHOP = "111111111111", "222222222222"
FULL: dict[str, Any] = {
    "receiver": HUB,
    "accounts": [{"id": HUB, "name": "hub"}, {"id": SHOP, "name": "shop"}],
    "regions": ["us-east-1", "eu-west-1"],
    "services": ["s3", "iam"],
    "external_id": "a-word",
}
STEPS = (
    *("accounts", "receiver", "regions", "services", "documents", "check", "plan", "apply", "verify"),
    "sweep",
)


def put(client: Client, settings: dict[str, Any]) -> dict[str, Any]:
    version = client.get("/api/v1/setup").json()["version"]
    answer = client.put("/api/v1/setup/draft", json={"version": version, "settings": settings})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def post(client: Client, step: str, **given: Any) -> Response:
    version = client.get("/api/v1/setup").json()["version"]
    return client.post(f"/setup/{step}", data={"version": version, **given}, follow_redirects=False)


def states(client: Client) -> dict[str, str]:
    return {each["id"]: each["state"] for each in client.get("/api/v1/setup").json()["steps"]}


def test_every_page_stands_with_nothing_and_with_everything(client: Client) -> None:
    for _ in range(2):
        for path in ("/setup", *(f"/setup/{step}" for step in STEPS)):
            page = client.get(path)
            assert page.status_code == 200, path
            for inline in ("<script>", "<style", " style=", "onclick"):
                assert inline not in page.text, path
        put(client, FULL)
    assert client.get("/setup/nothing").status_code == 404


def test_step_by_step_to_a_draft_that_can_be_used(client: Client) -> None:
    assert set(states(client).values()) == {"to do"}
    listed = f"{HUB} hub\n2222-2222-2222,shop"
    assert post(client, "accounts", listed=listed).headers["Location"] == "/setup/receiver"
    done = post(client, "receiver", receiver=HUB, external_id="a-word", delivery="direct", runner="")
    assert done.headers["Location"] == "/setup/regions"
    assert post(client, "regions", which="some", region=["us-east-1", "eu-west-1"]).status_code == 303
    assert post(client, "services", which="some", service=["s3", "iam"], every="24h").status_code == 303
    told = client.get("/api/v1/setup").json()
    assert told["settings"] == {**FULL, "delivery": "direct"}
    assert told["mistakes"] == []
    assert [states(client)[step] for step in STEPS[:4]] == ["done"] * 4
    assert "Continue: Documents" in client.get("/setup").text


def test_what_is_wrong_stands_at_its_step_and_is_kept(client: Client) -> None:
    post(client, "accounts", listed=f"{HUB} hub")
    again = post(client, "receiver", receiver=SHOP, external_id="x")
    assert again.headers["Location"] == "/setup/receiver"
    page = client.get("/setup/receiver").text
    assert "external_id" in page
    assert "is not an external id" in page
    assert states(client)["receiver"] == "needs you"
    assert client.get("/api/v1/setup").json()["settings"]["accounts"][-1] == {
        "id": SHOP,
        "publisher": False,
    }, "the receiver is one of the accounts"


def test_a_pasted_list_with_a_slip_is_shown_again_with_the_line(client: Client) -> None:
    page = post(client, "accounts", listed=f"{HUB} hub\n12345 shop")
    assert page.status_code == 422
    assert "line 2" in page.text
    assert "12345 shop" in page.text, "what was typed is not lost"
    assert client.get("/api/v1/setup").json()["version"] == 0


def test_two_who_fill_it_in_do_not_overwrite_each_other(client: Client) -> None:
    first = client.post("/setup/accounts", data={"version": 0, "listed": HUB}, follow_redirects=False)
    assert first.status_code == 303
    second = client.post("/setup/accounts", data={"version": 0, "listed": SHOP}, follow_redirects=False)
    assert second.status_code == 409
    answer = client.put("/api/v1/setup/draft", json={"version": 0, "settings": FULL})
    assert answer.json()["title"] == "Changed meanwhile"


def test_it_is_left_and_taken_up_by_another_process(client: Client, console: Console) -> None:
    put(client, FULL)
    with Client(create_app(console), base_url="http://127.0.0.1") as other:
        other.console = console
        other.as_user("bob", "administrator")
        assert other.get("/api/v1/setup").json()["settings"] == FULL


def test_what_is_said_of_one_account_stays_when_the_list_is_pasted_anew(client: Client) -> None:
    put(client, FULL)
    arn = f"arn:aws:iam::{SHOP}:role/own"
    post(client, f"accounts/{SHOP}", name="shop", watched="yes", role_arn=arn, regions="eu-west-1")
    post(client, "accounts", listed=f"{HUB}\n{SHOP} the shop")
    assert client.get("/api/v1/setup").json()["settings"]["accounts"] == [
        {"id": HUB},
        {"id": SHOP, "name": "the shop", "role_arn": arn, "regions": ["eu-west-1"]},
    ]
    post(client, f"accounts/{SHOP}", name="the shop")
    assert client.get("/api/v1/setup").json()["settings"]["accounts"][1] == {
        "id": SHOP,
        "name": "the shop",
        "publisher": False,
    }
    assert client.get("/setup/accounts/999999999999").status_code == 404


def test_an_organization_beside_them(client: Client) -> None:
    post(client, "accounts", listed=HUB, organization="yes", units="ou-ab12-11111111", exclude=SHOP)
    assert client.get("/api/v1/setup").json()["settings"]["organization"] == {
        "units": ["ou-ab12-11111111"],
        "exclude": [SHOP],
    }
    post(client, "accounts", listed=HUB, organization="no", units="ou-ab12-11111111")
    assert "organization" not in client.get("/api/v1/setup").json()["settings"]


def test_leaving_out_the_home_region_is_told(client: Client) -> None:
    put(client, {**FULL, "regions": ["eu-west-1"]})
    page = client.get("/setup/regions").text
    assert "without us-east-1 the changes of IAM" in page
    assert states(client)["regions"] == "done", "it is allowed"


def test_a_framework_chooses_its_services(client: Client) -> None:
    put(client, FULL)
    name = sorted(client.console.frameworks)[0]
    post(client, "services", which="framework", framework=name)
    chosen = client.get("/api/v1/setup").json()["settings"]["services"]
    assert {"iam", "s3"} <= set(chosen)
    assert post(client, "services", which="framework", framework="no such").status_code == 422


@pytest.mark.parametrize("form", ["json", "cloudformation", "terraform"])
def test_the_owners_documents_to_copy_and_to_download(client: Client, form: str) -> None:
    put(client, FULL)
    told = client.get("/api/v1/setup/documents", params={"form": form}).json()
    assert [each["account"] for each in told] == [HUB, SHOP]
    name, text = next(iter(told[1]["files"].items()))
    page = client.get("/setup/documents", params={"form": form, "account": SHOP}).text
    assert name in page
    one = client.get(f"/setup/documents/{SHOP}/{name}", params={"form": form})
    assert one.text == text
    assert "attachment" in one.headers["Content-Disposition"]
    data = client.get("/setup/documents.zip", params={"form": form}).content
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert zipped.read(f"{SHOP}/{name}").decode() == text
        assert {each.split("/")[0] for each in zipped.namelist()} == {HUB, SHOP}
        assert f"{HUB}/README.txt" in zipped.namelist()
    assert client.get(f"/setup/documents/{SHOP}/nothing").status_code == 404


def test_before_the_draft_can_be_used_nothing_is_made_of_it(client: Client) -> None:
    assert client.get("/api/v1/setup/documents").status_code == 409
    assert client.get("/setup/documents.zip").status_code == 409
    assert client.post("/api/v1/setup/check").json()["title"] == "The settings are not complete"
    assert client.post("/api/v1/setup/file").status_code == 409
    assert client.post("/setup/write", follow_redirects=False).status_code == 409


def test_the_file_is_written_with_the_consoles_own_store(
    client: Client, console: Console, tmp_path: Path
) -> None:
    put(client, FULL)
    assert "sqlite" not in client.get("/api/v1/setup/file").text, "a password may stand in the store's URL"
    assert client.post("/setup/write", follow_redirects=False).status_code == 303
    settings = load(console.settings_path)
    assert settings.store == f"sqlite:///{tmp_path / 'console.sqlite3'}"
    assert settings.account_ids == {HUB, SHOP}
    told = client.get("/api/v1/setup").json()
    assert told["written"]
    assert not put(client, {**FULL, "services": ["s3"]})["written"]
    client.post("/api/v1/setup/file")
    assert console.settings_path.with_name("liveaudit.yaml.old").exists()


def test_it_begins_with_the_file_that_stands(client: Client, console: Console) -> None:
    console.settings_path.write_text(written({**FULL, "store": "sqlite:////x.sqlite3"}), "utf-8")
    assert client.get("/api/v1/setup").json()["settings"] == FULL
    put(client, {**FULL, "services": ["s3"]})
    client.post("/api/v1/setup/file")
    assert load(console.settings_path).store == "sqlite:////x.sqlite3", "the store stays where it is"
    put(client, {"receiver": "wrong"})
    assert client.delete("/api/v1/setup/draft").json()["settings"] == {**FULL, "services": ["s3"]}


def test_a_file_with_mistakes_is_told_and_kept(client: Client, console: Console) -> None:
    console.settings_path.write_text("receiver: 5\n", "utf-8")
    page = client.get("/setup").text
    assert "The settings file has mistakes" in page
    put(client, FULL)
    client.post("/api/v1/setup/file")
    assert console.settings_path.with_name("liveaudit.yaml.old").read_text("utf-8") == "receiver: 5\n"
    assert "has mistakes" not in client.get("/setup").text


def test_viewers_look_and_do_not_touch(client: Client) -> None:
    put(client, FULL)
    client.as_role("viewer")
    for step in STEPS:
        page = client.get(f"/setup/{step}")
        assert page.status_code == 200
        assert 'type="submit">Save' not in page.text
        assert "/setup/identity" not in page.text, "it would be refused"
    assert client.get("/setup/liveaudit.yaml").status_code == 403
    for path in ("accounts", "receiver", "regions", "services", "check", "apply", "write", "reset"):
        answer = client.post(f"/setup/{path}", data={"version": 1}, follow_redirects=False)
        assert answer.status_code == 403, path
    client.as_role("operator")
    assert client.post("/api/v1/setup/apply").status_code == 403


def test_names_are_shown_as_text(client: Client) -> None:
    evil = '"><script>alert(1)</script>\u202e'
    put(client, {**FULL, "accounts": [{"id": HUB, "name": evil}, {"id": SHOP}], "receiver": HUB})
    for path in ("/setup/accounts", "/setup/receiver", "/setup/documents", f"/setup/accounts/{HUB}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "alert(1)" in page, path


def test_a_draft_of_any_shape_is_told_and_breaks_no_page(client: Client) -> None:
    for settings in (
        {"accounts": 5, "regions": {"a": 1}, "receiver": [1], "organization": "x", "services": None},
        {"accounts": ["x", None, {"id": 5}], "organization": {"units": 3, "exclude": "x"}, "sweep": "x"},
        {"accounts": [{}], "regions": [[]], "services": {"s3": 1}, "nothing": {"deep": [1, {"x": None}]}},
    ):
        told = put(client, settings)
        assert told["mistakes"]
        for path in ("/setup", *(f"/setup/{step}" for step in STEPS)):
            assert client.get(path).status_code == 200, (settings, path)


def test_jobs_are_listed_in_pages_and_ended(client: Client, console: Console) -> None:
    from liveaudit.store import jobs

    def begin(number: int) -> None:
        console.database.write_now(
            lambda c: jobs.begin(
                c,
                job_id=f"j{number}",
                kind=f"kind {number}",
                by="ada",
                owner="x",
                now=console.clock() + number / 10,
            )
        )

    for number in range(3):
        begin(number)
    first = client.get("/api/v1/jobs", params={"limit": 2}).json()
    rest = client.get("/api/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == ["j2", "j1", "j0"]
    assert rest["next"] is None
    assert client.get("/api/v1/jobs/none").status_code == 404
    assert client.as_role("viewer").post("/api/v1/jobs/j1/cancel").status_code == 403
    ended = client.as_role("operator").post("/api/v1/jobs/j1/cancel").json()
    assert ended["cancelled_by"] == "operator of the tests"
    console.database.write_now(
        lambda c: jobs.end(c, "j1", jobs.State.CANCELLED, console.clock(), progress=jobs.Progress())
    )
    assert client.post("/api/v1/jobs/j1/cancel").status_code == 409
    assert client.post("/setup/cancel/j0", follow_redirects=False).status_code == 404, "none of the set-up's"


def test_pasted_accounts_for_programs(client: Client) -> None:
    told = client.post("/api/v1/setup/pasted", json={"text": f"{HUB} hub\nnothing"}).json()
    assert told["accounts"] == [{"id": HUB, "name": "hub"}]
    assert len(told["wrong"]) == 1


def test_whose_credentials_these_are() -> None:
    assert (
        role_of_identity(f"arn:aws:sts::{HUB}:assumed-role/runner/i-1") == f"arn:aws:iam::{HUB}:role/runner"
    )
    assert role_of_identity(f"arn:aws:iam::{HUB}:user/ops/ada") == f"arn:aws:iam::{HUB}:user/ops/ada"
    assert role_of_identity(f"arn:aws:iam::{HUB}:root") == ""
    assert role_of_identity("nothing") == ""


def test_a_list_keeps_its_order() -> None:
    accounts, found = accounts_of(f"{SHOP} b\n{HUB} a", [])
    assert [each["id"] for each in accounts] == [SHOP, HUB]
    assert not found.wrong
