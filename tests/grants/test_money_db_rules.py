"""Rules on money in the database hold for direct SQL and for concurrent transactions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.errors import PortalError
from app.db import errors
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import GrantForm, Purpose
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Grant
from app.grants.queries.balance import get_balance
from app.grants.services.spending import propose_expenditure
from app.grants.transitions import CommitmentState, ExpenditureState, GrantState
from tests.support.client import end_transaction
from tests.support.concurrency import run_concurrently, start_concurrently
from tests.support.portal import get_user

MILLION = 1_000_000


def _insert_expenditure(grant: Grant, **values: object):
    row = {
        "grant_id": grant.id,
        "amount": MILLION,
        "purpose": Purpose.operational,
        "description": "Belanja",
        "spent_on": clock.today(),
        "posted_on": clock.today(),
        "state": ExpenditureState.approved,
        **values,
    }
    return insert(Expenditure).values(row)


def _insert_commitment(grant: Grant, **values: object):
    row = {
        "grant_id": grant.id,
        "amount": MILLION,
        "purpose": Purpose.operational,
        "description": "Pesanan",
        "committed_on": clock.today(),
        "state": CommitmentState.open,
        **values,
    }
    return insert(Commitment).values(row)


def _insert_disbursement(grant: Grant, **values: object):
    row = {"grant_id": grant.id, "amount": MILLION, "disbursed_on": clock.today(), **values}
    return insert(Disbursement).values(row)


def _expect_violation(statement) -> str:
    end_transaction()
    with pytest.raises(IntegrityError) as refusal, db.engine.begin() as connection:
        connection.execute(statement)
    error = errors.to_portal_error(refusal.value)
    assert type(error) is PortalError, "the constraint has no message of its own"
    diagnosis = getattr(refusal.value.orig, "diag", None)
    return diagnosis.constraint_name if diagnosis else str(refusal.value.orig).rpartition(" ")[2]


@pytest.mark.parametrize("write", [_insert_expenditure, _insert_commitment])
def test_row_beyond_the_ceiling_is_refused(make, write) -> None:
    pot = make.funded_grant(ceiling_initial=MILLION - 1)
    assert _expect_violation(write(pot)).endswith("_ceiling")


@pytest.mark.parametrize("write", [_insert_expenditure, _insert_commitment])
def test_grant_without_ceiling_and_disbursement_takes_no_entry(make, write) -> None:
    assert _expect_violation(write(make.funded_grant())).endswith("_ceiling")


def test_expenditure_beyond_the_disbursements_is_refused(make) -> None:
    pot = make.funded_grant(ceiling_initial=9 * MILLION, arrived=MILLION - 1)
    assert _expect_violation(_insert_expenditure(pot)) == "ck_expenditure_received"


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"purpose": Purpose.client_aid}, "purpose"),
        ({"spent_on": date(2001, 1, 1)}, "fiscal_year"),
        ({"posted_on": date(clock.current_year() + 1, 1, 1)}, "late"),
        ({"posted_on": date(clock.current_year() + 1, 1, 11), "late_reason": "Lupa."}, "late"),
    ],
)
def test_no_row_is_spent_for_another_purpose_or_in_another_year(make, values, rule: str) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=9 * MILLION)
    assert _expect_violation(_insert_expenditure(pot, **values)) == f"ck_expenditure_{rule}"
    proposal = _insert_expenditure(pot, **{**values, "state": ExpenditureState.proposed})
    end_transaction()
    with db.engine.begin() as connection:
        connection.execute(proposal)
    approval = update(Expenditure).values(state=ExpenditureState.approved)
    assert _expect_violation(approval) == f"ck_expenditure_{rule}"


@pytest.mark.parametrize("write", [_insert_expenditure, _insert_commitment, _insert_disbursement])
def test_grant_outside_the_budget_takes_no_entry(make, write) -> None:
    assert _expect_violation(write(make.grant(ceiling_initial=9 * MILLION))).endswith("_state")


@pytest.mark.parametrize("write", [_insert_expenditure, _insert_commitment, _insert_disbursement])
def test_grant_in_goods_takes_no_money(make, write) -> None:
    assert _expect_violation(write(make.funded_grant(form=GrantForm.in_kind))).endswith("_cash")


def test_ceiling_cannot_be_lowered_below_spent_and_reserved(make) -> None:
    pot = make.funded_grant(ceiling_initial=9 * MILLION)
    make.expenditure(grant=pot, amount=3 * MILLION)
    make.commitment(grant=pot, amount=3 * MILLION)
    for change in ({"ceiling_initial": 5 * MILLION}, {"ceiling_revised": MILLION}, {"ceiling_initial": None}):
        assert (
            _expect_violation(update(Grant).where(Grant.id == pot.id).values(change))
            == "ck_grant_fund_ceiling"
        )
    other = update(Grant).where(Grant.id == pot.id).values(fiscal_year=clock.current_year() - 1)
    assert _expect_violation(other) == "ck_grant_fund_spent_in_year"


def test_disbursement_cannot_be_reversed_below_what_is_spent(make) -> None:
    pot = make.funded_grant(ceiling_initial=9 * MILLION, arrived=3 * MILLION)
    make.expenditure(grant=pot, amount=MILLION)
    first = db.session.scalars(select(Disbursement.id)).one()
    back = _insert_disbursement(pot, amount=3 * MILLION, reverses_id=first, reason="Keliru.")
    assert _expect_violation(back) == "ck_disbursement_received"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"purpose": Purpose.activity},
        {"state": ExpenditureState.proposed},
        {"state": ExpenditureState.rejected, "reason": "Keliru."},
        {"spent_on": clock.today() - timedelta(days=1)},
        {"case_id": None},
        {"description": ""},
    ],
)
def test_approved_expenditure_is_final(make, change) -> None:
    make.expenditure(amount=5, case=make.case())
    assert _expect_violation(update(Expenditure).values(change)) == "ck_expenditure_final"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"purpose": Purpose.activity},
        {"committed_on": clock.today() - timedelta(days=1)},
        {"case_id": None},
    ],
)
def test_commitment_is_final(make, change) -> None:
    make.commitment(amount=5, case=make.case())
    assert _expect_violation(update(Commitment).values(change)) == "ck_commitment_final"


def test_no_reversal_is_posted_after_the_lpj_or_its_due_day(make) -> None:
    pot = make.funded_grant(ceiling_initial=9 * MILLION)
    reversal = {"state": ExpenditureState.reversed, "reason": "Keliru.", "late_reason": "Keliru."}
    late = _insert_expenditure(pot, **reversal, posted_on=date(clock.current_year() + 1, 1, 11))
    after_lpj = _insert_expenditure(pot, **reversal)
    hand_in = update(Grant).where(Grant.id == pot.id).values(state=GrantState.accounted)
    assert _expect_violation(late) == "ck_expenditure_late"
    with db.engine.begin() as connection:
        connection.execute(hand_in)
    assert _expect_violation(after_lpj) == "ck_expenditure_corrected"


@pytest.mark.parametrize("model", [Expenditure, Commitment, Disbursement])
def test_no_entry_is_deleted(make, model) -> None:
    make.expenditure(grant=make.funded_grant(ceiling_initial=9 * MILLION, arrived=9 * MILLION))
    make.commitment()
    end_transaction()
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(db.delete(model))


def test_a_commitment_is_spent_once(make) -> None:
    reserved = make.commitment(amount=5)
    pot = reserved.grant
    make.expenditure(grant=pot, amount=5, commitment=reserved)
    assert _expect_violation(_insert_expenditure(pot, commitment_id=reserved.id)) == _unique_name(
        "uq_expenditure_commitment_id"
    )


def _unique_name(name: str) -> str:
    return name if db.engine.dialect.name == "postgresql" else "expenditure.commitment_id"


@pytest.mark.parametrize("arrived", [None, 2 * MILLION])
def test_of_fifty_concurrent_expenditures_only_those_within_the_ceiling_are_saved(make, arrived) -> None:
    pot = make.funded_grant(ceiling_initial=2 * MILLION if arrived is None else 9 * MILLION, arrived=arrived)
    case, pot_id = make.case(), pot.id
    case_id = case.id

    def spend(number: int) -> int:
        admin = get_user("admin")
        with transaction(by=admin):
            data = {
                "grant": db.session.get_one(Grant, pot_id),
                "purpose": Purpose.operational,
                "amount": 300_000,
                "description": f"Belanja {number}",
                "case": db.session.get_one(type(case), case_id) if number % 2 else None,
            }
            return propose_expenditure(data, by=admin).id

    answers = run_concurrently(50, spend)
    won = [one for one in answers if isinstance(one, int)]
    lost = [one for one in answers if not isinstance(one, int)]
    assert len(won) == 6
    assert {type(one) for one in lost} == {PortalError}, lost
    assert all("Rp\xa0200.000" in str(one) for one in lost)
    assert get_balance(db.session.get_one(Grant, pot_id)).spent == 1_800_000


def test_fifty_concurrent_direct_inserts_do_not_overdraw(make) -> None:
    pot = make.funded_grant(ceiling_initial=2 * MILLION)
    statement = partial(_insert_expenditure, pot, amount=300_000)
    made = statement()

    def spend(_number: int) -> bool:
        with db.engine.begin() as connection:
            connection.execute(made)
        return True

    answers = run_concurrently(50, spend)
    assert answers.count(True) == 6
    assert {type(one) for one in answers if one is not True} == {IntegrityError}
    assert db.session.scalar(select(func.sum(Expenditure.amount))) == 1_800_000


@pytest.mark.parametrize("first", ["expenditure", "commitment", "reversed disbursement"])
def test_entry_waits_for_an_unfinished_one_of_its_grant_and_is_refused(make, first: str) -> None:
    pot = make.funded_grant(ceiling_initial=MILLION, arrived=MILLION)
    arrived = db.session.scalars(select(Disbursement.id)).one()
    reversal = {"reverses_id": arrived, "reason": "Keliru.", "late_reason": "Keliru."}
    unfinished = {
        "expenditure": _insert_expenditure(pot),
        "commitment": _insert_commitment(pot),
        "reversed disbursement": _insert_disbursement(pot, **reversal),
    }[first]
    second = _insert_expenditure(pot, description="Lain")
    end_transaction()

    def spend() -> None:
        with db.engine.begin() as connection:
            connection.execute(second)

    with ThreadPoolExecutor(1) as pool:
        with db.engine.begin() as connection:
            connection.execute(unfinished)
            waiting = start_concurrently(pool, spend)
        with pytest.raises(IntegrityError, match=r"ck_expenditure_(ceiling|received)"):
            waiting.result(timeout=60)


def test_concurrent_reservation_and_lowered_ceiling_never_exceed_the_ceiling(make) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    pot_id, reserve = pot.id, _insert_commitment(pot, amount=MILLION)
    lower = update(Grant).where(Grant.id == pot_id).values(ceiling_initial=5 * MILLION)

    def act(number: int) -> bool:
        with db.engine.begin() as connection:
            connection.execute(lower if number == 5 else reserve)
        return True

    run_concurrently(20, act)
    reserved, ceiling = (
        get_balance(db.session.get_one(Grant, pot_id)).committed,
        db.session.get_one(Grant, pot_id).ceiling,
    )
    assert reserved <= (ceiling or 0)
    assert db.session.get_one(Grant, pot_id).state is GrantState.budgeted
