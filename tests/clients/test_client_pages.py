"""Pages of clients, households and consents for a peksos and a supervisor."""

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select

from app.clients.enums import HouseholdRole, Sex
from app.clients.models.client import Client, Consent
from app.clients.services.clients import archive_client
from app.db.transaction import transaction
from app.extensions import db

NIK = "6474015708450001"


def text_of(answer):
    return answer.get_data(as_text=True)


def is_refused_beside(answer, field):
    return answer.status_code == 200 and f'id="{field}-error"' in text_of(answer)


def list_clients():
    return db.session.scalars(select(Client).order_by(Client.id)).all()


def test_a_peksos_adds_a_client_without_a_name(as_user):
    rina = as_user("rina")
    answer = rina.post("/clients/add", data={"name": ""})
    assert answer.status_code == 302
    (client,) = list_clients()
    assert answer.location.endswith(f"/clients/show/{client.id}")
    assert f"#{client.system_number}" in text_of(rina.get(answer.location))


def test_client_is_registered_with_all_fields(as_user, make):
    household = make.household()
    data = {
        "name": "Suratmi",
        "sex": "female",
        "birth_date": "17/08/1945",
        "birth_date_precision": "exact",
        "nik": "6474-0157-0845-0001",
        "identity_status": "verified",
        "phone": "0811-5413-355",
        "phone_owner": "self",
        "safe_to_contact": "ask_first",
        "address": "Jalan Awang Long 5",
        "rt": "4",
        "rw": "12",
        "household": str(household.id),
        "household_role": "head",
        "dtsen_status": "registered",
        "dtsen_decile": "2",
    }
    assert as_user("rina").post("/clients/add", data=data).status_code == 302
    (client,) = list_clients()
    assert (client.nik, client.rt, client.rw, client.phone) == (NIK, "004", "012", "+628115413355")
    assert client.birth_date == date(1945, 8, 17)
    assert client.sex is Sex.female
    assert client.household.head is client


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("nik", "6474 0157 0845 000"),
        ("no_kk", "12"),
        ("nik", "647401570845000012"),
        ("rt", "RT empat"),
        ("phone", "tidak ada"),
        ("birth_date", "31/02/2000"),
        ("dtsen_decile", "11"),
        ("dtsen_decile", "dua"),
        ("birth_date_precision", "kira-kira"),
    ],
)
def test_invalid_value_is_reported_beside_its_field_and_stays_as_typed(as_user, field, typed):
    data = {"name": "Nama yang diketik", field: typed}
    answer = as_user("rina").post("/clients/add", data=data)
    assert is_refused_beside(answer, field)
    assert "Nama yang diketik" in text_of(answer)
    assert typed in text_of(answer) or field == "birth_date_precision"
    assert list_clients() == []


def test_a_nik_that_does_not_match_is_saved_once_a_reason_is_given(as_user):
    rina = as_user("rina")
    data = {"name": "Suratmi", "sex": "male", "nik": NIK}
    assert is_refused_beside(rina.post("/clients/add", data=data), "nik_note")
    assert rina.post("/clients/add", data={**data, "nik_note": "KTP dilihat"}).status_code == 302


def test_used_nik_is_refused_with_a_link_to_its_client(as_user, make):
    other = make.client(name="Suratmi", nik=NIK)
    answer = as_user("rina").post("/clients/add", data={"name": "Kembar", "nik": NIK})
    assert is_refused_beside(answer, "nik")
    assert f"/clients/show/{other.id}" in text_of(answer)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "query", ["suratmi+binti", "binti+sura", "SURATMI", "0157", "0811-5413", "6474+0157+0845+0001"]
)
def test_the_quick_search_finds_by_words_in_any_order_and_by_digits(as_user, make, query):
    make.client(name="Suratmi binti Karto", nik=NIK, phone="08115413355")
    make.client(name="Orang lain", nik="7371014101000001")
    page = text_of(as_user("dodi").get(f"/clients/list/?q={query}"))
    assert "Suratmi binti Karto" in page
    assert "Orang lain" not in page


def test_lists_sort_by_name_and_show_no_full_nik(as_user, make):
    for name in ("Zainal", "Andi", "Munir"):
        make.client(name=name)
    make.client(name="Suratmi", nik=NIK)
    page = text_of(as_user("rina").get("/clients/list/?_oc_ClientView=label&_od_ClientView=asc"))
    assert page.index("Andi") < page.index("Munir") < page.index("Suratmi") < page.index("Zainal")
    assert NIK not in page
    assert NIK[-4:] in page


def test_a_supervisor_reads_with_masked_numbers_and_changes_nothing(as_user, make):
    household = make.household(no_kk="6474010101200001")
    client = make.client(
        name="Suratmi",
        nik=NIK,
        no_kk="6474010101200001",
        phone="0811-5413-355",
        household=household,
        household_role=HouseholdRole.head,
    )
    consent = make.consent(client=client)
    kabid = as_user("kabid")
    for path in (
        f"/clients/show/{client.id}",
        f"/households/show/{household.id}",
        "/clients/list/",
        "/households/list/",
    ):
        page = text_of(kabid.get(path))
        assert "Suratmi" in page
        for number in (NIK, "6474010101200001", "5413"):
            assert number not in page
    version = {"version": "1"}
    for path in (
        "/clients/add",
        f"/clients/edit/{client.id}",
        f"/clients/{client.id}/archive",
        f"/clients/{client.id}/restore",
        "/households/add",
        f"/households/edit/{household.id}",
        f"/households/{household.id}/archive",
        f"/households/{household.id}/restore",
        "/consents/add",
        f"/consents/edit/{consent.id}",
        f"/consents/{consent.id}/withdraw",
    ):
        assert kabid.post(path, data=version).status_code == 403, path
    assert list_clients()[0].version == 1


def test_an_administrator_archives_and_restores_and_the_list_follows(as_user, make, people):
    client = make.client(name="Suratmi")
    admin = as_user("admin")
    assert admin.post(f"/clients/{client.id}/archive", data={"version": "1"}).status_code == 302
    assert "Suratmi" not in text_of(admin.get("/clients/list/"))
    assert "Suratmi" in text_of(admin.get("/clients/list/?archived=y"))
    assert admin.get(f"/clients/edit/{client.id}").status_code == 403
    assert admin.post(f"/clients/{client.id}/archive", data={"version": "2"}).status_code == 409
    assert admin.post(f"/clients/{client.id}/restore", data={"version": "2"}).status_code == 302
    assert as_user("rina").post(f"/clients/{client.id}/archive", data={"version": "3"}).status_code == 403
    assert client.archived_at is None


def test_an_older_version_is_not_overwritten(as_user, make, people):
    client = make.client(name="Suratmi")
    with transaction(by=people.admin):
        archive_client(make.client(), by=people.admin)
    rina = as_user("rina")
    assert rina.post(f"/clients/edit/{client.id}", data={"name": "Satu", "version": "1"}).status_code == 302
    late = rina.post(f"/clients/edit/{client.id}", data={"name": "Dua", "version": "1"})
    assert late.status_code == 409
    assert "Satu" in text_of(late)
    assert "Dua" in text_of(late)


def test_a_consent_is_recorded_with_its_scan_and_withdrawn(as_user, make):
    client = make.client(name="Suratmi")
    rina = as_user("rina")
    form = text_of(rina.get(f"/consents/add?client={client.id}"))
    assert "Suratmi" in form
    data = {
        "client": str(client.id),
        "purpose": "share_with_partner",
        "method": "written",
        "given_on": "01/02/2026",
        "scan": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "formulir.pdf"),
    }
    answer = rina.post("/consents/add", data=data)
    assert answer.status_code == 302
    consent = db.session.scalars(select(Consent)).one()
    assert consent.given_on == date(2026, 2, 1)
    assert consent.scan
    with rina.get(f"/consents/{consent.id}/file/scan") as scan:
        assert scan.status_code == 200
    withdraw = f"/consents/{consent.id}/withdraw"
    assert rina.get(withdraw).status_code == 200
    assert is_refused_beside(rina.post(withdraw, data={"version": "1", "reason": ""}), "reason")
    assert rina.post(withdraw, data={"version": "1", "reason": "Berubah pikiran"}).status_code == 302
    assert rina.post(withdraw, data={"version": "2", "reason": "Lagi"}).status_code == 409
    assert rina.get(f"/consents/edit/{consent.id}").status_code == 403
    db.session.refresh(consent)
    assert consent.withdrawal_reason == "Berubah pikiran"


@pytest.mark.parametrize("path", ["/clients/list/", "/households/list/", "/consents/list/"])
def test_a_list_takes_as_many_statements_for_thirty_rows_as_for_three(
    as_user, make, capture_statements, path
):
    rina = as_user("rina")

    def fill(rows):
        for _row in range(rows):
            household = make.household()
            client = make.client(household=household, household_role=HouseholdRole.head)
            make.consent(client=client)

    fill(3)
    rina.get(path)
    with capture_statements() as few:
        rina.get(path)
    fill(12)
    with capture_statements() as many:
        rina.get(path)
    assert len(few) == len(many) <= 12
