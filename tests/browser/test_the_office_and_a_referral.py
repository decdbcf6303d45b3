"""The office's side of a referral: drafted and sent at a desk, confirmed with the client on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.clients.choices import ConsentPurpose
from app.core import clock
from app.extensions import db
from app.referrals.models import Referral
from tests import factories as make
from tests.browser.pages import fits, press, save
from tests.support.portal import Portal

Enter = Callable[..., Page]


def test_a_referral_is_drafted_and_sent_from_a_laptop_and_confirmed_on_a_phone(
    site: Portal, enter: Enter
) -> None:
    with site.app.app_context():
        make.offering(name="LAZ Contoh")
        case = make.case()
        make.consent(client=case.client, purpose=ConsentPurpose.share_with_partner)
        case_id, need_id = case.id, make.need().id
    laptop = enter("rina", width=1280)
    laptop.goto(f"/referrals/add?case={case_id}")
    laptop.select_option("[name=need_kind]", str(need_id))
    laptop.fill("[name=request]", "Satu kursi roda dewasa")
    save(laptop)
    fits(laptop)
    with site.app.app_context():
        number = db.session.scalars(db.select(Referral.id).filter_by(case_id=case_id)).one()
    press(laptop, f"a[href='/referrals/{number}/send']")
    save(laptop)
    expect(laptop.locator(".turn")).to_contain_text("LAZ Contoh")
    press(laptop, f"a[href='/referrals/{number}/accept']")
    laptop.fill("[name=answered_by]", "Nurhayati")
    save(laptop)
    press(laptop, f"a[href='/referrals/{number}/complete']")
    laptop.fill("[name=result]", "Kursi roda diserahkan")
    with site.app.app_context():
        laptop.fill("[name=completed_on]", clock.today().isoformat())
    save(laptop)
    phone = enter("rina", width=360)
    phone.goto("/referrals/list/?queue=confirm")
    fits(phone)
    phone.goto(f"/referrals/{number}/")
    fits(phone)
    press(phone, f"a[href='/referrals/{number}/confirm']")
    phone.select_option("[name=outcome]", "met")
    phone.fill("[name=confirmed_how]", "Kunjungan rumah")
    phone.fill("[name=confirmed_by]", "Klien")
    save(phone)
    fits(phone)
    with site.app.app_context():
        assert db.session.get_one(Referral, number).state.name == "closed"
