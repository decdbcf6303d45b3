"""Every rupiah from the ceiling to the evidence: each refusal says what is left and why."""

from datetime import date, datetime

import pytest

from app.cases.choices import ClosingReason
from app.cases.models import CaseEvent
from app.cases.services import close_case
from app.core import clock
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.unit import unit
from app.extensions import db
from app.grants import services
from app.grants.choices import Purpose
from app.grants.models import Expenditure
from app.grants.services import balance_of
from app.grants.states import CommitmentState, ExpenditureState
from app.reference.choices import Confidentiality
from tests.grants.support import JUTA, refused


def test_spending_beyond_the_ceiling_is_refused_and_says_what_is_left(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    make.expenditure(grant=pot, amount=5 * JUTA)
    make.commitment(grant=pot, amount=2 * JUTA)
    told = refused(make.expenditure, grant=pot, amount=3 * JUTA + 1)
    assert told.field == "amount"
    assert "Rp\xa03.000.000" in str(told)
    make.expenditure(grant=pot, amount=3 * JUTA)
    assert balance_of(pot).left == 0


def test_a_revised_ceiling_is_the_one_that_holds(make) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA, ceiling_revised=4 * JUTA)
    assert refused(make.expenditure, grant=pot, amount=5 * JUTA).field == "amount"
    make.expenditure(grant=pot, amount=4 * JUTA)


def test_what_has_not_arrived_cannot_be_spent_once_something_has(make) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA, arrived=4 * JUTA)
    assert "Rp\xa04.000.000" in str(refused(make.expenditure, grant=pot, amount=5 * JUTA))
    make.commitment(grant=pot, amount=6 * JUTA)
    make.expenditure(grant=pot, amount=4 * JUTA)


def test_without_a_ceiling_only_what_arrived_is_spent_and_without_both_nothing(make) -> None:
    unknown = make.pot()
    assert refused(make.expenditure, grant=unknown, amount=1).field == "amount"
    assert refused(make.commitment, grant=unknown, amount=1).field == "amount"
    pot = make.pot(arrived=4 * JUTA)
    make.expenditure(grant=pot, amount=3 * JUTA)
    assert "Rp\xa01.000.000" in str(refused(make.expenditure, grant=pot, amount=JUTA + 1))


def test_money_for_operations_never_pays_aid_to_a_client(make) -> None:
    pot = make.pot(Purpose.operational, ceiling_initial=25 * JUTA)
    told = refused(make.expenditure, grant=pot, purpose=Purpose.client_aid, amount=JUTA)
    assert told.field == "purpose"
    assert refused(make.commitment, grant=pot, purpose=Purpose.client_aid).field == "purpose"


def test_aid_to_a_client_names_its_case(make) -> None:
    pot = make.pot(Purpose.client_aid, ceiling_initial=25 * JUTA)
    assert refused(make.expenditure, grant=pot, purpose=Purpose.client_aid).field == "case"
    make.expenditure(grant=pot, purpose=Purpose.client_aid, case=make.case())


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_more_than_zero(make, amount: int) -> None:
    pot = make.pot(ceiling_initial=10)
    assert refused(make.expenditure, grant=pot, amount=amount).field == "amount"


def test_the_day_lies_in_the_fiscal_year_and_not_ahead(make) -> None:
    pot = make.pot(ceiling_initial=10)
    assert refused(make.expenditure, grant=pot, amount=1, spent_on=date(clock.year() - 1, 12, 31)).field == (
        "spent_on"
    )
    assert refused(make.expenditure, grant=pot, amount=1, spent_on=date(clock.year() + 1, 1, 1)).field == (
        "spent_on"
    )


def test_a_late_posting_needs_a_reason_and_a_closed_year_is_read_only(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    spent = make.expenditure(grant=pot, amount=JUTA)
    promised = make.expenditure(by="rina", grant=pot, amount=JUTA)
    day, year = clock.today(), clock.year()
    with clock.at(datetime(year + 1, 1, 5, tzinfo=clock.WITA)):
        assert refused(make.expenditure, grant=pot, amount=1, spent_on=day).field == "late_reason"
        late = make.expenditure(grant=pot, amount=1, spent_on=day, late_reason="Nota baru sampai.")
        assert (late.posted_on, late.state) == (date(year + 1, 1, 5), ExpenditureState.approved)
        assert do(services.approve_expenditure, promised).late_reason
    with clock.at(datetime(year + 1, 1, 11, tzinfo=clock.WITA)):
        told = refused(make.expenditure, grant=pot, amount=1, spent_on=day, late_reason="Lagi.")
        assert isinstance(told, Conflict)
        assert isinstance(refused(do, services.reverse_expenditure, spent, reason="Salah."), Conflict)


def test_a_peksos_proposes_for_a_case_that_he_sees_and_it_does_not_count_yet(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    asked = make.expenditure(by="rina", grant=pot, amount=3 * JUTA)
    assert (asked.state, asked.posted_on, balance_of(pot).spent) == (ExpenditureState.proposed, None, 0)
    do(services.approve_expenditure, asked)
    assert (asked.state, balance_of(pot).spent) == (ExpenditureState.approved, 3 * JUTA)
    assert isinstance(refused(do, services.approve_expenditure, asked), Conflict)


def test_a_peksos_spends_for_no_hidden_case_and_for_no_office(make, people) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    secret = make.case(by="dodi", confidentiality=Confidentiality.limited)
    data = {"grant": pot, "purpose": Purpose.operational, "amount": 1, "description": "Beras"}
    for case, kind in ((None, PortalError), (secret, Forbidden)):
        with pytest.raises(kind), unit(by=people.sari):
            services.propose_expenditure({**data, "case": case}, by=people.sari)


def test_an_approval_asks_again_whether_the_money_is_still_there(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    asked = make.expenditure(by="rina", grant=pot, amount=6 * JUTA)
    make.expenditure(grant=pot, amount=5 * JUTA)
    assert "Rp\xa05.000.000" in str(refused(do, services.approve_expenditure, asked))


def test_a_commitment_reserves_is_spent_and_gives_back_what_it_did_not_need(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    held = make.commitment(grant=pot, amount=8 * JUTA)
    assert balance_of(pot).left == 2 * JUTA
    spent = do(
        services.spend_commitment, held, amount=7 * JUTA, spent_on=clock.today(), description="Ranjang"
    )
    assert (spent.commitment, spent.state, held.state) == (
        held,
        ExpenditureState.approved,
        CommitmentState.spent,
    )
    assert balance_of(pot).left == 3 * JUTA
    again = {"amount": 1, "spent_on": clock.today(), "description": "Lagi"}
    assert isinstance(refused(do, services.spend_commitment, held, **again), Conflict)


def test_a_proposal_from_a_commitment_leaves_it_open_until_it_is_approved(make, do) -> None:
    pot, case = make.pot(ceiling_initial=10 * JUTA), make.case()
    held = make.commitment(by="rina", grant=pot, case=case, amount=8 * JUTA)
    asked = do(
        services.spend_commitment, held, amount=9 * JUTA, spent_on=clock.today(), description="A", by="rina"
    )
    assert (held.state, balance_of(pot).left) == (CommitmentState.open, 2 * JUTA)
    do(services.approve_expenditure, asked)
    assert (held.state, balance_of(pot).left) == (CommitmentState.spent, JUTA)


def test_a_released_commitment_holds_nothing_back_and_its_proposal_is_not_approved(make, do) -> None:
    pot, case = make.pot(ceiling_initial=10 * JUTA), make.case()
    held = make.commitment(grant=pot, case=case, amount=8 * JUTA)
    asked = do(services.spend_commitment, held, amount=1, spent_on=clock.today(), description="A", by="rina")
    assert refused(do, services.release_commitment, held, reason=" ").field == "reason"
    do(services.release_commitment, held, reason="Batal dibeli.")
    assert (held.state, balance_of(pot).left) == (CommitmentState.released, 10 * JUTA)
    assert isinstance(refused(do, services.approve_expenditure, asked), Conflict)


def test_a_commitment_of_another_grant_is_refused(make) -> None:
    held = make.commitment(amount=5)
    told = refused(make.expenditure, grant=make.pot(ceiling_initial=9), amount=1, commitment=held)
    assert told.field == "commitment"


def test_a_reversal_is_the_opposite_entry_and_frees_the_money(make, do) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    spent = make.expenditure(grant=pot, amount=4 * JUTA)
    assert refused(do, services.reverse_expenditure, spent, reason="").field == "reason"
    do(services.reverse_expenditure, spent, reason="Salah jumlah.")
    opposite = db.session.scalars(db.select(Expenditure).filter_by(reverses_id=spent.id)).one()
    assert (spent.state, opposite.state, opposite.amount) == (
        ExpenditureState.reversed,
        ExpenditureState.reversed,
        4 * JUTA,
    )
    assert (balance_of(pot).spent, balance_of(pot).left) == (0, 10 * JUTA)
    for item in (spent, opposite):
        assert isinstance(refused(do, services.reverse_expenditure, item, reason="Lagi."), Conflict)


def test_evidence_is_attached_after_the_approval(make, do, receipt) -> None:
    pot = make.pot(ceiling_initial=10 * JUTA)
    asked = make.expenditure(by="rina", grant=pot, amount=4 * JUTA)
    proof = {"evidence": receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    assert isinstance(refused(do, services.attach_evidence, asked, **proof), Conflict)
    do(services.approve_expenditure, asked)
    assert refused(do, services.attach_evidence, asked, **{**proof, "evidence": None}).field == "evidence"
    do(services.attach_evidence, asked, **proof)
    assert (balance_of(pot).evidenced, balance_of(pot).unproved) == (4 * JUTA, 0)


def test_open_commitments_and_proposals_keep_a_case_open(make, do, people) -> None:
    pot, case = make.pot(ceiling_initial=10 * JUTA), make.case()
    held = make.commitment(by="rina", grant=pot, case=case, amount=JUTA)
    asked = make.expenditure(by="rina", grant=pot, case=case, amount=JUTA)
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah."}
    told = refused(do, close_case, case, by="rina", **end)
    assert {url for url, _text in told.links} == {
        f"/commitments/show/{held.id}",
        f"/expenditures/show/{asked.id}",
    }
    do(services.release_commitment, held, reason="Batal.")
    do(services.reject_expenditure, asked, reason="Batal.")
    do(close_case, case, by="rina", **end)


def test_each_step_that_concerns_a_case_is_told_once(make, do, receipt) -> None:
    pot, case = make.pot(ceiling_initial=10 * JUTA), make.case()

    def told() -> list[str]:
        query = db.select(CaseEvent.kind).filter_by(case_id=case.id).order_by(CaseEvent.id)
        return [kind.name for kind in db.session.scalars(query)][1:]

    held = make.commitment(by="rina", grant=pot, case=case, amount=JUTA)
    asked = do(services.spend_commitment, held, amount=1, spent_on=clock.today(), description="A", by="rina")
    do(services.approve_expenditure, asked)
    proof = {"evidence": receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    do(services.attach_evidence, asked, **proof)
    do(services.reverse_expenditure, asked, reason="Salah.")
    do(services.reject_expenditure, make.expenditure(by="rina", grant=pot, case=case), reason="Tidak.")
    do(services.release_commitment, make.commitment(by="rina", grant=pot, case=case), reason="Batal.")
    assert told() == [
        "commitment_made",
        "expenditure_proposed",
        "expenditure_approved",
        "evidence_attached",
        "expenditure_reversed",
        "expenditure_proposed",
        "expenditure_rejected",
        "commitment_made",
        "commitment_released",
    ]
