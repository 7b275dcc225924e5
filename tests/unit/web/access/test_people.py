"""Users, sessions, tokens and the audit log, by page and by API."""

from __future__ import annotations

import re
from typing import Any

import pytest

from liveaudit.store import audit_log
from liveaudit.store.audit_log import Entry, Which
from tests.support.signing_in import sign_in
from tests.unit.web.conftest import NOW, Client

ODD = "<img src=x onerror=alert(1)>\u202e\x07"


def log(client: Client, text: str = "") -> list[tuple[str, str, str, str]]:
    found = client.console.database.read_now(lambda c: audit_log.page(c, Which(text=text)))
    return [(each.name, each.action, each.target, each.detail) for each in found]


def user(client: Client, name: str) -> dict[str, Any]:
    return next(each for each in client.get("/api/v1/users").json() if each["name"] == name)


def test_a_user_from_made_to_removed_by_api(client: Client) -> None:
    made = client.post("/api/v1/users", json={"name": "Ben", "role": "viewer"})
    assert made.status_code == 201
    number = made.json()["id"]
    assert made.json()["name"] == "ben"
    assert client.post("/api/v1/users", json={"name": "ben"}).status_code == 409
    assert client.patch(f"/api/v1/users/{number}", json={"role": "operator"}).json()["role"] == "operator"
    link = client.post(f"/api/v1/users/{number}/link").json()["url"]
    assert link.startswith("http://127.0.0.1/sign-in/link#")
    assert client.patch(f"/api/v1/users/{number}", json={"disabled": True}).json()["disabled"]
    assert client.post(f"/api/v1/users/{number}/link").status_code == 409
    assert client.delete(f"/api/v1/users/{number}").status_code == 204
    assert client.delete(f"/api/v1/users/{number}").status_code == 404
    assert [each[1:] for each in log(client, text="ben")] == [
        ("user.remove", "ben", ""),
        ("user.disable", "ben", ""),
        ("user.link", "ben", ""),
        ("user.role", "ben", "viewer to operator"),
        ("user.add", "ben", "role viewer"),
    ]
    assert {each[0] for each in log(client)} == {"ada"}
    # what lets in is not in the log
    assert link.rpartition("#")[2] not in str(log(client))


def test_the_last_administrator_stays(client: Client) -> None:
    number = user(client, "ada")["id"]
    for answer in (
        client.patch(f"/api/v1/users/{number}", json={"role": "viewer"}),
        client.patch(f"/api/v1/users/{number}", json={"disabled": True}),
        client.delete(f"/api/v1/users/{number}"),
        client.post(f"/users/{number}", data={"remove": "true"}),
    ):
        assert answer.status_code == 409
        assert "last administrator" in answer.text
    assert client.get("/api/v1/me").json() == {"name": "ada", "role": "administrator", "kind": "session"}


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_others_than_administrators_have_no_say_about_others(client: Client, role: str) -> None:
    client.as_role(role)
    assert client.get("/account").status_code == 200
    for method, path in (
        ("GET", "/users"),
        ("POST", "/users"),
        ("GET", "/audit-log"),
        ("GET", "/api/v1/users"),
        ("GET", "/api/v1/audit-log"),
        ("GET", "/api/v1/tokens?everybody=true"),
        ("DELETE", "/api/v1/users/1"),
        ("POST", "/api/v1/users/1/link"),
    ):
        answer = client.request(method, path, json={"name": "x"} if "api" in path else None, data=None)
        assert answer.status_code in (403, 422), path
    assert client.post("/users", data={"name": "eve", "role": "administrator"}).status_code == 403
    page = client.get("/account").text
    assert 'href="/users"' not in page
    assert 'href="/audit-log"' not in page


def test_a_token_may_what_its_scope_and_its_user_may(client: Client) -> None:
    made = client.as_user("ben", "operator").post(
        "/api/v1/tokens", json={"name": "ci", "scope": "write", "days": 1}
    )
    assert made.status_code == 201
    secret = made.json()["token"]
    assert client.post("/api/v1/tokens", json={"name": "ci", "scope": "admin"}).status_code == 403
    client.as_nobody()
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me", headers=bearer).json() == {
        "name": "ben (ci)",
        "role": "operator",
        "kind": "token",
    }
    # no cookie, so no token of a page is asked for
    assert (
        client.post("/api/v1/tokens", headers=bearer, json={"name": "x", "scope": "read"}).status_code == 201
    )
    client.as_user("ada", "administrator")
    number = user(client, "ben")["id"]
    client.patch(f"/api/v1/users/{number}", json={"role": "viewer"})
    assert client.get("/api/v1/me", headers=bearer).json()["role"] == "viewer"
    client.patch(f"/api/v1/users/{number}", json={"disabled": True})
    assert client.get("/api/v1/me", headers=bearer).status_code == 401
    client.patch(f"/api/v1/users/{number}", json={"disabled": False})
    assert client.get("/api/v1/me", headers=bearer).status_code == 200
    assert secret not in str(log(client))
    assert secret not in client.get("/api/v1/tokens?everybody=true").text


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer x", "Basic YWRhOng=", "Bearer lva_" + "x" * 43, "bearer \x80", "Bearer a b"],
)
def test_a_token_that_does_not_hold_is_not_made_good_by_a_cookie(client: Client, given: str) -> None:
    answer = client.get("/api/v1/me", headers={b"Authorization": given.encode("latin-1")})
    assert answer.status_code == 401


def test_a_token_ends_in_time_and_by_revoking(client: Client) -> None:
    made = client.post("/api/v1/tokens", json={"name": "ci", "days": 1}).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    clock = {"now": NOW}
    object.__setattr__(client.console, "clock", lambda: clock["now"])
    clock["now"] = NOW + 86_399
    assert client.get("/api/v1/me", headers=bearer).status_code == 200
    clock["now"] = NOW + 86_400
    assert client.get("/api/v1/me", headers=bearer).status_code == 401
    clock["now"] = NOW
    assert client.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert client.get("/api/v1/me", headers=bearer).status_code == 401
    assert client.delete(f"/api/v1/tokens/{made['id']}").status_code == 404


def test_nobody_ends_what_is_anothers(client: Client) -> None:
    mine = client.post("/api/v1/tokens", json={"name": "ci"}).json()
    session = client.get("/api/v1/sessions").json()[0]
    client.as_user("ben", "operator")
    assert client.delete(f"/api/v1/tokens/{mine['id']}").status_code == 404
    assert client.delete(f"/api/v1/sessions/{session['id']}").status_code == 404
    assert client.get("/api/v1/tokens").json() == []
    assert [each["current"] for each in client.get("/api/v1/sessions").json()] == [True]


def test_one_ends_ones_other_browser(client: Client) -> None:
    other = sign_in(client.console.database, "ada", "administrator", NOW)
    found = client.get("/api/v1/sessions").json()
    (that,) = [each["id"] for each in found if not each["current"]]
    assert client.post(f"/account/sessions/{that}/end").status_code == 200
    assert [each["current"] for each in client.get("/api/v1/sessions").json()] == [True]
    assert other.secret not in client.get("/account").text


def test_a_new_user_comes_by_the_link_and_chooses_a_password(client: Client) -> None:
    page = client.post("/users", data={"name": "grace", "role": "operator"}).text
    code = re.search(r"/sign-in/link#([\w-]{43})<", page)
    assert code is not None
    assert code[1] not in client.get("/users").text
    client.as_nobody()
    form = client.get("/sign-in/link").text
    token = re.search(r'name="csrf" value="(\w+)"', form)
    assert token is not None
    client.post("/sign-in/link", data={"csrf": token[1], "code": code[1]})
    account = client.get("/account").text
    assert "Current password" not in account
    token = re.search(r'name="csrf" value="(\w+)"', account)
    assert token is not None
    words = {"csrf": token[1], "wanted": "some words of hers", "again": "some words of hers"}
    assert client.post("/account/password", data={**words, "again": "others"}).status_code == 422
    assert client.post("/account/password", data={**words, "wanted": "x", "again": "x"}).status_code == 422
    assert "is changed" in client.post("/account/password", data=words).text


def test_a_password_is_changed_by_who_knows_it_and_others_go(client: Client) -> None:
    other = sign_in(client.console.database, "ada", "administrator", NOW)
    wanted = {"wanted": "some words of hers", "again": "some words of hers"}
    for current in ("", "wrong", "unusable"):
        assert client.post("/account/password", data={**wanted, "current": current}).status_code == 422
    kept = client.app.state.passwords.kept("her former words")  # type: ignore[attr-defined]  # any ASGI app to the client
    client.console.database.write_now(lambda c: c.exec_driver_sql("UPDATE users SET password = ?", (kept,)))
    assert (
        "is changed" in client.post("/account/password", data={**wanted, "current": "her former words"}).text
    )
    assert len(client.get("/api/v1/sessions").json()) == 1
    assert other.name == "ada"
    assert ("ada", "user.password", "ada", "") in log(client)


def test_the_log_is_filtered_and_paged(client: Client) -> None:
    def fill(connection: Any) -> None:
        for number in range(250):
            name = "ben" if number % 2 else "ada"
            entry = Entry(name, "finding.note", f"finding {number}", ODD, "operator", "session", "10.0.0.7")
            audit_log.put(connection, entry, NOW - 250 + number)

    client.console.database.write_now(fill)
    page = client.get("/audit-log").text
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert page.count("finding.note") >= 99
    following = re.search(r'href="(/audit-log\?[^"]+)" rel="next"', page)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).text
    assert "finding 0<" not in second
    assert "finding 100<" in second
    first = client.get("/api/v1/audit-log", params={"name": "ben", "action": "finding", "limit": 100}).json()
    assert len(first["items"]) == 100
    rest = client.get(
        "/api/v1/audit-log", params={"name": "ben", "limit": 100, "cursor": first["next"]}
    ).json()
    assert len(rest["items"]) == 25
    assert rest["next"] is None
    some = client.get("/api/v1/audit-log", params={"since": NOW - 2, "until": NOW - 1}).json()["items"]
    assert [each["target"] for each in some] == ["finding 248"]
    assert client.get("/api/v1/audit-log", params={"text": "%"}).json()["items"] == []
    assert client.get("/audit-log?since=2027-99-99").status_code == 200
    assert client.get("/audit-log?since=x").status_code == 422
    assert client.get("/audit-log", params={"name": ODD}).status_code == 200


def test_what_a_page_changes_is_in_the_log(client: Client) -> None:
    from liveaudit.web.access.principal import Principal, Role

    who = Principal("ben", Role.OPERATOR, "token", address="10.0.0.7")
    client.console.log_change(who, "policy.disable", "s3_x", "x" * 9000)
    (entry,) = client.console.database.read_now(lambda c: audit_log.page(c, Which()))
    assert (entry.name, entry.role, entry.way, entry.address) == ("ben", "operator", "token", "10.0.0.7")
    assert (entry.action, entry.target, entry.at) == ("policy.disable", "s3_x", NOW)
    assert len(entry.detail) == 4000


def test_pages_show_odd_names_as_text(client: Client) -> None:
    client.as_user(ODD, "administrator")
    client.headers["User-Agent"] = "<script>alert(1)</script>"
    client.post("/account/tokens", data={"name": "<b>token</b>", "scope": "read", "days": "7"})
    for path in ("/account", "/users", "/audit-log"):
        page = client.get(path).text
        for harm in ("<img src=x", "\u202e", "\x07", "<b>token", "<script>alert"):
            assert harm not in page, path
