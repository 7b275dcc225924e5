"""Chromium, and consoles on stores that are the same in every run. Without the browser these tests are skipped aloud."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from liveaudit.store.database import Database, sqlite_url
from liveaudit.web.access.cookies import SESSION, cookie_name
from liveaudit.web.access.reach import Reach
from liveaudit.web.console import Console, make_console
from liveaudit.web.findings.raw_event import OPENS
from tests.support.browsing import AXE, CHROMIUM, Watched, launched, watched
from tests.support.event_history import SECRETS, Door
from tests.support.fake import Clock
from tests.support.serving import serving
from tests.support.signing_in import sign_in
from tests.support.sown import NOW, SETTINGS
from tests.support.sown_day import sow_day
from tests.support.sown_hostile import CONTROLS, MARKUP, TURNED, sow_hostile


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is of the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# of this package alone: while Playwright lives, its event loop counts as running in this thread
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("no tests in a browser: install it with  sudo apt-get install chromium")
    assert AXE.exists(), "run `make vendor` (or `python browser/install.py`) first"
    with sync_playwright() as playwright, launched(playwright) as made:
        yield made


DECIDED = {
    "/api/v1/exemptions": {
        "policies": ["s3_bucket_no_mfa_delete"],
        "reason": "nobody deletes by hand here",
        "owner": "ann@example.com",
    },
    "/api/v1/policy-settings": {"services": ["sqs"], "severity": "high"},
}
"""What people have decided on the store of the day, by the API."""


@dataclass(frozen=True)
class Site:
    """A console that is served. ``folder``: where its store and settings are."""

    url: str
    console: Console
    folder: Path

    def cookies(self, role: str = "administrator") -> dict[str, str]:
        """The cookie of a new session of somebody with that role."""
        made = sign_in(self.console.database, f"{role} of the tests", role, NOW)
        return {cookie_name(SESSION, Reach(), self.url.removeprefix("http://")): made.secret}

    def signed_in(self, role: str = "administrator") -> Any:
        """What a browser keeps that is signed in with that role."""
        same = {"domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": True, "secure": False}
        kept = [
            {"name": name, "value": value, "sameSite": "Lax", **same}
            for name, value in self.cookies(role).items()
        ]
        return {"cookies": kept, "origins": []}


def sow(folder: Path, sowing: Callable[[Database], object]) -> Path:
    """A store with something in it."""
    file = folder / "sown.sqlite3"
    database = Database(sqlite_url(file))
    sowing(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def sown_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the day, made once."""
    return sow(tmp_path_factory.mktemp("sown"), sow_day)


def _always() -> float:
    return NOW


@contextmanager
def _console(
    folder: Path, file: Path | None, settings: str, clock: Callable[[], float] = _always
) -> Iterator[Console]:
    store = folder / "liveaudit.sqlite3"
    if file is not None:
        shutil.copy(file, store)
    if settings:
        (folder / "liveaudit.yaml").write_text(settings, encoding="utf-8")
    database = Database(sqlite_url(store))
    try:
        made = make_console(database, clock, folder / "liveaudit.yaml")
        made.shared[OPENS] = lambda _settings: Door(
            request={**SECRETS, "note": f"{MARKUP}{TURNED}{CONTROLS}"}
        )
        yield made
    finally:
        database.close()


def _site(
    folder: Path, file: Path | None, settings: str, clock: Callable[[], float] = _always
) -> Iterator[Site]:
    with _console(folder, file, settings, clock) as console, serving(console) as url:
        yield Site(url, console, folder)


@pytest.fixture(scope="package")
def sown(sown_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console on the store of the day, for tests that change nothing."""
    for site in _site(tmp_path_factory.mktemp("site"), sown_file, SETTINGS):
        ada = sign_in(site.console.database, "ada", "administrator", NOW)
        cookies = {cookie_name(SESSION, Reach(), site.url.removeprefix("http://")): ada.secret}
        headers = {"X-CSRF-Token": ada.csrf}
        with httpx.Client(base_url=site.url, timeout=60, cookies=cookies, headers=headers) as client:
            for path, given in DECIDED.items():
                client.post(path, json=given).raise_for_status()
        yield site


@pytest.fixture(scope="package")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console on a store that an attacker has had a hand in."""
    file = sow(tmp_path_factory.mktemp("hostile"), sow_hostile)
    yield from _site(tmp_path_factory.mktemp("site"), file, SETTINGS)


@pytest.fixture
def clock() -> Clock:
    """The time of :func:`own`, which goes when it is told to."""
    return Clock(NOW)


@pytest.fixture
def own(sown_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Site]:
    """A console on a store of the day of the test's own."""
    yield from _site(tmp_path, sown_file, SETTINGS, clock)


@pytest.fixture
def away(sown_file: Path, tmp_path: Path) -> Iterator[Site]:
    """A console on a store of the day that is not served: the test begins and ends that, on the port in its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with _console(tmp_path, sown_file, SETTINGS) as console:
        yield Site(url, console, tmp_path)


def as_served(site: Site) -> int:
    """The port of a console."""
    return int(site.url.rpartition(":")[2])


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Site]:
    """A console that was started for the first time."""
    yield from _site(tmp_path, None, "")


@pytest.fixture
def seen(browser: Browser, sown: Site) -> Iterator[Watched]:
    """A page on the store of the day."""
    with watched(browser, sown.url, storage_state=sown.signed_in()) as page:
        yield page
