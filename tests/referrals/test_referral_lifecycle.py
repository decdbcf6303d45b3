"""A sent referral: deadlines, turn, declining, referring on, completion and confirmation."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType

import pytest
from sqlalchemy import func, select

from app.cases.enums import ClosingReason
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.caseload import assign_worker
from app.cases.services.closing import close_case
from app.clients.enums import ConsentPurpose
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Conflict, PortalError
from app.core.records import RecordRef
from app.db.transaction import transaction
from app.extensions import db
from app.reference.models import Kelurahan
from app.referrals.enums import DeclinedBy, Outcome, Refusal, SharedField, Turn
from app.referrals.models.referral import Referral
from app.referrals.services.answers import (
    accept_referral,
    complete_referral,
    decline_referral,
    start_referral,
)
from app.referrals.services.drafts import choose_partner, enclose_document, refer_on
from app.referrals.services.office import (
    cancel_referral,
    confirm_referral,
    dispute_referral,
    send_referral,
    settle_referral,
)
from app.referrals.services.proposals import list_proposals
from app.referrals.services.rules import escalate_referral
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
TUESDAY_MORNING = datetime.fromisoformat("2026-11-24T10:00+08:00")
IDENTITY_ONLY = {"shared_fields": [SharedField.identity]}
DECLINE_FIELDS = {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner}


def list_events(referral: Referral, kind: str) -> list[CaseEvent]:
    query = select(CaseEvent).where(CaseEvent.source_id == referral.id, CaseEvent.kind == kind)
    return list(db.session.scalars(query.where(CaseEvent.source == "referral").order_by(CaseEvent.id)))


def record_sharing_consent(make: ModuleType, referral: Referral) -> None:
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)


# --- clock ---


def test_breach_is_recorded_once_per_deadline(make: ModuleType) -> None:
    with clock.freeze_time(TUESDAY_MORNING):
        referral = make.sent_referral()
    with clock.freeze_time(TUESDAY_MORNING + timedelta(days=5)):
        assert referral.is_overdue
        for _n in range(3):
            with transaction(by=SYSTEM):
                escalate_referral(referral, by=SYSTEM)
        make.apply_transition(referral, accept_referral, answered_by="Abdul")
        assert not referral.is_overdue
    assert len(list_events(referral, "referral_overdue")) == 1
    with clock.freeze_time(TUESDAY_MORNING + timedelta(days=60)):
        # no escalation ran, so the transition records the breach
        make.apply_transition(referral, start_referral)
    first, second = list_events(referral, "referral_overdue")
    assert (first.data or {})["step"] == "answer"
    assert (second.data or {})["step"] == "start"
    assert (second.actor_kind.name, second.actor_id) == ("system", None)


def test_viewing_a_late_referral_changes_nothing(make: ModuleType, as_user: AsUser) -> None:
    with clock.freeze_time(TUESDAY_MORNING):
        referral = make.sent_referral()
    with clock.freeze_time(TUESDAY_MORNING + timedelta(days=30)):
        as_user("rina").get(f"/referrals/{referral.id}/")
        as_user("rina").get("/referrals/list/?queue=overdue")
        as_user("rina").get("/")
    assert list_events(referral, "referral_overdue") == []


# --- turn ---


def test_turn_goes_to_the_partner_and_back_to_the_peksos_of_the_case(make: ModuleType) -> None:
    referral = make.referral()
    rina, dodi = get_user("rina"), get_user("dodi")
    assert (referral.turn, referral.owner_id) == (Turn.office, rina.id)
    record_sharing_consent(make, referral)
    make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    assert (referral.turn, referral.owner_id) == (Turn.partner, None)
    with transaction(by=get_user("admin")):
        assign_worker(referral.case, worker=dodi, reason="Cuti", by=get_user("admin"))
    make.apply_transition(referral, decline_referral, by="sari", **DECLINE_FIELDS)
    assert (referral.turn, referral.owner_id) == (Turn.office, dodi.id)
    make.apply_transition(referral, settle_referral, reason="Keluarga sudah membantu")
    assert (referral.turn, referral.due_at) == (Turn.nobody, None)


def test_the_queue_follows_the_case_to_its_new_peksos(make: ModuleType, as_user: AsUser) -> None:
    referral = make.referral_in_state("completed")
    mine = "/referrals/list/?queue=mine"
    assert referral.number in as_user("rina").get_page(mine)
    with transaction(by=get_user("admin")):
        assign_worker(referral.case, worker=get_user("dodi"), reason="Cuti", by=get_user("admin"))
    assert referral.number not in as_user("rina").get_page(mine)
    assert referral.number in as_user("dodi").get_page(mine)


# --- decline and refer on ---


def test_partner_does_not_decline_for_a_reason_of_the_client(make: ModuleType) -> None:
    referral = make.sent_referral()
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(
            referral,
            decline_referral,
            decline_reason=Refusal.client_refused,
            declined_by=DeclinedBy.partner,
        )
    assert refusal.value.field == "declined_by"
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(
            referral, decline_referral, decline_reason=Refusal.other, declined_by=DeclinedBy.partner
        )
    assert refusal.value.field == "note"


@pytest.mark.parametrize(
    ("reason", "again"), [(Refusal.capacity_full, True), (Refusal.not_our_service, False)]
)
def test_the_reason_decides_whether_the_partner_is_proposed_again(
    make: ModuleType, reason: Refusal, again: bool
) -> None:
    referral = make.sent_referral()
    make.apply_transition(referral, decline_referral, decline_reason=reason, declined_by=DeclinedBy.partner)
    assert referral.may_refer_again is again
    found = list_proposals(referral.case, referral.need_kind_id, 99, by=get_user("rina"))
    assert (referral.partner in [one.partner for one in found]) is again


def test_a_decline_after_the_acceptance_keeps_the_time_of_the_first_answer(make: ModuleType) -> None:
    with clock.freeze_time(TUESDAY_MORNING):
        referral = make.referral_in_state("accepted")
    with clock.freeze_time(TUESDAY_MORNING + timedelta(hours=5)):
        make.apply_transition(referral, decline_referral, **DECLINE_FIELDS)
    assert referral.responded_at == TUESDAY_MORNING
    assert referral.declined_at == TUESDAY_MORNING + timedelta(hours=5)


def test_referred_on_or_settled_referral_cannot_be_settled(make: ModuleType) -> None:
    passed_on, settled = (make.referral_in_state("declined") for _n in range(2))
    make.apply_transition(passed_on, refer_on, partner=make.partner_offering())
    make.apply_transition(settled, settle_referral, reason="Keluarga sudah membantu")
    for referral in (passed_on, settled):
        with pytest.raises(Conflict):
            make.apply_transition(referral, settle_referral, reason="Sekali lagi")
        assert len(list_events(referral, "referral_settled")) == (referral is settled)


def test_refer_on_proposes_partners_that_accept_cover_the_place_and_answer_fastest(
    make: ModuleType,
) -> None:
    here, there = db.session.scalars(select(Kelurahan).order_by(Kelurahan.id).limit(2))
    need = make.get_need_kind("schooling")
    db.session.execute(db.text("DELETE FROM partner_service WHERE need_kind_id = :need"), {"need": need.id})
    db.session.commit()
    case = make.case(client=make.client(kelurahan=here))
    refused = make.partner_offering(need, name="Yang menolak")
    slow, fast = (make.partner_offering(need, name=name, coverage=[here]) for name in ("A lambat", "B cepat"))
    make.partner_offering(need, name="C jauh", coverage=[there])
    make.partner_offering(need, name="D penuh", accepting=False)
    new = make.partner_offering(need, name="E baru")
    for partner, hours in ((slow, 40), (fast, 2)):
        with clock.freeze_time(clock.now() - timedelta(days=9)):
            earlier_referral = make.sent_referral(partner=partner, need_kind=need)
            with clock.freeze_time(clock.now() + timedelta(hours=hours)):
                make.apply_transition(earlier_referral, accept_referral, answered_by="Abdul")
    referral = make.sent_referral(case=case, partner=refused, need_kind=need)
    make.apply_transition(referral, decline_referral, **DECLINE_FIELDS, may_refer_again=False)
    found = list_proposals(case, need.id, 5, by=get_user("rina"))
    assert [one.partner for one in found] == [fast, slow, new]
    assert [one.hours and round(one.hours) for one in found] == [2, 40, None]
    made = make.apply_transition(referral, refer_on)
    assert (made.partner, made.previous, made.case, made.request) == (fast, referral, case, referral.request)
    assert (referral.turn, referral.due_at) == (Turn.nobody, None)


def test_attached_documents_are_copied_to_the_next_referral(make: ModuleType) -> None:
    referral = make.referral(documents="SKTM\nFoto")
    record_sharing_consent(make, referral)
    for document in list(referral.documents):
        make.apply_transition(document, enclose_document)
    make.apply_transition(referral, send_referral, **IDENTITY_ONLY)
    make.apply_transition(referral, decline_referral, **DECLINE_FIELDS)
    made = make.apply_transition(
        referral, refer_on, partner=make.partner_offering(documents="SKTM\nKartu BPJS")
    )
    assert [(one.title, one.state.name) for one in made.documents] == [
        ("SKTM", "on_paper"),
        ("Kartu BPJS", "missing"),
    ]


def test_another_partner_brings_its_own_checklist(make: ModuleType) -> None:
    referral = make.referral(documents="SKTM")
    make.apply_transition(referral, choose_partner, partner=make.partner_offering(documents="Kartu BPJS"))
    assert [one.title for one in referral.documents] == ["Kartu BPJS"]


# --- complete, confirm, dispute ---


def test_a_result_is_dated_between_the_start_and_today(make: ModuleType) -> None:
    with clock.freeze_time(TUESDAY_MORNING):
        referral = make.referral_in_state("in_service")
        for day in (TUESDAY_MORNING.date() - timedelta(days=1), TUESDAY_MORNING.date() + timedelta(days=1)):
            with pytest.raises(PortalError) as refusal:
                make.apply_transition(referral, complete_referral, completed_on=day, result="Selesai")
            assert refusal.value.field == "completed_on"
        make.apply_transition(
            referral, complete_referral, completed_on=TUESDAY_MORNING.date(), result="Selesai"
        )


def test_a_result_is_not_dated_between_the_sending_and_the_start(make: ModuleType) -> None:
    with clock.freeze_time(TUESDAY_MORNING):
        referral = make.referral_in_state("accepted")
    started_at = TUESDAY_MORNING + timedelta(days=2)
    with clock.freeze_time(started_at):
        make.apply_transition(referral, start_referral)
        day_before = started_at.date() - timedelta(days=1)
        with pytest.raises(PortalError) as refusal:
            make.apply_transition(referral, complete_referral, completed_on=day_before, result="Selesai")
        assert refusal.value.field == "completed_on"
        make.apply_transition(referral, complete_referral, completed_on=started_at.date(), result="Selesai")


def test_unreached_client_needs_a_reason_and_other_outcomes_need_a_confirmation(make: ModuleType) -> None:
    referral = make.referral_in_state("completed")
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(referral, confirm_referral, outcome=Outcome.unreachable)
    assert refusal.value.field == "reason"
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(referral, confirm_referral, outcome=Outcome.met, confirmed_how="Telepon")
    assert refusal.value.field == "confirmed_by"
    make.apply_transition(
        referral, confirm_referral, outcome=Outcome.unreachable, reason="Tiga kali ditelepon"
    )
    assert (referral.state.name, referral.turn) == ("closed", Turn.nobody)


def test_dispute_returns_the_referral_and_keeps_the_former_completion_date(make: ModuleType) -> None:
    referral = make.referral_in_state("completed")
    called_done = referral.completed_at
    make.apply_transition(referral, dispute_referral, reason="Kursi roda rusak")
    assert (referral.completed_at, referral.completed_on, referral.result) == (None, None, None)
    (event,) = list_events(referral, "referral_disputed")
    assert called_done is not None
    assert datetime.fromisoformat((event.data or {})["completed_at"]) == called_done
    make.apply_transition(referral, complete_referral, completed_on=clock.today(), result="Diganti")
    make.apply_transition(
        referral, confirm_referral, outcome=Outcome.met, confirmed_how="Rumah", confirmed_by="Ibu"
    )


# --- the case around it ---


def test_a_case_with_a_live_referral_is_not_closed_and_says_which(make: ModuleType) -> None:
    referral = make.sent_referral()
    why = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    with pytest.raises(Conflict) as refusal:
        make.apply_transition(referral.case, close_case, **why)
    assert [link.ref for link in refusal.value.links] == [RecordRef(Referral, referral.id)]
    make.apply_transition(referral, cancel_referral, reason="Pindah")
    make.apply_transition(referral.case, close_case, **why)
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
