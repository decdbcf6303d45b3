"""Personal details of a client of an open limited case are hidden from users outside the team."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import inspect, select

from app.cases.enums import ClosingReason
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.closing import close_case
from app.cases.services.stages import hold_case
from app.clients.enums import PERSONAL_DETAILS, ConsentPurpose, HouseholdRole
from app.clients.models.client import Client, Consent, Household
from app.clients.services.clients import record_consent, update_client, update_consent, withdraw_consent
from app.core import clock
from app.core.errors import PortalError
from app.db.column_info import get_info
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.models import Kelurahan
from app.referrals.enums import SharedField
from app.referrals.services.office import send_referral
from tests.support.client import PortalClient
from tests.support.hidden_cases import response_text

AsUser = Callable[[str], PortalClient]
NIK, NO_KK, PHONE, GUARDIAN = "6474024107850002", "6474020202020008", "081377778888", "085299990000"
TEXTS = ("Gang Melati", "Pak Wali", "dekat masjid", "sore saja", "baju merah")
WORDS = (*TEXTS, "0813-7777-8888", "0852-9999-0000")
EVENTS = ("client_details_changed", "consent_given", "consent_withdrawn")


@pytest.fixture
def kelurahan(app: Any) -> Kelurahan:
    return db.session.scalars(select(Kelurahan).order_by(Kelurahan.id).limit(1)).one()


@pytest.fixture
def client(make: ModuleType, kelurahan: Kelurahan) -> Client:
    """Nur'aini, with a value in each group of `PERSONAL_DETAILS`."""
    home = make.household(address="Gang Melati 9", no_kk=NO_KK)
    return make.client(  # type: ignore[no-any-return]
        name="Nur'aini Putri",
        alias="Mawarsih",
        nik=NIK,
        no_kk=NO_KK,
        phone=PHONE,
        address="Gang Melati 9",
        landmark="dekat masjid",
        contact_note="sore saja",
        guardian_name="Pak Wali",
        guardian_phone=GUARDIAN,
        features="baju merah",
        rt="12",
        kelurahan=kelurahan,
        household=home,
        household_role=HouseholdRole.head,
    )


@pytest.fixture
def case(make: ModuleType, people: SimpleNamespace, client: Client) -> Case:
    """Rina's limited case of Nur'aini, with Dodi on the team."""
    limited = {"confidentiality": Confidentiality.limited, "team": [people.dodi]}
    return make.case(by="rina", client=client, **limited)  # type: ignore[no-any-return]


def find_detail_words(page: str) -> list[str]:
    return [word for word in (*WORDS, NO_KK) if word in page]


def is_listed(client: PortalClient, address: str, pk: int) -> bool:
    return f"/clients/show/{pk}" in client.get_page(address)


def list_events(case: Case) -> list[CaseEvent]:
    query = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(EVENTS))
    return list(db.session.scalars(query.order_by(CaseEvent.id)))


def test_others_read_that_the_person_is_known_and_whom_to_ask(
    as_user: AsUser, client: Client, case: Case
) -> None:
    page = as_user("sari").get_page(f"/clients/show/{client.id}")
    assert find_detail_words(page) == []
    assert "Nur&#39;aini Putri" in page
    assert "Rina Kusuma" in page
    assert "/households/show/" not in page


def test_without_a_peksos_the_team_is_named(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace, client: Client
) -> None:
    make.case(by="admin", client=client, confidentiality=Confidentiality.limited, team=[people.dodi])
    assert "Dodi Pratama" in as_user("sari").get_page(f"/clients/show/{client.id}")


@pytest.mark.parametrize("who", ["rina", "dodi", "admin"])
def test_team_and_administrator_read_all_of_it(as_user: AsUser, client: Client, case: Case, who: str) -> None:
    assert find_detail_words(as_user(who).get_page(f"/clients/show/{client.id}")) == [*WORDS, NO_KK]


def test_supervisor_reads_the_details_with_masked_numbers(
    as_user: AsUser, client: Client, case: Case
) -> None:
    page = as_user("kabid").get_page(f"/clients/show/{client.id}")
    assert find_detail_words(page) == list(TEXTS)
    assert "••••8888" in page


def test_another_person_in_the_case_is_restricted_like_its_client(
    as_user: AsUser, make: ModuleType, case: Case
) -> None:
    witness = make.case_person(case=case, client=make.client(name="Saksi", phone="081355556666")).client
    sari, dodi = as_user("sari"), as_user("dodi")
    assert "0813-5555-6666" not in sari.get_page(f"/clients/show/{witness.id}")
    assert "0813-5555-6666" in dodi.get_page(f"/clients/show/{witness.id}")


def test_details_stay_with_the_team_while_the_case_is_on_hold(
    as_user: AsUser, make: ModuleType, client: Client, case: Case
) -> None:
    make.apply_transition(case, hold_case, reason="Menunggu panen", until=clock.today())
    page = f"/clients/show/{client.id}"
    assert find_detail_words(as_user("dodi").get_page(page)) == [*WORDS, NO_KK]
    assert find_detail_words(as_user("sari").get_page(page)) == []


def test_details_are_for_all_again_when_the_case_is_closed(
    as_user: AsUser, make: ModuleType, client: Client, case: Case
) -> None:
    make.apply_transition(case, close_case, closing_reason=ClosingReason.moved, closing_summary="Pindah")
    assert find_detail_words(as_user("sari").get_page(f"/clients/show/{client.id}")) == [*WORDS, NO_KK]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        *(("nuraini", True), ("NUR'AINI putri", True), (NIK, True), (NIK[6:12], True), ("6474 0241", True)),
        *((PHONE, False), ("7777-88", False), (NO_KK, False), ("mawarsih", False), ("putri 0813", False)),
        *(("nu", True), ("ma", False)),
    ],
)
def test_others_find_the_person_by_name_and_nik_alone(
    as_user: AsUser, make: ModuleType, client: Client, case: Case, q: str, found: bool
) -> None:
    sari, dodi = as_user("sari"), as_user("dodi")
    ordinary = make.case(by="sari", client=client)
    other = {"_flt_0_sex": "unknown", "archived": "y"}
    for more in ({}, other, {"_oc_ClientView": "name", "_od_ClientView": "asc"}):
        address = "/clients/list/?" + "&".join(f"{key}={value}" for key, value in {"q": q, **more}.items())
        assert is_listed(sari, address, client.id) is found, address
        assert is_listed(dodi, address, client.id) is True, address
    assert bool(sari.get(f"/api/v1/options/clients?q={q}").json["results"]) is found
    assert (f"/clients/show/{client.id}" in sari.get(f"/api/v1/search?q={q}").text) is found
    assert is_listed(sari, f"/?q={q}", client.id) is found
    assert (f"/cases/show/{ordinary.id}" in sari.get_page(f"/cases/list/?q={q}")) is found


def test_filter_on_a_restricted_column_does_not_find_the_person_for_others(
    as_user: AsUser, make: ModuleType, client: Client, case: Case, kelurahan: Kelurahan
) -> None:
    known = make.client(name="Tetangga", kelurahan=kelurahan)
    sari, dodi = as_user("sari"), as_user("dodi")
    by_ward = f"/clients/list/?_flt_0_kelurahan={kelurahan.id}"
    assert (is_listed(sari, by_ward, client.id), is_listed(sari, by_ward, known.id)) == (False, True)
    assert is_listed(dodi, by_ward, client.id)
    by_household = f"/clients/list/?_flt_0_household={client.household_id}"
    assert (is_listed(sari, by_household, client.id), is_listed(dodi, by_household, client.id)) == (
        False,
        True,
    )


def test_rows_and_choices_do_not_say_where_the_person_lives(
    as_user: AsUser, client: Client, case: Case, kelurahan: Kelurahan
) -> None:
    sari, dodi = as_user("sari"), as_user("dodi")
    (row,) = sari.get("/api/v1/options/clients?q=nuraini").json["results"]
    assert row["text"] == "Nur'aini Putri"
    assert kelurahan.name in dodi.get("/api/v1/options/clients?q=nuraini").json["results"][0]["text"]
    assert "8888" not in sari.get_page("/clients/list/")
    assert f"{kelurahan.name}</td>" not in sari.get_page("/clients/list/")
    assert f"{kelurahan.name}</td>" in dodi.get_page("/clients/list/")
    assert "••••8888" in dodi.get_page("/clients/list/")


def test_household_that_the_person_heads_is_hidden_from_others(
    as_user: AsUser, make: ModuleType, client: Client, case: Case
) -> None:
    child = make.client(name="Adik", household=client.household, household_role=HouseholdRole.child)
    sari, dodi, address = as_user("sari"), as_user("dodi"), f"/households/show/{client.household_id}"
    assert (sari.get(address).status_code, dodi.get(address).status_code) == (404, 200)
    for path in ("/households/list/", "/households/list/?q=nuraini", f"/clients/show/{child.id}"):
        assert "Gang Melati" not in sari.get_page(path)
        assert "Gang Melati" in dodi.get_page(path)
    assert sari.get("/api/v1/options/households?q=melati").json["results"] == []


def test_household_does_not_name_the_member_to_others(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    home = make.household(address="Gang Terbuka 1")
    make.client(name="Ibu Kepala", household=home, household_role=HouseholdRole.head)
    child = make.client(name="Anak Terbatas", household=home, household_role=HouseholdRole.child)
    make.case(by="rina", client=child, confidentiality=Confidentiality.limited)
    sari, rina, address = as_user("sari"), as_user("rina"), f"/households/show/{home.id}"
    assert "Ibu Kepala" in sari.get_page(address)
    assert "Anak Terbatas" not in sari.get_page(address)
    assert "Anak Terbatas" in rina.get_page(address)


SHOWN_TO_ALL_STAFF = {
    "name",
    "alias",
    "nik",
    "nik_note",
    "sex",
    "birth_place",
    "birth_date",
    "marital_status",
    "occupation",
    "dtsen_decile",
}
"""Personal columns of a client that all staff may read while the client has an open limited case."""


def test_every_personal_column_of_a_client_is_classified() -> None:
    columns = {name: get_info(Client, name) for name in inspect(Client).attrs.keys()}  # noqa: SIM118
    personal = {name for name, info in columns.items() if info.get("personal") and not info.get("internal")}
    unclassified = personal - SHOWN_TO_ALL_STAFF - set(PERSONAL_DETAILS)
    assert unclassified == set(), "add to PERSONAL_DETAILS (the team only) or to SHOWN_TO_ALL_STAFF"
    assert SHOWN_TO_ALL_STAFF.isdisjoint(PERSONAL_DETAILS)


def test_edit_form_of_others_neither_shows_nor_saves_restricted_fields(
    as_user: AsUser, client: Client, case: Case
) -> None:
    sari, address = as_user("sari"), f"/clients/edit/{client.id}"
    page = sari.get_page(address)
    assert find_detail_words(page) == []
    assert 'name="name"' in page
    assert [name for name in PERSONAL_DETAILS if f'name="{name}"' in page] == []
    sent = {"name": "Nuraini P.", "nik": NIK, "phone": "081300001111", "address": "", "household": ""}
    answer = sari.post(address, data={**sent, "version": str(client.version)})
    assert answer.status_code == 302
    db.session.expire_all()
    assert (client.name, client.phone, client.address) == ("Nuraini P.", "+6281377778888", "Gang Melati 9")
    assert client.household is not None
    assert list_events(case) == []


def test_comparison_of_two_editors_shows_others_no_detail(
    as_user: AsUser, client: Client, case: Case
) -> None:
    answer = as_user("sari").post(f"/clients/edit/{client.id}", data={"name": "Lain", "version": "0"})
    assert answer.status_code == 409
    assert find_detail_words(answer.text) == []


def test_service_refuses_details_and_consents_of_others(
    make: ModuleType, people: SimpleNamespace, client: Client, case: Case
) -> None:
    consent = make.consent(by="rina", client=client)
    photo = {"client": client, "purpose": ConsentPurpose.photo, "method": consent.method}
    attempts: list[tuple[str | None, Callable[[], Any]]] = [
        ("phone", lambda: update_client(client, {"phone": None}, by=people.sari)),
        ("client", lambda: record_consent(photo, by=people.sari)),
        (None, lambda: update_consent(consent, {"given_by": "Lain"}, by=people.sari)),
        ("reason", lambda: withdraw_consent(consent, by=people.sari, reason="?")),
    ]
    for field, attempt in attempts:
        with pytest.raises(PortalError) as refusal, transaction(by=people.sari):
            attempt()
        assert refusal.value.field == field
    assert (client.phone, consent.withdrawn_at) == ("+6281377778888", None)
    assert db.session.scalars(select(Consent.purpose)).all() == [consent.purpose]


def test_an_administrator_changes_details_and_consents(
    make: ModuleType, people: SimpleNamespace, client: Client, case: Case
) -> None:
    consent = make.consent(by="rina", client=client)
    photo = {"client": client, "purpose": ConsentPurpose.photo, "method": consent.method}
    with transaction(by=people.admin):
        update_client(client, {"phone": "081300001111"}, by=people.admin)
        update_consent(consent, {"given_by": "Bu Marni"}, by=people.admin)
        given = record_consent(photo, by=people.admin)
        withdraw_consent(consent, by=people.admin, reason="Berubah pikiran")
    db.session.expire_all()
    assert (client.phone, consent.given_by) == ("+6281300001111", "Bu Marni")
    assert consent.withdrawn_at is not None
    assert given.purpose is ConsentPurpose.photo


def test_consents_of_the_person_are_not_for_others(
    as_user: AsUser, make: ModuleType, client: Client, case: Case
) -> None:
    consent = make.consent(by="rina", client=client, given_by="Bu Persetujuan")
    sari, rina, kabid = as_user("sari"), as_user("rina"), as_user("kabid")
    assert sari.get(f"/consents/show/{consent.id}").status_code == 404
    assert sari.post(f"/consents/{consent.id}/withdraw", data={"reason": "?"}).status_code == 404
    assert f"/consents/show/{consent.id}" not in sari.get_page("/consents/list/")
    assert f"/consents/show/{consent.id}" not in sari.get_page(f"/clients/show/{client.id}")
    assert f"/consents/show/{consent.id}" in kabid.get_page("/consents/list/")
    sent = {"client": str(client.id), "purpose": "photo", "method": "written"}
    refused = sari.post("/consents/add", data=sent)
    assert refused.status_code == 200
    assert 'id="client-error"' in refused.text
    assert rina.post("/consents/add", data=sent).status_code == 302
    assert db.session.scalars(select(Consent.purpose).order_by(Consent.id)).all() == [
        ConsentPurpose.service,
        ConsentPurpose.photo,
    ]


def test_change_of_a_detail_is_an_event_without_values(as_user: AsUser, client: Client, case: Case) -> None:
    dodi = as_user("dodi")
    sent = {
        "name": client.name,
        "nik": NIK,
        "phone": "081300001111",
        "rt": "7",
        "version": str(client.version),
    }
    assert dodi.post(f"/clients/edit/{client.id}", data=sent).status_code == 302
    (event,) = list_events(case)
    assert event.kind == "client_details_changed"
    assert event.data is not None
    assert {"phone", "rt"} <= set(event.data["columns"])
    assert event.data["client_id"] == client.id
    assert "1111" not in str(event.data)
    assert (event.source, event.source_id, event.actor_name) == ("client", client.id, "Dodi Pratama")
    assert "Kontak, Alamat" in dodi.get_page(f"/cases/{case.id}/timeline")


class TestHousehold:
    """A change of a household's address or family card is an event in the cases of members living there."""

    def edit_household(self, client: PortalClient, household: Household, **changed: str) -> None:
        sent = {
            "address": household.address,
            "no_kk": household.no_kk,
            "version": household.version,
            **changed,
        }
        assert client.post(f"/households/edit/{household.id}", data=sent).status_code == 302

    @pytest.fixture
    def household(self, client: Client) -> Household:
        assert client.household is not None
        return client.household

    def test_new_address_is_an_event_of_the_members_without_values(
        self, as_user: AsUser, client: Client, case: Case, household: Household
    ) -> None:
        self.edit_household(as_user("dodi"), household, address="Gang Kenanga 3", rt="7")
        (event,) = list_events(case)
        assert event.kind == "client_details_changed"
        assert event.data == {"columns": ["address", "rt"], "client_id": client.id}
        assert (event.source, event.source_id, event.actor_name) == ("client", client.id, "Dodi Pratama")

    def test_new_family_card_is_an_event(
        self, as_user: AsUser, client: Client, case: Case, household: Household
    ) -> None:
        self.edit_household(as_user("dodi"), household, no_kk="6474020202020009")
        (event,) = list_events(case)
        assert event.data == {"columns": ["no_kk"], "client_id": client.id}

    def test_member_without_an_address_has_the_one_of_the_household(
        self, as_user: AsUser, people: SimpleNamespace, client: Client, case: Case, household: Household
    ) -> None:
        with transaction(by=people.rina):
            update_client(client, {"address": None, "no_kk": None}, by=people.rina)
        own = len(list_events(case))
        self.edit_household(as_user("dodi"), household, address="Gang Kenanga 3", no_kk="6474020202020009")
        (event,) = list_events(case)[own:]
        assert event.data == {"columns": ["address", "no_kk"], "client_id": client.id}

    def test_new_address_is_an_event_of_each_member_who_lives_there(
        self, as_user: AsUser, make: ModuleType, client: Client, case: Case, household: Household
    ) -> None:
        child = make.client(name="Adik", household=household, household_role=HouseholdRole.child)
        other = make.case(by="dodi", client=child, confidentiality=Confidentiality.limited)
        self.edit_household(as_user("dodi"), household, address="Gang Kenanga 3")
        for member, its_case in ((client, case), (child, other)):
            assert [event.data for event in list_events(its_case)] == [
                {"columns": ["address"], "client_id": member.id}
            ]

    def test_member_who_lives_elsewhere_and_unchanged_household_have_no_event(
        self, as_user: AsUser, people: SimpleNamespace, client: Client, case: Case, household: Household
    ) -> None:
        self.edit_household(as_user("dodi"), household, note="Rumah kayu")
        with transaction(by=people.rina):
            update_client(client, {"address": "Jalan Awang Long 5"}, by=people.rina)
        before = len(list_events(case))
        self.edit_household(as_user("dodi"), household, address="Gang Kenanga 3")
        assert len(list_events(case)) == before == 1


def test_giving_and_withdrawing_a_consent_are_events(
    make: ModuleType, people: SimpleNamespace, client: Client, case: Case
) -> None:
    consent = make.consent(by="dodi", client=client, purpose=ConsentPurpose.photo)
    with transaction(by=people.rina):
        withdraw_consent(consent, by=people.rina, reason="Berubah pikiran")
    recorded = [(event.kind, event.data, event.source_id) for event in list_events(case)]
    data = {"consent": "photo", "consent_id": consent.id, "client_id": client.id}
    assert recorded == [
        ("consent_given", data, consent.id),
        ("consent_withdrawn", data, consent.id),
    ]


def test_consent_to_the_service_is_shown_as_given_until_it_is_withdrawn(
    make: ModuleType, people: SimpleNamespace, client: Client, case: Case
) -> None:
    consent = make.consent(by="dodi", client=client, purpose=ConsentPurpose.service)
    with transaction(by=people.rina):
        withdraw_consent(consent, by=people.rina, reason="Berubah pikiran")
    with force_locale("en"):
        given, withdrawn = [event.sentence for event in list_events(case)]
    assert given.startswith("A consent was given: ")
    assert withdrawn.startswith("The client withdrew the consent to our service.")


def test_changes_of_a_client_without_an_open_limited_case_are_no_events(
    make: ModuleType, people: SimpleNamespace, client: Client
) -> None:
    ordinary, closed = (
        make.case(by="rina", client=client),
        make.case(by="rina", client=client, confidentiality=Confidentiality.limited),
    )
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    make.apply_transition(closed, close_case, **end)
    before = list_events(closed)
    with transaction(by=people.sari):
        update_client(client, {"phone": "081300001111"}, by=people.sari)
    make.consent(by="sari", client=client)
    assert list_events(ordinary) == []
    assert list_events(closed) == before
    assert client.phone == "+6281300001111"


def test_name_alone_is_changed_without_an_event(people: SimpleNamespace, client: Client, case: Case) -> None:
    with transaction(by=people.rina):
        update_client(client, {"name": "Nuraini", "phone": client.phone}, by=people.rina)
    assert list_events(case) == []


def test_overview_and_letter_of_another_case_withhold_the_details(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace, client: Client
) -> None:
    referral = make.referral(by="sari", case=make.case(by="sari", client=client), request="Bantuan")
    make.consent(by="sari", client=client, purpose=ConsentPurpose.share_with_partner)
    with transaction(by=people.sari):
        send_referral(referral, by=people.sari, shared_fields=list(SharedField))
    overview, letter = f"/referrals/{referral.id}/", f"/referrals/{referral.id}/letter.pdf"
    assert "0813-7777-8888" in response_text(as_user("sari").get(letter))
    make.case(by="rina", client=client, confidentiality=Confidentiality.limited)
    sari, rina = as_user("sari"), as_user("rina")
    for address in (overview, letter):
        text = response_text(sari.get(address))
        assert [word for word in ("Gang Melati", "0813-7777", "Pak Wali", NO_KK) if word in text] == []
        assert "Nur" in text
        assert "0813-7777-8888" in response_text(rina.get(address))
    assert "/consents/show/" not in sari.get_page(overview)
