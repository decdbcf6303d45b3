"""Queues of referrals and the overview: content, number of statements and query plans."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.enums import DeclinedBy, Refusal
from app.referrals.models.referral import Referral
from app.referrals.queries import is_in_queue
from app.referrals.services.answers import decline_referral
from app.referrals.views.referrals import QUEUE_LABELS
from tests.support.client import PortalClient
from tests.support.fixed_clock import NOW
from tests.support.portal import get_user
from tests.support.rows import multiply_rows

AsUser = Callable[[str], PortalClient]
MAX_STATEMENTS = 12


@pytest.mark.parametrize("queue", ["", *QUEUE_LABELS])
def test_list_takes_few_statements_for_any_number_of_referrals(
    app: Flask, make: ModuleType, as_user: AsUser, capture_statements: Callable[..., Any], queue: str
) -> None:
    client, numbers = as_user("rina"), []
    make.referral_in_state("completed")
    make.sent_referral()
    make.referral()
    for copies in (3, 40):
        multiply_rows(copies, "referral")
        with capture_statements() as sent:
            client.get(f"/referrals/list/?queue={queue}")
        numbers.append(len(sent))
    assert numbers[0] == numbers[1] <= MAX_STATEMENTS


def test_each_queue_shows_its_referrals_and_their_number(make: ModuleType, as_user: AsUser) -> None:
    states = ("draft", "sent", "accepted", "in_service", "completed", "closed", "declined", "cancelled")
    made = {state: make.referral_in_state(state) for state in states}
    late = make.sent_referral()
    with transaction(by=get_user("rina")):
        late.due_at = clock.now()
    wanted = {
        "mine": [made["draft"], made["completed"], made["declined"]],
        "overdue": [late],
        "partner": [made["sent"], made["accepted"], made["in_service"], late],
        "confirm": [made["completed"]],
    }
    for name, referrals in wanted.items():
        page = as_user("rina").get_page(f"/referrals/list/?queue={name}")
        shown = {one.number for one in (*made.values(), late) if f"/referrals/show/{one.id}" in page}
        assert shown == {one.number for one in referrals}, name
        assert f'<span class="count">{len(referrals)}</span>' in page
    assert as_user("rina").get("/referrals/list/?queue=nonsense").status_code == 400


def test_overview_offers_only_transitions_permitted_now(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    for who, offered in {"rina": True, "kabid": False}.items():
        page = as_user(who).get(f"/referrals/{referral.id}/")
        assert page.status_code == 200
        assert (f"/referrals/{referral.id}/accept" in page.text) is offered
        assert f"/referrals/{referral.id}/confirm" not in page.text


def test_every_queue_is_read_by_an_index(app: Flask, make: ModuleType) -> None:
    make.sent_referral()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(db.text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    indexes = {
        "mine": "ix_referral_owner_id",
        "overdue": "ix_referral_due_at",
        "partner": "ix_referral_state",
        "confirm": "ix_referral_state",
    }
    for name, index in indexes.items():
        # Without ORDER BY: the rows of a queue are found first and sorted afterwards.
        query = db.select(Referral.id).where(is_in_queue(name, get_user("rina")))
        text = str(query.compile(db.engine, compile_kwargs={"literal_binds": True})).replace(":", r"\:")
        plan = "\n".join(str(row) for row in db.session.execute(db.text(f"{explain} {text}")))
        found = index in plan or "ix_case_file_worker_id" in plan or "ix_referral_due_at" in plan
        assert found, f"{name}: {plan}"
        assert "Seq Scan on referral" not in plan, f"{name}: {plan}"


def test_referral_declined_at_once_is_not_shown_as_accepted(make: ModuleType, as_user: AsUser) -> None:
    with clock.freeze_time(NOW - timedelta(hours=1)):
        at_once, later = make.sent_referral(), make.referral_in_state("accepted")
    for referral in (at_once, later):
        with transaction(by=get_user("rina")):
            decline_referral(
                referral,
                decline_reason=Refusal.capacity_full,
                declined_by=DeclinedBy.partner,
                by=get_user("rina"),
            )
    for referral, done in ((at_once, 2), (later, 3)):
        page = as_user("rina").get_page(f"/referrals/{referral.id}/")
        assert page.count('<li class="done">') == done
