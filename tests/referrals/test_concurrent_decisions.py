"""Concurrent decisions about one referral: one is saved, the others raise a conflict."""

from collections import Counter
from types import ModuleType
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.core.actor import SYSTEM
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.partners.models import Partner
from app.reference.models import NeedKind
from app.referrals.enums import DeclinedBy, Refusal, SharedField
from app.referrals.models.referral import Referral
from app.referrals.services.answers import accept_referral, decline_referral
from app.referrals.services.drafts import draft_referral, refer_on
from app.referrals.services.office import cancel_referral, send_referral
from app.referrals.services.rules import escalate_referral
from tests.support.concurrency import run_concurrently
from tests.support.portal import get_user

DECIDER_COUNT = 20
DECISIONS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (accept_referral, {"answered_by": "Abdul"}),
    (decline_referral, {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner}),
    (cancel_referral, {"reason": "Salah"}),
)


def count_events(referral: Referral, *kinds: str) -> int:
    db.session.rollback()
    query = select(func.count(CaseEvent.id)).where(CaseEvent.case_id == referral.case_id)
    return db.session.scalar(query.where(CaseEvent.kind.in_(kinds))) or 0


def test_of_twenty_concurrent_decisions_one_wins_and_the_others_conflict(
    app: Flask, make: ModuleType
) -> None:
    referral = make.sent_referral()
    key = referral.id

    def decide(number: int) -> str:
        service, fields = DECISIONS[number % len(DECISIONS)]
        by = get_user("rina" if number % 2 else "dodi")
        with transaction(by=by):
            return str(service(db.session.get_one(Referral, key), by=by, **fields).state.name)

    answers = run_concurrently(DECIDER_COUNT, decide)
    won = [answer for answer in answers if isinstance(answer, str)]
    # An accepted referral may still be declined or cancelled: then two decisions succeeded, one after the
    # other.
    assert 1 <= len(won) <= 1 + won.count("accepted")
    assert won.count("accepted") <= 1
    lost = [answer for answer in answers if not isinstance(answer, str)]
    assert {type(problem) for problem in lost} == {Conflict}
    assert all("“" in str(problem) for problem in lost)
    made = ("referral_accepted", "referral_declined", "referral_cancelled")
    assert count_events(referral, *made) == len(won)


def test_twenty_concurrent_escalations_record_a_breach_once(app: Flask, make: ModuleType) -> None:
    referral = make.sent_referral()
    key = referral.id
    with transaction(by=SYSTEM):
        referral.due_at = referral.sent_at

    def escalate(_number: int) -> bool:
        with transaction(by=SYSTEM):
            return escalate_referral(db.session.get_one(Referral, key), by=SYSTEM)

    assert Counter(run_concurrently(DECIDER_COUNT, escalate)) == {True: 1, False: DECIDER_COUNT - 1}
    assert count_events(referral, "referral_overdue") == 1


def test_a_refused_referral_is_referred_on_once(app: Flask, make: ModuleType) -> None:
    referral = make.referral_in_state("declined")
    key, partner_id = referral.id, make.partner_offering().id

    def refer_on_once(_number: int) -> str:
        by = get_user("rina")
        with transaction(by=by):
            partner = db.session.get_one(Partner, partner_id)
            return refer_on(db.session.get_one(Referral, key), partner=partner, by=by).number

    answers = run_concurrently(6, refer_on_once)
    assert len([answer for answer in answers if isinstance(answer, str)]) == 1
    assert {type(answer) for answer in answers} == {str, Conflict}


def test_two_drafts_of_the_same_need_to_one_partner_are_not_both_sent(app: Flask, make: ModuleType) -> None:
    first = make.referral()
    second = make.referral(case=first.case, partner=first.partner)
    make.consent(client=first.case.client, purpose=make.ConsentPurpose.share_with_partner)
    keys = (first.id, second.id)

    def send(number: int) -> str:
        by = get_user("rina")
        with transaction(by=by):
            referral = db.session.get_one(Referral, keys[number])
            return str(send_referral(referral, shared_fields=[SharedField.identity], by=by).letter_number)

    answers = run_concurrently(2, send)
    (letter,) = (answer for answer in answers if isinstance(answer, str))
    assert letter
    (refusal,) = (answer for answer in answers if not isinstance(answer, str))
    assert isinstance(refusal, PortalError), repr(refusal)


def test_numbers_of_drafts_have_no_gap_under_twenty_at_once(app: Flask, make: ModuleType) -> None:
    case_id, partner_id, need_id = make.case().id, make.partner_offering().id, make.get_need_kind().id

    def draft(number: int) -> int:
        by = get_user("rina")
        with transaction(by=by):
            data = {
                "case": db.session.get_one(Case, case_id),
                "partner": db.session.get_one(Partner, partner_id),
                "need_kind": db.session.get_one(NeedKind, need_id),
                "request": f"Permintaan {number}",
            }
            return int(draft_referral(data, by=by).number[-4:])

    numbers = run_concurrently(DECIDER_COUNT, draft)
    assert sorted(numbers) == list(range(1, DECIDER_COUNT + 1))  # type: ignore[type-var]
