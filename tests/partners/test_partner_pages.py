"""Pages of partners for an administrator, a peksos and a supervisor."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.partners.models import Partner, PartnerContact, PartnerService
from app.reference.models import Kelurahan, NeedKind
from app.reference.services import load_reference
from tests.support.html import field_error


@pytest.fixture(autouse=True)
def loaded_reference(app):
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)


def text_of(answer):
    return answer.get_data(as_text=True)


def count_partners():
    return db.session.scalar(select(func.count()).select_from(Partner))


def is_refused_beside(answer, field):
    return answer.status_code == 200 and f'id="{field}-error"' in text_of(answer)


def test_an_administrator_sets_up_a_partner_with_coverage_contact_and_service(as_user):
    admin = as_user("admin")
    guntung, kanaan = db.session.scalars(
        select(Kelurahan).where(Kelurahan.name.in_(["Guntung", "Kanaan"])).order_by(Kelurahan.name)
    )
    food = db.session.scalars(select(NeedKind).filter_by(code="food")).one()
    data = {
        "name": "Dapur Umum",
        "kind": "community",
        "accepting": "y",
        "phone": "0548-21234",
        "coverage": [str(guntung.id), str(kanaan.id)],
        "agreement_from": "01/01/2026",
        "agreement_until": "31/12/2026",
    }
    answer = admin.post("/partners/add", data=data)
    assert answer.status_code == 302
    partner = db.session.scalars(select(Partner).filter_by(name="Dapur Umum")).one()
    assert partner.coverage == [guntung, kanaan]
    assert partner.agreement_until == date(2026, 12, 31)
    assert partner.accepting
    assert not partner.open_24h
    page = text_of(admin.get(answer.location))
    assert "Guntung, Kanaan" in page

    contact = {"partner": str(partner.id), "name": "Bu Darmi", "whatsapp": "0812-0000-1111", "active": "y"}
    assert admin.post("/partner-contacts/add", data=contact).status_code == 302
    kept = db.session.scalars(select(PartnerContact).filter_by(partner_id=partner.id)).one()
    assert kept.whatsapp == "+6281200001111"
    service = {"partner": str(partner.id), "need_kind": str(food.id), "response_hours": "24"}
    assert admin.post("/partner-services/add", data=service).status_code == 302
    assert is_refused_beside(admin.post("/partner-services/add", data=service), "need_kind")
    offered = db.session.scalars(select(PartnerService).filter_by(partner_id=partner.id)).one()
    assert offered.response_hours == 24


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone", "tanya RT"),
        ("email", "baznas"),
        ("kind", ""),
        ("agreement_until", "31/12/2025"),
        ("name", ""),
    ],
)
def test_invalid_value_is_reported_beside_its_field(as_user, field, typed):
    before = count_partners()
    data = {"name": "Baznas", "kind": "zakat", "agreement_from": "01/01/2026", field: typed}
    assert is_refused_beside(as_user("admin").post("/partners/add", data=data), field)
    assert count_partners() == before


def test_a_peksos_verifies_a_partner_and_adds_contacts_but_edits_nothing(as_user, make):
    partner = make.partner(name="Baznas")
    rina = as_user("rina")
    assert rina.post(f"/partners/{partner.id}/verify", data={"version": "1"}).status_code == 302
    contact = {"partner": str(partner.id), "name": "Bu Darmi"}
    assert rina.post("/partner-contacts/add", data=contact).status_code == 302
    service = make.partner_service(db.session.scalars(select(NeedKind)).first(), partner=partner)
    contact_id = db.session.scalars(select(PartnerContact.id).filter_by(partner_id=partner.id)).one()
    for path in (
        "/partners/add",
        f"/partners/edit/{partner.id}",
        f"/partners/{partner.id}/archive",
        f"/partner-contacts/edit/{contact_id}",
        "/partner-services/add",
        f"/partner-services/edit/{service.id}",
    ):
        assert rina.post(path, data={"version": "1"}).status_code == 403, path
    db.session.refresh(partner)
    assert partner.verified_on


def test_a_supervisor_reads_and_changes_nothing(as_user, make):
    partner = make.partner(name="Baznas")
    kabid = as_user("kabid")
    assert "Baznas" in text_of(kabid.get("/partners/list/"))
    for path in (
        "/partners/add",
        f"/partners/edit/{partner.id}",
        "/partner-contacts/add",
        "/partner-services/add",
    ):
        assert kabid.post(path, data={"version": "1"}).status_code == 403
    for transition in ("verify", "archive", "restore"):
        assert kabid.post(f"/partners/{partner.id}/{transition}", data={"version": "1"}).status_code == 403


def test_an_archived_partner_leaves_list_and_selects(as_user, make):
    partner = make.partner(name="Panti Lama")
    admin = as_user("admin")
    assert "Panti Lama" in text_of(admin.get("/api/v1/options/partners?q=lama"))
    assert admin.post(f"/partners/{partner.id}/archive", data={"version": "1"}).status_code == 302
    for path in ("/partners/list/", "/api/v1/options/partners?q=lama"):
        assert "Panti Lama" not in text_of(admin.get(path))
    assert "Panti Lama" in text_of(admin.get("/partners/list/?q=panti+lama&archived=y"))
    assert admin.get(f"/partners/edit/{partner.id}").status_code == 403


def test_partners_are_found_by_kelurahan_and_by_name(as_user, make):
    guntung = db.session.scalars(select(Kelurahan).filter_by(name="Guntung")).one()
    make.partner(name="Puskesmas Dekat", coverage=[guntung])
    make.partner(name="Puskesmas Jauh")
    dodi = as_user("dodi")
    near = text_of(dodi.get(f"/partners/list/?_flt_0_coverage={guntung.id}"))
    assert "Puskesmas Dekat" in near
    assert "Puskesmas Jauh" not in near
    found = text_of(dodi.get("/partners/list/?q=jauh+pus"))
    assert "Puskesmas Jauh" in found
    assert "Puskesmas Dekat" not in found


def test_contacts_and_services_are_found_through_their_partner(as_user, make):
    partner = make.partner(name="Baznas")
    make.partner_contact(partner=partner, name="Bu Darmi")
    make.partner_service(db.session.scalars(select(NeedKind)).first(), partner=partner)
    rina = as_user("rina")
    assert "Bu Darmi" in text_of(rina.get("/partner-contacts/list/?q=baznas"))
    assert "Baznas" in text_of(rina.get("/partner-services/list/?q=bazn"))
    assert "Bu Darmi" not in text_of(rina.get("/partner-contacts/list/?q=puskesmas"))


@pytest.mark.parametrize("path", ["/partners/list/", "/partner-contacts/list/", "/partner-services/list/"])
def test_a_list_takes_as_many_statements_for_many_rows_as_for_few(as_user, make, capture_statements, path):
    rina, need_kind = as_user("rina"), db.session.scalars(select(NeedKind)).first()

    def fill(rows):
        for _row in range(rows):
            partner = make.partner()
            make.partner_contact(partner=partner)
            make.partner_service(need_kind, partner=partner)

    fill(2)
    rina.get(path)
    with capture_statements() as few:
        rina.get(path)
    fill(10)
    with capture_statements() as many:
        rina.get(path)
    assert len(few) == len(many) <= 12


def test_promised_hours_of_a_partner_are_bounded(as_user, make):
    offer = make.partner_offering().services[0]
    data = {"version": offer.version, "partner": offer.partner_id, "need_kind": offer.need_kind_id}
    answer = as_user("admin").post(
        f"/partner-services/edit/{offer.id}", data={**data, "response_hours": "999999999"}
    )
    assert field_error(answer, "response_hours")


def test_change_of_coverage_alone_raises_the_version(as_user, make):
    admin, partner = as_user("admin"), make.partner(name="Dapur Umum")
    first, second = db.session.scalars(select(Kelurahan.id).order_by(Kelurahan.id).limit(2))
    form = {"name": "Dapur Umum", "kind": "community", "accepting": "y", "version": "1"}
    path = f"/partners/edit/{partner.id}"
    assert admin.post(path, data={**form, "coverage": str(first)}).status_code == 302
    assert admin.post(path, data={**form, "coverage": str(second)}).status_code == 409
    db.session.expire_all()
    assert [one.id for one in db.session.get_one(Partner, partner.id).coverage] == [first]
