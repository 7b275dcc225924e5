"""Policies are set, and findings accepted, on their pages: by mouse and by keyboard, and what a worker makes of it."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.test_by_hand import tab_to
from tests.support.browsing import Watched, watched
from tests.support.fake import Clock
from tests.support.judged import judge_stored
from tests.support.sown import SHOP

PORTS = "ec2_securitygroup_unrestricted_ingress_other_than_authorized_ports"
"""It fails on two groups: on one because of port 22, on the other because of 5432."""
NO_MFA = "s3_bucket_no_mfa_delete"
WHY = "agreed with the team of the tests"


def worked(site: Site, clock: Clock, seconds: float = 60) -> None:
    """Time goes by, and a worker does what it has to."""
    clock.now += seconds
    judge_stored(site.console.database, clock)


def findings(seen: Watched, policy: str, status: str = "") -> int:
    """How many are listed of a policy: those that are open, or of a status."""
    page = seen.go(f"/findings?policy={policy}" + (f"&status={status}" if status else ""))
    return page.locator("a.finding-title").count()


def state(page: Page) -> Locator:
    """How the policy stands whose page it is."""
    return page.locator(".figures").first.locator(".badge").first


def test_a_policy_is_disabled_and_enabled_again_by_mouse(browser: Browser, own: Site, clock: Clock) -> None:
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        worked(own, clock)
        number = findings(seen, NO_MFA)
        assert number > 1
        page = seen.go(f"/policies/{NO_MFA}")
        expect(state(page)).to_have_text("enabled")
        page.get_by_label("State", exact=True).select_option("disabled")
        page.get_by_label("Reason").fill(WHY)
        page.get_by_role("button", name="Set", exact=True).click()
        expect(state(page)).to_have_text("disabled")
        expect(page.locator(".figures").first).to_contain_text(WHY)
        worked(own, clock)
        assert findings(seen, NO_MFA) == 0

        page = seen.go("/policies/settings")
        page.get_by_role("link", name="Change setting 1").click()
        expect(page.get_by_role("heading", name="Change a setting")).to_be_visible()
        page.get_by_label("State", exact=True).select_option("enabled")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url("**/policies/settings")
        expect(page.locator("tbody .badge").first).to_have_text("enabled")
        worked(own, clock)
        assert findings(seen, NO_MFA) == number

        seen.go("/policies/settings")
        page.get_by_role("button", name="Take away setting 1").click()
        expect(page.get_by_text("Nothing is set")).to_be_visible()
        seen.go("/audit-log")
        for action in ("policy.set", "policy.unset"):
            expect(page.locator("main")).to_contain_text(action)


def test_a_severity_is_set_by_keyboard(browser: Browser, own: Site, clock: Clock) -> None:
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        worked(own, clock)
        page = seen.go(f"/policies/{NO_MFA}")
        tab_to(page, "select f-severity")
        page.keyboard.type("crit")
        tab_to(page, "input f-reason")
        page.keyboard.type(WHY)
        page.keyboard.press("Enter")
        expect(page.get_by_text("by itself medium")).to_be_visible()
        worked(own, clock)
        assert findings(seen, NO_MFA) > 1
        assert set(page.locator("td .severity").all_text_contents()) == {"critical"}

        seen.go("/policies/settings")
        tab_to(page, "Take away setting 1")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Nothing is set")).to_be_visible()
        worked(own, clock)
        assert findings(seen, NO_MFA) > 1
        assert set(page.locator("td .severity").all_text_contents()) == {"medium"}


def test_a_parameter_is_set_by_keyboard_and_a_wrong_one_is_told(
    browser: Browser, own: Site, clock: Clock
) -> None:
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        seen.expected = ("422",)
        worked(own, clock)
        assert findings(seen, PORTS) == 2
        page = seen.go(f"/policies/{PORTS}")
        tab_to(page, "textarea f-parameters")
        page.keyboard.type("allowed=many")
        tab_to(page, "button Set")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("allowed")
        expect(page.locator("#f-parameters")).to_have_value("allowed=many")
        faults = seen.faults()
        assert not faults, faults
        tab_to(page, "textarea f-parameters")
        page.keyboard.press("Control+a")
        page.keyboard.type("allowed=80,443,5432")
        tab_to(page, "input f-reason")
        page.keyboard.type(WHY)
        page.keyboard.press("Enter")
        expect(page.locator(".parameter")).to_contain_text("5432")
        expect(page.get_by_role("alert")).to_have_count(0)
        worked(own, clock)
        assert findings(seen, PORTS) == 1
        assert findings(seen, PORTS, "resolved") == 1


def test_policies_are_set_for_some_accounts_by_mouse(browser: Browser, own: Site, clock: Clock) -> None:
    with watched(browser, own.url, storage_state=own.signed_in()) as seen:
        worked(own, clock)
        number = findings(seen, NO_MFA)
        page = seen.go("/policies/settings")
        page.get_by_label("State", exact=True).select_option("staged")
        page.get_by_role("textbox", name="Policies").fill(NO_MFA)
        page.get_by_role("textbox", name="Accounts").fill(SHOP)
        page.get_by_label("Reason").fill(WHY)
        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text(SHOP)
        worked(own, clock)
        left = findings(seen, NO_MFA)
        assert 0 < left < number
        assert SHOP not in " ".join(page.locator("tbody tr").all_inner_texts())


def test_a_finding_is_accepted_and_reopens_when_that_is_withdrawn_by_mouse(
    browser: Browser, own: Site, clock: Clock
) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("operator")) as seen:
        worked(own, clock)
        assert findings(seen, PORTS) == 2
        page = seen.page
        page.locator("a.finding-title").first.click()
        page.wait_for_url("**/findings/*-*")
        finding = page.url
        page.get_by_role("link", name="Exempt it, until a day").click()
        expect(page.get_by_role("heading", name="New exemption")).to_be_visible()
        expect(page.get_by_role("textbox", name="Policies")).to_have_value(PORTS)
        page.get_by_label("Reason").fill(WHY)
        page.get_by_label("Ends").fill("2027-03-31")
        page.get_by_role("button", name="Exempt").click()
        expect(page.get_by_text("in force")).to_be_visible()
        exemption = page.url.removeprefix(own.url)
        worked(own, clock)
        assert findings(seen, PORTS) == 1
        assert findings(seen, PORTS, "suppressed") == 1
        page.goto(finding)
        expect(page.locator("main")).to_contain_text(WHY)
        seen.go(exemption)
        expect(page.get_by_role("heading", name="1 finding is held")).to_be_visible()

        page.get_by_role("button", name="Withdraw").click()
        expect(page.locator("dl").first).to_contain_text("withdrawn")
        expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)
        worked(own, clock)
        assert findings(seen, PORTS) == 2
        page.goto(finding)
        expect(page.locator("main")).to_contain_text("reopened")
        seen.go("/exemptions")
        expect(page.get_by_text("Nothing is exempted")).to_be_visible()


def test_an_exemption_is_made_and_changed_by_keyboard_and_expires(
    browser: Browser, own: Site, clock: Clock
) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("operator")) as seen:
        seen.expected = ("422",)
        worked(own, clock)
        number = findings(seen, NO_MFA)
        page = seen.go("/exemptions")
        tab_to(page, "New exemption")
        page.keyboard.press("Enter")
        page.wait_for_url("**/exemptions/new")
        tab_to(page, "textarea f-reason")
        page.keyboard.type(WHY)
        tab_to(page, "input f-ends")
        page.keyboard.type("tomorrow")
        tab_to(page, "textarea f-policies")
        page.keyboard.type(NO_MFA)
        tab_to(page, "button Exempt")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("ends")
        expect(page.get_by_label("Reason")).to_have_value(WHY)
        tab_to(page, "input f-ends")
        page.keyboard.press("Control+a")
        page.keyboard.type("2027-02-15")
        page.keyboard.press("Enter")
        expect(page.get_by_text("in force")).to_be_visible()
        exemption = page.url.removeprefix(own.url)
        worked(own, clock)
        assert findings(seen, NO_MFA) == 0
        assert findings(seen, NO_MFA, "suppressed") == number

        seen.go(exemption)
        tab_to(page, "Change")
        page.keyboard.press("Enter")
        page.wait_for_url("**/change")
        tab_to(page, "input f-ends")
        page.keyboard.press("Control+a")
        page.keyboard.type("2027-01-15T10:00:00Z")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{exemption}")
        worked(own, clock)
        assert findings(seen, NO_MFA) == 0
        worked(own, clock, 3 * 3600)
        assert findings(seen, NO_MFA) == number
        seen.go(exemption)
        expect(page.locator("dl").first).to_contain_text("expired")
        seen.go("/exemptions?state=expired")
        expect(page.locator("tbody tr")).to_have_count(1)
