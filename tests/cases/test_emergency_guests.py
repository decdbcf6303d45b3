"""Guests see a hidden case only by emergency access: what they may do with its referrals and clients."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from app.cases.enums import ReportState
from app.cases.models.case import Case, CasePerson
from app.cases.models.report import IncomingReport
from app.cases.services.rules import require_visible_without_emergency
from app.clients.enums import ConsentPurpose
from app.clients.models.client import Client, Consent, Household
from app.clients.services.clients import (
    archive_client,
    archive_household,
    register_client,
    restore_client,
    restore_household,
    update_client,
    update_consent,
    update_household,
    withdraw_consent,
)
from app.core.errors import Forbidden
from app.db.model import Entity
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.referrals.documents.letter import build_letters_pdf
from app.referrals.enums import ReferralState
from app.referrals.models.exchange import ReferralDocument, ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.services import links
from app.referrals.services.office import cancel_referral
from app.security.models import PortalUser
from tests.cases.emergency_access import ACCESS_PATH, request_access
from tests.support.client import PortalClient
from tests.support.fixed_clock import advance_machine_clock
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
SECRET = Confidentiality.secret
GUESTS = ("sari", "admin")
READS_REFERRALS = "Anda melihat kasus ini lewat akses darurat: Anda dapat membaca rujukannya"
NO_LINK = "Anda melihat kasus ini lewat akses darurat: mintalah tim kasus membuat tautan"
READS_CLIENT = "Anda melihat kasus orang ini lewat akses darurat"
TEAM_ONLY = "Anda melihat orang ini lewat akses darurat: hanya tim kasusnya"


@pytest.fixture
def case(make: ModuleType) -> Case:
    """Dodi's secret case; Sari is the peksos on duty."""
    make.shift("sari")
    return make.case(by="dodi", client=make.client(name="Klien tersembunyi"), confidentiality=SECRET)


def open_as_guest(as_user: AsUser, username: str, case: Case) -> PortalClient:
    """Open the case by emergency access; return the logged-in test client."""
    client = as_user(username)
    assert request_access(client, case.number).startswith(ACCESS_PATH)
    return client


def reload(item: Any) -> Any:
    """Refresh the record from the database in a new transaction."""
    db.session.rollback()
    db.session.refresh(item)
    return item


def count_rows(model: type[Entity]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def guest_actor(username: str, case: Case) -> PortalUser:
    """Return the user with the case among the emergency accesses, as a request sets it."""
    user = get_user(username)
    user.emergency_case_ids = frozenset({case.id})
    return user


@pytest.mark.parametrize("username", GUESTS)
def test_guest_makes_no_link_and_no_code(
    as_user: AsUser, make: ModuleType, case: Case, username: str
) -> None:
    referral = make.sent_referral(by="dodi", case=case)
    client, pk, before = open_as_guest(as_user, username, case), referral.id, count_rows(ReferralLink)
    code_hashes = list(db.session.scalars(select(ReferralLink.code_hash)))
    for page in ("link", "code"):
        answer = client.post(f"/referrals/{pk}/{page}")
        assert answer.status_code == 403
        assert READS_REFERRALS in answer.text
    db.session.rollback()
    assert count_rows(ReferralLink) == before
    assert list(db.session.scalars(select(ReferralLink.code_hash))) == code_hashes
    (link,) = reload(referral).links
    assert client.post(f"/referrals/{pk}/links/{link.id}/revoke").status_code == 403
    assert reload(link).revoked_at is None


@pytest.mark.parametrize("username", GUESTS)
def test_guest_reads_the_overview_without_buttons(
    as_user: AsUser, make: ModuleType, case: Case, username: str
) -> None:
    referral = make.sent_referral(by="dodi", case=case)
    page = open_as_guest(as_user, username, case).get_page(f"/referrals/{referral.id}/")
    assert referral.number in page
    for action in ("accept", "cancel", "link", "code", "reply", "send_update"):
        assert f"/referrals/{referral.id}/{action}" not in page
        assert f"/referrals/{referral.id}/{action}" in as_user("dodi").get_page(f"/referrals/{referral.id}/")
    assert "/revoke" not in page


@pytest.mark.parametrize("username", GUESTS)
def test_guest_makes_no_transition_on_a_referral_of_somebody_else(
    as_user: AsUser, make: ModuleType, case: Case, username: str
) -> None:
    referral = make.referral(by="dodi", case=case, documents="KTP")
    pk, version, document = referral.id, referral.version, referral.documents[0].id
    client = open_as_guest(as_user, username, case)
    data = {"version": version, "reason": "Salah", "shared_fields": "identity", "request": "Lain"}
    pages = [f"/referrals/{pk}/cancel", f"/referrals/{pk}/send", f"/referrals/edit/{pk}"]
    pages += [f"/referral-documents/{document}/{transition}" for transition in ("attach", "enclose", "waive")]
    for page in pages:
        answer = client.post(page, data=data)
        assert (page, answer.status_code) == (page, 403)
        assert READS_REFERRALS in answer.text
    overview = client.get_page(f"/referrals/{pk}/")
    assert not [page for page in pages if f'"{page}"' in overview]
    assert reload(referral).state is ReferralState.draft
    assert (referral.version, reload(db.session.get_one(ReferralDocument, document)).is_missing) == (
        version,
        True,
    )


def test_services_of_a_referral_refuse_a_guest(make: ModuleType, case: Case) -> None:
    referral = make.sent_referral(by="dodi", case=case)
    sari = guest_actor("sari", case)
    with pytest.raises(Forbidden), transaction(by=sari):
        cancel_referral(referral, reason="Salah", by=sari)
    for make_secret in (links.make_link, links.renew_code):
        with pytest.raises(Forbidden), transaction(by=sari):
            make_secret(referral, by=sari)


@pytest.mark.parametrize("username", GUESTS)
def test_guest_drafts_and_sends_a_referral_without_a_link(
    as_user: AsUser, make: ModuleType, case: Case, username: str
) -> None:
    make.consent(by="dodi", client=case.client, purpose=ConsentPurpose.share_with_partner)
    partner, need, key = make.partner_offering(), make.get_need_kind(), case.id
    client = open_as_guest(as_user, username, case)
    data = {"case": key, "need_kind": need.id, "partner": partner.id, "request": "Malam ini juga"}
    assert client.post("/referrals/add", data=data).status_code == 302
    referral = db.session.scalars(select(Referral)).one()
    pk = referral.id
    sending = {"version": referral.version, "shared_fields": "identity"}
    assert client.post(f"/referrals/{pk}/send", data=sending).status_code == 302
    assert reload(referral).state is ReferralState.sent
    overview = client.get_page(f"/referrals/{pk}/")
    assert f"/referrals/{pk}/cancel" in overview
    for page in ("link", "code"):
        assert f'"/referrals/{pk}/{page}"' not in overview
        answer = client.post(f"/referrals/{pk}/{page}")
        assert answer.status_code == 403
        assert NO_LINK in answer.text
    db.session.rollback()
    assert count_rows(ReferralLink) == 1  # made for the letter


def test_letter_of_a_guest_carries_no_link(make: ModuleType, case: Case, monkeypatch: Any) -> None:
    referral = make.sent_referral(by="dodi", case=case)
    printed: list[str] = []
    monkeypatch.setattr(
        "app.referrals.documents.letter.pdf.compile_pdf",
        lambda _name, data: printed.extend(letter["qr"] for letter in data["letters"]) or b"",
    )
    for reader in (get_user("dodi"), guest_actor("sari", case)):
        build_letters_pdf([referral], "a4", reader)
    assert [bool(qr) for qr in printed] == [True, False]


@pytest.mark.parametrize("username", GUESTS)
@pytest.mark.parametrize("role", ["main client", "another person"])
def test_guest_does_not_change_a_client_of_the_case(
    as_user: AsUser, make: ModuleType, case: Case, username: str, role: str
) -> None:
    other = make.client(name="Klien kedua")
    make.case_person(by="dodi", case=case, client=other)
    item = case.client if role == "main client" else other
    pk, name, version = item.id, item.name, item.version
    client = open_as_guest(as_user, username, case)
    page = client.get_page(f"/clients/show/{pk}")
    assert f"/clients/edit/{pk}" not in page
    assert f"/clients/{pk}/archive" not in page
    data = {"version": version, "name": "Nama lain", "phone": "08115413355"}
    for answer in (
        client.get(f"/clients/edit/{pk}"),
        client.post(f"/clients/edit/{pk}", data=data),
    ):
        assert answer.status_code == 403
        assert READS_CLIENT in answer.text
    assert client.post(f"/clients/{pk}/archive", data=data).status_code == 403
    stored = reload(item)
    assert (stored.name, stored.version, stored.archived_at) == (name, version, None)


def test_guest_archives_and_restores_no_client_of_the_case(as_user: AsUser, case: Case) -> None:
    item = case.client
    pk = item.id
    admin = open_as_guest(as_user, "admin", case)  # a peksos may not archive clients
    for transition in ("archive", "restore"):
        answer = admin.post(f"/clients/{pk}/{transition}", data={"version": reload(item).version})
        assert answer.status_code == 403
        assert READS_CLIENT in answer.text
        assert (reload(item).archived_at is None) == (transition == "archive")
        with transaction(by=get_user("dodi")):
            item.archived_at = item.created_at


def test_team_changes_the_client_and_guest_changes_other_clients(
    as_user: AsUser, make: ModuleType, case: Case
) -> None:
    other = make.client()
    item = case.client
    sari = open_as_guest(as_user, "sari", case)
    for client, changed in ((as_user("dodi"), item), (sari, other)):
        data = {"version": changed.version, "name": "Nama baru"}
        assert client.post(f"/clients/edit/{changed.id}", data=data).status_code == 302
        assert reload(changed).name == "Nama baru"
    assert f"/clients/edit/{other.id}" in sari.get_page(f"/clients/show/{other.id}")


def test_guest_does_not_change_household_or_consent_of_a_client_of_the_case(
    as_user: AsUser, make: ModuleType, case: Case
) -> None:
    household = make.household(by="dodi")
    item, consent = case.client, make.consent(by="dodi", client=case.client)
    with transaction(by=get_user("dodi")):
        update_client(item, {"household": household}, by=get_user("dodi"))
    newcomers, address = count_rows(Client), household.address
    admin = open_as_guest(as_user, "admin", case)
    data = {"version": household.version, "address": "Jalan lain", "reason": "Salah", "name": "Pendatang"}
    consent_data = {**data, "version": consent.version}
    for page, sent in (
        (f"/households/edit/{household.id}", data),
        (f"/households/{household.id}/archive", data),
        (f"/consents/edit/{consent.id}", consent_data),
        (f"/consents/{consent.id}/withdraw", consent_data),
        ("/clients/add", {"name": "Pendatang", "household": household.id}),
    ):
        answer = admin.post(page, data=sent)
        assert (page, answer.status_code) == (page, 403)
        assert READS_CLIENT in answer.text
    assert (reload(household).address, reload(consent).withdrawn_at) == (address, None)
    assert count_rows(Client) == newcomers


def test_services_of_clients_refuse_a_guest(make: ModuleType, case: Case) -> None:
    household = make.household(by="dodi")
    item, consent = case.client, make.consent(by="dodi", client=case.client)
    with transaction(by=get_user("dodi")):
        update_client(item, {"household": household}, by=get_user("dodi"))
    other = make.client(by="dodi")
    sari = guest_actor("sari", case)
    tries: list[Callable[[], object]] = [
        lambda: update_client(item, {"name": "Lain"}, by=sari),
        lambda: archive_client(item, by=sari),
        lambda: update_household(household, {"note": "Lain"}, by=sari),
        lambda: archive_household(household, by=sari),
        lambda: update_consent(consent, {"given_by": "Lain"}, by=sari),
        lambda: withdraw_consent(consent, by=sari, reason="Lain"),
        lambda: update_client(other, {"household": household}, by=sari),
        lambda: register_client({"name": "Lain", "household": household}, by=sari),
    ]
    for attempt in tries:
        with pytest.raises(Forbidden, match="akses darurat"), transaction(by=sari):
            attempt()
    with transaction(by=get_user("dodi")):
        item.archived_at = household.archived_at = item.created_at
    for restore in (lambda: restore_client(item, by=sari), lambda: restore_household(household, by=sari)):
        with pytest.raises(Forbidden), transaction(by=sari):
            restore()
    assert db.session.scalars(select(Household)).one().note is None
    assert db.session.scalars(select(Consent)).one().withdrawn_at is None


@pytest.mark.parametrize("username", GUESTS)
def test_guest_opens_no_other_case_for_the_client(
    as_user: AsUser, make: ModuleType, case: Case, username: str
) -> None:
    key, report = case.client_id, make.report()
    report_id, version, before = report.id, report.version, count_rows(Case)
    client = open_as_guest(as_user, username, case)
    data = {"client": key, "channel": "walk_in", "presenting_problem": "Masalah lain"}
    data |= {"opened_at": "", "urgency": "ordinary"}
    answers = [
        client.post("/cases/add", data=data),
        client.post(f"/incoming-reports/{report_id}/take_up", data={"version": version, "client": key}),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert TEAM_ONLY in answer.text
    db.session.rollback()
    assert count_rows(Case) == before
    assert db.session.get_one(IncomingReport, report_id).state is ReportState.new
    with advance_machine_clock(timedelta(minutes=61)):
        assert as_user(username).get(f"/clients/show/{key}").status_code == 404


@pytest.mark.parametrize("username", GUESTS)
def test_guest_adds_the_client_to_no_other_case(
    as_user: AsUser, make: ModuleType, case: Case, username: str
) -> None:
    mine = make.case(by=username)
    named = make.case_person(by=username, case=mine)
    key, before, named_id, first = case.client_id, count_rows(CasePerson), named.id, named.client_id
    client = open_as_guest(as_user, username, case)
    data = {"case": mine.id, "client": key, "role": "spouse"}
    for answer in (
        client.post("/case-people/add", data=data),
        client.post(f"/case-people/edit/{named_id}", data={**data, "version": named.version}),
    ):
        assert answer.status_code == 403
        assert TEAM_ONLY in answer.text
    db.session.rollback()
    assert count_rows(CasePerson) == before
    assert db.session.get_one(CasePerson, named_id).client_id == first


def test_client_who_is_visible_anyway_gets_another_case(
    as_user: AsUser, make: ModuleType, case: Case
) -> None:
    make.case(by="dodi", client=case.client)  # ordinary: the client is visible to all staff
    key, before = case.client_id, count_rows(Case)
    sari = open_as_guest(as_user, "sari", case)
    data = {"client": key, "channel": "walk_in", "presenting_problem": "Masalah lain"}
    assert sari.post("/cases/add", data=data).status_code == 302
    assert count_rows(Case) == before + 1
    require_visible_without_emergency(reload(case).client, guest_actor("sari", case))
