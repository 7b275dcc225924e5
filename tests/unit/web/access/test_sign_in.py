"""Signing in and out, as a browser does it."""

from __future__ import annotations

import re
from functools import partial

import pytest
from argon2 import PasswordHasher

from liveaudit.store import audit_log, sign_ins, users
from liveaudit.store.audit_log import Which
from liveaudit.store.roles import Role
from liveaudit.web.access.cookies import SESSION, cookie_name
from liveaudit.web.access.passwords import PasswordError, Passwords, check_name, check_password
from liveaudit.web.access.reach import Reach
from liveaudit.web.access.secret_words import digest
from liveaudit.web.access.sign_in import one_time_link, safe_next
from liveaudit.web.console import Console
from tests.unit.web.conftest import NOW, Client

LOCAL = cookie_name(SESSION, Reach(), "127.0.0.1")
PASSWORD = "four words of hers"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def browser(client: Client) -> Client:
    """Nobody yet, at a console with one user of their own password."""
    kept = CHEAP.kept(PASSWORD)
    client.console.database.write_now(lambda c: users.add(c, "grace", Role.OPERATOR, kept, NOW))
    client.as_nobody()
    client.follow_redirects = False
    return client


def token(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def enter(browser: Client, name: str, password: str, **more: str) -> int:
    form = {"csrf": token(browser.get("/sign-in").text), "name": name, "password": password, **more}
    return browser.post("/sign-in", data=form).status_code


def logged(console: Console) -> list[tuple[str, str]]:
    return [
        (each.name, each.action) for each in console.database.read_now(partial(audit_log.page, which=Which()))
    ]


def test_by_password_and_out_again(browser: Client) -> None:
    assert enter(browser, " Grace ", PASSWORD) == 303
    secret = browser.cookies[LOCAL]
    page = browser.get("/")
    assert "grace" in page.text
    assert "operator" in page.text
    assert browser.post("/sign-out", data={"csrf": token(page.text)}).headers["Location"] == "/sign-in"
    assert LOCAL not in browser.cookies
    # what was kept of it elsewhere is of no use either
    browser.cookies.set(LOCAL, secret)
    assert browser.get("/").status_code == 303
    assert logged(browser.console)[:2] == [("grace", "sign-in.ended"), ("grace", "sign-in.done")]


def test_what_is_kept_is_neither_password_nor_secret(browser: Client) -> None:
    enter(browser, "grace", PASSWORD)
    raw = browser.console.database.read_now(
        lambda c: [
            str(row)
            for table in ("users", "console_sessions", "audit_log", "sign_in_tries")
            for row in c.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 - fixed names
        ]
    )
    assert PASSWORD not in str(raw)
    assert browser.cookies[LOCAL] not in str(raw)
    assert "$argon2id$" in str(raw)


def test_every_sign_in_has_a_new_secret_and_ends_the_former(browser: Client) -> None:
    enter(browser, "grace", PASSWORD)
    first = browser.cookies[LOCAL]
    link = one_time_link(browser.console.database, NOW, _id(browser, "grace"))
    page = browser.get("/sign-in/link").text
    browser.post("/sign-in/link", data={"csrf": token(page), "code": link})
    assert browser.cookies[LOCAL] != first
    browser.cookies.set(LOCAL, first)
    assert browser.get("/").status_code == 303


def _id(browser: Client, name: str) -> int:
    found = browser.console.database.read_now(partial(users.find_name, name=name))
    assert found is not None
    return found.id


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("grace", "wrong"),
        ("grace", ""),
        ("nobody", PASSWORD),
        ("grace' --", PASSWORD),
        ("\x00grace", PASSWORD),
        ("\u202eecarg", PASSWORD),
        ("<script>alert(1)</script>", "x"),
        # made without a password: for a provider's users
        ("ada", "unusable"),
    ],
)
def test_wrong_ones_stay_out(browser: Client, name: str, password: str) -> None:
    assert enter(browser, name, password) in (401, 422)
    assert LOCAL not in browser.cookies


def test_a_password_in_the_wrong_field_is_not_written_down(browser: Client) -> None:
    enter(browser, "my secret words", "grace")
    assert logged(browser.console)[0] == ("(no such user)", "sign-in.refused")
    assert "secret words" not in browser.post("/sign-in", data={"name": "my secret words"}).text


def test_a_disabled_user_stays_out_and_the_page_does_not_tell(browser: Client) -> None:
    browser.console.database.write_now(lambda c: users.set_disabled(c, _id(browser, "grace"), True))
    assert enter(browser, "grace", PASSWORD) == 401


def test_a_user_is_out_with_the_next_request(browser: Client) -> None:
    enter(browser, "grace", PASSWORD)
    number = _id(browser, "grace")
    browser.console.database.write_now(lambda c: users.set_role(c, number, Role.VIEWER))
    assert "viewer" in browser.get("/").text
    browser.console.database.write_now(lambda c: users.set_disabled(c, number, True))
    assert browser.get("/").status_code == 303


def test_who_tries_too_often_has_to_wait(browser: Client) -> None:
    given = [enter(browser, "grace", "wrong") for _ in range(11)]
    assert given == [401] * 10 + [429]
    assert enter(browser, "grace", PASSWORD) == 429
    # other names from the same address are no way around it
    assert enter(browser, "ada", "x") == 429
    refused = browser.post(
        "/sign-in", data={"csrf": token(browser.get("/sign-in").text), "name": "a", "password": "b"}
    )
    assert int(refused.headers["Retry-After"]) > 0
    assert "Too many tries" in refused.text


def test_the_page_leads_nowhere_else(browser: Client) -> None:
    form = {
        "csrf": token(browser.get("/sign-in?next=//evil.example").text),
        "name": "grace",
        "password": PASSWORD,
    }
    answer = browser.post("/sign-in", data={**form, "wanted": "https://evil.example"})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "wanted",
    ["", "//evil.example", "/\\evil.example", "\\/evil", "https://evil.example", "javascript:alert(1)", "/a\r\nX: 1",
     "/\t/evil.example", "/a\\..\\b", "/" + "a" * 3000],
)  # fmt: skip
def test_only_our_own_pages_come_next(wanted: str) -> None:
    assert safe_next(wanted) == "/"


def test_a_page_of_ours_comes_next() -> None:
    assert safe_next("/findings?status=open&q=a%20b") == "/findings?status=open&q=a%20b"


def test_a_form_of_another_site_cannot_sign_in(browser: Client) -> None:
    assert browser.post("/sign-in", data={"name": "grace", "password": PASSWORD}).status_code == 403
    mine = token(browser.get("/sign-in").text)
    answer = browser.post(
        "/sign-in",
        data={"csrf": mine, "name": "grace", "password": PASSWORD},
        headers={"Origin": "http://evil.example"},
    )
    assert answer.status_code == 403


def begin(console: Console) -> None:
    """As at the first start: no users."""
    console.database.write_now(lambda c: c.exec_driver_sql("DELETE FROM users"))


def follow(browser: Client, code: str) -> int:
    page = browser.get("/sign-in/link").text
    return browser.post("/sign-in/link", data={"csrf": token(page), "code": code}).status_code


def test_the_first_link_holds_once(browser: Client) -> None:
    begin(browser.console)
    code = one_time_link(browser.console.database, NOW)
    assert "liveaudit users link" in browser.get("/sign-in").text
    assert follow(browser, code) == 303
    assert "administrator" in browser.get("/").text
    browser.as_nobody()
    assert follow(browser, code) == 401
    assert follow(browser, "") in (401, 422)
    assert follow(browser, "x" * 43) == 401


def test_the_first_link_is_void_when_it_is_old_replaced_or_somebody_is_there(browser: Client) -> None:
    console = browser.console
    assert follow(browser, one_time_link(console.database, NOW)) == 401
    begin(console)
    assert follow(browser, one_time_link(console.database, NOW - sign_ins.LINK_HOLDS)) == 401
    replaced = one_time_link(console.database, NOW)
    assert follow(browser, one_time_link(console.database, NOW)) == 303
    browser.as_nobody()
    assert follow(browser, replaced) == 401


def test_who_began_is_out_when_an_administrator_comes(browser: Client) -> None:
    console = browser.console
    begin(console)
    follow(browser, one_time_link(console.database, NOW))
    began = browser.cookies[LOCAL]
    console.database.write_now(lambda c: users.add(c, "root", Role.ADMINISTRATOR, CHEAP.kept(PASSWORD), NOW))
    browser.as_nobody()
    assert enter(browser, "root", PASSWORD) == 303
    browser.cookies.set(LOCAL, began)
    assert browser.get("/").status_code == 303


def test_a_link_of_a_user_lets_that_user_in(browser: Client) -> None:
    code = one_time_link(browser.console.database, NOW, _id(browser, "grace"))
    assert digest(code) not in browser.get("/sign-in/link").text
    assert follow(browser, code) == 303
    assert "grace" in browser.get("/").text


def test_passwords_that_are_taken_and_not() -> None:
    assert check_password("vier Wörter für sie", "ada") == "vier Wörter für sie"
    # one spelling of two
    assert check_password("vier Wo\u0308rter von ihr", "ada") == "vier Wörter von ihr"
    for wrong in ("", "short", "aaaaaaaaaaaaaaaa", "abababababababab", "ada loves engines", "x" * 2000):
        with pytest.raises(PasswordError):
            check_password(wrong, "ada")


def test_names_that_are_taken_and_not() -> None:
    assert check_name(" Ada.Lovelace@example.com ") == "ada.lovelace@example.com"
    for wrong in ("", ".ada", "a b", "ádа", "<b>", "a" * 65, "ad\na", "ada\u202e"):
        with pytest.raises(PasswordError):
            check_name(wrong)


def test_an_old_hash_is_made_anew_when_its_password_comes() -> None:
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    assert CHEAP.outdated(old)
    assert CHEAP.fits(PASSWORD, old)
    assert not CHEAP.fits(PASSWORD, None)
    assert not CHEAP.fits(PASSWORD, "no hash at all")
    assert not CHEAP.fits("x" * 5000, old)


def test_the_link_followed_once_more_by_whom_it_let_in_leads_on(browser: Client) -> None:
    code = one_time_link(browser.console.database, NOW, _id(browser, "grace"))
    assert follow(browser, code) == 303
    assert follow(browser, code) == 303
