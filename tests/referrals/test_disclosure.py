"""Letter, reprint and partner page keep showing the values at the time of sending."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from app.audit.services.audit_book import erase_payload
from app.cases.models.event import CaseReason
from app.clients.enums import ConsentPurpose, SafeToContact
from app.clients.models.client import Consent
from app.clients.services.clients import update_client, withdraw_consent
from app.core import clock
from app.db import triggers
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.services import edit_office_setting, get_office_setting
from app.referrals.enums import SharedField
from app.referrals.models.disclosure import ReferralDisclosure
from app.referrals.models.referral import Referral
from app.referrals.services.answers import accept_referral, ask_document
from app.referrals.services.disclosures import verify_disclosures
from app.referrals.services.drafts import attach_document, enclose_document
from app.referrals.services.office import send_referral
from tests.referrals.partner_link import (
    bring_to_state,
    create_link,
    get_newest_event,
    open_link,
    reload,
    share_and_send,
    text_of,
)
from tests.referrals.test_letter import letter_text, pdf_text
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
OLD_VALUES = {
    "name": "Suryani Wulan",
    "phone": "081250000123",
    "address": "Gang Rahasia 7",
    "guardian_name": "Bu Marni",
}
NEW_VALUES = {
    "name": "Nama Baru",
    "phone": "081399999456",
    "address": "Rumah Aman Melati",
    "guardian_name": "Pak Jago",
}
SHOWN_NUMBERS = ("0812-5000-0123",)


def change_client_and_case(referral: Referral, problem: str = "Pindah ke rumah aman", **values: Any) -> None:
    """Change values of the client and the presenting problem of the case."""
    rina = get_user("rina")
    with transaction(by=rina):
        update_client(referral.case.client, values or NEW_VALUES, by=rina)
        referral.case.presenting_problem = problem


def read_papers_and_page(as_user: AsUser, nobody: PortalClient, referral: Referral) -> dict[str, str]:
    """Return the texts of letter, bulk print and partner page."""
    many = as_user("rina").get("/referrals/letters.pdf", query_string={"id": referral.id})
    return {
        "letter": letter_text(as_user("rina"), referral),
        "letters": pdf_text(many.get_data()),
        "page": text_of(open_link(nobody, create_link(referral))),
    }


def list_disclosures(referral: Referral) -> list[ReferralDisclosure]:
    query = select(ReferralDisclosure).where(ReferralDisclosure.referral_id == referral.id)
    return list(db.session.scalars(query.order_by(ReferralDisclosure.id)))


def delete_disclosures(referral: Referral) -> None:
    """Delete the disclosures of the referral, as in a database of a release that had none."""
    _execute_without_triggers(delete(ReferralDisclosure).where(ReferralDisclosure.referral_id == referral.id))
    db.session.expire_all()


def _execute_without_triggers(statement: Any) -> None:
    db.session.rollback()  # else the connection below waits for the transaction of this session
    with db.engine.begin() as connection:
        triggers.drop_all(connection)
        connection.execute(statement)
        triggers.recreate_all(connection)


def test_a_change_after_the_sending_reaches_no_letter_and_no_page(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, *SharedField, guardian_name=OLD_VALUES["guardian_name"])
    change_client_and_case(referral)
    for place, shown in read_papers_and_page(as_user, anonymous_client, referral).items():
        for old in ("Suryani Wulan", "0812-5000-0123", "Gang Rahasia 7", "Bu Marni", "Dipukul suami"):
            assert old in shown, (place, old)
        for new in ("Nama Baru", "0813-9999-9456", "Rumah Aman", "Pak Jago", "Pindah ke rumah aman"):
            assert new not in shown, (place, new)


def test_request_alias_nik_and_addressee_stay_as_they_were_sent(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity, SharedField.nik, alias="Mbak Sur")
    old = ("Biaya hidup dua bulan", "Mbak Sur", "6474015708450001")
    addressee = referral.partner.name
    with transaction(by=get_user("admin")):
        referral.request, referral.partner.name = "Permintaan Ganti", "Mitra Ganti"
        values = {"alias": "Alias Ganti", "nik": "6474015708450012"}
        update_client(referral.case.client, values, by=get_user("admin"))
    shown = read_papers_and_page(as_user, anonymous_client, reload(referral))
    for place, text in shown.items():
        for sent in old:
            assert sent in text, (place, sent)
        assert "6474015708450012" not in text, place
        assert "Permintaan Ganti" not in text, place
        assert "Alias Ganti" not in text, place
    for place in ("letter", "letters"):
        assert addressee in shown[place]
        assert "Mitra Ganti" not in shown[place]


def test_the_description_of_a_client_without_a_name_stays_as_it_was_sent(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(
        make, SharedField.identity, name=None, alias="Nek", nik=None, features="Baju merah"
    )
    change_client_and_case(referral, features="Kerudung biru")
    for place, shown in read_papers_and_page(as_user, anonymous_client, reload(referral)).items():
        assert "Baju merah" in shown, place
        assert "Kerudung biru" not in shown, place


def test_a_file_that_is_attached_later_is_a_link_on_the_page_and_not_on_the_old_letter(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    make.apply_transition(referral, ask_document, text="Surat keterangan", answered_by="Abdul")
    document = reload(referral).documents[0]
    make.apply_transition(document, attach_document, file=make.store_file(b"%PDF-1.7 terlampir"))
    for place in ("letter", "letters"):
        assert (
            "Surat keterangan" not in read_papers_and_page(as_user, anonymous_client, reload(referral))[place]
        ), place
    key = create_link(referral)
    link = f"{key.url}/documents/{document.id}"
    assert f'href="{link}"' in open_link(anonymous_client, key).text
    assert anonymous_client.get(link).data == b"%PDF-1.7 terlampir"


def test_overview_shows_both_values_and_offers_an_update(make: ModuleType, as_user: AsUser) -> None:
    referral = share_and_send(make, SharedField.identity, SharedField.address, SharedField.problem)
    before = as_user("rina").get_page(f"/referrals/{referral.id}/")
    assert "Berubah sejak dikirim" not in before
    change_client_and_case(referral)
    page = as_user("rina").get_page(f"/referrals/{referral.id}/")
    assert "Berubah sejak dikirim" in page
    for value in ("Suryani Wulan", "Nama Baru", "Gang Rahasia 7", "Rumah Aman Melati", "Dipukul suami"):
        assert value in page
    assert page.count(f'href="/referrals/{referral.id}/send_update"') == 2
    assert "0813-9999-9456" not in page  # the phone is not among the shared fields


def test_update_needs_a_reason_is_recorded_and_is_shown_from_then_on(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity, SharedField.address)
    change_client_and_case(referral)
    url = f"/referrals/{referral.id}/send_update"
    version = reload(referral).version
    empty = as_user("rina").post(url, data={"version": version, "reason": " "})
    assert empty.status_code == 200
    assert len(list_disclosures(referral)) == 1
    done = as_user("rina").post(url, data={"version": version, "reason": "Klien sudah pindah"})
    assert done.status_code == 302
    old, new = list_disclosures(referral)
    assert (old.origin.name, new.origin.name) == ("sent", "updated")
    event = get_newest_event(referral)
    assert event.kind == "referral_updated"
    assert event.data is not None
    assert event.data["disclosure_hash"] == new.data_hash
    assert db.session.scalar(select(CaseReason.text).filter_by(event_id=event.id)) == "Klien sudah pindah"
    for place, shown in read_papers_and_page(as_user, anonymous_client, reload(referral)).items():
        assert "Rumah Aman Melati" in shown, place
        assert "Gang Rahasia" not in shown, place
    assert "Berubah sejak dikirim" not in as_user("rina").get_page(f"/referrals/{referral.id}/")
    assert as_user("kabid").post(url, data={"version": 9, "reason": "x"}).status_code == 403


@pytest.mark.parametrize("state", ["draft", "completed", "closed", "declined", "cancelled"])
def test_update_is_refused_unless_the_partner_has_the_referral(
    make: ModuleType, as_user: AsUser, state: str
) -> None:
    referral = make.referral_in_state(state)
    count = len(list_disclosures(referral))
    data = {"version": referral.version, "reason": "Pindah"}
    answer = as_user("rina").post(f"/referrals/{referral.id}/send_update", data=data)
    assert answer.status_code == 409
    assert len(list_disclosures(referral)) == count


def test_no_update_goes_out_after_consent_is_withdrawn(make: ModuleType, as_user: AsUser) -> None:
    referral = share_and_send(make, SharedField.identity)
    withdraw_sharing_consent(referral)
    data = {"version": reload(referral).version, "reason": "Pindah"}
    answer = as_user("rina").post(f"/referrals/{referral.id}/send_update", data=data)
    assert answer.status_code == 409
    assert len(list_disclosures(referral)) == 1


def test_letter_and_page_keep_the_office_setting_of_the_sending(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    admin, office = get_user("admin"), get_office_setting()
    assert office is not None
    old = office.office_name
    with transaction(by=admin):
        edit_office_setting(
            office,
            {"office_name": "LK3 Ganti", "letterhead": "KOP GANTI", "signatory_name": "Dr. Ganti"},
            by=admin,
        )
    for place, shown in read_papers_and_page(as_user, anonymous_client, referral).items():
        assert "Ganti" not in shown, place
        assert "KOP GANTI" not in shown, place
        assert old in shown, place


def test_letter_keeps_the_deadline_of_the_sending(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    before = letter_text(as_user("rina"), referral)
    assert "Mohon" in before
    make.apply_transition(referral, accept_referral, answered_by="Abdul")
    assert letter_text(as_user("rina"), reload(referral)) == before
    page = text_of(open_link(anonymous_client, create_link(referral)))
    assert "Mohon mulai ditangani" in page  # the page shows the current state and its deadline


def test_a_document_that_is_attached_later_is_on_the_page_and_not_on_the_old_letter(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    before = letter_text(as_user("rina"), referral)
    make.apply_transition(referral, ask_document, text="Surat keterangan", answered_by="Abdul")
    make.apply_transition(reload(referral).documents[0], enclose_document)
    assert "Surat keterangan" not in before
    shown = read_papers_and_page(as_user, anonymous_client, reload(referral))
    assert "Surat keterangan" in shown["page"]
    assert shown["letter"] == before


def test_a_draft_shows_the_live_record(make: ModuleType, as_user: AsUser) -> None:
    referral = make.referral(case=make.case(client=make.client(**OLD_VALUES)))
    with transaction(by=get_user("rina")):
        referral.shared_fields = ["address", "identity"]
    assert "Gang Rahasia 7" in letter_text(as_user("rina"), referral)
    change_client_and_case(referral)
    shown = letter_text(as_user("rina"), referral)
    assert "Rumah Aman Melati" in shown
    assert "DRAF" in shown
    assert list_disclosures(referral) == []


@pytest.mark.parametrize(
    ("tier", "answer", "is_warned"),
    [
        (Confidentiality.secret, None, True),
        (Confidentiality.secret, SafeToContact.yes, False),
        (Confidentiality.ordinary, None, False),
        (Confidentiality.ordinary, SafeToContact.ask_first, True),
    ],
)
def test_letter_tells_the_partner_to_ask_before_a_call_that_may_harm(
    make: ModuleType, as_user: AsUser, tier: Confidentiality, answer: SafeToContact | None, is_warned: bool
) -> None:
    client = make.client(name="Suryani Wulan", phone="081250000123", safe_to_contact=answer)
    referral = make.referral(case=make.case(client=client, confidentiality=tier))
    make.consent(client=client, purpose=ConsentPurpose.share_with_partner)
    make.apply_transition(referral, send_referral, shared_fields=[SharedField.phone])
    shown = letter_text(as_user("rina"), referral)
    assert "0812-5000-0123" in shown
    assert ("Tanyakan kepada kantor" in shown) is is_warned


@pytest.mark.parametrize(
    ("tier", "answer", "phone_is_shown", "warning"),
    [
        (Confidentiality.ordinary, SafeToContact.no, False, "Mohon jangan ditelepon"),
        (Confidentiality.ordinary, SafeToContact.ask_first, True, "Tanyakan kepada kantor"),
        (Confidentiality.secret, None, True, "Tanyakan kepada kantor"),
        (Confidentiality.ordinary, SafeToContact.yes, True, None),
    ],
)
@pytest.mark.parametrize("shared", [[SharedField.guardian], [SharedField.phone, SharedField.guardian]])
def test_guardian_of_a_client_is_called_by_the_partner_like_the_client(
    make: ModuleType,
    as_user: AsUser,
    tier: Confidentiality,
    answer: SafeToContact | None,
    phone_is_shown: bool,
    warning: str | None,
    shared: list[SharedField],
) -> None:
    numbers = {"phone": "081250000123", "guardian_phone": "081299990000"}
    client = make.client(guardian_name="Bu Marni", safe_to_contact=answer, **numbers)
    referral = make.referral(case=make.case(client=client, confidentiality=tier))
    make.consent(client=client, purpose=ConsentPurpose.share_with_partner)
    make.apply_transition(referral, send_referral, shared_fields=shared)
    shown = letter_text(as_user("rina"), referral)
    assert "Bu Marni" in shown
    assert ("0812-9999-0000" in shown) is phone_is_shown
    assert ("0812-5000-0123" in shown) is (phone_is_shown and SharedField.phone in shared)
    assert shown.count("Sebelum menelepon") == (warning is not None)
    assert warning is None or warning in shown


def test_birthday_is_not_a_change(make: ModuleType, as_user: AsUser) -> None:
    born = clock.today().replace(year=clock.today().year - 30) + timedelta(days=3)
    referral = share_and_send(make, SharedField.sex_and_age, birth_date=born, nik=None)
    with clock.freeze_time(clock.now() + timedelta(days=10)):
        page = as_user("rina").get_page(f"/referrals/{referral.id}/")
        assert "29 tahun" in page
        assert "Berubah sejak dikirim" not in page


def test_services_and_assessments_after_the_sending_are_not_a_change(
    make: ModuleType, as_user: AsUser
) -> None:
    referral = share_and_send(make, SharedField.services, SharedField.assessment)
    with clock.freeze_time(clock.now() + timedelta(days=1)):
        make.service(case=referral.case)
        make.assessment(case=referral.case)
        assert "Berubah sejak dikirim" not in as_user("rina").get_page(f"/referrals/{referral.id}/")


def test_database_refuses_to_change_or_delete_a_disclosure(make: ModuleType) -> None:
    referral = share_and_send(make, SharedField.identity)
    for statement in (
        update(ReferralDisclosure).values(data=[{"field": "name", "label": "Nama", "value": "X"}]),
        update(ReferralDisclosure).values(origin="updated"),
        delete(ReferralDisclosure),
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(statement)
        db.session.rollback()
    assert len(list_disclosures(referral)) == 1


def test_payload_of_a_disclosure_can_be_erased(make: ModuleType, as_user: AsUser) -> None:
    referral = share_and_send(make, SharedField.identity)
    with transaction(by=get_user("admin")):
        erase_payload(list_disclosures(referral)[0], basis="UU PDP pasal 8", by=get_user("admin"))
    shown = letter_text(as_user("rina"), referral)
    assert "Suryani" not in shown
    assert "sudah dihapus" in shown
    assert list(verify_disclosures()) == []


def test_check_reports_changed_and_deleted_disclosures(make: ModuleType) -> None:
    referral = share_and_send(make, SharedField.identity)
    assert list(verify_disclosures()) == []
    forged = [{"field": "name", "label": "Nama", "value": "Orang Lain"}]
    _execute_without_triggers(update(ReferralDisclosure).values(data=forged))
    db.session.expire_all()
    assert "is not what was sent" in " ".join(verify_disclosures())
    _execute_without_triggers(delete(ReferralDisclosure))
    assert list(verify_disclosures()) == [
        f"referral {referral.id} was sent and nothing says what its partner sees: run siaga init"
    ]


def test_check_reports_a_disclosure_without_an_event(make: ModuleType) -> None:
    referral = share_and_send(make, SharedField.identity)
    first = list_disclosures(referral)[0]
    db.session.add(
        ReferralDisclosure(
            referral_id=referral.id,
            origin=first.origin,
            data=first.data,
            salt=first.salt,
            data_hash=first.data_hash,
        )
    )
    db.session.commit()
    assert "named by no event" in " ".join(verify_disclosures())


# Withdrawn consent


def withdraw_sharing_consent(referral: Referral) -> None:
    rina = get_user("rina")
    consent = db.session.scalars(
        select(Consent).filter_by(
            client_id=referral.case.client_id, purpose=ConsentPurpose.share_with_partner
        )
    ).one()
    with transaction(by=rina):
        withdraw_consent(consent, reason="Klien berubah pikiran", by=rina)


@pytest.mark.parametrize("end", [None, "cancelled", "declined", "closed"])
def test_no_letter_is_printed_after_consent_is_withdrawn(
    make: ModuleType, as_user: AsUser, end: str | None
) -> None:
    referral = share_and_send(make, SharedField.identity)
    other = make.sent_referral()
    if end:
        bring_to_state(make, referral, end)
    withdraw_sharing_consent(referral)
    alone = as_user("rina").get(f"/referrals/{referral.id}/letter.pdf")
    assert alone.status_code == 409
    assert not alone.get_data().startswith(b"%PDF")
    together = as_user("rina").get("/referrals/letters.pdf", query_string={"id": [referral.id, other.id]})
    assert together.status_code == 409
    assert referral.number in together.get_data(as_text=True)
    overview = as_user("rina").get_page(f"/referrals/{referral.id}/")
    assert "letter.pdf" not in overview
    assert "menarik persetujuan" in overview


def test_draft_is_not_printed_after_consent_is_withdrawn(make: ModuleType, as_user: AsUser) -> None:
    referral = make.referral()
    service = make.consent(client=referral.case.client)
    with transaction(by=get_user("rina")):
        withdraw_consent(service, reason="Klien berubah pikiran", by=get_user("rina"))
    assert as_user("rina").get(f"/referrals/{referral.id}/letter.pdf").status_code == 200
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    withdraw_sharing_consent(referral)
    assert as_user("rina").get(f"/referrals/{referral.id}/letter.pdf").status_code == 409
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    assert as_user("rina").get(f"/referrals/{referral.id}/letter.pdf").status_code == 200


def test_new_names_of_need_and_partner_change_neither_letter_nor_partner_page(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral(partner=make.partner_offering(name="Panti Lama"))
    old, key = referral.need_kind.name, create_link(referral)
    with transaction(by=get_user("admin")):
        referral.need_kind.name, referral.partner.name = "Alat baru", "Panti Baru"
    page, number = text_of(open_link(anonymous_client, key)), reload(referral).letter_number
    assert f"Permintaan: {old}" in page
    assert f"Surat {number}, dikirim " in page
    assert " kepada Panti Lama." in page
    assert "Alat baru" not in page
    shown = letter_text(as_user("rina"), referral)
    assert old in shown
    assert "Panti Lama" in shown
    assert "Panti Baru" not in shown
