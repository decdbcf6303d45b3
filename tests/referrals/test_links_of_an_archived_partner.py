"""Whoever the office no longer works with reads nothing more, and a restored partner needs a new link."""

from collections.abc import Callable
from types import ModuleType

import pytest

from app.core.unit import unit
from app.extensions import db
from app.partners.models import Partner
from app.referrals.choices import SharedField
from app.referrals.models import Referral, ReferralLink
from app.referrals.services import accept_referral, cancel_referral, links
from tests.referrals.door import answer, enter, fresh, kinds, linked, told
from tests.support.client import PortalClient
from tests.support.portal import person

AsUser = Callable[[str], PortalClient]


def press(as_user: AsUser, partner: Partner, move: str) -> None:
    db.session.refresh(partner)
    response = as_user("admin").post(f"/partners/{partner.id}/{move}", data={"version": partner.version})
    assert response.status_code == 302


def test_an_archived_partner_finds_nothing_behind_its_links(
    make: ModuleType, as_user: AsUser, nobody: PortalClient
) -> None:
    referral = told(make, SharedField.identity)
    key = linked(referral)
    assert "Suryani Wulan" in enter(nobody, key).text
    press(as_user, referral.partner, "archive")
    assert "Suryani" not in nobody.get_page(key.url, 404)
    assert answer(nobody, key, "accept").status_code == 404
    assert nobody.get(f"/r/{links.letter_token(fresh(referral)) or 'x' * 43}").status_code == 404
    assert fresh(referral).state.name == "sent"


def test_archiving_ends_the_links_of_this_partner_and_tells_the_timeline(
    make: ModuleType, as_user: AsUser
) -> None:
    referral, other = make.sent(), make.sent()
    press(as_user, referral.partner, "archive")
    assert links.live_links(fresh(referral)) == []
    assert len(links.live_links(other)) == 1
    assert [kind.name for kind in kinds(referral)][-1] == "referral_links_closed"
    assert "referral_links_closed" not in [kind.name for kind in kinds(other)]
    assert "ditutup karena mitra diarsipkan" in as_user("rina").get_page(f"/referrals/{referral.id}/")


def test_the_desk_says_why_and_offers_no_link_until_the_partner_is_restored(
    make: ModuleType, as_user: AsUser
) -> None:
    referral = make.sent()
    rina, desk = as_user("rina"), f"/referrals/{referral.id}/"
    assert "diarsipkan: tautannya ditutup" not in rina.get_page(desk)
    press(as_user, referral.partner, "archive")
    page = rina.get_page(desk)
    assert "diarsipkan: tautannya ditutup" in page
    assert f"{desk}link" not in page
    assert rina.post(f"{desk}link").status_code == 409
    assert rina.post(f"{desk}code").status_code == 409
    press(as_user, referral.partner, "restore")
    assert f"{desk}link" in rina.get_page(desk)


def test_a_restored_partner_opens_no_link_of_before_and_a_new_one(
    make: ModuleType, as_user: AsUser, nobody: PortalClient
) -> None:
    referral = told(make, SharedField.identity)
    key, letter = linked(referral), links.letter_token(referral)
    press(as_user, referral.partner, "archive")
    press(as_user, referral.partner, "restore")
    assert [nobody.get(f"/r/{token}").status_code for token in (key.token, letter)] == [404, 404]
    assert "Suryani Wulan" in enter(nobody, linked(fresh(referral))).text


def test_a_link_that_an_earlier_release_left_open_is_shut_and_ends_with_the_restoring(
    make: ModuleType, as_user: AsUser, nobody: PortalClient
) -> None:
    referral = told(make, SharedField.identity)
    key = linked(referral)
    press(as_user, referral.partner, "archive")
    with unit(by=person("admin")):
        for link in db.session.scalars(db.select(ReferralLink).filter_by(referral_id=referral.id)):
            link.revoked_at = None
    assert nobody.get(key.url).status_code == 404, "shut, as long as the partner is archived"
    press(as_user, referral.partner, "restore")
    assert nobody.get(key.url).status_code == 404
    assert links.live_links(fresh(referral)) == []


@pytest.mark.parametrize("state", ["closed", "declined"])
def test_a_referral_that_is_over_says_nothing_of_links(make: ModuleType, as_user: AsUser, state: str) -> None:
    referral: Referral = make.referral_at(state)
    press(as_user, referral.partner, "archive")
    assert "tautannya ditutup" not in as_user("rina").get_page(f"/referrals/{referral.id}/")


def test_the_office_goes_on_with_a_referral_of_an_archived_partner(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent()
    press(as_user, referral.partner, "archive")
    make.moved(referral, accept_referral, answered_by="Abdul")
    make.moved(referral, cancel_referral, reason="Mitra tutup")
    assert fresh(referral).state.name == "cancelled"
