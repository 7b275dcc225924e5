"""Every page that there is, in a browser: no error, nothing forbidden, nothing elsewhere; usable by all, and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from liveaudit.web import app, pages
from tests.browser.conftest import Site
from tests.support.browsing import NARROW, WIDE, Watched, watched
from tests.support.crawl import Found, crawl

NO_PAGES = {
    "/live": "a stream",
    "/sign-in": "before all pages",
    "/sign-in/link": "before all pages",
    "/sign-in/provider": "leads to the provider",
    "/sign-in/callback": "where the provider leads back",
}
"""What answers GET beside the pages and is linked from nowhere, and what it is."""
KINDS = sorted(
    route.path
    for route in app._routes(*app._routers(pages))
    if route.methods is not None and "GET" in route.methods and route.path not in NO_PAGES
)


@pytest.fixture(scope="package")
def found(sown: Site) -> Iterator[Found]:
    with httpx.Client(base_url=sown.url, timeout=60, follow_redirects=True, cookies=sown.cookies()) as client:
        yield crawl(client, app._routes(*app._routers(pages)))


def test_no_link_leads_nowhere(found: Found) -> None:
    assert not found.broken


@pytest.fixture(scope="module")
def opened(browser: Browser, sown: Site) -> Iterator[Watched]:
    with watched(browser, sown.url, color_scheme="light", storage_state=sown.signed_in()) as page:
        yield page


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_whole_on_a_desk_and_on_a_phone_in_light_and_in_dark(
    kind: str, found: Found, opened: Watched
) -> None:
    if kind in found.others:
        return
    assert kind in found.pages, f"no link leads to {kind}"
    address = found.pages[kind][0]
    opened.resize(WIDE)
    page = opened.go(address)
    assert page.title().endswith("liveaudit")
    assert page.locator("h1").count() == 1
    faults = opened.faults()
    assert not faults, f"{address}: {faults}"
    assert not opened.overflow(), address
    opened.dark()
    opened.resize(NARROW)
    assert not opened.overflow(), f"{address} on a phone: {opened.overflow()}"
    faults = opened.faults("color-contrast")
    assert not faults, f"{address} in the dark: {faults}"
    opened.check()
