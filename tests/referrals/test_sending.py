"""Preconditions for sending a referral:

consent, checklist, partner, and no other live referral of the need.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import ModuleType

import pytest
from sqlalchemy import select

from app.cases.models.event import CaseEvent
from app.clients.enums import ConsentPurpose
from app.clients.services.clients import withdraw_consent
from app.core import clock
from app.core.errors import PortalError
from app.core.records import RecordLink, RecordRef
from app.db.transaction import transaction
from app.extensions import db
from app.partners.services import archive_partner, update_partner
from app.referrals.enums import DeclinedBy, LegalBasis, Refusal, SharedField
from app.referrals.models.referral import Referral
from app.referrals.services.drafts import attach_document, enclose_document, waive_document
from app.referrals.services.office import cancel_referral, send_referral
from tests.support.client import PortalClient
from tests.support.concurrency import start_concurrently
from tests.support.html import field_error
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
TUESDAY_MORNING = datetime.fromisoformat("2026-11-24T10:00+08:00")
IDENTITY_ONLY = {"shared_fields": [SharedField.identity]}
DECLINE_FIELDS = {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner}


def list_events(referral: Referral, kind: str) -> list[CaseEvent]:
    query = select(CaseEvent).where(CaseEvent.source_id == referral.id, CaseEvent.kind == kind)
    return list(db.session.scalars(query.where(CaseEvent.source == "referral").order_by(CaseEvent.id)))


def record_sharing_consent(make: ModuleType, referral: Referral) -> None:
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)


def test_without_consent_a_legal_basis_with_a_reason_is_needed(make: ModuleType) -> None:
    referral = make.referral()
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    assert refusal.value.field == "legal_basis"
    assert refusal.value.link.ref.values["client"] == referral.case.client_id
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(
            referral, send_referral, **IDENTITY_ONLY, legal_basis=LegalBasis.emergency, reason=" "
        )
    assert refusal.value.field == "reason"
    make.apply_transition(
        referral, send_referral, **IDENTITY_ONLY, legal_basis=LegalBasis.emergency, reason="Pingsan"
    )
    assert (referral.state.name, referral.consent_id, referral.legal_reason) == ("sent", None, "Pingsan")


def test_withdrawn_consent_does_not_permit_sending(make: ModuleType) -> None:
    referral = make.referral()
    consent = make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    with transaction(by=get_user("rina")):
        withdraw_consent(consent, reason="Berubah pikiran", by=get_user("rina"))
    with pytest.raises(PortalError):
        make.apply_transition(referral, send_referral, **IDENTITY_ONLY)


def test_consent_withdrawn_in_a_concurrent_transaction_does_not_permit_sending(
    make: ModuleType, as_user: AsUser
) -> None:
    referral, rina = make.referral(), as_user("rina")
    consent = make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    data = {"version": referral.version, "shared_fields": "identity"}
    page = f"/referrals/{referral.id}/send"
    with ThreadPoolExecutor(1) as pool, transaction(by=get_user("rina")):
        withdraw_consent(consent, reason="Berubah pikiran", by=get_user("rina"))
        sending = start_concurrently(pool, lambda: rina.post(page, data=data))
    assert field_error(sending.result(), "legal_basis")
    db.session.refresh(referral)
    assert referral.state.name == "draft"


def test_sending_waits_for_whoever_is_changing_the_consent(make: ModuleType, as_user: AsUser) -> None:
    referral, rina = make.referral(), as_user("rina")
    consent = make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    data = {"version": referral.version, "shared_fields": "identity"}
    page = f"/referrals/{referral.id}/send"
    with ThreadPoolExecutor(1) as pool, transaction(by=get_user("rina")):
        # Past the service, which also locks the cases that are open then, but none that is opened meanwhile.
        consent.withdrawn_at, consent.withdrawal_reason = clock.now(), "Berubah pikiran"
        db.session.flush()
        sending = start_concurrently(pool, lambda: rina.post(page, data=data))
    assert field_error(sending.result(), "legal_basis")
    db.session.refresh(referral)
    assert referral.state.name == "draft"


def test_a_consent_of_the_service_alone_is_no_consent_to_share(make: ModuleType) -> None:
    referral = make.referral()
    make.consent(client=referral.case.client, purpose=ConsentPurpose.service)
    with pytest.raises(PortalError):
        make.apply_transition(referral, send_referral, **IDENTITY_ONLY)


def test_the_checklist_must_be_attached_enclosed_or_waived(make: ModuleType) -> None:
    referral = make.referral(documents="Fotokopi KTP\nFotokopi KK\n\nSKTM")
    record_sharing_consent(make, referral)
    assert [document.title for document in referral.documents] == ["Fotokopi KTP", "Fotokopi KK", "SKTM"]
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    assert len(refusal.value.links) == 3
    photo = make.attachment(case=referral.case).file
    first, second, third = referral.documents
    make.apply_transition(first, attach_document, file=photo)
    make.apply_transition(second, enclose_document)
    make.apply_transition(third, waive_document, waived_reason="Tidak punya identitas")
    make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    assert [document.state.name for document in referral.documents] == ["attached", "on_paper", "waived"]


def test_a_second_live_referral_of_a_need_to_a_partner_points_to_the_first(make: ModuleType) -> None:
    first = make.sent_referral()
    second = make.referral(case=first.case, partner=first.partner)
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(second, send_referral, **IDENTITY_ONLY)
    assert refusal.value.link == RecordLink(RecordRef(Referral, first.id, "desk"), first.number)
    make.apply_transition(first, cancel_referral, reason="Salah alamat")
    make.apply_transition(second, send_referral, **IDENTITY_ONLY)


def test_a_referral_of_another_need_or_case_is_no_second_one(make: ModuleType) -> None:
    first = make.sent_referral()
    schooling = make.get_need_kind("schooling")
    make.partner_service(schooling, partner=first.partner)
    other_need = make.referral(case=first.case, partner=first.partner, need_kind=schooling)
    other_case = make.referral(partner=first.partner)
    record_sharing_consent(make, other_case)
    for referral in (other_need, other_case):
        make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
        assert referral.state.name == "sent"


def test_sent_referral_names_the_newest_consent(make: ModuleType) -> None:
    referral, today = make.referral(), clock.today()
    old, new, middle = (
        make.consent(
            client=referral.case.client,
            purpose=ConsentPurpose.share_with_partner,
            given_on=today - timedelta(days=days),
        )
        for days in (9, 1, 5)
    )
    make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    assert referral.consent_id == new.id
    assert new.id not in (old.id, middle.id)


def test_a_partner_that_is_archived_full_or_offers_something_else_gets_nothing(make: ModuleType) -> None:
    referral = make.referral()
    record_sharing_consent(make, referral)
    admin = get_user("admin")
    with transaction(by=admin):
        update_partner(referral.partner, {"accepting": False}, by=admin)
    with pytest.raises(PortalError):
        make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    with transaction(by=admin):
        archive_partner(referral.partner, by=admin)
    with pytest.raises(PortalError):
        make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    with pytest.raises(PortalError):
        make.referral(partner=make.partner(), case=referral.case)
    make.apply_transition(referral, cancel_referral, reason="Mitra tutup")
    assert referral.state.name == "cancelled"


def test_cancelling_works_though_the_partner_is_gone_meanwhile(make: ModuleType) -> None:
    referral = make.sent_referral()
    with transaction(by=get_user("admin")):
        archive_partner(referral.partner, by=get_user("admin"))
    make.apply_transition(referral, cancel_referral, reason="Mitra tutup")
    assert referral.cancelled_at is not None
