"""Whoever writes past the verbs, or at the same moment as others, meets the database."""

from datetime import date
from functools import partial

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core import clock, refusals
from app.core.errors import PortalError
from app.core.unit import unit
from app.extensions import db
from app.grants.choices import GrantForm, Purpose
from app.grants.models import Commitment, Disbursement, Expenditure, Grant
from app.grants.services import balance_of, propose_expenditure
from app.grants.states import CommitmentState, ExpenditureState, GrantState
from tests.support.client import end_transaction
from tests.support.portal import person
from tests.support.together import run_together

JUTA = 1_000_000


def _spent(grant: Grant, **values: object):
    row = {
        "grant_id": grant.id,
        "amount": JUTA,
        "purpose": Purpose.operational,
        "description": "Belanja",
        "spent_on": clock.today(),
        "posted_on": clock.today(),
        "state": ExpenditureState.approved,
        **values,
    }
    return insert(Expenditure).values(row)


def _reserved(grant: Grant, **values: object):
    row = {
        "grant_id": grant.id,
        "amount": JUTA,
        "purpose": Purpose.operational,
        "description": "Pesanan",
        "committed_on": clock.today(),
        "state": CommitmentState.open,
        **values,
    }
    return insert(Commitment).values(row)


def _arrived(grant: Grant, **values: object):
    row = {"grant_id": grant.id, "amount": JUTA, "disbursed_on": clock.today(), **values}
    return insert(Disbursement).values(row)


def _refused(statement) -> str:
    end_transaction()
    with pytest.raises(IntegrityError) as refusal, db.engine.begin() as connection:
        connection.execute(statement)
    told = refusals.of(refusal.value)
    assert type(told) is PortalError, "the constraint has no sentence"
    diagnosis = getattr(refusal.value.orig, "diag", None)
    return diagnosis.constraint_name if diagnosis else str(refusal.value.orig).rpartition(" ")[2]


@pytest.mark.parametrize("write", [_spent, _reserved])
def test_no_row_goes_beyond_the_ceiling(make, write) -> None:
    pot = make.pot(ceiling_initial=JUTA - 1)
    assert _refused(write(pot)).endswith("_ceiling")


@pytest.mark.parametrize("write", [_spent, _reserved])
def test_without_ceiling_and_disbursement_nothing_is_taken(make, write) -> None:
    assert _refused(write(make.pot())).endswith("_ceiling")


def test_nothing_is_spent_that_has_not_arrived(make) -> None:
    pot = make.pot(ceiling_initial=9 * JUTA, arrived=JUTA - 1)
    assert _refused(_spent(pot)) == "ck_expenditure_received"


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"purpose": Purpose.client_aid}, "purpose"),
        ({"spent_on": date(2001, 1, 1)}, "fiscal_year"),
        ({"posted_on": date(clock.year() + 1, 1, 1)}, "late"),
        ({"posted_on": date(clock.year() + 1, 1, 11), "late_reason": "Lupa."}, "late"),
    ],
)
def test_no_row_is_spent_for_another_purpose_or_in_another_year(make, values, rule: str) -> None:
    pot = make.pot(Purpose.operational, ceiling_initial=9 * JUTA)
    assert _refused(_spent(pot, **values)) == f"ck_expenditure_{rule}"
    proposal = _spent(pot, **{**values, "state": ExpenditureState.proposed})
    end_transaction()
    with db.engine.begin() as connection:
        connection.execute(proposal)
    approval = update(Expenditure).values(state=ExpenditureState.approved)
    assert _refused(approval) == f"ck_expenditure_{rule}"


@pytest.mark.parametrize("write", [_spent, _reserved, _arrived])
def test_nothing_moves_in_a_grant_that_is_not_in_the_budget(make, write) -> None:
    assert _refused(write(make.grant(ceiling_initial=9 * JUTA))).endswith("_state")


@pytest.mark.parametrize("write", [_spent, _reserved, _arrived])
def test_goods_hold_no_money(make, write) -> None:
    assert _refused(write(make.pot(form=GrantForm.in_kind))).endswith("_cash")


def test_a_ceiling_does_not_sink_below_what_is_spent_and_reserved(make) -> None:
    pot = make.pot(ceiling_initial=9 * JUTA)
    make.expenditure(grant=pot, amount=3 * JUTA)
    make.commitment(grant=pot, amount=3 * JUTA)
    for change in ({"ceiling_initial": 5 * JUTA}, {"ceiling_revised": JUTA}, {"ceiling_initial": None}):
        assert _refused(update(Grant).where(Grant.id == pot.id).values(change)) == "ck_grant_fund_ceiling"
    other = update(Grant).where(Grant.id == pot.id).values(fiscal_year=clock.year() - 1)
    assert _refused(other) == "ck_grant_fund_spent_in_year"


def test_a_disbursement_is_not_taken_back_below_what_is_spent(make) -> None:
    pot = make.pot(ceiling_initial=9 * JUTA, arrived=3 * JUTA)
    make.expenditure(grant=pot, amount=JUTA)
    first = db.session.scalars(select(Disbursement.id)).one()
    back = _arrived(pot, amount=3 * JUTA, reverses_id=first, reason="Keliru.")
    assert _refused(back) == "ck_disbursement_received"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"purpose": Purpose.activity},
        {"state": ExpenditureState.proposed},
        {"description": ""},
    ],
)
def test_what_was_spent_is_final(make, change) -> None:
    make.expenditure(amount=5)
    assert _refused(update(Expenditure).values(change)) == "ck_expenditure_final"


@pytest.mark.parametrize("model", [Expenditure, Commitment, Disbursement])
def test_no_entry_is_deleted(make, model) -> None:
    make.expenditure(grant=make.pot(ceiling_initial=9 * JUTA, arrived=9 * JUTA))
    make.commitment()
    end_transaction()
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(db.delete(model))


def test_a_commitment_is_spent_once(make) -> None:
    held = make.commitment(amount=5)
    pot = held.grant
    make.expenditure(grant=pot, amount=5, commitment=held)
    assert _refused(_spent(pot, commitment_id=held.id)) == _unique("uq_expenditure_commitment_id")


def _unique(name: str) -> str:
    return name if db.engine.dialect.name == "postgresql" else "expenditure.commitment_id"


@pytest.mark.parametrize("arrived", [None, 2 * JUTA])
def test_of_fifty_who_spend_the_last_two_million_at_once_just_the_right_ones_win(make, arrived) -> None:
    pot = make.pot(ceiling_initial=2 * JUTA if arrived is None else 9 * JUTA, arrived=arrived)
    case, pot_id = make.case(), pot.id
    case_id = case.id

    def spend(number: int) -> int:
        admin = person("admin")
        with unit(by=admin):
            data = {
                "grant": db.session.get_one(Grant, pot_id),
                "purpose": Purpose.operational,
                "amount": 300_000,
                "description": f"Belanja {number}",
                "case": db.session.get_one(type(case), case_id) if number % 2 else None,
            }
            return propose_expenditure(data, by=admin).id

    answers = run_together(50, spend)
    won = [one for one in answers if isinstance(one, int)]
    lost = [one for one in answers if not isinstance(one, int)]
    assert len(won) == 6
    assert {type(one) for one in lost} == {PortalError}, lost
    assert all("Rp\xa0200.000" in str(one) for one in lost)
    assert balance_of(db.session.get_one(Grant, pot_id)).spent == 1_800_000


def test_fifty_who_write_past_the_verbs_do_not_overdraw_either(make) -> None:
    pot = make.pot(ceiling_initial=2 * JUTA)
    statement = partial(_spent, pot, amount=300_000)
    made = statement()

    def spend(_number: int) -> bool:
        with db.engine.begin() as connection:
            connection.execute(made)
        return True

    answers = run_together(50, spend)
    assert answers.count(True) == 6
    assert {type(one) for one in answers if one is not True} == {IntegrityError}
    assert db.session.scalar(select(func.sum(Expenditure.amount))) == 1_800_000


def test_reserving_and_lowering_the_ceiling_at_once_never_cross(make) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    pot_id, reserve = pot.id, _reserved(pot, amount=JUTA)
    lower = update(Grant).where(Grant.id == pot_id).values(ceiling_initial=5 * JUTA)

    def act(number: int) -> bool:
        with db.engine.begin() as connection:
            connection.execute(lower if number == 5 else reserve)
        return True

    run_together(20, act)
    held, ceiling = (
        balance_of(db.session.get_one(Grant, pot_id)).committed,
        db.session.get_one(Grant, pot_id).ceiling,
    )
    assert held <= (ceiling or 0)
    assert db.session.get_one(Grant, pot_id).state is GrantState.budgeted
