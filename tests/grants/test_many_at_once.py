"""Many people at the same money: the right ones win, nobody waits for ever, nobody sees a fault of ours."""

from collections import Counter

from app.aid.services import hand_over_aid
from app.aid.states import AidKind
from app.core import clock
from app.core.errors import Conflict, PortalError
from app.core.unit import unit
from app.extensions import db
from app.grants import services
from app.grants.choices import Purpose
from app.grants.models import Commitment, Expenditure, Grant
from app.grants.services import balance_of
from tests.grants.support import JUTA
from tests.support.portal import person
from tests.support.together import run_together


def test_of_fifty_forms_just_the_right_ones_are_saved_and_the_others_told(as_user, make) -> None:
    pot = make.pot(ceiling_initial=2 * JUTA)
    clients = [as_user("admin") for _ in range(50)]
    form = {"grant": str(pot.id), "purpose": "operational", "amount": "300.000", "description": "Belanja"}
    pot_id = pot.id

    answers = run_together(50, lambda number: clients[number].post("/expenditures/add", data=form))
    assert Counter(one.status_code for one in answers) == {302: 6, 200: 44}
    assert all("Rp\xa0200.000" in one.text for one in answers if one.status_code == 200)
    assert balance_of(db.session.get_one(Grant, pot_id)).spent == 1_800_000


def test_whoever_works_on_one_case_and_one_pot_at_once_never_locks_the_others_out(make) -> None:
    case = make.case()
    pot = make.pot(Purpose.client_aid, ceiling_initial=100 * JUTA, arrived=100 * JUTA)
    ready = {"grant": pot, "case": case, "purpose": Purpose.client_aid, "amount": JUTA}
    asked = [make.expenditure(by="rina", **ready).id for _ in range(4)]
    spent = [make.expenditure(**ready).id for _ in range(4)]
    held = [make.commitment(**ready).id for _ in range(4)]
    data = {"kind": AidKind.cash, "value": JUTA, "again_reason": "Perlu."}
    aid = [make.aid(by="admin", case=case, grant=pot, **data) for _ in range(4)]
    given, pot_id, aid_model = [one.id for one in aid], pot.id, type(aid[0])

    def act(number: int) -> str:
        admin, which = person("admin"), number // 5
        with unit(by=admin):
            if number % 5 == 0:
                services.approve_expenditure(db.session.get_one(Expenditure, asked[which]), by=admin)
            elif number % 5 == 1:
                one = db.session.get_one(Expenditure, spent[which])
                services.reverse_expenditure(one, reason="Salah.", by=admin)
            elif number % 5 == 2:
                services.release_commitment(
                    db.session.get_one(Commitment, held[which]), reason="Batal.", by=admin
                )
            elif number % 5 == 3:
                hand_over_aid(db.session.get_one(aid_model, given[which]), received_by="Siti", by=admin)
            else:
                grant = db.session.get_one(Grant, pot_id)
                services.disburse_grant(grant, amount=JUTA, disbursed_on=clock.today(), by=admin)
        return "done"

    answers = run_together(20, act)
    odd = [one for one in answers if one != "done" and not isinstance(one, Conflict | PortalError)]
    assert odd == []
    sums = balance_of(db.session.get_one(Grant, pot_id))
    assert (sums.spent, sums.committed) == (8 * JUTA, 0)
