"""The partner page of a referral: link made on a laptop, answered on a phone, also without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.extensions import db
from app.referrals.models.referral import Referral
from tests import factories as make
from tests.browser.page_actions import assert_fits_width, click_and_wait
from tests.browser.page_faults import find_faults
from tests.referrals.partner_link import LinkCredentials, create_link
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]


def sent_referral_with_link(site: PortalInstance, state: str = "sent") -> tuple[int, LinkCredentials]:
    """Create a referral with a partner link; return its id and the credentials of the link."""
    with site.app.app_context():
        referral = make.referral_in_state(state)
        return referral.id, create_link(referral)


def referral_state(site: PortalInstance, number: int) -> str:
    with site.app.app_context():
        return db.session.get_one(Referral, number).state.name


def enter_code(page: Page, credentials: LinkCredentials) -> None:
    page.goto(credentials.url)
    assert_fits_width(page)
    page.fill("#code", credentials.code)
    with page.expect_navigation():
        page.click("button")
    assert_fits_width(page)


def press_answer(page: Page, step: str) -> None:
    with page.expect_navigation():
        page.click(f"button[formaction$='/{step}']")
    assert_fits_width(page)


def fill_signature(page: Page) -> None:
    page.fill("[name=answered_by]", "Abdul Karim")
    page.fill("[name=answered_position]", "Staf distribusi")


def submit_answer(page: Page) -> None:
    with page.expect_navigation():
        page.click("form button[type=submit]")
    assert_fits_width(page)


def test_link_is_created_on_a_laptop_and_answered_on_a_phone(
    site: PortalInstance, open_page_as: OpenPageAs, open_page: OpenPageAs
) -> None:
    with site.app.app_context():
        number = make.sent_referral().id
    laptop = open_page_as("rina", width=1280)
    laptop.goto(f"/referrals/{number}/")
    assert_fits_width(laptop)
    click_and_wait(laptop, f"form[action='/referrals/{number}/link'] button")
    url = laptop.input_value("#url")
    code = laptop.inner_text(".secret").replace(" ", "")
    laptop.context.grant_permissions(["clipboard-read", "clipboard-write"])
    laptop.click("[data-copy]")
    expect(laptop.locator("[data-copy]")).to_have_text(
        laptop.get_attribute("[data-copy]", "data-copied") or ""
    )
    assert laptop.evaluate("navigator.clipboard.readText()") == url
    phone = open_page()
    enter_code(phone, LinkCredentials(url.rpartition("/")[2], code))
    fill_signature(phone)
    press_answer(phone, "accept")
    assert referral_state(site, number) == "accepted"
    assert phone.input_value("[name=answered_by]") == "Abdul Karim"  # filled in from the first answer
    press_answer(phone, "start")
    press_answer(phone, "complete")
    with site.app.app_context():
        phone.fill("[name=completed_on]", clock.today().isoformat())
    phone.fill("[name=result]", "Kursi roda diserahkan di rumah")
    submit_answer(phone)
    assert referral_state(site, number) == "completed"
    expect(phone.locator("form")).to_have_count(0)
    laptop.goto(f"/referrals/{number}/")
    expect(laptop.locator("main")).to_contain_text("Kursi roda diserahkan di rumah")


def test_partner_declines_on_a_phone_and_the_office_refers_on(
    site: PortalInstance, open_page_as: OpenPageAs, open_page: OpenPageAs
) -> None:
    with site.app.app_context():
        other = make.partner_offering(name="Mitra Pengganti").id
    number, credentials = sent_referral_with_link(site)
    phone = open_page()
    enter_code(phone, credentials)
    fill_signature(phone)
    press_answer(phone, "decline")
    phone.select_option("[name=decline_reason]", "capacity_full")
    submit_answer(phone)
    assert referral_state(site, number) == "declined"
    expect(phone.locator("form")).to_have_count(0)
    laptop = open_page_as("rina", width=1280)
    laptop.goto(f"/referrals/{number}/")
    click_and_wait(laptop, f"form:has([name=partner][value='{other}']) button")
    expect(laptop.locator("main")).to_contain_text("Mitra Pengganti")
    with site.app.app_context():
        assert (
            db.session.scalars(db.select(Referral).filter_by(previous_id=number)).one().state.name == "draft"
        )


def test_partner_page_works_without_javascript(site: PortalInstance, browser: Browser, origin: str) -> None:
    number, credentials = sent_referral_with_link(site)
    context = browser.new_context(
        base_url=origin, java_script_enabled=False, viewport={"width": 360, "height": 740}, is_mobile=True
    )
    phone = context.new_page()
    phone.goto(credentials.url)
    phone.fill("#code", credentials.code)
    phone.click("button")
    fill_signature(phone)
    phone.click("button[formaction$='/ask_document']")
    phone.fill("[name=text]", "Fotokopi KK")
    phone.click("form button[type=submit]")
    expect(phone.locator("main")).to_contain_text("Fotokopi KK")
    phone.click("button[formaction$='/accept']")
    expect(phone.locator("button[formaction$='/start']")).to_have_count(1)
    assert referral_state(site, number) == "accepted"
    context.close()


@pytest.mark.parametrize("state", ["sent", "completed"])
def test_partner_pages_are_accessible(site: PortalInstance, open_page: OpenPageAs, state: str) -> None:
    _number, credentials = sent_referral_with_link(site, state)
    page = open_page()
    page.goto("/r/" + "x" * 43)
    found = list(find_faults(page))
    page.goto(credentials.url)
    found += find_faults(page)
    page.fill("#code", "12")
    with page.expect_navigation():
        page.click("button")
    found += find_faults(page)
    enter_code(page, credentials)
    found += find_faults(page)
    for step in ("decline", "ask_document") if state == "sent" else ():
        page.goto(credentials.url)
        press_answer(page, step)
        submit_answer(page)
        found += find_faults(page)
    assert found == []


def test_page_that_shows_a_new_link_is_accessible(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    number, _credentials = sent_referral_with_link(site)
    page = open_page_as("rina")
    page.goto(f"/referrals/{number}/")
    click_and_wait(page, f"form[action='/referrals/{number}/link'] button")
    assert list(find_faults(page)) == []


def test_letters_are_printed_from_the_queue(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    number, _credentials = sent_referral_with_link(site)
    page = open_page_as("rina", width=1280)
    page.goto("/referrals/list/")
    page.check(f"[name=id][value='{number}']")
    url = page.evaluate(
        "() => { const f = document.getElementById('bulk');"
        " return f.action + '?' + new URLSearchParams(new FormData(f)) }"
    )
    response = page.request.get(f"{url}&paper=f4")
    assert response.headers["content-type"] == "application/pdf"
    assert response.body().startswith(b"%PDF")
