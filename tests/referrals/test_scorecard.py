"""Scorecard of a partner: figures of the last year, and a dash for a figure that is not known."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.extensions import db
from app.reference.enums import Confidentiality
from app.referrals.enums import DeclinedBy, Outcome, Refusal
from app.referrals.models.referral import Referral
from app.referrals.queries import MAX_SCORED_REFERRALS, get_scorecard, list_scorecard_details
from app.referrals.services.answers import accept_referral, complete_referral, decline_referral
from app.referrals.services.office import cancel_referral, confirm_referral
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]


def make_answered_referral(
    make: ModuleType, partner: Any, *steps: tuple[Any, float, dict[str, Any]], **data: Any
) -> Referral:
    """Make a referral sent ten days ago; each step is applied its number of hours after the sending."""
    start = clock.now() - timedelta(days=10)
    with clock.freeze_time(start):
        referral = make.sent_referral(partner=partner, **data)
    for service, hours, fields in steps:
        with clock.freeze_time(start + timedelta(hours=hours)):
            if service is complete_referral:
                fields = {"completed_on": clock.today(), **fields}
            make.apply_transition(referral, service, **fields)
    return referral


def accept_step(hours: float) -> tuple[Any, float, dict[str, Any]]:
    return accept_referral, hours, {"answered_by": "Abdul"}


def decline_step(hours: float, reason: Refusal) -> tuple[Any, float, dict[str, Any]]:
    return decline_referral, hours, {"decline_reason": reason, "declined_by": DeclinedBy.partner}


COMPLETE_STEP = (complete_referral, 40, {"result": "Diserahkan"})
CONFIRM_STEP = (
    confirm_referral,
    50,
    {"outcome": Outcome.met, "confirmed_how": "Telepon", "confirmed_by": "Ibu"},
)


def test_the_figures_are_those_of_the_last_year(make: ModuleType) -> None:
    partner = make.partner_offering()
    make_answered_referral(make, partner, accept_step(2), COMPLETE_STEP, CONFIRM_STEP)
    make_answered_referral(make, partner, accept_step(4), COMPLETE_STEP)
    make_answered_referral(make, partner, accept_step(6))
    make_answered_referral(make, partner, decline_step(30, Refusal.capacity_full))
    make_answered_referral(make, partner, decline_step(10, Refusal.capacity_full))
    make_answered_referral(make, partner, decline_step(3, Refusal.outside_area))
    make_answered_referral(make, partner)
    make_answered_referral(make, partner, (cancel_referral, 1, {"reason": "Salah"}))
    with clock.freeze_time(clock.now() - timedelta(days=400)):
        make.sent_referral(partner=partner)
    make.referral(partner=partner)
    card = get_scorecard(partner, get_user("rina"))
    assert (card.sent_count, card.answered_count, card.is_capped) == (8, 6, False)
    assert card.median_hours == pytest.approx(5)
    assert card.accepted_share == pytest.approx(0.5)
    assert card.completed_share == pytest.approx(2 / 3)
    assert card.confirmed_share == pytest.approx(0.5)
    assert list(card.top_reasons) == [(Refusal.capacity_full, 2), (Refusal.outside_area, 1)]


def test_cancellation_is_no_refusal_and_an_unreached_client_is_no_confirmation(
    make: ModuleType,
) -> None:
    partner = make.partner_offering()
    cancelled = (cancel_referral, 9, {"reason": "Salah"})
    unreached = (confirm_referral, 50, {"outcome": Outcome.unreachable, "reason": "Tiga kali ditelepon"})
    make_answered_referral(make, partner, accept_step(2), cancelled)
    make_answered_referral(make, partner, accept_step(2), COMPLETE_STEP, unreached)
    make_answered_referral(make, partner, accept_step(2), COMPLETE_STEP, CONFIRM_STEP)
    card = get_scorecard(partner, get_user("rina"))
    assert (card.answered_count, card.accepted_share) == (3, 1)
    assert card.confirmed_share == pytest.approx(0.5)


def test_unknown_figures_are_a_dash_and_not_zero(make: ModuleType, as_user: AsUser) -> None:
    partner = make.partner_offering()
    values = [value for _label, value in list_scorecard_details(partner, get_user("rina"))]
    assert values == ["0", "0", "—", "—", "—", "—", "—", "—"]
    page = as_user("kabid").get(f"/partners/show/{partner.id}")
    assert page.status_code == 200


def test_scorecard_counts_visible_referrals_only(make: ModuleType) -> None:
    partner = make.partner_offering()
    case = make.case(confidentiality=Confidentiality.secret, team=[get_user("dodi")])
    make.sent_referral(partner=partner, case=case)
    assert get_scorecard(partner, get_user("dodi")).sent_count == 1
    assert get_scorecard(partner, get_user("sari")).sent_count == 0
    assert get_scorecard(partner, get_user("kabid")).sent_count == 0


def test_scorecard_takes_one_limited_statement_that_uses_an_index(
    app: Flask, make: ModuleType, capture_statements: Any
) -> None:
    partner, rina = make.partner_offering(), get_user("rina")
    make_answered_referral(make, partner, accept_step(2))
    assert partner.id
    assert rina.role_names
    with capture_statements() as sent:
        get_scorecard(partner, rina)
    assert len(sent) == 1
    assert "LIMIT" in str(sent[0]).upper()
    assert MAX_SCORED_REFERRALS <= 1000
    if db.engine.dialect.name == "sqlite":
        statement = (
            "SELECT state FROM referral WHERE partner_id = 1 AND sent_at > 0 ORDER BY sent_at DESC, id DESC"
        )
        plan = db.session.execute(db.text(f"EXPLAIN QUERY PLAN {statement}")).all()
        assert "ix_referral_partner_id_sent_at" in str(plan)
        assert "TEMP B-TREE" not in str(plan)
