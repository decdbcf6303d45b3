"""Disclosed values as users of the office see them:

masked numbers, and hidden details of a limited client.
"""

from collections.abc import Callable
from types import ModuleType

import pytest
from sqlalchemy import delete, select

from app.clients.enums import ConsentPurpose
from app.db.transaction import transaction
from app.extensions import db
from app.partners.models import PartnerService
from app.reference.enums import Confidentiality
from app.reference.models import Kelurahan
from app.referrals.enums import SharedField
from app.referrals.models.referral import Referral
from app.referrals.services.disclosures import send_update
from app.referrals.services.office import send_referral
from tests.referrals.partner_link import create_link, open_link, reload, share_and_send, text_of
from tests.referrals.test_disclosure import change_client_and_case, list_disclosures
from tests.referrals.test_letter import letter_text
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
NUMBERS = ("6474015708450001", "0812-5000-0123", "081250000123", "0813-9999-9456", "081399999456")


def test_supervisor_reads_letter_overview_and_changes_masked(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, *SharedField)
    change_client_and_case(referral)
    kabid = as_user("kabid")
    for shown in (letter_text(kabid, referral), kabid.get_page(f"/referrals/{referral.id}/")):
        assert [number for number in NUMBERS if number in shown] == []
        assert "••••0001" in shown
        assert "••••0123" in shown
    assert "••••9456" in kabid.get_page(f"/referrals/{referral.id}/")
    page = text_of(open_link(anonymous_client, create_link(referral)))
    assert "6474015708450001" in page  # the partner sees the number unmasked


def draft_for_limited_person(make: ModuleType) -> Referral:
    """A draft in Sari's ordinary case of a client who also has a limited case of Rina's."""
    client = make.client(
        name="Suryani Wulan", phone="081250000123", address="Gang Rahasia 7", no_kk="6474010101010001"
    )
    make.case(client=client, confidentiality=Confidentiality.limited, team=[get_user("dodi")])
    case = make.case(by="sari", client=client, presenting_problem="Perlu sembako")
    make.consent(by="rina", client=client, purpose=ConsentPurpose.share_with_partner)
    return make.referral(by="sari", case=case)


@pytest.mark.parametrize("field", ["address", "phone", "no_kk", "guardian"])
def test_user_who_cannot_read_details_of_a_limited_client_cannot_share_them(
    make: ModuleType, as_user: AsUser, field: str
) -> None:
    referral = draft_for_limited_person(make)
    url, data = f"/referrals/{referral.id}/send", {"version": referral.version}
    refused = as_user("sari").post(url, data={**data, "shared_fields": ["identity", field]})
    assert refused.status_code == 200
    assert "kasus terbatas" in refused.get_data(as_text=True)
    assert list_disclosures(referral) == []
    sent = as_user("sari").post(url, data={**data, "shared_fields": ["identity", "problem"]})
    assert sent.status_code == 302
    assert len(list_disclosures(referral)) == 1


def test_details_that_the_team_shared_stay_hidden_from_others(make: ModuleType, as_user: AsUser) -> None:
    referral = draft_for_limited_person(make)
    make.apply_transition(
        referral, send_referral, shared_fields=[SharedField.identity, SharedField.address], by="rina"
    )
    change_client_and_case(reload(referral))
    for name, seen in (("sari", False), ("dodi", True), ("admin", True)):
        page = as_user(name).get_page(f"/referrals/{referral.id}/")
        for shown in (letter_text(as_user(name), referral), page):
            assert ("Gang Rahasia 7" in shown) is seen, name
        assert ("Rumah Aman" in page) is seen, name
        assert "Nama Baru" in page, name  # all staff may read names
    data = {"version": reload(referral).version, "reason": "Pindah"}
    refused = as_user("sari").post(f"/referrals/{referral.id}/send_update", data=data)
    assert "kasus terbatas" in refused.get_data(as_text=True)
    assert len(list_disclosures(referral)) == 1
    make.apply_transition(reload(referral), send_update, reason="Pindah", by="dodi")
    assert len(list_disclosures(referral)) == 2


def test_draft_hides_details_from_users_who_cannot_read_them(make: ModuleType, as_user: AsUser) -> None:
    referral = draft_for_limited_person(make)
    with transaction(by=get_user("sari")):
        referral.shared_fields = ["identity", "address", "phone", "no_kk"]
    for shown in (
        letter_text(as_user("sari"), referral),
        as_user("sari").get_page(f"/referrals/{referral.id}/"),
    ):
        assert "Suryani Wulan" in shown
        for value in ("Gang Rahasia", "0812-5000", "6474010101010001"):
            assert value not in shown
    assert "Gang Rahasia 7" in letter_text(as_user("rina"), referral)


def test_proposals_use_the_kelurahan_only_for_users_who_can_read_it(
    make: ModuleType, as_user: AsUser
) -> None:
    here, there = db.session.scalars(select(Kelurahan).order_by(Kelurahan.id).limit(2))
    draft, need = draft_for_limited_person(make), make.get_need_kind("schooling")
    with transaction(by=get_user("rina")) as session:
        draft.case.client.kelurahan = here
        session.execute(delete(PartnerService).where(PartnerService.need_kind_id == need.id))
    make.partner_offering(need, name="A jauh", coverage=[there])
    make.partner_offering(need, name="B dekat", coverage=[here])
    referral = make.referral(by="sari", case=draft.case, need_kind=need)
    for name, proposed in (("sari", True), ("dodi", False), ("admin", False)):
        page = as_user(name).get_page(f"/referrals/{referral.id}/")
        assert "B dekat" in page, name
        assert ("A jauh" in page) is proposed, name
    data = {
        "case": str(draft.case_id),
        "need_kind": str(need.id),
        "request": "Seragam",
        "urgency": "ordinary",
    }
    for name, chosen in (("sari", "A jauh"), ("rina", "B dekat")):
        newest = select(Referral).order_by(Referral.id.desc()).limit(1)
        assert as_user(name).post("/referrals/add", data=data).status_code == 302
        assert db.session.scalars(newest).one().partner.name == chosen
