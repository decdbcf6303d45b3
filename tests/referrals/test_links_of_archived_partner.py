"""Archiving a partner closes its links; a restored partner needs a new link."""

from collections.abc import Callable
from types import ModuleType

import pytest

from app.db.transaction import transaction
from app.extensions import db
from app.partners.models import Partner
from app.referrals.enums import SharedField
from app.referrals.models.exchange import ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.services import links
from app.referrals.services.answers import accept_referral
from app.referrals.services.office import cancel_referral
from tests.referrals.partner_link import (
    create_link,
    list_event_kinds,
    open_link,
    post_answer,
    reload,
    share_and_send,
)
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]


def apply_partner_transition(as_user: AsUser, partner: Partner, transition: str) -> None:
    db.session.refresh(partner)
    response = as_user("admin").post(
        f"/partners/{partner.id}/{transition}", data={"version": partner.version}
    )
    assert response.status_code == 302


def test_links_of_an_archived_partner_are_not_found(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    key = create_link(referral)
    assert "Suryani Wulan" in open_link(anonymous_client, key).text
    apply_partner_transition(as_user, referral.partner, "archive")
    assert "Suryani" not in anonymous_client.get_page(key.url, 404)
    assert post_answer(anonymous_client, key, "accept").status_code == 404
    assert (
        anonymous_client.get(f"/r/{links.get_letter_token(reload(referral)) or 'x' * 43}").status_code == 404
    )
    assert reload(referral).state.name == "sent"


def test_archiving_ends_the_links_of_this_partner_and_records_an_event(
    make: ModuleType, as_user: AsUser
) -> None:
    referral, other = make.sent_referral(), make.sent_referral()
    create_link(referral)
    assert len(links.list_valid_links(referral)) == 2, "the created link and the link on the letter"
    apply_partner_transition(as_user, referral.partner, "archive")
    assert links.list_valid_links(reload(referral)) == []
    assert len(links.list_valid_links(other)) == 1
    assert list_event_kinds(referral)[-1] == "referral_links_closed"
    assert "referral_links_closed" not in list_event_kinds(other)
    assert "ditutup karena mitra diarsipkan" in as_user("rina").get_page(f"/referrals/{referral.id}/")


def test_overview_says_why_and_offers_no_link_until_the_partner_is_restored(
    make: ModuleType, as_user: AsUser
) -> None:
    referral = make.sent_referral()
    rina, overview = as_user("rina"), f"/referrals/{referral.id}/"
    assert "diarsipkan: tautannya ditutup" not in rina.get_page(overview)
    apply_partner_transition(as_user, referral.partner, "archive")
    page = rina.get_page(overview)
    assert "diarsipkan: tautannya ditutup" in page
    assert f"{overview}link" not in page
    assert rina.post(f"{overview}link").status_code == 409
    assert rina.post(f"{overview}code").status_code == 409
    apply_partner_transition(as_user, referral.partner, "restore")
    assert f"{overview}link" in rina.get_page(overview)


def test_restored_partner_opens_a_new_link_and_no_former_one(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    key, letter = create_link(referral), links.get_letter_token(referral)
    apply_partner_transition(as_user, referral.partner, "archive")
    apply_partner_transition(as_user, referral.partner, "restore")
    assert [anonymous_client.get(f"/r/{token}").status_code for token in (key.token, letter)] == [404, 404]
    assert "Suryani Wulan" in open_link(anonymous_client, create_link(reload(referral))).text


def test_link_left_open_by_an_earlier_release_is_refused_and_revoked_on_restore(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    key = create_link(referral)
    apply_partner_transition(as_user, referral.partner, "archive")
    with transaction(by=get_user("admin")):
        for link in db.session.scalars(db.select(ReferralLink).filter_by(referral_id=referral.id)):
            link.revoked_at = None
    assert anonymous_client.get(key.url).status_code == 404, "links stay closed while the partner is archived"
    apply_partner_transition(as_user, referral.partner, "restore")
    assert anonymous_client.get(key.url).status_code == 404
    assert links.list_valid_links(reload(referral)) == []


@pytest.mark.parametrize("state", ["closed", "declined"])
def test_finished_referral_shows_no_message_about_closed_links(
    make: ModuleType, as_user: AsUser, state: str
) -> None:
    referral: Referral = make.referral_in_state(state)
    apply_partner_transition(as_user, referral.partner, "archive")
    assert "tautannya ditutup" not in as_user("rina").get_page(f"/referrals/{referral.id}/")


def test_an_archived_partner_gets_no_update(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    apply_partner_transition(as_user, referral.partner, "archive")
    data = {"version": reload(referral).version, "reason": "Pindah"}
    answer = as_user("rina").post(f"/referrals/{referral.id}/send_update", data=data)
    assert answer.status_code == 409
    assert list_event_kinds(referral)[-1] == "referral_links_closed"


def test_office_can_continue_a_referral_of_an_archived_partner(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    apply_partner_transition(as_user, referral.partner, "archive")
    make.apply_transition(referral, accept_referral, answered_by="Abdul")
    make.apply_transition(referral, cancel_referral, reason="Mitra tutup")
    assert reload(referral).state.name == "cancelled"
