"""From the budget to the closed book: what arrives, when nothing more may change."""

from app.core import clock
from app.core.errors import Conflict
from app.extensions import db
from app.grants import services
from app.grants.choices import GrantForm, Purpose
from app.grants.models import Asset, Disbursement
from app.grants.services import balance_of
from app.grants.states import GrantState
from tests.grants.support import JUTA, refused


def test_a_disbursement_is_not_reversed_below_what_is_spent(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA, arrived=4 * JUTA)
    do(services.disburse_grant, pot, amount=2 * JUTA, disbursed_on=clock.today())
    first, second = db.session.scalars(db.select(Disbursement).order_by(Disbursement.id)).all()
    make.expenditure(grant=pot, amount=3 * JUTA)
    told = refused(do, services.reverse_disbursement, first, reason="Keliru.")
    assert "Rp\xa03.000.000" in str(told)
    do(services.reverse_disbursement, second, reason="Keliru.")
    assert balance_of(pot).disbursed == 4 * JUTA
    assert isinstance(refused(do, services.reverse_disbursement, second, reason="Lagi."), Conflict)


def test_goods_become_an_asset_and_no_money(make, do) -> None:
    pot = make.pot(form=GrantForm.in_kind)
    do(services.disburse_grant, pot, amount=360 * JUTA, disbursed_on=clock.today())
    assert pot.state is GrantState.disbursed
    assert (
        db.session.scalars(db.select(Asset).filter_by(grant_id=pot.id)).one().acquisition_value == 360 * JUTA
    )
    assert pot not in [one.grant for one in services.money_pots()]
    assert refused(make.expenditure, grant=pot, amount=1).field == "grant"


def test_a_grant_goes_from_the_budget_to_the_closed_book(make, do, receipt) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA, arrived=10 * JUTA)
    assert isinstance(refused(do, services.absorb_grant, pot), Conflict)  # nothing was spent
    held = make.commitment(grant=pot, amount=JUTA)
    spent = make.expenditure(grant=pot, amount=2 * JUTA)
    assert refused(do, services.absorb_grant, pot).links
    do(services.release_commitment, held, reason="Batal.")
    do(services.absorb_grant, pot)
    assert isinstance(refused(make.expenditure, grant=pot, amount=1), Conflict)
    handed_in = {"report_number": "LPJ-1", "accounted_on": clock.today()}
    assert (
        refused(do, services.account_grant, pot, **handed_in).links[0][0] == f"/expenditures/show/{spent.id}"
    )
    proof = {"evidence": receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    do(services.attach_evidence, spent, **proof)
    do(services.account_grant, pot, **handed_in)
    assert isinstance(refused(do, services.attach_evidence, spent, **proof), Conflict)
    do(services.close_grant, pot)
    assert pot.state is GrantState.closed
    assert isinstance(refused(do, services.edit_grant, pot, {"note": "x"}), Conflict)


def test_a_reversal_opens_an_absorbed_grant_again(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    spent = make.expenditure(grant=pot, amount=JUTA)
    do(services.absorb_grant, pot)
    do(services.reverse_expenditure, spent, reason="Salah.")
    assert pot.state is GrantState.budgeted


def test_what_was_spent_does_not_lapse(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    make.expenditure(grant=pot, amount=JUTA)
    assert "Rp\xa01.000.000" in str(refused(do, services.lapse_grant, pot, reason="Tidak terpakai"))


def test_the_terms_of_a_grant_do_not_change_under_what_was_spent(make, do) -> None:
    pot = make.pot(Purpose.operational, ceiling_initial=10 * JUTA)
    make.expenditure(grant=pot, amount=4 * JUTA)
    for change, field in (
        ({"ceiling_initial": 3 * JUTA}, "ceiling_initial"),
        ({"ceiling_revised": 3 * JUTA}, "ceiling_revised"),
        ({"ceiling_initial": None}, "ceiling_initial"),
        ({"purposes": [Purpose.activity]}, "purposes"),
        ({"fiscal_year": clock.year() - 1}, "fiscal_year"),
    ):
        assert refused(do, services.edit_grant, pot, change).field == field
    do(services.edit_grant, pot, {"ceiling_revised": 4 * JUTA})


def test_the_first_disbursement_covers_what_was_spent_before(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    make.expenditure(grant=pot, amount=3 * JUTA)
    arrives = {"disbursed_on": clock.today()}
    told = refused(do, services.disburse_grant, pot, amount=2 * JUTA, **arrives)
    assert (told.field, "Rp\xa03.000.000" in str(told)) == ("amount", True)
    do(services.disburse_grant, pot, amount=3 * JUTA, **arrives)
