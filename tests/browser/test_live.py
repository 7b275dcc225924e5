"""What moves shows by itself; a connection that is lost is told, and taken up again by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from liveaudit.store.database import Database
from liveaudit.web.console import make_console
from tests.browser.conftest import Site, as_served
from tests.support.browsing import watched
from tests.support.serving import serving
from tests.support.sown import EU, NOW, SHOP, Sower
from tests.support.sown_day import ANN, a_bucket, bucket, public_acl

PATIENCE = 45_000


def open_a_bucket(database: Database, name: str) -> None:
    """Somebody makes a bucket that everybody can read."""
    sower = Sower(database, NOW, name)
    sections = a_bucket(name, acl=public_acl(), public_access_block=None, ownership_controls=None)
    sower.changed(bucket(SHOP, name, EU), sections, "CreateBucket", ANN, request={"bucketName": name})


def is_now(page: Page, state: str) -> None:
    expect(page.locator("#live")).to_have_attribute("data-state", state, timeout=PATIENCE)


def test_a_finding_appears_without_a_reload(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        page = seen.go("/")
        is_now(page, "live")
        page.evaluate("() => { window.stays = true; }")
        open_a_bucket(own.console.database, "a-new-bucket")
        expect(page.get_by_text("a-new-bucket").first).to_be_visible(timeout=PATIENCE)
        assert page.evaluate("() => window.stays"), "the page was loaded again"


def test_the_list_of_findings_grows_but_not_while_somebody_chooses(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        page = seen.go("/findings?severity=critical")
        is_now(page, "live")
        choice = page.locator("input[name=id]").first
        open_a_bucket(own.console.database, "a-new-bucket")
        expect(page.locator("#list").get_by_text("a-new-bucket").first).to_be_visible(timeout=PATIENCE)
        page.evaluate(
            "() => document.addEventListener('htmx:before:request', (each) => { window.kept = each.defaultPrevented; })"
        )
        choice.check()
        open_a_bucket(own.console.database, "another-bucket")
        page.wait_for_function("() => window.kept", timeout=PATIENCE)
        expect(choice).to_be_checked()
        expect(page.locator("#list").get_by_text("another-bucket")).to_have_count(0)
        choice.uncheck()
        page.evaluate("() => document.activeElement.blur()")
        open_a_bucket(own.console.database, "a-third-bucket")
        expect(page.locator("#list").get_by_text("a-third-bucket").first).to_be_visible(timeout=PATIENCE)


@pytest.mark.timeout(180)
def test_a_lost_connection_is_told_and_taken_up_again(browser: Browser, away: Site) -> None:
    database, settings = away.console.database, away.console.settings_path
    with watched(browser, away.url, storage_state=away.signed_in()) as seen:
        seen.expected = ("ERR_", "Failed to load resource", "Failed to fetch", "network error")
        with serving(away.console, as_served(away)):
            page = seen.go("/")
            is_now(page, "live")
            page.evaluate("() => { window.stays = true; }")
        is_now(page, "lost")
        open_a_bucket(database, "opened-in-between")
        with serving(make_console(database, lambda: NOW, settings), as_served(away)):
            is_now(page, "live")
            expect(page.get_by_text("opened-in-between").first).to_be_visible(timeout=PATIENCE)
            assert page.evaluate("() => window.stays"), "the page was loaded again"
            open_a_bucket(database, "opened-afterwards")
            expect(page.get_by_text("opened-afterwards").first).to_be_visible(timeout=PATIENCE)
            seen.check()
