"""What an attacker may name, tag and send is shown on every page as text, and harms nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest
from playwright.sync_api import Browser

from liveaudit.web import app, pages
from tests.browser.conftest import Site
from tests.browser.test_every_page import KINDS
from tests.support.browsing import NARROW, Watched, watched
from tests.support.crawl import Found, crawl
from tests.support.sown_hostile import ODD

OPENED_OF_A_KIND = 12
MOST_BYTES = 2_000_000


class _Harm(HTMLParser):
    """Looks for what must not be made of a name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        for name, value in attrs:
            if name.startswith(("on", "hx-on", "data-hx-on")) or name == "autofocus":
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in ("href", "src", "action", "hx-get") and "harmed" in (value or "")[:60]:
                self.found.append(f"<{tag} {name}={value!r:.80}>")
            if name == "src" and value == "x":
                self.found.append(f"<{tag} {name}={value!r}>")


@pytest.fixture(scope="module")
def found(hostile: Site) -> Iterator[tuple[Found, list[str]]]:
    wrong: list[str] = []

    def look(address: str, text: str) -> None:
        odd = sorted({f"U+{ord(each):04X}" for each in text if each in ODD})
        if odd:
            wrong.append(f"{address} has {odd} as they are")
        if len(text) > MOST_BYTES:
            wrong.append(f"{address} has {len(text)} characters")
        if "1337" in text.replace("&#", ""):
            wrong.append(f"{address} has reckoned a template")
        harm = _Harm()
        harm.feed(text)
        wrong.extend(f"{address}: {each}" for each in harm.found)

    with httpx.Client(
        base_url=hostile.url, timeout=120, follow_redirects=True, cookies=hostile.cookies()
    ) as client:
        yield crawl(client, app._routes(*app._routers(pages)), look, OPENED_OF_A_KIND), wrong


def test_no_page_is_made_of_what_it_shows(found: tuple[Found, list[str]]) -> None:
    assert found[0].pages
    assert not found[1]


@pytest.fixture(scope="module")
def opened(browser: Browser, hostile: Site) -> Iterator[Watched]:
    with watched(browser, hostile.url, NARROW, storage_state=hostile.signed_in()) as page:
        page.page.on("dialog", lambda dialog: page.troubles.append(f"a dialog: {dialog.message}"))
        yield page


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_run_and_nothing_leaves_the_screen(
    kind: str, found: tuple[Found, list[str]], opened: Watched
) -> None:
    for address in found[0].pages.get(kind, [])[:2]:
        page = opened.go(address)
        assert page.evaluate("() => window.harmed") is None
        assert not opened.overflow(), f"{address}: {opened.overflow()}"
        opened.check()
