"""A consent to the service that is taken back shows on the case as what it means for the work."""

from types import ModuleType

from flask import Flask
from sqlalchemy import select

from app.cases.choices import ClosingReason
from app.cases.models import Case, CaseEvent
from app.cases.services import close_case
from app.cases.states import EventKind
from app.clients.choices import ConsentPurpose
from app.clients.models import Consent
from app.extensions import db
from app.reference.choices import Confidentiality
from tests.cases.support import AsUser

MEANS = "jangan memulai layanan, bantuan, atau rujukan baru"
TOLD = "Tidak ada layanan, bantuan, atau rujukan baru tanpa persetujuan baru atau dasar hukum"
REASON = "Suami melarang"


def withdraw(as_user: AsUser, consent: Consent) -> None:
    db.session.refresh(consent)
    address = f"/consents/{consent.id}/withdraw"
    answer = as_user("rina").post(address, data={"version": consent.version, "reason": REASON})
    assert answer.status_code == 302


def withdrawals(case: Case) -> list[dict[str, object]]:
    query = select(CaseEvent.data).where(
        CaseEvent.case_id == case.id, CaseEvent.kind == EventKind.consent_withdrawn
    )
    return list(db.session.scalars(query))  # type: ignore[arg-type]


def test_the_case_says_what_may_still_be_done_until_there_is_a_new_consent(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    consent = make.consent(client=case.client)
    page = f"/cases/show/{case.id}"
    assert MEANS not in as_user("rina").get_page(page)
    withdraw(as_user, consent)
    for who in ("rina", "kabid"):
        assert MEANS in as_user(who).get_page(page)
    new = f"/consents/add?client={case.client_id}&amp;purpose=service"
    assert new in as_user("rina").get_page(page)
    assert new not in as_user("kabid").get_page(page)
    make.consent(client=case.client)
    assert MEANS not in as_user("rina").get_page(page)


def test_a_case_without_any_consent_and_one_with_another_left_say_nothing(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    without, with_two = make.case(), make.case()
    make.consent(client=with_two.client)
    withdraw(as_user, make.consent(client=with_two.client))
    for case in (without, with_two):
        assert MEANS not in as_user("rina").get_page(f"/cases/show/{case.id}")


def test_the_timeline_of_every_open_case_tells_the_withdrawal_and_not_why(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    client = make.client()
    closed = make.case(client=client)
    make.moved(closed, close_case, closing_reason=ClosingReason.moved, closing_summary="Pindah")
    open_one = make.case(client=client)
    secret = make.case(client=client, by="dodi", confidentiality=Confidentiality.secret)
    other, consent = make.case(), make.consent(client=client)
    withdraw(as_user, consent)
    told = [{"consent": "service", "consent_id": consent.id, "client_id": consent.client_id}]
    assert [withdrawals(case) for case in (closed, open_one, secret, other)] == [[], told, told, []]
    timeline = as_user("rina").get_page(f"/cases/{open_one.id}/timeline")
    assert TOLD in timeline
    assert REASON not in timeline  # fewer may read the consent than the case
    assert TOLD not in as_user("rina").get_page(f"/cases/{other.id}/timeline")
    assert MEANS not in as_user("rina").get_page(f"/cases/show/{closed.id}"), "its work is over"


def test_another_consent_is_told_by_its_purpose_and_stops_no_work(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    make.consent(client=case.client)
    withdraw(as_user, make.consent(client=case.client, purpose=ConsentPurpose.photo))
    page = as_user("rina").get_page(f"/cases/show/{case.id}")
    assert "Klien menarik persetujuan: " in page
    assert TOLD not in page
    assert MEANS not in page
