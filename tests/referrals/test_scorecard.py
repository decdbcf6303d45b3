"""How a partner answers, on its page: figures that are known, a dash where they are not."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.extensions import db
from app.reference.choices import Confidentiality
from app.referrals.choices import DeclinedBy, Outcome, Refusal
from app.referrals.models import Referral
from app.referrals.scorecard import MOST, scorecard, scorecard_facts
from app.referrals.services import (
    accept_referral,
    cancel_referral,
    complete_referral,
    confirm_referral,
    decline_referral,
)
from tests.support.client import PortalClient
from tests.support.portal import person

AsUser = Callable[[str], PortalClient]


def asked(make: ModuleType, partner: Any, *steps: tuple[Any, float, dict[str, Any]], **data: Any) -> Referral:
    """A referral sent ten days ago, and what was done how many hours later."""
    start = clock.now() - timedelta(days=10)
    with clock.at(start):
        referral = make.sent(partner=partner, **data)
    for verb, hours, said in steps:
        with clock.at(start + timedelta(hours=hours)):
            if verb is complete_referral:
                said = {"completed_on": clock.today(), **said}
            make.moved(referral, verb, **said)
    return referral


def accepted(hours: float) -> tuple[Any, float, dict[str, Any]]:
    return accept_referral, hours, {"answered_by": "Abdul"}


def declined(hours: float, reason: Refusal) -> tuple[Any, float, dict[str, Any]]:
    return decline_referral, hours, {"decline_reason": reason, "declined_by": DeclinedBy.partner}


DONE = (complete_referral, 40, {"result": "Diserahkan"})
CONFIRMED = (
    confirm_referral,
    50,
    {"outcome": Outcome.met, "confirmed_how": "Telepon", "confirmed_by": "Ibu"},
)


def test_the_figures_are_those_of_the_last_year(make: ModuleType) -> None:
    partner = make.offering()
    asked(make, partner, accepted(2), DONE, CONFIRMED)
    asked(make, partner, accepted(4), DONE)
    asked(make, partner, accepted(6))
    asked(make, partner, declined(30, Refusal.capacity_full))
    asked(make, partner, declined(10, Refusal.capacity_full))
    asked(make, partner, declined(3, Refusal.outside_area))
    asked(make, partner)
    asked(make, partner, (cancel_referral, 1, {"reason": "Salah"}))
    with clock.at(clock.now() - timedelta(days=400)):
        make.sent(partner=partner)
    make.referral(partner=partner)
    card = scorecard(partner, person("rina"))
    assert (card.sent, card.answered, card.capped) == (8, 6, False)
    assert card.hours == pytest.approx(5)
    assert card.accepted == pytest.approx(0.5)
    assert card.completed == pytest.approx(2 / 3)
    assert card.confirmed == pytest.approx(0.5)
    assert list(card.reasons) == [(Refusal.capacity_full, 2), (Refusal.outside_area, 1)]


def test_what_is_not_known_is_a_dash_and_no_zero(make: ModuleType, as_user: AsUser) -> None:
    partner = make.offering()
    facts = [value for _label, value in scorecard_facts(partner, person("rina"))]
    assert facts == ["0", "0", "—", "—", "—", "—", "—", "—"]
    page = as_user("kabid").get(f"/partners/show/{partner.id}")
    assert page.status_code == 200


def test_nobody_counts_what_he_may_not_see(make: ModuleType) -> None:
    partner = make.offering()
    case = make.case(confidentiality=Confidentiality.secret, team=[person("dodi")])
    make.sent(partner=partner, case=case)
    assert scorecard(partner, person("dodi")).sent == 1
    assert scorecard(partner, person("sari")).sent == 0
    assert scorecard(partner, person("kabid")).sent == 0


def test_one_statement_that_its_index_serves_and_that_stops_counting(
    app: Flask, make: ModuleType, statements: Any
) -> None:
    partner, rina = make.offering(), person("rina")
    asked(make, partner, accepted(2))
    assert partner.id
    assert rina.role_names
    with statements() as sent:
        scorecard(partner, rina)
    assert len(sent) == 1
    assert "LIMIT" in str(sent[0]).upper()
    assert MOST <= 1000
    if db.engine.dialect.name == "sqlite":
        asks = (
            "SELECT state FROM referral WHERE partner_id = 1 AND sent_at > 0 ORDER BY sent_at DESC, id DESC"
        )
        plan = db.session.execute(db.text(f"EXPLAIN QUERY PLAN {asks}")).all()
        assert "ix_referral_partner_id_sent_at" in str(plan)
        assert "TEMP B-TREE" not in str(plan)
