"""What happens to a referral after it was sent: the clock, the turn, the refusals, the client's word."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType

import pytest
from sqlalchemy import func, select

from app.cases.choices import ClosingReason
from app.cases.models import Case, CaseEvent
from app.cases.services import assign_worker, close_case
from app.cases.states import EventKind
from app.clients.choices import ConsentPurpose
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Conflict, PortalError
from app.core.unit import unit
from app.extensions import db
from app.reference.models import Kelurahan
from app.referrals.choices import DeclinedBy, Outcome, Refusal, SharedField, Turn
from app.referrals.models import Referral
from app.referrals.services import (
    accept_referral,
    cancel_referral,
    choose_partner,
    complete_referral,
    confirm_referral,
    decline_referral,
    dispute_referral,
    enclose_document,
    escalate_referral,
    refer_on,
    send_referral,
    settle_referral,
    start_referral,
)
from app.referrals.services.proposals import proposals
from tests.support.client import PortalClient
from tests.support.portal import person

AsUser = Callable[[str], PortalClient]
TUESDAY = datetime.fromisoformat("2026-11-24T10:00+08:00")
ONLY_NAME = {"shared_fields": [SharedField.identity]}
REFUSED = {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner}


def told(referral: Referral, kind: EventKind) -> list[CaseEvent]:
    query = select(CaseEvent).where(CaseEvent.source_id == referral.id, CaseEvent.kind == kind)
    return list(db.session.scalars(query.where(CaseEvent.source == "referral").order_by(CaseEvent.id)))


def agreed(make: ModuleType, referral: Referral) -> None:
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)


# --- clock ---


def test_a_breach_is_told_once_and_a_new_clock_may_be_breached_again(make: ModuleType) -> None:
    with clock.at(TUESDAY):
        referral = make.sent()
    with clock.at(TUESDAY + timedelta(days=5)):
        assert referral.is_overdue
        for _n in range(3):
            with unit(by=SYSTEM):
                escalate_referral(referral, by=SYSTEM)
        make.moved(referral, accept_referral, answered_by="Abdul")
        assert not referral.is_overdue
    assert len(told(referral, EventKind.referral_overdue)) == 1
    with clock.at(TUESDAY + timedelta(days=60)):
        make.moved(referral, start_referral)  # nobody had looked: the move itself tells the breach
    first, second = told(referral, EventKind.referral_overdue)
    assert (first.data or {})["step"] == "answer"
    assert (second.data or {})["step"] == "start"
    assert (second.actor_kind.name, second.actor_id) == ("system", None)


def test_looking_at_a_late_referral_changes_nothing(make: ModuleType, as_user: AsUser) -> None:
    with clock.at(TUESDAY):
        referral = make.sent()
    with clock.at(TUESDAY + timedelta(days=30)):
        as_user("rina").get(f"/referrals/{referral.id}/")
        as_user("rina").get("/referrals/list/?queue=overdue")
        as_user("rina").get("/")
    assert told(referral, EventKind.referral_overdue) == []


# --- turn ---


def test_the_turn_goes_to_the_partner_and_back_to_the_peksos_of_the_case(make: ModuleType) -> None:
    referral = make.referral()
    rina, dodi = person("rina"), person("dodi")
    assert (referral.turn, referral.owner_id) == (Turn.office, rina.id)
    agreed(make, referral)
    make.moved(referral, send_referral, **ONLY_NAME)
    assert (referral.turn, referral.owner_id) == (Turn.partner, None)
    with unit(by=person("admin")):
        assign_worker(referral.case, worker=dodi, reason="Cuti", by=person("admin"))
    make.moved(referral, decline_referral, by="sari", **REFUSED)
    assert (referral.turn, referral.owner_id) == (Turn.office, dodi.id)
    make.moved(referral, settle_referral, reason="Keluarga sudah membantu")
    assert (referral.turn, referral.due_at) == (Turn.nobody, None)


def test_the_queue_follows_the_case_to_its_new_peksos(make: ModuleType, as_user: AsUser) -> None:
    referral = make.referral_at("completed")
    mine = "/referrals/list/?queue=mine"
    assert referral.number in as_user("rina").get_page(mine)
    with unit(by=person("admin")):
        assign_worker(referral.case, worker=person("dodi"), reason="Cuti", by=person("admin"))
    assert referral.number not in as_user("rina").get_page(mine)
    assert referral.number in as_user("dodi").get_page(mine)


# --- decline and refer on ---


def test_a_reason_of_the_client_is_not_put_into_the_partners_mouth(make: ModuleType) -> None:
    referral = make.sent()
    with pytest.raises(PortalError) as refusal:
        make.moved(
            referral,
            decline_referral,
            decline_reason=Refusal.client_refused,
            declined_by=DeclinedBy.partner,
        )
    assert refusal.value.field == "declined_by"
    with pytest.raises(PortalError) as refusal:
        make.moved(referral, decline_referral, decline_reason=Refusal.other, declined_by=DeclinedBy.partner)
    assert refusal.value.field == "note"


def test_the_way_on_leads_to_a_partner_that_takes_it_covers_the_place_and_answers_fastest(
    make: ModuleType,
) -> None:
    here, there = db.session.scalars(select(Kelurahan).order_by(Kelurahan.id).limit(2))
    need = make.need("schooling")
    db.session.execute(db.text("DELETE FROM partner_service WHERE need_kind_id = :need"), {"need": need.id})
    db.session.commit()
    case = make.case(client=make.client(kelurahan=here))
    refused = make.offering(need, name="Yang menolak")
    slow, fast = (make.offering(need, name=name, coverage=[here]) for name in ("A lambat", "B cepat"))
    make.offering(need, name="C jauh", coverage=[there])
    make.offering(need, name="D penuh", accepting=False)
    new = make.offering(need, name="E baru")
    for partner, hours in ((slow, 40), (fast, 2)):
        with clock.at(clock.now() - timedelta(days=9)):
            asked = make.sent(partner=partner, need_kind=need)
            with clock.at(clock.now() + timedelta(hours=hours)):
                make.moved(asked, accept_referral, answered_by="Abdul")
    referral = make.sent(case=case, partner=refused, need_kind=need)
    make.moved(referral, decline_referral, **REFUSED, may_refer_again=False)
    found = proposals(case, need.id, 5, by=person("rina"))
    assert [one.partner for one in found] == [fast, slow, new]
    assert [one.hours and round(one.hours) for one in found] == [2, 40, None]
    made = make.moved(referral, refer_on)
    assert (made.partner, made.previous, made.case, made.request) == (fast, referral, case, referral.request)
    assert (referral.turn, referral.due_at) == (Turn.nobody, None)


def test_documents_that_are_at_hand_go_on_with_the_next_referral(make: ModuleType) -> None:
    referral = make.referral(documents="SKTM\nFoto")
    agreed(make, referral)
    for document in list(referral.documents):
        make.moved(document, enclose_document)
    make.moved(referral, send_referral, **ONLY_NAME)
    make.moved(referral, decline_referral, **REFUSED)
    made = make.moved(referral, refer_on, partner=make.offering(documents="SKTM\nKartu BPJS"))
    assert [(one.title, one.state.name) for one in made.documents] == [
        ("SKTM", "on_paper"),
        ("Kartu BPJS", "missing"),
    ]


def test_another_partner_brings_its_own_checklist(make: ModuleType) -> None:
    referral = make.referral(documents="SKTM")
    make.moved(referral, choose_partner, partner=make.offering(documents="Kartu BPJS"))
    assert [one.title for one in referral.documents] == ["Kartu BPJS"]


# --- complete, confirm, dispute ---


def test_a_result_is_dated_between_the_start_and_today(make: ModuleType) -> None:
    with clock.at(TUESDAY):
        referral = make.referral_at("in_service")
        for day in (TUESDAY.date() - timedelta(days=1), TUESDAY.date() + timedelta(days=1)):
            with pytest.raises(PortalError) as refusal:
                make.moved(referral, complete_referral, completed_on=day, result="Selesai")
            assert refusal.value.field == "completed_on"
        make.moved(referral, complete_referral, completed_on=TUESDAY.date(), result="Selesai")


def test_a_client_who_is_not_reached_needs_a_reason_and_the_others_a_word(make: ModuleType) -> None:
    referral = make.referral_at("completed")
    with pytest.raises(PortalError) as refusal:
        make.moved(referral, confirm_referral, outcome=Outcome.unreachable)
    assert refusal.value.field == "reason"
    with pytest.raises(PortalError) as refusal:
        make.moved(referral, confirm_referral, outcome=Outcome.met, confirmed_how="Telepon")
    assert refusal.value.field == "confirmed_by"
    make.moved(referral, confirm_referral, outcome=Outcome.unreachable, reason="Tiga kali ditelepon")
    assert (referral.state.name, referral.turn) == ("closed", Turn.nobody)


def test_a_dispute_gives_it_back_and_the_book_keeps_when_it_was_called_done(make: ModuleType) -> None:
    referral = make.referral_at("completed")
    called_done = referral.completed_at
    make.moved(referral, dispute_referral, reason="Kursi roda rusak")
    assert (referral.completed_at, referral.completed_on, referral.result) == (None, None, None)
    (event,) = told(referral, EventKind.referral_disputed)
    assert called_done is not None
    assert datetime.fromisoformat((event.data or {})["completed_at"]) == called_done
    make.moved(referral, complete_referral, completed_on=clock.today(), result="Diganti")
    make.moved(referral, confirm_referral, outcome=Outcome.met, confirmed_how="Rumah", confirmed_by="Ibu")


# --- the case around it ---


def test_a_case_with_a_live_referral_is_not_closed_and_says_which(make: ModuleType) -> None:
    referral = make.sent()
    why = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    with pytest.raises(Conflict) as refusal:
        make.moved(referral.case, close_case, **why)
    assert f"/referrals/show/{referral.id}" in str(refusal.value.links)
    make.moved(referral, cancel_referral, reason="Pindah")
    make.moved(referral.case, close_case, **why)
    with pytest.raises(Conflict):
        make.referral(case=referral.case)
    assert db.session.scalar(select(func.count(Case.id)).where(Case.status == "closed")) == 1


def test_numbers_of_referrals_have_no_gap_though_a_draft_is_refused(make: ModuleType) -> None:
    case = make.case()
    first = make.referral(case=case)
    with pytest.raises(PortalError):
        make.referral(case=case, partner=make.partner())
    second = make.referral(case=case)
    assert int(second.number[-4:]) - int(first.number[-4:]) == 1
