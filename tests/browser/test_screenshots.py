"""The pictures in the documentation: taken by this test, of the store of the day, when that is asked for.

``make screenshots`` does; else only that every picture that is named there is of a page that there is.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from liveaudit.web import app, pages
from tests.browser.conftest import Site
from tests.support.browsing import NARROW, WIDE, watched
from tests.support.crawl import Found, crawl
from tests.support.sown import NOW

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WANTED = bool(os.environ.get("LIVEAUDIT_SCREENSHOTS"))
PICTURES = {
    "overview": "/",
    "findings": "/findings",
    "finding": "/findings/{finding_id}",
    "resource": "/resources/{key}",
    "policies": "/policies",
    "framework": "/frameworks/{framework}",
    "accounts": "/accounts",
    "system": "/system",
    "channels": "/channels",
    "quarantine": "/quarantine",
    "setup": "/setup",
}
LOOKS = (("", WIDE, "light"), ("-dark", WIDE, "dark"), ("-phone", NARROW, "light"))


def _is_same(kind: str, path: str) -> bool:
    """Whether a route is meant, however its parameters are called."""
    return [part[:1] == "{" or part for part in kind.split("/")] == [
        part[:1] == "{" or part for part in path.split("/")
    ]


@pytest.mark.skipif(not WANTED, reason="pictures are taken when asked for: make screenshots")
def test_pictures_are_taken(browser: Browser, sown: Site) -> None:
    import httpx

    with httpx.Client(base_url=sown.url, timeout=120, cookies=sown.cookies()) as client:
        found: Found = crawl(client, app._routes(*app._routers(pages)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    addresses = {
        name: each[0]
        for name, kind in PICTURES.items()
        for path, each in found.pages.items()
        if _is_same(path, kind)
    }
    with httpx.Client(base_url=sown.url, timeout=120, cookies=sown.cookies()) as client:
        told = re.search(r"/resources/[0-9]+", client.get(addresses["finding"]).text)
    assert told, "a finding's page leads to its resource"
    addresses["resource"] = told[0]
    for name, address in addresses.items():
        for look, size, scheme in LOOKS:
            if look and name not in ("overview", "finding"):
                continue
            with watched(
                browser, sown.url, size, color_scheme=scheme, storage_state=sown.signed_in()
            ) as seen:
                seen.page.clock.set_fixed_time(NOW)
                page = seen.go(address)
                page.wait_for_function("() => document.querySelector('#live')?.dataset.state === 'live'")
                page.evaluate("() => document.fonts.ready")
                page.screenshot(path=FOLDER / f"{name}{look}.png", animations="disabled")
    assert PICTURES.keys() - addresses.keys() == set(), "pages that nothing leads to"


def test_every_picture_that_a_page_of_the_documentation_shows_is_there() -> None:
    root = FOLDER.parents[1]
    told = [root / "README.md", *sorted(root.glob("docs/*.md"))]
    named = {
        name.partition(")")[0]
        for each in told
        for name in each.read_text(encoding="utf-8").split("screenshots/")[1:]
        if ".png)" in name
    }
    assert {each for each in named if not (FOLDER / each).exists()} == set()
