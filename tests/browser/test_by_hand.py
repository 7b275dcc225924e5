"""By keyboard alone, in the theme of one's choice, on a phone, and without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.support.browsing import NARROW, Watched, watched

MOST_TABS = 60
WHY = "accepted until the move"
_IS_SEEN = """() => {
  const told = getComputedStyle(document.activeElement);
  return (told.outlineStyle !== "none" && parseFloat(told.outlineWidth) >= 2) || told.boxShadow !== "none";
}"""


def focused(page: Page) -> str:
    """What has the focus, in words."""
    told: str = page.evaluate(
        """() => { const each = document.activeElement;
        const text = ["A", "BUTTON", "SUMMARY"].includes(each.tagName) ? each.textContent : "";
        return `${each.tagName.toLowerCase()} ${each.id} ${(each.getAttribute("aria-label") ?? text).trim()}`; }"""
    )
    return re.sub(r"\s+", " ", told)


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until that has the focus, which is seen at every stop."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        assert page.evaluate(_IS_SEEN), f"that {passed[-1]} has the focus is not seen"
        if wanted in passed[-1]:
            return
    raise AssertionError(f"{wanted} cannot be reached by keyboard: {passed}")


def test_the_first_stop_leads_past_the_navigation_to_the_content(seen: Watched) -> None:
    page = seen.go("/")
    page.keyboard.press("Tab")
    assert "Skip to the content" in focused(page)
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert focused(page).startswith("main content")


def test_what_has_the_focus_is_seen(seen: Watched) -> None:
    page = seen.go("/")
    tab_to(page, "Overview")
    width = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
    assert float(width.removesuffix("px")) >= 2


def test_the_theme_is_chosen_by_keyboard_and_kept(seen: Watched) -> None:
    page = seen.go("/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    tab_to(page, "Dark or light")
    page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_without_a_choice_the_theme_is_the_systems(browser: Browser, sown: Site) -> None:
    with watched(browser, sown.url, color_scheme="dark", storage_state=sown.signed_in()) as seen:
        expect(seen.go("/").locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_on_a_phone_the_navigation_opens_by_its_button(browser: Browser, sown: Site) -> None:
    with watched(browser, sown.url, NARROW, storage_state=sown.signed_in()) as seen:
        page = seen.go("/")
        overview = page.get_by_role("link", name="Overview")
        expect(overview).to_be_hidden()
        tab_to(page, "Navigation")
        page.keyboard.press("Enter")
        expect(overview).to_be_visible()
        assert not seen.overflow()


def test_pages_are_read_without_scripts(browser: Browser, sown: Site) -> None:
    opened = browser.new_context(java_script_enabled=False, storage_state=sown.signed_in())
    try:
        page = opened.new_page()
        page.goto(sown.url + "/")
        expect(page.get_by_role("heading", name="What moved last")).to_be_visible()
        expect(page.get_by_text("s3_bucket_public_access").first).to_be_visible()
    finally:
        opened.close()


def decide(page: Page, action: str) -> None:
    """Fill in what is done to findings, and send it."""
    tab_to(page, "select action")
    page.keyboard.type(action)
    tab_to(page, "input text")
    page.keyboard.type(WHY)
    page.keyboard.press("Enter")


def test_findings_are_found_read_and_decided_on_by_keyboard(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("operator")) as seen:
        page = seen.go("/findings")
        tab_to(page, "input q")
        page.keyboard.type("public")
        tab_to(page, "select severity")
        page.keyboard.type("crit")
        tab_to(page, "Show")
        page.keyboard.press("Enter")
        page.wait_for_url("**/findings?q=public&*severity=critical*")
        rows = page.locator("input[name=id]")
        number = rows.count()
        assert number > 2
        first = str(rows.first.get_attribute("value"))

        tab_to(page, page.locator("a.finding-title").first.inner_text())
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/findings/{first}")
        tab_to(page, "Decide on it")
        page.keyboard.press("Enter")
        decide(page, "sup")
        expect(page.get_by_role("status").filter(has_text="1 of 1 finding changed")).to_be_visible()

        seen.go("/findings?q=public&severity=critical")
        expect(rows).to_have_count(number - 1)
        for row in range(2):
            tab_to(page, "Choose ")
            page.keyboard.press("Space")
            expect(rows.nth(row)).to_be_checked()
        decide(page, "mark as")
        expect(page.get_by_role("status").filter(has_text="2 of 2 findings changed")).to_be_visible()
        tab_to(page, "Back to the list")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(number - 3)
