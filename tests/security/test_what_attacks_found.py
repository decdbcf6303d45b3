"""Attacks that succeeded, each once."""

import io
from collections.abc import Callable
from datetime import date
from types import ModuleType

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases.models import ReportClock
from app.clients.choices import ConsentPurpose
from app.core.receipts import FormDraft
from app.core.unit import unit
from app.extensions import db
from app.grants.choices import Purpose
from app.partners.models import PartnerService
from app.reference.choices import Confidentiality
from app.referrals.models import Referral, ResponseTime
from app.referrals.services import attach_document, cancel_referral, refer_on
from tests.support.client import PortalClient
from tests.support.hidden import file_of
from tests.support.portal import person

LogIn = Callable[[str], PortalClient]


def beside(answer: object, field: str) -> str:
    """The sentence beside the field."""
    text = answer.text  # type: ignore[attr-defined]
    assert f'id="{field}-error"' in text
    return str(text.partition(f'id="{field}-error"')[2].partition(">")[2].partition("<")[0])


def test_without_a_partner_nothing_is_chosen(as_user: LogIn, make: ModuleType) -> None:
    draft = make.referral()
    answer = as_user("rina").post(f"/referrals/{draft.id}/choose_partner", data={"version": draft.version})
    assert answer.status_code == 200
    assert beside(answer, "partner")


def test_a_promise_for_ever_is_refused_and_what_is_sent_has_a_day(as_user: LogIn, make: ModuleType) -> None:
    offer: PartnerService = make.offering().services[0]
    data = {"version": offer.version, "partner": offer.partner_id, "need_kind": offer.need_kind_id}
    answer = as_user("admin").post(
        f"/partner-services/edit/{offer.id}", data={**data, "response_hours": "999999999"}
    )
    assert beside(answer, "response_hours")


@pytest.mark.parametrize(
    ("model", "path"), [(ReportClock, "report-clocks"), (ResponseTime, "response-times")]
)
def test_no_clock_counts_days_for_ever(as_user: LogIn, model: type, path: str) -> None:
    item = db.session.scalars(select(model).where(model.working_days.is_not(None))).first()  # type: ignore[attr-defined]
    data = {"version": item.version, "name": item.name, "working_days": "999999999"}
    assert beside(as_user("admin").post(f"/{path}/edit/{item.id}", data=data), "working_days")


def test_no_number_is_too_long_for_a_sentence_of_ours(as_user: LogIn) -> None:
    said = beside(as_user("admin").post("/expenditures/add", data={"amount": "9" * 5000}), "amount")
    assert said == "Jumlah ini terlalu besar."


@pytest.mark.parametrize("pattern", ["once", "daily"])
def test_nobody_is_on_standby_at_the_end_of_time(as_user: LogIn, pattern: str) -> None:
    data = {"worker": person("rina").id, "starts_at": f"{date.max}T20:00", "ends_at": f"{date.max}T23:59"}
    answer = as_user("admin").post("/shifts/add", data={**data, "pattern": pattern, "until": str(date.max)})
    assert answer.status_code == 200
    assert beside(answer, "starts_at")


def test_a_number_with_zeros_without_end_is_kept_while_one_sleeps(as_user: LogIn, make: ModuleType) -> None:
    rina, referral = as_user("rina"), make.referral()
    for _twice in range(2):
        with rina.session_transaction() as session:
            session["seen"] = 0
        answer = rina.post(f"/referrals/{'0' * 300}{referral.id}/cancel", data={"reason": "x"})
        assert answer.location.startswith("/login/")
    assert len(db.session.scalars(select(FormDraft)).all()) == 1


def test_a_better_paper_of_the_next_referral_leaves_the_first_one_its_own(
    as_user: LogIn, make: ModuleType
) -> None:
    first: Referral = make.referral(documents="SKTM")
    with unit(by=person("rina")):
        attach_document(first.documents[0], file=file_of("lama"), by=person("rina"))
    make.moved(first, cancel_referral, reason="Salah alamat")
    partner = make.offering(first.need_kind, documents="SKTM")
    second: Referral = make.moved(first, refer_on, partner=partner)
    paper, rina = second.documents[0], as_user("rina")
    sent = {"version": paper.version, "file": (io.BytesIO(b"%PDF-1.7 baru"), "baru.pdf")}
    done = rina.post(f"/referral-documents/{paper.id}/attach", data=sent, content_type="multipart/form-data")
    assert done.status_code == 302
    assert b"lama" in rina.get(f"/referral-documents/{first.documents[0].id}/file/file").data
    assert b"baru" in rina.get(f"/referral-documents/{paper.id}/file/file").data


def test_the_audit_book_repeats_no_words_of_a_case(app: object, make: ModuleType) -> None:
    case = make.case(by="dodi", confidentiality=Confidentiality.secret)
    pot = make.pot(ceiling_initial=10**9)
    money = {"grant": pot, "case": case, "purpose": Purpose.client_aid}
    make.expenditure(by="dodi", **money, description="Susu bayi Melati")
    make.commitment(by="dodi", **money, description="Sewa rumah Melati")
    make.aid(by="dodi", case=case, item="Popok Melati")
    make.consent(by="dodi", client=case.client, purpose=ConsentPurpose.share_with_partner)
    make.referral(by="dodi", case=case, documents="Akta Melati")
    told = db.session.scalars(select(AuditEntry)).all()
    assert [entry.entity for entry in told if "Melati" in str(entry.changes)] == []
