"""What must be there before a referral leaves the house."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import ModuleType

import pytest
from sqlalchemy import select

from app.cases.models import CaseEvent
from app.cases.states import EventKind
from app.clients.choices import ConsentPurpose
from app.clients.services import withdraw_consent
from app.core.errors import PortalError
from app.core.unit import unit
from app.extensions import db
from app.partners.services import archive_partner, update_partner
from app.referrals.choices import DeclinedBy, LegalBasis, Refusal, SharedField
from app.referrals.models import Referral
from app.referrals.services import (
    attach_document,
    cancel_referral,
    enclose_document,
    send_referral,
    waive_document,
)
from tests.support.client import PortalClient
from tests.support.html import message_beside
from tests.support.portal import person
from tests.support.together import begin_meanwhile

AsUser = Callable[[str], PortalClient]
TUESDAY = datetime.fromisoformat("2026-11-24T10:00+08:00")
ONLY_NAME = {"shared_fields": [SharedField.identity]}
REFUSED = {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner}


def told(referral: Referral, kind: EventKind) -> list[CaseEvent]:
    query = select(CaseEvent).where(CaseEvent.source_id == referral.id, CaseEvent.kind == kind)
    return list(db.session.scalars(query.where(CaseEvent.source == "referral").order_by(CaseEvent.id)))


def agreed(make: ModuleType, referral: Referral) -> None:
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)


def test_without_consent_a_legal_basis_with_a_reason_is_needed(make: ModuleType) -> None:
    referral = make.referral()
    with pytest.raises(PortalError) as refusal:
        make.moved(referral, send_referral, **ONLY_NAME)
    assert refusal.value.field == "legal_basis"
    assert f"client={referral.case.client_id}" in str(refusal.value.link)
    with pytest.raises(PortalError) as refusal:
        make.moved(referral, send_referral, **ONLY_NAME, legal_basis=LegalBasis.emergency, reason=" ")
    assert refusal.value.field == "reason"
    make.moved(referral, send_referral, **ONLY_NAME, legal_basis=LegalBasis.emergency, reason="Pingsan")
    assert (referral.state.name, referral.consent_id, referral.legal_reason) == ("sent", None, "Pingsan")


def test_a_withdrawn_consent_carries_nothing(make: ModuleType) -> None:
    referral = make.referral()
    consent = make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    with unit(by=person("rina")):
        withdraw_consent(consent, reason="Berubah pikiran", by=person("rina"))
    with pytest.raises(PortalError):
        make.moved(referral, send_referral, **ONLY_NAME)


def test_consent_that_is_being_withdrawn_carries_nothing(make: ModuleType, as_user: AsUser) -> None:
    referral, rina = make.referral(), as_user("rina")
    consent = make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    data = {"version": referral.version, "shared_fields": "identity"}
    page = f"/referrals/{referral.id}/send"
    with ThreadPoolExecutor(1) as pool, unit(by=person("rina")):
        withdraw_consent(consent, reason="Berubah pikiran", by=person("rina"))
        sending = begin_meanwhile(pool, lambda: rina.post(page, data=data))
    assert message_beside(sending.result(), "legal_basis")
    db.session.refresh(referral)
    assert referral.state.name == "draft"


def test_a_consent_of_the_service_alone_is_no_consent_to_share(make: ModuleType) -> None:
    referral = make.referral()
    make.consent(client=referral.case.client, purpose=ConsentPurpose.service)
    with pytest.raises(PortalError):
        make.moved(referral, send_referral, **ONLY_NAME)


def test_the_checklist_must_be_attached_enclosed_or_waived(make: ModuleType) -> None:
    referral = make.referral(documents="Fotokopi KTP\nFotokopi KK\n\nSKTM")
    agreed(make, referral)
    assert [document.title for document in referral.documents] == ["Fotokopi KTP", "Fotokopi KK", "SKTM"]
    with pytest.raises(PortalError) as refusal:
        make.moved(referral, send_referral, **ONLY_NAME)
    assert len(refusal.value.links) == 3
    photo = make.attachment(case=referral.case).file
    first, second, third = referral.documents
    make.moved(first, attach_document, file=photo)
    make.moved(second, enclose_document)
    make.moved(third, waive_document, waived_reason="Tidak punya identitas")
    make.moved(referral, send_referral, **ONLY_NAME)
    assert [document.state.name for document in referral.documents] == ["attached", "on_paper", "waived"]


def test_a_second_live_referral_of_a_need_to_a_partner_points_to_the_first(make: ModuleType) -> None:
    first = make.sent()
    second = make.referral(case=first.case, partner=first.partner)
    with pytest.raises(PortalError) as refusal:
        make.moved(second, send_referral, **ONLY_NAME)
    assert refusal.value.link == (f"/referrals/{first.id}/", first.number)
    make.moved(first, cancel_referral, reason="Salah alamat")
    make.moved(second, send_referral, **ONLY_NAME)


def test_a_partner_that_is_archived_full_or_offers_something_else_gets_nothing(make: ModuleType) -> None:
    referral = make.referral()
    agreed(make, referral)
    admin = person("admin")
    with unit(by=admin):
        update_partner(referral.partner, {"accepting": False}, by=admin)
    with pytest.raises(PortalError):
        make.moved(referral, send_referral, **ONLY_NAME)
    with unit(by=admin):
        archive_partner(referral.partner, by=admin)
    with pytest.raises(PortalError):
        make.moved(referral, send_referral, **ONLY_NAME)
    with pytest.raises(PortalError):
        make.referral(partner=make.partner(), case=referral.case)
    make.moved(referral, cancel_referral, reason="Mitra tutup")
    assert referral.state.name == "cancelled"


def test_cancelling_works_though_the_partner_is_gone_meanwhile(make: ModuleType) -> None:
    referral = make.sent()
    with unit(by=person("admin")):
        archive_partner(referral.partner, by=person("admin"))
    make.moved(referral, cancel_referral, reason="Mitra tutup")
    assert referral.cancelled_at is not None
