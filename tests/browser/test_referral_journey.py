"""A referral in the office: drafted and sent on a laptop, confirmed with the client on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.clients.enums import ConsentPurpose
from app.core import clock
from app.extensions import db
from app.referrals.models.referral import Referral
from tests import factories as make
from tests.browser.page_actions import assert_fits_width, click_and_wait, submit_form
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]


def test_referral_is_sent_from_a_laptop_and_confirmed_on_a_phone(
    site: PortalInstance, open_page_as: OpenPageAs
) -> None:
    with site.app.app_context():
        make.partner_offering(name="LAZ Contoh")
        case = make.case()
        make.consent(client=case.client, purpose=ConsentPurpose.share_with_partner)
        case_id, need_id = case.id, make.get_need_kind().id
    laptop = open_page_as("rina", width=1280)
    laptop.goto(f"/referrals/add?case={case_id}")
    laptop.select_option("[name=need_kind]", str(need_id))
    laptop.fill("[name=request]", "Satu kursi roda dewasa")
    submit_form(laptop)
    assert_fits_width(laptop)
    with site.app.app_context():
        number = db.session.scalars(db.select(Referral.id).filter_by(case_id=case_id)).one()
    click_and_wait(laptop, f"a[href='/referrals/{number}/send']")
    submit_form(laptop)
    expect(laptop.locator(".turn")).to_contain_text("LAZ Contoh")
    click_and_wait(laptop, f"a[href='/referrals/{number}/accept']")
    laptop.fill("[name=answered_by]", "Nurhayati")
    submit_form(laptop)
    click_and_wait(laptop, f"a[href='/referrals/{number}/complete']")
    laptop.fill("[name=result]", "Kursi roda diserahkan")
    with site.app.app_context():
        laptop.fill("[name=completed_on]", clock.today().isoformat())
    submit_form(laptop)
    phone = open_page_as("rina", width=360)
    phone.goto("/referrals/list/?queue=confirm")
    assert_fits_width(phone)
    phone.goto(f"/referrals/{number}/")
    assert_fits_width(phone)
    click_and_wait(phone, f"a[href='/referrals/{number}/confirm']")
    phone.select_option("[name=outcome]", "met")
    phone.fill("[name=confirmed_how]", "Kunjungan rumah")
    phone.fill("[name=confirmed_by]", "Klien")
    submit_form(phone)
    assert_fits_width(phone)
    with site.app.app_context():
        assert db.session.get_one(Referral, number).state.name == "closed"
