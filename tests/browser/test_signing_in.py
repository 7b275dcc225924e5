"""Signing in by a one-time link, by a password and by a provider of identities, each as a browser does it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from liveaudit.store import users
from liveaudit.store.roles import Role
from liveaudit.web.access.sign_in import one_time_link
from tests.browser.conftest import Site
from tests.support.browsing import Watched, watched
from tests.support.oidc_server import CLIENT, SECRET, OidcServer, oidc_server
from tests.support.sown import NOW, SETTINGS

PASSWORD = "four words of hers"
WANTED = "/findings?severity=critical&sort=severity"
OIDC = """\
console:
  oidc:
    issuer: {issuer}
    client_id: {client}
    client_secret: env:LIVEAUDIT_TEST_SECRET
    role_claim: groups
    operators: [on-call]
"""


def is_in(page: Page, name: str, role: str) -> None:
    expect(page.locator("a.who")).to_have_text(f"{name} {role}")


def where(page: Page) -> str:
    """The address without the host."""
    parts = urlsplit(page.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def in_order(seen: Watched) -> None:
    assert not seen.faults()
    seen.check()


def test_a_link_lets_in_a_password_is_chosen_and_lets_in_from_then_on(browser: Browser, own: Site) -> None:
    database = own.console.database
    user = database.write_now(lambda c: users.add(c, "grace", Role.OPERATOR, "", NOW))
    code = one_time_link(database, NOW, user_id=user.id)
    with watched(browser, own.url) as seen:
        page = seen.page
        page.goto(f"{own.url}/sign-in/link#{code}")
        is_in(page, "grace", "operator")
        page.locator("a.who").click()
        page.get_by_label("New password, ").fill(PASSWORD)
        page.get_by_label("New password once more").fill(PASSWORD)
        page.get_by_role("button", name="Choose").click()
        expect(page.get_by_role("status").filter(has_text="The password is changed")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")

        # by keyboard: the field of the name has the focus
        seen.go(WANTED)
        in_order(seen)
        page.keyboard.type("Grace")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        is_in(page, "grace", "operator")
        assert where(page) == WANTED
        expect(page.locator("a.finding-title").first).to_be_visible()
        cookie = next(each for each in page.context.cookies() if "session" in each["name"])
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
        assert PASSWORD not in page.content()


@pytest.fixture
def provider(own: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[OidcServer]:
    """A provider, and settings that name it."""
    with oidc_server(NOW) as made:
        made.claims = {"sub": "0815", "preferred_username": "grace", "groups": ["staff", "on-call"]}
        monkeypatch.setenv("LIVEAUDIT_TEST_SECRET", SECRET)
        text = SETTINGS + OIDC.format(issuer=made.url, client=CLIENT)
        own.console.settings_path.write_text(text, encoding="utf-8")
        yield made


def test_a_provider_lets_in_whom_it_gives_a_role(browser: Browser, own: Site, provider: OidcServer) -> None:
    with watched(browser, own.url) as seen:
        seen.others = (provider.url,)
        page = seen.go(WANTED)
        in_order(seen)
        page.get_by_role("link", name="Sign in with 127.0.0.1").click()
        is_in(page, "grace", "operator")
        assert where(page) == WANTED
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")

        provider.claims["groups"] = ["staff"]
        # the refusal itself is what a browser calls an error
        seen.expected = ("status of 403",)
        page.get_by_role("link", name="Sign in with 127.0.0.1").click()
        expect(page.get_by_role("alert")).to_contain_text("has no role here")
        in_order(seen)
        expect(page.locator("a.who")).to_have_count(0)
