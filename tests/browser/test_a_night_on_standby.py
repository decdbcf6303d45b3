"""A night on a phone: taken over in the evening, a call at midnight, handed over in the morning."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.standby.models import Handover
from tests import factories as make
from tests.browser.pages import error_of, fits, press, save
from tests.support.portal import Portal

Enter = Callable[..., Page]


def test_a_night_shift_from_taking_over_to_handing_over(site: Portal, enter: Enter) -> None:
    with site.app.app_context():
        evening = clock.now() - timedelta(hours=1)
        day = make.shift("dodi", evening - timedelta(hours=12))
        night = make.shift("rina", evening, phone="0812-0000-0101").id
        make.shift("dodi", evening + timedelta(hours=12))
        with clock.at(evening - timedelta(hours=2)):
            make.report(description="Menunggu sejak sore")
        make.handover(by="dodi", from_shift=day, note="Kunci motor di laci kiri.")

    page = enter("rina")
    fits(page)
    expect(page.locator("main")).to_contain_text("Menunggu sejak sore")
    press(page, "a[href^='/handovers/show/']")
    expect(page.locator("main")).to_contain_text("Kunci motor di laci kiri.")
    expect(page.locator("main")).to_contain_text("Menunggu sejak sore")
    fits(page)
    page.locator("form[action$='/acknowledge'] button").click()
    with page.expect_navigation():
        page.click("#confirm-yes")
    expect(page.locator(".alert-success")).to_be_visible()

    page.goto("/")
    press(page, f"a[href='/shifts/{night}/take_call']")
    page.fill("[name=description]", "Nenek kira-kira 75 tahun terbaring sendirian, rumah kemasukan air.")
    page.select_option("[name=urgency]", "emergency")
    page.select_option("[name=kind]", "outreach")
    page.fill("[name=narrative]", "Dibawa dengan mobil ketua RT ke IGD.")
    save(page)
    expect(error_of(page, "client")).to_be_visible()
    assert page.input_value("[name=narrative]") == "Dibawa dengan mobil ketua RT ke IGD."
    page.fill("[name=alias]", "Nek Idah")
    fits(page)
    save(page)
    expect(page.locator("h1")).to_contain_text("LK3/")
    expect(page.locator("main")).to_contain_text("Nenek kira-kira 75 tahun")

    page.goto("/")
    press(page, "a[href='/handovers/add']")
    expect(page.locator("main")).to_contain_text("Nenek kira-kira 75 tahun")
    fits(page)
    page.fill("[name=note]", "RSUD menelepon pagi ini.")
    save(page)
    expect(page.locator("main")).to_contain_text("RSUD menelepon pagi ini.")
    fits(page)
    with site.app.app_context():
        states = [one.state.name for one in db.session.scalars(select(Handover).order_by(Handover.id))]
        assert states == ["acknowledged", "sent"]


def test_an_administrator_plans_a_week_and_is_told_of_the_gap(site: Portal, enter: Enter) -> None:
    page = enter("admin")
    expect(page.locator(".card.alarm")).to_be_visible()
    press(page, "a[href='/shifts/add']")
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    page.select_option("[name=worker]", label="Rina Kusuma")
    page.fill("[name=starts_at]", f"{tomorrow}T20:00")
    page.fill("[name=ends_at]", f"{tomorrow}T08:00")
    page.select_option("[name=pattern]", "daily")
    page.fill("[name=until]", (clock.today() + timedelta(days=7)).isoformat())
    save(page)
    expect(error_of(page, "ends_at")).to_be_visible()
    page.fill("[name=ends_at]", (clock.today() + timedelta(days=2)).isoformat() + "T08:00")
    save(page)
    expect(error_of(page, "accepted")).to_be_visible()
    page.check("[name=accepted]")
    save(page)
    page.goto("/shifts/list/")
    fits(page)
    expect(page.locator(".month a").first).to_be_visible()
