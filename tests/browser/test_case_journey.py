"""A case on a phone, from the first call to closing and reopening, always from its overview."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.cases.models.case import Case
from app.core import clock
from app.extensions import db
from tests import factories as make
from tests.browser.page_actions import assert_fits_width, click_and_wait, submit_form
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]


def test_case_is_worked_on_closed_and_reopened_on_a_phone(
    open_page_as: OpenPageAs, site: PortalInstance
) -> None:
    with site.app.app_context():
        case_id = make.case(by="rina").id
        make.consent(client=db.session.get_one(Case, case_id).client)
    page = open_page_as("rina")
    overview_url = f"/cases/show/{case_id}"

    def open_overview() -> None:
        page.goto(overview_url)
        assert_fits_width(page)

    def add_service(kind: str, words: str) -> None:
        open_overview()
        click_and_wait(page, f"a[href='/services/add?case={case_id}&kind={kind}']")
        assert_fits_width(page)
        page.fill("[name=narrative]", words)
        submit_form(page)

    add_service("consultation", "Telepon pukul dua malam: suami mabuk, ibu dan anak aman di tetangga")
    add_service("outreach", "Kunjungan ke rumah bersama ketua RT")
    page.goto(f"/assessments/add?case={case_id}")
    page.fill("[name=score]", "60")
    page.fill("[name=summary]", "Berbahaya pada malam hari")
    submit_form(page)
    page.goto(f"/plan-goals/add?case={case_id}")
    page.fill("[name=goal]", "Ibu dan anak aman")
    page.fill("[name=activity]", "Konseling keluarga")
    with site.app.app_context():
        page.fill("[name=target_on]", str(clock.today()))
    submit_form(page)
    for stage in ("contract", "assessment", "planning", "intervention"):
        open_overview()
        click_and_stay(page, f"form[action='/cases/{case_id}/advance'] button")
        with site.app.app_context():
            assert db.session.get_one(Case, case_id).stage.name == stage
    page.goto(f"/cases/{case_id}/close")
    page.select_option("[name=closing_reason]", "goal_reached")
    page.fill("[name=closing_summary]", "Keluarga rukun kembali")
    submit_form(page)
    page.goto(f"/cases/{case_id}/timeline")
    assert_fits_width(page)
    expect(page.locator("main")).to_contain_text("Telepon pukul dua malam")
    expect(page.locator("main")).to_contain_text("Keluarga rukun kembali")
    assert page.locator("[data-event]").count() == 10
    service_again = f"/services/add?case={case_id}&kind=outreach"
    page.goto(service_again)
    page.fill("[name=narrative]", "Menelepon lagi: dipukul lagi")
    page.select_option("[name=reopen_stage]", "intervention")
    page.fill("[name=reopen_reason]", "Kekerasan terulang")
    submit_form(page)
    with site.app.app_context():
        assert db.session.get_one(Case, case_id).status.name == "active"


def click_and_stay(page: Page, selector: str) -> None:
    """Click a button that redirects to the same page."""
    with page.expect_navigation():
        page.locator(selector).locator("visible=true").first.click()
