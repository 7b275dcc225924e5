"""Long names, files with mistakes, and what is not there: still told in words, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from liveaudit.web import own_policies
from tests.browser.conftest import Site, _site
from tests.support.browsing import NARROW, WIDE, Watched, watched
from tests.support.sown import SETTINGS, SHOP

OWN = "acme_every_bucket_of_the_shop_and_of_its_daughters_has_an_owner_who_can_be_asked_at_any_hour"
CHANNEL = "a-channel-with-a-name-that-says-all-of-it-at-once-and-goes-on"
ROUTE = f"  - {{name: all, severities: [high], accounts: ['{SHOP}'], tell: [{CHANNEL}]}}\n"
SAID = (
    SETTINGS.replace("routes:\n", f"  - {{name: {CHANNEL}, file: {{path: other.jsonl}}}}\nroutes:\n{ROUTE}")
    + "custom_policies: policies\n"
)
FEWEST_SIGNS = 12
"""A name that is broken into shorter lines than this is not read any more."""
_SHORTEST_LINE = """(selector) => Math.min(...[...document.querySelectorAll(selector)].map((each) => {
  const lines = Math.round(each.getClientRects().length);
  return Math.ceil(each.textContent.trim().length / Math.max(1, lines)); }))"""


@pytest.fixture
def said(sown_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A console with long names, and with a policy of one's own whose file has a mistake."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "own.yaml").write_text(
        f"policies:\n  - id: {OWN}\n    type: AWS::S3::Bucket\n", encoding="utf-8"
    )
    look = own_policies.look
    for site in _site(tmp_path, sown_file, SAID):
        # other consoles of this process, which have none, would have it forgotten
        monkeypatch.setattr(own_policies, "look", lambda _console, own=site.console: look(own))
        assert look(site.console) == ""
        yield site
    (folder / "own.yaml").unlink()
    look(site.console)


def whole(seen: Watched, path: str) -> Page:
    """A page that is as wide as the screen, on a desk and on a phone; it is left on the phone."""
    for size in (WIDE, NARROW):
        seen.resize(size)
        page = seen.go(path)
        assert not seen.overflow(), f"{path} at {size[0]}: {seen.overflow()}"
    return page


def test_long_names_are_read(browser: Browser, said: Site) -> None:
    with watched(browser, said.url, storage_state=said.signed_in()) as seen:
        for path, name in (("/policies?kind=own", OWN), ("/channels", CHANNEL)):
            page = whole(seen, path)
            expect(page.locator(f'td .name[title="{name}"]')).to_be_visible()
            shortest = page.evaluate(_SHORTEST_LINE, f'td .name[title="{name}"]')
            assert shortest >= FEWEST_SIGNS, f"{path}: lines of {shortest} signs"
        page = whole(seen, f"/policies/{OWN}")
        expect(page.get_by_role("alert")).to_contain_text("own.yaml:2:5")
        expect(page.get_by_text("Nothing, until its file is mended.")).to_be_visible()


def test_an_error_with_a_long_name_is_as_wide_as_the_screen(browser: Browser, said: Site) -> None:
    with watched(browser, said.url, storage_state=said.signed_in()) as seen:
        seen.expected = ("404",)
        page = whole(seen, f"/policies/{OWN}_that_is_not_there_at_all")
        expect(page.get_by_role("link", name="To the overview")).to_be_visible()


def test_channels_are_not_told_as_none_where_the_settings_cannot_be_used(browser: Browser, own: Site) -> None:
    (own.folder / "liveaudit.yaml").write_text(
        SETTINGS.replace("eu-west-1", "nowhere") + "queue: ''\n", encoding="utf-8"
    )
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        page = whole(seen, "/channels")
        expect(page.get_by_role("alert").get_by_role("listitem")).to_have_count(2)
        expect(page.get_by_text("Not known here")).to_have_count(2)
        expect(page.get_by_text("Nobody is told")).to_have_count(0)


def test_an_exemption_is_told_with_the_last_day_on_which_it_counts(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        page = seen.go("/exemptions/new")
        page.get_by_label("Reason").fill("known")
        page.get_by_role("textbox", name="Services").fill("sqs")
        page.get_by_label("Ends").fill("2027-03-31")
        page.get_by_role("button", name="Exempt").click()
        expect(page.get_by_text("in force")).to_be_visible()
        page = whole(seen, "/exemptions")
        expect(page.locator("tbody tr")).to_contain_text("until 2027-03-31")
