"""The raw event is loaded into the finding's page, stays there while the page is refreshed, and needs no script."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from liveaudit.aws.errors import AwsCallError
from liveaudit.store import findings
from liveaudit.web.findings.raw_event import OPENS
from tests.browser.conftest import Site
from tests.browser.test_live import PATIENCE, is_now, open_a_bucket
from tests.support.answers import denied
from tests.support.browsing import NARROW, WIDE, watched
from tests.support.event_history import HIDDEN, Door


def a_finding(site: Site) -> str:
    wanted = findings.Filter(policy="s3_bucket_public_access", resource="shop-photos")
    (found,) = site.console.database.read_now(lambda c: findings.list_findings(c, wanted))
    return str(found["id"])


def test_the_raw_event_is_loaded_by_keyboard_and_outlives_a_refresh(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("viewer")) as seen:
        page = seen.go(f"/findings/{a_finding(own)}")
        is_now(page, "live")
        page.locator("#raw a").press("Enter")
        shown = page.locator("#raw-of-finding pre")
        expect(shown).to_contain_text('"eventName": "PutBucketAcl"', timeout=PATIENCE)
        assert not [each for each in HIDDEN if each in page.content()]
        with page.expect_response(lambda each: each.url.endswith(f"/findings/{a_finding(own)}")):
            open_a_bucket(own.console.database, "a-new-bucket")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(shown).to_contain_text("PutBucketAcl")
        of_change = page.locator(".change .event").filter(has_text="PutBucketAcl").first
        of_change.get_by_role("link", name="Show the raw event").click()
        expect(of_change.locator(".raw-event pre")).to_contain_text("PutBucketAcl", timeout=PATIENCE)
        for size in (WIDE, NARROW):
            seen.resize(size)
            assert seen.overflow() == []
        assert not seen.faults()
        seen.check()


def test_a_refusal_is_told_where_the_event_would_be(browser: Browser, own: Site) -> None:
    refusal: AwsCallError = denied(code="AccessDeniedException")
    own.console.shared[OPENS] = lambda _settings: Door({"LookupEvents": refusal})
    with watched(browser, own.url, storage_state=own.signed_in("viewer")) as seen:
        page = seen.go(f"/findings/{a_finding(own)}")
        page.locator("#raw a").click()
        told = page.locator("#raw-of-finding")
        expect(told).to_contain_text("may not cloudtrail:LookupEvents", timeout=PATIENCE)
        expect(told).to_contain_text("aws cloudtrail lookup-events --region eu-west-1")
        seen.check()


def test_without_script_it_is_a_page_of_its_own(browser: Browser, own: Site) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=own.signed_in("viewer"))
    try:
        page = context.new_page()
        page.goto(f"{own.url}/findings/{a_finding(own)}")
        page.locator("#raw a").click()
        expect(page.locator("h1")).to_contain_text("Raw event")
        expect(page.locator("pre")).to_contain_text("PutBucketAcl")
        page.get_by_role("link", name="what it belongs to").click()
        expect(page.locator("#raw")).to_be_visible()
    finally:
        context.close()
