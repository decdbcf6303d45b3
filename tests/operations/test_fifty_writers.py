"""Fifty people write at the same moment, everybody all there is: every number, sum and chain is exact."""

from collections import Counter
from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.models import Case, CaseEvent, CaseNote
from app.cli.checks import CHECKS
from app.clients.choices import ConsentPurpose
from app.core.operations import check
from app.extensions import db
from app.grants.models import Grant
from app.grants.services import balance_of
from app.reference.models import NeedKind
from app.referrals.models import Referral
from tests.support.client import PortalClient
from tests.support.together import run_together, until_answered

WRITERS = 50
JUTA = 1_000_000
SPENT = 300_000
LOG_INS = ("rina", "dodi", "admin")

Answers = dict[str, int]


@pytest.fixture
def forms(app: Flask, make: ModuleType) -> list[list[tuple[str, str, dict[str, str]]]]:
    """For each writer (what, address, fields): a case and a letter of his own, the rest for all."""
    shared, decided, pot = make.case(), make.sent(), make.pot(ceiling_initial=10 * JUTA)
    drafts = [str(one.id) for one in drafts_to_be_sent(make)]
    decisions = (
        ("accept", {"answered_by": "Abdul"}),
        ("decline", {"decline_reason": "capacity_full", "declined_by": "partner"}),
        ("cancel", {"reason": "Salah"}),
    )
    trouble = {"channel": "family", "presenting_problem": "Utang", "urgency": "ordinary", "sex": "female"}
    spending = {
        "grant": str(pot.id),
        "purpose": "operational",
        "amount": str(SPENT),
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


def drafts_to_be_sent(make: ModuleType) -> list[Referral]:
    """Fifty referrals of one client who agreed: five cases, ten needs, one partner that helps with each."""
    client, partner = make.client(), make.partner()
    make.consent(client=client, purpose=ConsentPurpose.share_with_partner)
    kinds = db.session.scalars(select(NeedKind).order_by(NeedKind.id).limit(10)).all()
    for kind in kinds:
        make.partner_service(kind, partner=partner)
    cases = [make.case(client=client) for _n in range(5)]
    return [make.referral(case=case, partner=partner, need_kind=kind) for case in cases for kind in kinds]


def save(client: PortalClient, address: str, fields: dict[str, str]) -> int:
    """Press *Save*, and again when the database was busy; gives the status of the answer."""
    return until_answered(lambda: client.post(address, data=fields).status_code)


def test_of_fifty_writers_nobody_meets_a_fault_and_every_book_is_exact(
    app: Flask,
    make: ModuleType,
    as_user: Callable[[str], PortalClient],
    forms: list[list[tuple[str, str, dict[str, str]]]],
) -> None:
    cases_before = db.session.scalar(select(func.count(Case.id))) or 0
    clients = [(as_user(LOG_INS[number % 2]), as_user("admin")) for number in range(WRITERS)]

    def write(number: int) -> list[tuple[str, int]]:
        peksos, admin = clients[number]
        start = number % len(forms[number])
        turned = forms[number][start:] + forms[number][:start]
        return [
            (what, save(admin if what == "spending" else peksos, address, fields))
            for what, address, fields in turned
        ]

    answers = run_together(WRITERS, write)
    assert [one for one in answers if isinstance(one, Exception)] == []
    met = Counter(one for answered in answers if isinstance(answered, list) for one in answered)
    assert met == {
        ("case", 302): WRITERS,
        ("letter", 302): WRITERS,
        ("note", 302): WRITERS,
        ("decision", 302): 1,
        ("decision", 409): WRITERS - 1,
        ("spending", 302): 10 * JUTA // SPENT,
        ("spending", 200): WRITERS - 10 * JUTA // SPENT,
    }
    numbers = sorted(int(number[-4:]) for number in db.session.scalars(select(Case.number)))
    assert numbers == list(range(1, cases_before + WRITERS + 1))
    letters = select(Referral.letter_number).where(Referral.letter_number.is_not(None))
    assert sorted(int(str(number).split("/")[1]) for number in db.session.scalars(letters)) == list(
        range(1, WRITERS + 2)
    )
    notes, told = select(func.count(CaseNote.id)), select(func.count(CaseEvent.id))
    assert db.session.scalar(notes) == WRITERS
    assert db.session.scalar(told.where(CaseEvent.kind == "note_added")) == WRITERS
    assert balance_of(db.session.scalars(select(Grant).order_by(Grant.id.desc())).first()).spent == 9_900_000
    assert {one.name: found for one, found in check.run(CHECKS) if found} == {}
