from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.admin.phone_links import build_whatsapp_url
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Conflict, PortalError
from app.core.records import RecordLink, RecordRef
from app.db.search import build_search_filter
from app.db.transaction import transaction
from app.extensions import db
from app.partners.enums import PartnerState
from app.partners.models import Partner, PartnerContact, PartnerService
from app.partners.services import (
    archive_partner,
    load_partners,
    restore_partner,
    update_partner,
    update_service,
    verify_partner,
)
from app.reference.models import Kelurahan, NeedKind
from app.reference.services import load_reference

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def loaded_reference(app):
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)


def refused_field(factory, **data):
    with pytest.raises(PortalError) as refusal:
        factory(**data)
    return refusal.value.field


def test_a_partner_keeps_phone_and_whatsapp_in_e164(make):
    partner = make.partner(phone="(0548) 21234", whatsapp="0811-5413-355")
    assert partner.phone == "+6254821234"
    assert build_whatsapp_url(partner.whatsapp) == "https://wa.me/628115413355"


def test_invalid_phone_or_email_is_refused_beside_its_field(make):
    assert refused_field(make.partner, phone="tanya RT") == "phone"
    assert refused_field(make.partner, whatsapp="12") == "whatsapp"
    assert refused_field(make.partner, email="baznas") == "email"
    assert make.partner(email="baznas@bontang.example").email


def test_an_agreement_cannot_end_before_it_begins(make, people):
    backwards = {"agreement_from": date(2026, 2, 1), "agreement_until": date(2026, 1, 31)}
    assert refused_field(make.partner, **backwards) == "agreement_until"
    for name in backwards:
        partner = make.partner(**{name: backwards[name]})
        other_day = {other: day for other, day in backwards.items() if other != name}
        with pytest.raises(PortalError), transaction(by=people.admin):
            update_partner(partner, other_day, by=people.admin)
    inserted_directly = Partner(name="Tiruan", kind=partner.kind, **backwards)
    with pytest.raises(IntegrityError), transaction(by=SYSTEM):
        db.session.add(inserted_directly)


def test_two_partners_never_share_a_name(make):
    first = make.partner(name="Baznas")
    with pytest.raises(PortalError) as refusal:
        make.partner(name="Baznas ")
    assert refusal.value.field == "name"
    assert refusal.value.link == RecordLink(RecordRef(Partner, first.id), "Baznas")


def test_archiving_and_restoring(make, people):
    partner = make.partner()
    with transaction(by=people.admin):
        archive_partner(partner, by=people.admin)
    assert partner.state is PartnerState.archived
    assert not partner.active
    with pytest.raises(Conflict), transaction(by=people.admin):
        archive_partner(partner, by=people.admin)
    with transaction(by=people.admin):
        restore_partner(partner, by=people.admin)
    assert partner.active
    assert partner.archived_at is None


def test_verification_records_day_and_user(make, people):
    partner = make.partner()
    with clock.freeze_time(NOON), transaction(by=people.rina):
        verify_partner(partner, by=people.rina)
    assert partner.verified_on == date(2026, 11, 24)
    assert partner.verified_by_id == people.rina.id


def test_a_kind_of_help_is_offered_once(make, people, loaded_reference):
    legal, food = db.session.scalars(select(NeedKind).where(NeedKind.code.in_(["legal", "food"])))
    service = make.partner_service(legal, response_hours=24)
    again = {"need_kind": legal, "partner": service.partner}
    assert refused_field(make.partner_service, **again) == "need_kind"
    assert refused_field(make.partner_service, need_kind=food, response_hours=0) == "response_hours"
    with transaction(by=people.admin):
        update_service(service, {"need_kind": food, "response_hours": 2}, by=people.admin)
    assert service.need_kind is food


def test_a_contact_is_found_by_name_and_phone(make):
    contact = make.partner_contact(name="Bripka Anton", phone="0812-0000-1111")
    make.partner_contact()
    for words in ("anton brip", "0812 0000", "62812"):
        found = select(PartnerContact.id).where(build_search_filter(PartnerContact, words))
        assert db.session.scalars(found).all() == [contact.id]


def test_coverage_is_a_list_of_kelurahan(make, people, loaded_reference):
    guntung, kanaan = db.session.scalars(
        select(Kelurahan).where(Kelurahan.name.in_(["Guntung", "Kanaan"])).order_by(Kelurahan.name)
    )
    partner = make.partner(coverage=[guntung, kanaan])
    assert partner.coverage == [guntung, kanaan]
    with transaction(by=people.admin):
        update_partner(partner, {"coverage": [kanaan]}, by=people.admin)
    assert partner.coverage == [kanaan]


def test_shipped_partners_are_loaded_once_and_edits_stay(loaded_reference, people):
    with transaction(by=SYSTEM):
        load_partners(by=SYSTEM)
    assert db.session.scalar(select(func.count()).select_from(Partner)) >= 20
    assert db.session.scalar(select(func.count()).select_from(PartnerService)) > 20
    assert all(db.session.scalars(select(Partner.source)))
    health = db.session.scalars(select(Partner).where(build_search_filter(Partner, "puskesmas barat"))).one()
    with transaction(by=people.admin):
        update_partner(health, {"name": "Puskesmas Barat", "phone": "0548-21234"}, by=people.admin)
    with transaction(by=SYSTEM):
        assert load_partners(by=SYSTEM) == 0
    assert health.phone == "+6254821234"
