"""A grant from the budget to the closed year: disbursements, LPJ, and when nothing may change any more."""

from datetime import datetime, timedelta

import pytest

from app.core import clock
from app.core.errors import Conflict
from app.core.records import RecordRef
from app.extensions import db
from app.grants.enums import GrantForm, Purpose
from app.grants.models.money import Disbursement, Expenditure
from app.grants.models.pots import Asset
from app.grants.queries.balance import get_balance, list_grant_balances
from app.grants.services.commitments import release_commitment
from app.grants.services.life import (
    absorb_grant,
    account_grant,
    close_grant,
    disburse_grant,
    lapse_grant,
    reverse_disbursement,
)
from app.grants.services.pots import edit_grant
from app.grants.services.spending import attach_evidence, reverse_expenditure
from app.grants.transitions import GrantState
from tests.grants.support import MILLION, expect_refusal


def test_a_disbursement_is_not_reversed_below_what_is_spent(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, arrived=4 * MILLION)
    call_service(disburse_grant, pot, amount=2 * MILLION, disbursed_on=clock.today())
    first, second = db.session.scalars(db.select(Disbursement).order_by(Disbursement.id)).all()
    make.expenditure(grant=pot, amount=3 * MILLION)
    error = expect_refusal(call_service, reverse_disbursement, first, reason="Keliru.")
    assert "Rp\xa03.000.000" in str(error)
    call_service(reverse_disbursement, second, reason="Keliru.")
    assert get_balance(pot).disbursed == 4 * MILLION
    assert isinstance(expect_refusal(call_service, reverse_disbursement, second, reason="Lagi."), Conflict)


def test_a_disbursement_is_not_reversed_below_what_is_reserved_without_a_ceiling(make, call_service) -> None:
    pot = make.funded_grant(arrived=5 * MILLION)
    make.commitment(grant=pot, amount=4 * MILLION)
    arrived = db.session.scalars(db.select(Disbursement)).one()
    error = expect_refusal(call_service, reverse_disbursement, arrived, reason="Keliru.")
    assert isinstance(error, Conflict)
    assert "Rp\xa01.000.000" in str(error)


def test_a_disbursement_is_reversed_until_the_due_day_of_the_lpj(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, arrived=4 * MILLION)
    arrived, year = db.session.scalars(db.select(Disbursement)).one(), clock.current_year()
    with clock.freeze_time(datetime(year + 1, 1, 11, tzinfo=clock.WITA)):
        error = expect_refusal(call_service, reverse_disbursement, arrived, reason="Keliru.")
        assert isinstance(error, Conflict)
    with clock.freeze_time(datetime(year + 1, 1, 10, 23, 59, tzinfo=clock.WITA)):
        call_service(reverse_disbursement, arrived, reason="Keliru.")
    assert get_balance(pot).disbursed == 0


def test_goods_become_an_asset_and_no_money(make, call_service) -> None:
    pot = make.funded_grant(form=GrantForm.in_kind)
    call_service(disburse_grant, pot, amount=360 * MILLION, disbursed_on=clock.today())
    assert pot.state is GrantState.disbursed
    assert (
        db.session.scalars(db.select(Asset).filter_by(grant_id=pot.id)).one().acquisition_value
        == 360 * MILLION
    )
    assert pot not in [one.grant for one in list_grant_balances()]
    assert expect_refusal(make.expenditure, grant=pot, amount=1).field == "grant"


def test_grant_goes_from_budget_to_closed(make, call_service, upload_receipt) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, arrived=10 * MILLION)
    assert isinstance(expect_refusal(call_service, absorb_grant, pot), Conflict)  # nothing was spent
    reserved = make.commitment(grant=pot, amount=MILLION)
    spent = make.expenditure(grant=pot, amount=2 * MILLION)
    assert expect_refusal(call_service, absorb_grant, pot).links
    call_service(release_commitment, reserved, reason="Batal.")
    call_service(absorb_grant, pot)
    assert isinstance(expect_refusal(make.expenditure, grant=pot, amount=1), Conflict)
    handed_in = {"report_number": "LPJ-1", "accounted_on": clock.today()}
    refusal = expect_refusal(call_service, account_grant, pot, **handed_in)
    assert [link.ref for link in refusal.links] == [RecordRef(Expenditure, spent.id)]
    proof = {"evidence": upload_receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    call_service(attach_evidence, spent, **proof)
    call_service(account_grant, pot, **handed_in)
    assert isinstance(expect_refusal(call_service, attach_evidence, spent, **proof), Conflict)
    call_service(close_grant, pot)
    assert pot.state is GrantState.closed
    assert isinstance(expect_refusal(call_service, edit_grant, pot, {"note": "x"}), Conflict)


def test_lpj_is_not_dated_in_the_future(make, call_service) -> None:
    pot = make.funded_grant(form=GrantForm.in_kind)
    call_service(disburse_grant, pot, amount=MILLION, disbursed_on=clock.today())
    call_service(absorb_grant, pot)
    tomorrow = clock.today() + timedelta(days=1)
    error = expect_refusal(call_service, account_grant, pot, report_number="LPJ-1", accounted_on=tomorrow)
    assert error.field == "accounted_on"
    call_service(account_grant, pot, report_number="LPJ-1", accounted_on=clock.today())


@pytest.mark.parametrize(("by", "room"), [("admin", "commitments"), ("rina", "expenditures")])
def test_a_grant_with_an_open_entry_is_neither_absorbed_nor_lapses(make, call_service, by, room) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    still_open = (make.commitment if room == "commitments" else make.expenditure)(by=by, grant=pot, amount=1)
    error = expect_refusal(call_service, lapse_grant, pot, reason="Tidak terpakai")
    assert [link.ref for link in error.links] == [RecordRef(type(still_open), still_open.id)]
    make.expenditure(grant=pot, amount=MILLION)
    error = expect_refusal(call_service, absorb_grant, pot)
    assert [link.ref for link in error.links] == [RecordRef(type(still_open), still_open.id)]


def test_nothing_is_reversed_after_the_lpj_was_handed_in(make, call_service, upload_receipt) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, arrived=10 * MILLION)
    arrived = db.session.scalars(db.select(Disbursement)).one()
    spent = make.expenditure(grant=pot, amount=MILLION)
    proof = {"evidence": upload_receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    call_service(attach_evidence, spent, **proof)
    call_service(absorb_grant, pot)
    call_service(account_grant, pot, report_number="LPJ-1", accounted_on=clock.today())
    for service, entry in ((reverse_expenditure, spent), (reverse_disbursement, arrived)):
        assert isinstance(expect_refusal(call_service, service, entry, reason="Salah."), Conflict)


def test_a_reversal_opens_an_absorbed_grant_again(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    spent = make.expenditure(grant=pot, amount=MILLION)
    call_service(absorb_grant, pot)
    call_service(reverse_expenditure, spent, reason="Salah.")
    assert pot.state is GrantState.budgeted


def test_grant_with_spending_does_not_lapse(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    make.expenditure(grant=pot, amount=MILLION)
    assert "Rp\xa01.000.000" in str(expect_refusal(call_service, lapse_grant, pot, reason="Tidak terpakai"))


def test_the_terms_of_a_grant_do_not_change_under_what_was_spent(make, call_service) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=10 * MILLION)
    make.expenditure(grant=pot, amount=4 * MILLION)
    for change, field in (
        ({"ceiling_initial": 3 * MILLION}, "ceiling_initial"),
        ({"ceiling_revised": 3 * MILLION}, "ceiling_revised"),
        ({"ceiling_initial": None}, "ceiling_initial"),
        ({"purposes": [Purpose.activity]}, "purposes"),
        ({"fiscal_year": clock.current_year() - 1}, "fiscal_year"),
    ):
        assert expect_refusal(call_service, edit_grant, pot, change).field == field
    call_service(edit_grant, pot, {"ceiling_revised": 4 * MILLION})


def test_the_terms_of_a_grant_do_not_change_under_what_is_reserved(make, call_service) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=10 * MILLION)
    make.commitment(grant=pot, amount=4 * MILLION)
    error = expect_refusal(call_service, edit_grant, pot, {"ceiling_revised": 3 * MILLION})
    assert (error.field, "Rp\xa04.000.000" in str(error)) == ("ceiling_revised", True)
    for change in ({"purposes": [Purpose.activity]}, {"fiscal_year": clock.current_year() - 1}):
        assert expect_refusal(call_service, edit_grant, pot, change).field == next(iter(change))


def test_the_first_disbursement_covers_what_was_spent_before(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    make.expenditure(grant=pot, amount=3 * MILLION)
    arrives = {"disbursed_on": clock.today()}
    error = expect_refusal(call_service, disburse_grant, pot, amount=2 * MILLION, **arrives)
    assert (error.field, "Rp\xa03.000.000" in str(error)) == ("amount", True)
    call_service(disburse_grant, pot, amount=3 * MILLION, **arrives)
