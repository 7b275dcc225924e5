"""What people do: find, decide on many at once, sign in and out; and what a role may not, not even by hand."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site
from tests.support.browsing import watched

WHY = "accepted until the move"
Form = dict[str, str | float | bool]


def test_findings_are_filtered_and_many_are_decided_on_at_once(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("operator")) as seen:
        page = seen.go("/findings?severity=critical")
        rows = page.locator("input[name=id]")
        number = rows.count()
        assert number > 1
        for severity in page.locator("td .severity").all_text_contents():
            assert severity == "critical"
        rows.nth(0).check()
        rows.nth(1).check()
        page.locator("select[name=action]").select_option("suppress")
        page.locator("input[name=text]").fill(WHY)
        page.get_by_role("button", name="Do it").click()
        expect(page.locator("main")).to_contain_text("2")
        page = seen.go("/findings?severity=critical")
        expect(page.locator("input[name=id]")).to_have_count(number - 2)
        page = seen.go("/findings?severity=critical&status=suppressed")
        expect(page.locator("input[name=id]")).to_have_count(2)
        page.locator("a.finding-title").first.click()
        expect(page.locator("main")).to_contain_text(WHY)


def test_a_viewer_is_offered_nothing_and_may_nothing(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("viewer")) as seen:
        page = seen.go("/findings")
        expect(page.locator("a.finding-title").first).to_be_visible()
        expect(page.locator("select[name=action]")).to_have_count(0)
        token = page.locator('meta[name="csrf"]').get_attribute("content")
        given: Form = {"action": "suppress", "text": WHY, "all": "true", "csrf": str(token)}
        refused = page.request.post(f"{own.url}/findings", form=given, headers={"Origin": own.url})
        assert refused.status == 403
        assert "operator" in refused.text()


def test_a_page_of_another_site_changes_nothing(browser: Browser, own: Site) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("operator")) as seen:
        page = seen.go("/findings")
        token = str(page.locator('meta[name="csrf"]').get_attribute("content"))
        given: Form = {"action": "suppress", "text": WHY, "all": "true"}
        tries: list[tuple[Form, str]] = [
            ({**given, "csrf": "0" * 64}, own.url),
            (given, own.url),
            ({**given, "csrf": token}, "https://elsewhere.example"),
        ]
        for form, origin in tries:
            refused = page.request.post(f"{own.url}/findings", form=form, headers={"Origin": origin})
            assert refused.status == 403, (form, origin)
        page = seen.go("/findings?status=suppressed")
        expect(page.locator("main")).not_to_contain_text(WHY)


def test_signing_out_ends_the_session_and_a_wrong_password_lets_nobody_in(
    browser: Browser, own: Site
) -> None:
    with watched(browser, own.url, storage_state=own.signed_in("administrator")) as seen:
        page = seen.go("/")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in*")
        page.locator("input[name=name]").fill("nobody")
        page.locator("input[name=password]").fill("a-wrong-password")
        with page.expect_response(lambda each: each.request.method == "POST") as answer:
            page.get_by_role("button", name="Sign in").first.click()
        assert answer.value.status in (401, 403)
        expect(page.locator("[role=alert]")).to_be_visible()
        # the refusal itself is what a browser calls an error
        assert len(seen.troubles) == 1
        assert "401" in seen.troubles.pop() or answer.value.status == 403
