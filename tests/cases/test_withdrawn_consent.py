"""The case shows a warning, and its timeline an entry, when the consent to the service is withdrawn."""

from types import ModuleType

from flask import Flask
from sqlalchemy import select

from app.cases.enums import ClosingReason
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.closing import close_case
from app.cases.services.stages import hold_case
from app.clients.enums import ConsentPurpose
from app.clients.models.client import Consent
from app.core import clock
from app.extensions import db
from app.reference.enums import Confidentiality
from tests.cases.support import AsUser

WARNING = "jangan memulai layanan, bantuan, atau rujukan baru"
TIMELINE_SENTENCE = "Tidak ada layanan, bantuan, atau rujukan baru tanpa persetujuan baru atau dasar hukum"
REASON = "Suami melarang"


def withdraw_consent(as_user: AsUser, consent: Consent) -> None:
    db.session.refresh(consent)
    address = f"/consents/{consent.id}/withdraw"
    answer = as_user("rina").post(address, data={"version": consent.version, "reason": REASON})
    assert answer.status_code == 302


def list_withdrawals(case: Case) -> list[dict[str, object]]:
    query = select(CaseEvent.data).where(CaseEvent.case_id == case.id, CaseEvent.kind == "consent_withdrawn")
    return list(db.session.scalars(query))  # type: ignore[arg-type]


def test_case_shows_a_warning_until_there_is_a_new_consent(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    consent = make.consent(client=case.client)
    page = f"/cases/show/{case.id}"
    assert WARNING not in as_user("rina").get_page(page)
    withdraw_consent(as_user, consent)
    for who in ("rina", "kabid"):
        assert WARNING in as_user(who).get_page(page)
    new = f"/consents/add?client={case.client_id}&amp;purpose=service"
    assert new in as_user("rina").get_page(page)
    assert new not in as_user("kabid").get_page(page)
    make.consent(client=case.client)
    assert WARNING not in as_user("rina").get_page(page)


def test_case_without_consent_or_with_another_valid_one_shows_no_warning(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    without, with_two = make.case(), make.case()
    make.consent(client=with_two.client)
    withdraw_consent(as_user, make.consent(client=with_two.client))
    for case in (without, with_two):
        assert WARNING not in as_user("rina").get_page(f"/cases/show/{case.id}")


def test_timeline_of_every_open_case_shows_the_withdrawal_without_its_reason(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    client = make.client()
    closed = make.case(client=client)
    make.apply_transition(closed, close_case, closing_reason=ClosingReason.moved, closing_summary="Pindah")
    open_one = make.case(client=client)
    secret = make.case(client=client, by="dodi", confidentiality=Confidentiality.secret)
    other, consent = make.case(), make.consent(client=client)
    withdraw_consent(as_user, consent)
    recorded = [{"consent": "service", "consent_id": consent.id, "client_id": consent.client_id}]
    assert [list_withdrawals(case) for case in (closed, open_one, secret, other)] == [
        [],
        recorded,
        recorded,
        [],
    ]
    timeline = as_user("rina").get_page(f"/cases/{open_one.id}/timeline")
    assert TIMELINE_SENTENCE in timeline
    assert REASON not in timeline  # fewer users may read the consent than the case
    assert TIMELINE_SENTENCE not in as_user("rina").get_page(f"/cases/{other.id}/timeline")
    assert WARNING not in as_user("rina").get_page(f"/cases/show/{closed.id}"), (
        "a closed case shows no warning"
    )


def test_withdrawal_is_an_event_of_cases_on_hold_and_of_limited_ones_in_which_the_client_is_a_person(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    client = make.client()
    held, limited, ordinary = (
        make.case(client=client),
        make.case(confidentiality=Confidentiality.limited),
        make.case(),
    )
    make.apply_transition(held, hold_case, reason="Menunggu panen", until=clock.today())
    for case in (limited, ordinary):
        make.case_person(case=case, client=client)
    withdraw_consent(as_user, make.consent(client=client))
    assert [len(list_withdrawals(case)) for case in (held, limited, ordinary)] == [1, 1, 0]


def test_withdrawal_for_another_purpose_is_shown_and_gives_no_warning(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    make.consent(client=case.client)
    withdraw_consent(as_user, make.consent(client=case.client, purpose=ConsentPurpose.photo))
    page = as_user("rina").get_page(f"/cases/show/{case.id}")
    assert "Klien menarik persetujuan: " in page
    assert TIMELINE_SENTENCE not in page
    assert WARNING not in page
