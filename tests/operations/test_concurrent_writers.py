"""Fifty users save at the same moment: numbers, sums and hash chains stay exact."""

from collections import Counter
from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.models.case import Case
from app.cases.models.entries import CaseNote
from app.cases.models.event import CaseEvent
from app.clients.enums import ConsentPurpose
from app.extensions import db
from app.grants.models.pots import Grant
from app.grants.queries.balance import get_balance
from app.operations import check
from app.operations.checks import CHECKS
from app.reference.models import NeedKind
from app.referrals.models.referral import Referral
from tests.support.client import PortalClient
from tests.support.concurrency import retry_while_busy, run_concurrently

pytestmark = pytest.mark.slow

WRITERS = 50
MILLION = 1_000_000
EXPENDITURE_AMOUNT = 300_000
USERNAMES = ("rina", "dodi", "admin")

Answers = dict[str, int]


@pytest.fixture
def writer_forms(app: Flask, make: ModuleType) -> list[list[tuple[str, str, dict[str, str]]]]:
    """For each writer (kind, URL, form data): a case and a letter of their own, all else shared."""
    shared, decided, pot = make.case(), make.sent_referral(), make.funded_grant(ceiling_initial=10 * MILLION)
    drafts = [str(one.id) for one in create_drafts(make)]
    decisions = (
        ("accept", {"answered_by": "Abdul"}),
        ("decline", {"decline_reason": "capacity_full", "declined_by": "partner"}),
        ("cancel", {"reason": "Salah"}),
    )
    trouble = {"channel": "family", "presenting_problem": "Utang", "urgency": "ordinary", "sex": "female"}
    spending = {
        "grant": str(pot.id),
        "purpose": "operational",
        "amount": str(EXPENDITURE_AMOUNT),
        "description": "Belanja",
    }
    version = str(decided.version)
    return [
        [
            ("case", "/cases/add", {**trouble, "name": f"Klien {number}"}),
            ("letter", f"/referrals/{drafts[number]}/send", {"shared_fields": "identity", "version": "1"}),
            ("note", "/case-notes/add", {"case": str(shared.id), "text": f"Catatan {number}"}),
            (
                "decision",
                f"/referrals/{decided.id}/{decisions[number % 3][0]}",
                {**decisions[number % 3][1], "version": version},
            ),
            ("spending", "/expenditures/add", spending),
        ]
        for number in range(WRITERS)
    ]


def create_drafts(make: ModuleType) -> list[Referral]:
    """Create fifty drafts for one client with consent: five cases, ten needs, one partner."""
    client, partner = make.client(), make.partner()
    make.consent(client=client, purpose=ConsentPurpose.share_with_partner)
    kinds = db.session.scalars(select(NeedKind).order_by(NeedKind.id).limit(10)).all()
    for kind in kinds:
        make.partner_service(kind, partner=partner)
    cases = [make.case(client=client) for _n in range(5)]
    return [make.referral(case=case, partner=partner, need_kind=kind) for case in cases for kind in kinds]


def post_form(client: PortalClient, url: str, fields: dict[str, str]) -> int:
    """Submit a form, again while the database is busy; return the status code."""
    return retry_while_busy(lambda: client.post(url, data=fields).status_code)


def test_fifty_concurrent_writers_cause_no_error_and_sums_are_exact(
    app: Flask,
    make: ModuleType,
    as_user: Callable[[str], PortalClient],
    writer_forms: list[list[tuple[str, str, dict[str, str]]]],
) -> None:
    cases_before = db.session.scalar(select(func.count(Case.id))) or 0
    clients = [(as_user(USERNAMES[number % 2]), as_user("admin")) for number in range(WRITERS)]

    def write(number: int) -> list[tuple[str, int]]:
        peksos, admin = clients[number]
        start = number % len(writer_forms[number])
        forms = writer_forms[number][start:] + writer_forms[number][:start]
        return [
            (what, post_form(admin if what == "spending" else peksos, url, fields))
            for what, url, fields in forms
        ]

    results = run_concurrently(WRITERS, write)
    assert [one for one in results if isinstance(one, Exception)] == []
    counts = Counter(one for statuses in results if isinstance(statuses, list) for one in statuses)
    assert counts == {
        ("case", 302): WRITERS,
        ("letter", 302): WRITERS,
        ("note", 302): WRITERS,
        ("decision", 302): 1,
        ("decision", 409): WRITERS - 1,
        ("spending", 302): 10 * MILLION // EXPENDITURE_AMOUNT,
        ("spending", 200): WRITERS - 10 * MILLION // EXPENDITURE_AMOUNT,
    }
    numbers = sorted(int(number[-4:]) for number in db.session.scalars(select(Case.number)))
    assert numbers == list(range(1, cases_before + WRITERS + 1))
    letters = select(Referral.letter_number).where(Referral.letter_number.is_not(None))
    assert sorted(int(str(number).split("/")[1]) for number in db.session.scalars(letters)) == list(
        range(1, WRITERS + 2)
    )
    notes, events = select(func.count(CaseNote.id)), select(func.count(CaseEvent.id))
    assert db.session.scalar(notes) == WRITERS
    assert db.session.scalar(events.where(CaseEvent.kind == "note_added")) == WRITERS
    assert get_balance(db.session.scalars(select(Grant).order_by(Grant.id.desc())).first()).spent == 9_900_000
    assert {one.name: found for one, found in check.run_checks(CHECKS) if found} == {}
