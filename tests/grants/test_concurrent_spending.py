"""Concurrent work on one grant keeps its limits and causes neither deadlocks nor server errors."""

from collections import Counter

from app.aid.services.aid import hand_over_aid
from app.aid.transitions import AidKind
from app.core import clock
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Commitment, Expenditure
from app.grants.models.pots import Grant
from app.grants.queries.balance import get_balance
from app.grants.services.commitments import release_commitment
from app.grants.services.life import disburse_grant
from app.grants.services.spending import approve_expenditure, reverse_expenditure
from tests.grants.support import MILLION
from tests.support.concurrency import run_concurrently
from tests.support.portal import get_user


def test_of_fifty_concurrent_forms_only_those_within_the_ceiling_are_saved(as_user, make) -> None:
    pot = make.funded_grant(ceiling_initial=2 * MILLION)
    clients = [as_user("admin") for _ in range(50)]
    form = {"grant": str(pot.id), "purpose": "operational", "amount": "300.000", "description": "Belanja"}
    pot_id = pot.id

    answers = run_concurrently(50, lambda number: clients[number].post("/expenditures/add", data=form))
    assert Counter(one.status_code for one in answers) == {302: 6, 200: 44}
    assert all("Rp\xa0200.000" in one.text for one in answers if one.status_code == 200)
    assert get_balance(db.session.get_one(Grant, pot_id)).spent == 1_800_000


def test_concurrent_work_on_one_case_and_one_grant_never_deadlocks(make) -> None:
    case = make.case()
    pot = make.funded_grant(Purpose.client_aid, ceiling_initial=100 * MILLION, arrived=100 * MILLION)
    ready = {"grant": pot, "case": case, "purpose": Purpose.client_aid, "amount": MILLION}
    proposed = [make.expenditure(by="rina", **ready).id for _ in range(4)]
    spent = [make.expenditure(**ready).id for _ in range(4)]
    reserved = [make.commitment(**ready).id for _ in range(4)]
    data = {"kind": AidKind.cash, "value": MILLION, "again_reason": "Perlu."}
    aid = [make.aid(by="admin", case=case, grant=pot, **data) for _ in range(4)]
    given, pot_id, aid_model = [one.id for one in aid], pot.id, type(aid[0])

    def act(number: int) -> str:
        admin, which = get_user("admin"), number // 5
        with transaction(by=admin):
            if number % 5 == 0:
                approve_expenditure(db.session.get_one(Expenditure, proposed[which]), by=admin)
            elif number % 5 == 1:
                one = db.session.get_one(Expenditure, spent[which])
                reverse_expenditure(one, reason="Salah.", by=admin)
            elif number % 5 == 2:
                release_commitment(db.session.get_one(Commitment, reserved[which]), reason="Batal.", by=admin)
            elif number % 5 == 3:
                hand_over_aid(db.session.get_one(aid_model, given[which]), received_by="Siti", by=admin)
            else:
                grant = db.session.get_one(Grant, pot_id)
                disburse_grant(grant, amount=MILLION, disbursed_on=clock.today(), by=admin)
        return "done"

    answers = run_concurrently(20, act)
    odd = [one for one in answers if one != "done" and not isinstance(one, Conflict | PortalError)]
    assert odd == []
    sums = get_balance(db.session.get_one(Grant, pot_id))
    assert (sums.spent, sums.committed) == (8 * MILLION, 0)
