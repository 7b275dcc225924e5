"""The whole wizard in a browser against the lab, all of them as programs: from no settings file to the first live finding."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import UNSET
from playwright.sync_api import Browser, Page, expect

from liveaudit.lab.organization import STACK_SETS
from liveaudit.provision.installation import Installation
from liveaudit.setting_up import opened
from liveaudit.settings import load, parse
from tests.browser.test_screenshots import FOLDER, WANTED
from tests.support.browsing import NARROW, WIDE, Watched, watched
from tests.support.lab_process import Owners, Program, lab_program, program

HUB, SHOP = "111111111111", "222222222222"
US, EU = "us-east-1", "eu-west-1"
PATIENCE = 120_000
"""Milliseconds."""

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


@dataclass
class Console:
    """``liveaudit serve``, which can be ended and begun anew on the same port."""

    folder: Path
    environment: dict[str, str]
    stack: ExitStack = field(default_factory=ExitStack)
    url: str = ""
    running: Program | None = None

    @property
    def file(self) -> Path:
        return self.folder / "liveaudit.yaml"

    def start(self) -> Program:
        port = self.url.rpartition(":")[2] or "0"
        arguments = ("serve", "--port", port, "--settings", str(self.file))
        self.running = self.stack.enter_context(
            program(*arguments, environment=self.environment, cwd=self.folder)
        )
        self.url = re.sub(".*console at ", "", self.running.until("console at "))
        return self.running

    def restart(self) -> None:
        assert self.running is not None
        self.running.end()
        self.start().until("no settings yet")


@pytest.fixture
def owners() -> Iterator[Owners]:
    with lab_program((HUB, SHOP), (US, EU)) as made:
        made.keep_trails(US)
        made.hire(HUB, US)
        yield made


@pytest.fixture
def console(owners: Owners, tmp_path: Path) -> Iterator[Console]:
    made = Console(tmp_path, owners.environment)
    with made.stack:
        yield made


@contextmanager
def signed_in(browser: Browser, console: Console) -> Iterator[Watched]:
    link = console.start().until("/sign-in/link#").strip()
    with watched(browser, console.url) as seen:
        seen.page.goto(link)
        seen.page.wait_for_function("() => !location.pathname.startsWith('/sign-in')")
        yield seen


def looked_at(seen: Watched, heading: str, picture: str = "") -> None:
    """What holds of every step: nothing serious for axe, nothing wider than a phone, in light and in dark.

    ``picture``: its name in the documentation, where it is taken when that is asked for.
    """
    expect(seen.page.get_by_role("heading", name=heading)).to_be_visible()
    if picture and WANTED:
        seen.page.screenshot(path=FOLDER / f"setup-{picture}.png", animations="disabled")
    faults = seen.faults()
    assert not faults, f"{heading}: {faults}"
    seen.dark()
    seen.resize(NARROW)
    assert not seen.overflow(), f"{heading} on a phone: {seen.overflow()}"
    faults = seen.faults("color-contrast")
    assert not faults, f"{heading} in the dark: {faults}"
    seen.resize(WIDE)
    seen.page.evaluate("() => document.documentElement.setAttribute('data-bs-theme', 'light')")
    seen.check()


def step(page: Page, name: str) -> str:
    """How a step stands, by the list at the side."""
    return page.get_by_role("navigation", name="Steps").get_by_role("link", name=name).inner_text()


def test_from_nothing_to_the_first_live_finding(browser: Browser, console: Console, owners: Owners) -> None:
    with signed_in(browser, console) as seen:
        page = seen.page
        assert not console.file.exists()
        seen.go("/setup")
        page.get_by_role("link", name="Begin").click()

        looked_at(seen, "Which accounts are watched?", "accounts")
        page.get_by_label("Accounts by hand").fill(f"id,name\n{HUB},hub\n2222-2222-2222\tshop")
        page.get_by_role("button", name="Save and continue").click()

        looked_at(seen, "Where do events arrive", "receiver")
        page.get_by_label("Receiver", exact=True).select_option(HUB)
        page.get_by_role("button", name="Use it").click()
        expect(page.get_by_label("Who runs liveaudit")).to_have_value(f"arn:aws:iam::{HUB}:user/liveaudit")
        page.get_by_role("button", name="Save and continue").click()

        looked_at(seen, "Where are changes watched?", "regions")
        expect(page.get_by_text("us-east-1 is more than a region")).to_be_visible()
        page.get_by_role("button", name="Save and continue").click()

        looked_at(seen, "What is audited?", "services")
        for service in ("s3", "iam"):
            page.locator(f"input[name=service][value={service}]").check()
        expect(page.get_by_label("Only these")).to_be_checked()
        page.get_by_role("button", name="Save and continue").click()

        # it is left here, the console is ended, and whoever comes later goes on
        looked_at(seen, "What each account's owner makes", "documents")
        seen.expected = (
            "sse:error",
            "ERR_CONNECTION_REFUSED",
            "ERR_INCOMPLETE_CHUNKED_ENCODING",
            "ERR_NETWORK",
        )
        console.restart()
        seen.go("/setup")
        page.get_by_role("link", name="Continue: Documents for the owners").click()
        seen.expected = ()

        for form, file in (("Terraform", "main.tf"), ("CloudFormation", "roles.template.json")):
            page.get_by_label("Form", exact=True).select_option(label=form)
            page.get_by_role("button", name="Show").click()
            with page.expect_download() as taken:
                page.get_by_role("link", name=f"Download {file}").click()
            text = Path(taken.value.path()).read_text(encoding="utf-8")
            assert text == page.locator("#file-1").inner_text()
        page.get_by_label("Account", exact=True).select_option(SHOP)
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("heading", name=f"{SHOP} shop")).to_be_visible()

        page.get_by_role("link", name="Made? Check it").click()
        page.get_by_role("button", name="Check now").click()
        expect(page.get_by_text("checks failed or cannot be known")).to_be_visible(timeout=PATIENCE)
        looked_at(seen, "Is everything there?", "check")
        todo = page.get_by_role("listitem").filter(has_text=f"the owner of account {SHOP} (shop)")
        expect(todo.get_by_role("link", name=f"documents of {SHOP}")).to_be_visible()
        assert "cannot be entered" in step(page, "Documents for the owners")

        draft = yaml.safe_load(page.request.get(f"{console.url}/setup/liveaudit.yaml").text())
        draft.pop("store")
        owners.make(draft)
        page.get_by_role("button", name="Check again").click()
        expect(page.get_by_text("Nothing stands in the way.", exact=True)).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("region", name="Accounts").get_by_text("failed")).to_have_count(0)
        looked_at(seen, "Is everything there?")

        page.get_by_role("link", name="Review the plan").last.click()
        page.get_by_role("button", name="Plan", exact=True).click()
        expect(page.get_by_role("button", name="Roll this out")).to_be_visible(timeout=PATIENCE)
        looked_at(seen, "What would be done", "plan")
        assert not console.file.exists(), "nothing is written before it is rolled out"
        page.get_by_role("button", name="Roll this out").click()
        expect(page.get_by_text("The set-up stands")).to_be_visible(timeout=PATIENCE)
        matrix = page.get_by_role("region", name="Stacks")
        expect(matrix.get_by_text("stands")).to_have_count(4)
        looked_at(seen, "Queues, rules and grants", "apply")
        assert load(console.file).account_ids == {HUB, SHOP}

        page.get_by_role("link", name="Prove that it works").click()
        page.get_by_role("button", name="Send hellos").click()
        expect(page.get_by_text("hellos arrived")).to_have_count(2, timeout=PATIENCE)
        looked_at(seen, "Does an event arrive from everywhere?", "verify")

        page.get_by_role("link", name="To the first sweep").click()
        expect(page.get_by_text("Everything is swept")).to_be_visible(timeout=PATIENCE)
        looked_at(seen, "What is there already", "sweep")
        seen.go("/setup")
        expect(page.locator(".setup-overview .level-ok")).to_have_count(10)

        # and the first finding comes to a page that nobody loads again
        seen.go("/")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        s3 = owners.client(SHOP, "s3", EU)
        s3.create_bucket(Bucket="first-of-all", CreateBucketConfiguration={"LocationConstraint": EU})
        s3.delete_public_access_block(Bucket="first-of-all")
        expect(page.get_by_text("first-of-all").first).to_be_visible(timeout=PATIENCE)
        seen.check()


@pytest.fixture
def organized() -> Iterator[Owners]:
    """The hub manages an organization that the shop is in, and lets stack sets work in it."""
    with lab_program((HUB, SHOP), (US, EU), "--organization") as made:
        made.keep_trails(US)
        made.hire(HUB, US)
        made.client(HUB, "organizations", US).enable_aws_service_access(ServicePrincipal=STACK_SETS)
        yield made


def looked_up(settings: dict[str, Any], owners: Owners, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """What the settings come to, as the user who runs liveaudit sees it."""
    for name, value in owners.environment.items():
        monkeypatch.setenv(name, value)

    async def look() -> Installation:
        async with opened(parse(settings)) as setup:
            return setup.installation

    # Playwright's event loop counts as running in this thread
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, look()).result()


def test_an_organization_is_set_up_without_naming_its_accounts(
    browser: Browser, organized: Owners, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Console(tmp_path, organized.environment)
    with made.stack, signed_in(browser, made) as seen:
        page = seen.page
        seen.go("/setup/accounts")
        page.get_by_label("All, or those of some units").check()
        page.get_by_role("button", name="Show what this server's own credentials see").click()
        expect(page.get_by_role("alert")).to_contain_text("cannot be listed from here")
        looked_at(seen, "Which accounts are watched?")
        page.get_by_role("button", name="Save and continue").click()

        looked_at(seen, "Where do events arrive")
        page.get_by_label("Receiver", exact=True).fill(HUB)
        page.get_by_role("button", name="Use it").click()
        page.get_by_text("How it is rolled out, and names").click()
        page.get_by_label("Stack sets", exact=True).select_option("service-managed")
        page.get_by_role("button", name="Save and continue").click()
        expect(page.get_by_role("heading", name="Where are changes watched?")).to_be_visible()
        page.get_by_role("button", name="Save and continue").click()
        expect(page.get_by_role("heading", name="What is audited?")).to_be_visible()
        page.locator("input[name=service][value=s3]").check()
        page.get_by_role("button", name="Save and continue").click()

        # the owner of the hub alone is asked for something: the organization makes the rest
        looked_at(seen, "What each account's owner makes")
        choices = page.get_by_label("Account", exact=True).locator("option")
        expect(choices).to_have_count(1)
        expect(choices).to_contain_text(HUB)
        draft = yaml.safe_load(page.request.get(f"{made.url}/setup/liveaudit.yaml").text())
        draft.pop("store")
        organized.make(draft)

        # now the hub can look: it is a member that is watched too, so that it is asked for a little more
        expect(page.get_by_text("events:PutEvents")).to_have_count(0)
        page.get_by_role("link", name="look the organization's accounts up").click()
        expect(page.get_by_text("The organization's accounts are among these")).to_be_visible()
        expect(page.locator("pre").filter(has_text="events:PutEvents").first).to_be_attached()
        organized.make(draft, looked_up(draft, organized, monkeypatch))

        page.get_by_role("link", name="Made? Check it").click()
        page.get_by_role("button", name="Check now").click()
        expect(page.get_by_text("Nothing stands in the way.", exact=True)).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("region", name="Accounts")).to_contain_text(SHOP)
        looked_at(seen, "Is everything there?")
        page.get_by_role("link", name="Review the plan").last.click()
        page.get_by_role("button", name="Plan", exact=True).click()
        page.get_by_role("button", name="Roll this out").click(timeout=PATIENCE)
        expect(page.get_by_text("The set-up stands")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("region", name="Stacks").get_by_text("stands")).to_have_count(4)
        looked_at(seen, "Queues, rules and grants")
        assert load(made.file).organization is not UNSET

        page.get_by_role("link", name="Prove that it works").click()
        page.get_by_role("button", name="Send hellos").click()
        expect(page.get_by_text("hellos arrived")).to_have_count(2, timeout=PATIENCE)
        # the worker enrols them when it looks next, and the page looks by itself
        seen.go("/accounts")
        expect(page.get_by_text(SHOP).first).to_be_visible(timeout=PATIENCE)
