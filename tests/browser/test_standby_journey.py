"""A night shift on a phone: acknowledged hand-over, an emergency call, hand-over in the morning."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.standby.models import Handover
from tests import factories as make
from tests.browser.page_actions import assert_fits_width, click_and_wait, field_error, submit_form
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]


def test_night_shift_from_acknowledgement_to_handover(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    with site.app.app_context():
        evening = clock.now() - timedelta(hours=1)
        day = make.shift("dodi", evening - timedelta(hours=12))
        night = make.shift("rina", evening, phone="0812-0000-0101").id
        make.shift("dodi", evening + timedelta(hours=12))
        with clock.freeze_time(evening - timedelta(hours=2)):
            make.report(description="Menunggu sejak sore")
        make.handover(by="dodi", from_shift=day, note="Kunci motor di laci kiri.")

    page = open_page_as("rina")
    assert_fits_width(page)
    expect(page.locator("main")).to_contain_text("Menunggu sejak sore")
    click_and_wait(page, "a[href^='/handovers/show/']")
    expect(page.locator("main")).to_contain_text("Kunci motor di laci kiri.")
    expect(page.locator("main")).to_contain_text("Menunggu sejak sore")
    assert_fits_width(page)
    page.locator("form[action$='/acknowledge'] button").click()
    with page.expect_navigation():
        page.click("#confirm-yes")
    expect(page.locator(".alert-success")).to_be_visible()

    page.goto("/")
    click_and_wait(page, f"a[href='/shifts/{night}/take_call']")
    page.fill("[name=description]", "Nenek kira-kira 75 tahun terbaring sendirian, rumah kemasukan air.")
    page.select_option("[name=urgency]", "emergency")
    page.select_option("[name=kind]", "outreach")
    page.fill("[name=narrative]", "Dibawa dengan mobil ketua RT ke IGD.")
    submit_form(page)
    expect(field_error(page, "client")).to_be_visible()
    assert page.input_value("[name=narrative]") == "Dibawa dengan mobil ketua RT ke IGD."
    page.fill("[name=alias]", "Nek Idah")
    assert_fits_width(page)
    submit_form(page)
    expect(page.locator("h1")).to_contain_text("LK3/")
    expect(page.locator("main")).to_contain_text("Nenek kira-kira 75 tahun")

    page.goto("/")
    click_and_wait(page, "a[href='/handovers/add']")
    expect(page.locator("main")).to_contain_text("Nenek kira-kira 75 tahun")
    assert_fits_width(page)
    page.fill("[name=note]", "RSUD menelepon pagi ini.")
    submit_form(page)
    expect(page.locator("main")).to_contain_text("RSUD menelepon pagi ini.")
    assert_fits_width(page)
    with site.app.app_context():
        states = [one.state.name for one in db.session.scalars(select(Handover).order_by(Handover.id))]
        assert states == ["acknowledged", "sent"]


def test_administrator_plans_a_week_and_sees_the_gap(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    page = open_page_as("admin")
    expect(page.locator(".card.alarm")).to_be_visible()
    click_and_wait(page, "a[href='/shifts/add']")
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    page.select_option("[name=worker]", label="Rina Kusuma")
    page.fill("[name=starts_at]", f"{tomorrow}T20:00")
    page.fill("[name=ends_at]", f"{tomorrow}T08:00")
    page.select_option("[name=pattern]", "daily")
    page.fill("[name=until]", (clock.today() + timedelta(days=7)).isoformat())
    submit_form(page)
    expect(field_error(page, "ends_at")).to_be_visible()
    page.fill("[name=ends_at]", (clock.today() + timedelta(days=2)).isoformat() + "T08:00")
    submit_form(page)
    expect(field_error(page, "accepted")).to_be_visible()
    page.check("[name=accepted]")
    submit_form(page)
    page.goto("/shifts/list/")
    assert_fits_width(page)
    expect(page.locator(".month a").first).to_be_visible()
