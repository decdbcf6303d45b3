"""A partner answers on a phone what a peksos sent from a laptop, also where no script runs."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.extensions import db
from app.referrals.models import Referral
from tests import factories as make
from tests.browser.pages import fits, press
from tests.browser.test_every_page_is_accessible import faults_everywhere
from tests.referrals.door import Key, linked
from tests.support.portal import Portal

Enter = Callable[..., Page]


def waiting(site: Portal, state: str = "sent") -> tuple[int, Key]:
    """A referral that waits for its partner, and the partner's key."""
    with site.app.app_context():
        referral = make.referral_at(state)
        return referral.id, linked(referral)


def stands(site: Portal, number: int) -> str:
    with site.app.app_context():
        return db.session.get_one(Referral, number).state.name


def come_in(page: Page, key: Key) -> None:
    page.goto(key.url)
    fits(page)
    page.fill("#code", key.code)
    with page.expect_navigation():
        page.click("button")
    fits(page)


def answer(page: Page, step: str) -> None:
    with page.expect_navigation():
        page.click(f"button[formaction$='/{step}']")
    fits(page)


def sign(page: Page) -> None:
    page.fill("[name=answered_by]", "Abdul Karim")
    page.fill("[name=answered_position]", "Staf distribusi")


def send(page: Page) -> None:
    with page.expect_navigation():
        page.click("form button[type=submit]")
    fits(page)


def test_a_link_is_made_on_a_laptop_and_answered_to_the_end_on_a_phone(
    site: Portal, enter: Enter, open_page: Enter
) -> None:
    with site.app.app_context():
        number = make.sent().id
    laptop = enter("rina", width=1280)
    laptop.goto(f"/referrals/{number}/")
    fits(laptop)
    press(laptop, f"form[action='/referrals/{number}/link'] button")
    url = laptop.input_value("#url")
    code = laptop.inner_text(".secret").replace(" ", "")
    laptop.context.grant_permissions(["clipboard-read", "clipboard-write"])
    laptop.click("[data-copy]")
    expect(laptop.locator("[data-copy]")).to_have_text(
        laptop.get_attribute("[data-copy]", "data-copied") or ""
    )
    assert laptop.evaluate("navigator.clipboard.readText()") == url
    phone = open_page()
    come_in(phone, Key(url.rpartition("/")[2], code))
    sign(phone)
    answer(phone, "accept")
    assert stands(site, number) == "accepted"
    assert phone.input_value("[name=answered_by]") == "Abdul Karim"  # nobody types it twice
    answer(phone, "start")
    answer(phone, "complete")
    with site.app.app_context():
        phone.fill("[name=completed_on]", clock.today().isoformat())
    phone.fill("[name=result]", "Kursi roda diserahkan di rumah")
    send(phone)
    assert stands(site, number) == "completed"
    expect(phone.locator("form")).to_have_count(0)
    laptop.goto(f"/referrals/{number}/")
    expect(laptop.locator("main")).to_contain_text("Kursi roda diserahkan di rumah")


def test_a_partner_declines_on_a_phone_and_the_office_refers_on(
    site: Portal, enter: Enter, open_page: Enter
) -> None:
    with site.app.app_context():
        other = make.offering(name="Mitra Pengganti").id
    number, key = waiting(site)
    phone = open_page()
    come_in(phone, key)
    sign(phone)
    answer(phone, "decline")
    phone.select_option("[name=decline_reason]", "capacity_full")
    send(phone)
    assert stands(site, number) == "declined"
    expect(phone.locator("form")).to_have_count(0)
    laptop = enter("rina", width=1280)
    laptop.goto(f"/referrals/{number}/")
    press(laptop, f"form:has([name=partner][value='{other}']) button")
    expect(laptop.locator("main")).to_contain_text("Mitra Pengganti")
    with site.app.app_context():
        assert (
            db.session.scalars(db.select(Referral).filter_by(previous_id=number)).one().state.name == "draft"
        )


def test_everything_works_where_no_script_runs(site: Portal, browser: Browser, origin: str) -> None:
    number, key = waiting(site)
    context = browser.new_context(
        base_url=origin, java_script_enabled=False, viewport={"width": 360, "height": 740}, is_mobile=True
    )
    phone = context.new_page()
    phone.goto(key.url)
    phone.fill("#code", key.code)
    phone.click("button")
    sign(phone)
    phone.click("button[formaction$='/ask_document']")
    phone.fill("[name=text]", "Fotokopi KK")
    phone.click("form button[type=submit]")
    expect(phone.locator("main")).to_contain_text("Fotokopi KK")
    phone.click("button[formaction$='/accept']")
    expect(phone.locator("button[formaction$='/start']")).to_have_count(1)
    assert stands(site, number) == "accepted"
    context.close()


@pytest.mark.parametrize("state", ["sent", "completed"])
def test_the_partners_pages_keep_nobody_out(site: Portal, open_page: Enter, state: str) -> None:
    _number, key = waiting(site, state)
    page = open_page()
    page.goto("/r/" + "x" * 43)
    found = list(faults_everywhere(page))
    page.goto(key.url)
    found += faults_everywhere(page)
    page.fill("#code", "12")
    with page.expect_navigation():
        page.click("button")
    found += faults_everywhere(page)
    come_in(page, key)
    found += faults_everywhere(page)
    for step in ("decline", "ask_document") if state == "sent" else ():
        page.goto(key.url)
        answer(page, step)
        send(page)
        found += faults_everywhere(page)
    assert found == []


def test_the_page_that_tells_a_link_once_is_readable(site: Portal, enter: Enter) -> None:
    number, _key = waiting(site)
    page = enter("rina")
    page.goto(f"/referrals/{number}/")
    press(page, f"form[action='/referrals/{number}/link'] button")
    assert list(faults_everywhere(page)) == []


def test_letters_are_printed_from_the_queue(site: Portal, enter: Enter) -> None:
    number, _key = waiting(site)
    page = enter("rina", width=1280)
    page.goto("/referrals/list/")
    page.check(f"[name=id][value='{number}']")
    address = page.evaluate(
        "() => { const f = document.getElementById('bulk');"
        " return f.action + '?' + new URLSearchParams(new FormData(f)) }"
    )
    made = page.request.get(f"{address}&paper=f4")
    assert made.headers["content-type"] == "application/pdf"
    assert made.body().startswith(b"%PDF")
