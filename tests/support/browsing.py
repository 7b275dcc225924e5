"""A real browser on a console, and what must hold of every page it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHROMIUM = Path("/usr/bin/chromium")
"""Debian's. Playwright's own browsers are not downloaded."""
AXE = Path(__file__).parents[2] / "browser" / "node_modules" / "axe-core" / "axe.min.js"
NARROW, WIDE = (390, 844), (1280, 900)
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)
_TELL_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
_OVERFLOW = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolls = (each) => {
    for (let up = each.parentElement; up; up = up.parentElement)
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  return [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > room + 1 && !scrolls(each))
    .map((each) => `${each.tagName.toLowerCase()}.${each.className}: ${each.textContent.trim().slice(0, 60)}`)
    .slice(0, 5).concat("the page is wider than the screen");
}"""
_AXE_RUN = """async (only) => {
  const found = await axe.run(document, {
    preload: false, resultTypes: ["violations"],
    runOnly: only || ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => ({id: each.id, impact: each.impact, help: each.help,
      nodes: each.nodes.slice(0, 4).map((node) => node.html.slice(0, 200) + " -- " + (node.any[0]?.message ?? ""))}));
}"""


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Chromium."""
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_ARGUMENTS))
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Watched:
    """A page of which everything that is wrong is noted.

    ``expected``: parts of console messages that a test provokes; ``others``: who else may be asked.
    """

    page: Page
    url: str
    troubles: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.page.add_init_script(_TELL_VIOLATIONS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in self.expected):
            self.troubles.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.url + "/", "data:", "blob:", *self.others)):
            self.troubles.append(f"asked elsewhere: {request.url}")

    def go(self, path: str) -> Page:
        """Open a page of the console, wholly: its scripts have run."""
        self.page.goto(self.url + path)
        self.page.wait_for_function("() => window.htmx !== undefined")
        return self.page

    def check(self) -> None:
        """Nothing was wrong so far: no error in the console, nothing that the policy forbids, no request elsewhere."""
        violations = self.page.evaluate("() => window.violations ?? []")
        assert not violations, f"against the content security policy on {self.page.url}: {violations}"
        assert not self.troubles, f"on {self.page.url}: {self.troubles}"

    def resize(self, size: tuple[int, int]) -> None:
        """Make the screen another."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def dark(self) -> None:
        """The dark theme, as its button would make it."""
        self.page.evaluate("() => document.documentElement.setAttribute('data-bs-theme', 'dark')")

    def overflow(self) -> list[str]:
        """What makes the page wider than the screen. Charts get a moment to become as wide as it is."""
        with suppress(PlaywrightTimeout):
            self.page.wait_for_function(f"() => !({_OVERFLOW})().length", timeout=2000)
        found: list[str] = self.page.evaluate(_OVERFLOW)
        return found

    def faults(self, *rules: str) -> str:
        """What axe calls serious or critical, in words; empty: nothing. ``rules``: only these."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate(
            _AXE_RUN, {"type": "rule", "values": list(rules)} if rules else None
        )
        return json.dumps(found, indent=1) if found else ""


@contextmanager
def watched(browser: Browser, url: str, size: tuple[int, int] = WIDE, **context: Any) -> Iterator[Watched]:
    """A page in a context of its own. At the end nothing may have been wrong."""
    opened: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
        **context,
    )
    try:
        seen = Watched(opened.new_page(), url)
        seen.page.set_default_timeout(30_000)
        yield seen
        seen.check()
    finally:
        opened.close()
