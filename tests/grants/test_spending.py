"""Spending from the ceiling to the evidence: each refusal says what is left and why."""

from datetime import date, datetime, timedelta

import pytest

from app.cases.enums import ClosingReason
from app.cases.models.event import CaseEvent
from app.cases.services.closing import close_case
from app.core import clock
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.records import RecordRef
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Commitment, Expenditure
from app.grants.queries.balance import get_balance
from app.grants.services.commitments import release_commitment
from app.grants.services.pots import edit_grant
from app.grants.services.spending import (
    approve_expenditure,
    attach_evidence,
    propose_expenditure,
    reject_expenditure,
    reverse_expenditure,
    spend_commitment,
)
from app.grants.transitions import CommitmentState, ExpenditureState, GrantState
from app.reference.enums import Confidentiality
from tests.grants.support import MILLION, expect_refusal


def test_spending_beyond_the_ceiling_is_refused_and_says_what_is_left(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    make.expenditure(grant=pot, amount=5 * MILLION)
    make.commitment(grant=pot, amount=2 * MILLION)
    error = expect_refusal(make.expenditure, grant=pot, amount=3 * MILLION + 1)
    assert error.field == "amount"
    assert "Rp\xa03.000.000" in str(error)
    make.expenditure(grant=pot, amount=3 * MILLION)
    assert get_balance(pot).remaining == 0


def test_revised_ceiling_applies(make) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, ceiling_revised=4 * MILLION)
    assert expect_refusal(make.expenditure, grant=pot, amount=5 * MILLION).field == "amount"
    make.expenditure(grant=pot, amount=4 * MILLION)


def test_only_disbursed_money_is_spent_once_some_was_disbursed(make) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, arrived=4 * MILLION)
    assert "Rp\xa04.000.000" in str(expect_refusal(make.expenditure, grant=pot, amount=5 * MILLION))
    make.commitment(grant=pot, amount=6 * MILLION)
    make.expenditure(grant=pot, amount=4 * MILLION)


def test_without_a_ceiling_only_disbursed_money_is_spent(make) -> None:
    unknown = make.funded_grant()
    assert expect_refusal(make.expenditure, grant=unknown, amount=1).field == "amount"
    assert expect_refusal(make.commitment, grant=unknown, amount=1).field == "amount"
    pot = make.funded_grant(arrived=4 * MILLION)
    make.expenditure(grant=pot, amount=3 * MILLION)
    assert "Rp\xa01.000.000" in str(expect_refusal(make.expenditure, grant=pot, amount=MILLION + 1))


def test_money_for_operations_never_pays_aid_to_a_client(make) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=25 * MILLION)
    error = expect_refusal(make.expenditure, grant=pot, purpose=Purpose.client_aid, amount=MILLION)
    assert error.field == "purpose"
    assert expect_refusal(make.commitment, grant=pot, purpose=Purpose.client_aid).field == "purpose"


def test_aid_to_a_client_names_its_case(make) -> None:
    pot = make.funded_grant(Purpose.client_aid, ceiling_initial=25 * MILLION)
    assert expect_refusal(make.expenditure, grant=pot, purpose=Purpose.client_aid).field == "case"
    make.expenditure(grant=pot, purpose=Purpose.client_aid, case=make.case())


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_more_than_zero(make, amount: int) -> None:
    pot = make.funded_grant(ceiling_initial=10)
    assert expect_refusal(make.expenditure, grant=pot, amount=amount).field == "amount"


def test_spending_day_is_in_the_fiscal_year_and_not_in_the_future(make) -> None:
    pot = make.funded_grant(ceiling_initial=10)
    assert expect_refusal(
        make.expenditure, grant=pot, amount=1, spent_on=date(clock.current_year() - 1, 12, 31)
    ).field == ("spent_on")
    assert expect_refusal(
        make.expenditure, grant=pot, amount=1, spent_on=date(clock.current_year() + 1, 1, 1)
    ).field == ("spent_on")


def test_a_late_posting_needs_a_reason_and_a_closed_year_is_read_only(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    spent = make.expenditure(grant=pot, amount=MILLION)
    promised = make.expenditure(by="rina", grant=pot, amount=MILLION)
    day, year = clock.today(), clock.current_year()
    with clock.freeze_time(datetime(year + 1, 1, 5, tzinfo=clock.WITA)):
        assert expect_refusal(make.expenditure, grant=pot, amount=1, spent_on=day).field == "late_reason"
        late = make.expenditure(grant=pot, amount=1, spent_on=day, late_reason="Nota baru sampai.")
        assert (late.posted_on, late.state) == (date(year + 1, 1, 5), ExpenditureState.approved)
        assert call_service(approve_expenditure, promised).late_reason
    with clock.freeze_time(datetime(year + 1, 1, 11, tzinfo=clock.WITA)):
        error = expect_refusal(make.expenditure, grant=pot, amount=1, spent_on=day, late_reason="Lagi.")
        assert isinstance(error, Conflict)
        assert isinstance(expect_refusal(call_service, reverse_expenditure, spent, reason="Salah."), Conflict)


def test_the_due_day_of_the_lpj_is_the_last_day_of_postings_and_approvals(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    first, second = (make.expenditure(by="rina", grant=pot, amount=MILLION) for _n in range(2))
    day, year = clock.today(), clock.current_year()
    with clock.freeze_time(datetime(year + 1, 1, 10, 23, 59, tzinfo=clock.WITA)):
        make.expenditure(grant=pot, amount=1, spent_on=day, late_reason="Nota baru sampai.")
        call_service(approve_expenditure, first)
    with clock.freeze_time(datetime(year + 1, 1, 11, tzinfo=clock.WITA)):
        assert isinstance(expect_refusal(call_service, approve_expenditure, second), Conflict)
        call_service(reject_expenditure, second, reason="Terlambat.")


def test_late_proposal_keeps_its_own_reason_when_approved(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    day, year = clock.today(), clock.current_year()
    with clock.freeze_time(datetime(year + 1, 1, 5, tzinfo=clock.WITA)):
        late = {"spent_on": day, "late_reason": "Nota baru sampai."}
        proposal = make.expenditure(by="rina", grant=pot, amount=MILLION, **late)
        call_service(approve_expenditure, proposal)
        assert proposal.late_reason == "Nota baru sampai."


def test_approval_checks_again_that_the_grant_may_be_spent(make, call_service, people) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    asked = make.expenditure(by="rina", grant=pot, amount=MILLION)
    with transaction(by=people.admin):
        pot.state = GrantState.absorbed  # past the service, which waits for the proposal
    assert isinstance(expect_refusal(call_service, approve_expenditure, asked), Conflict)


def test_approval_checks_the_purpose_again(make, call_service) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=10 * MILLION)
    proposal = make.expenditure(by="rina", grant=pot, amount=MILLION)
    call_service(edit_grant, pot, {"purposes": [Purpose.activity]})
    error = expect_refusal(call_service, approve_expenditure, proposal)
    assert (error.field, str(Purpose.activity.value).lower() in str(error)) == ("purpose", True)


def test_peksos_proposes_for_a_visible_case_and_the_proposal_does_not_count_yet(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    proposal = make.expenditure(by="rina", grant=pot, amount=3 * MILLION)
    assert (proposal.state, proposal.posted_on, get_balance(pot).spent) == (
        ExpenditureState.proposed,
        None,
        0,
    )
    call_service(approve_expenditure, proposal)
    assert (proposal.state, get_balance(pot).spent) == (ExpenditureState.approved, 3 * MILLION)
    assert isinstance(expect_refusal(call_service, approve_expenditure, proposal), Conflict)


def test_peksos_cannot_spend_for_a_hidden_case_or_for_the_office(make, people) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    secret = make.case(by="dodi", confidentiality=Confidentiality.limited)
    data = {"grant": pot, "purpose": Purpose.operational, "amount": 1, "description": "Beras"}
    for case, kind in ((None, PortalError), (secret, Forbidden)):
        with pytest.raises(kind), transaction(by=people.sari):
            propose_expenditure({**data, "case": case}, by=people.sari)


def test_approval_checks_again_that_the_money_is_still_available(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    proposal = make.expenditure(by="rina", grant=pot, amount=6 * MILLION)
    make.expenditure(grant=pot, amount=5 * MILLION)
    assert "Rp\xa05.000.000" in str(expect_refusal(call_service, approve_expenditure, proposal))


def test_spent_commitment_releases_what_it_did_not_need(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    reserved = make.commitment(grant=pot, amount=8 * MILLION)
    assert get_balance(pot).remaining == 2 * MILLION
    spent = call_service(
        spend_commitment, reserved, amount=7 * MILLION, spent_on=clock.today(), description="Ranjang"
    )
    assert (spent.commitment, spent.state, reserved.state) == (
        reserved,
        ExpenditureState.approved,
        CommitmentState.spent,
    )
    assert get_balance(pot).remaining == 3 * MILLION
    again = {"amount": 1, "spent_on": clock.today(), "description": "Lagi"}
    assert isinstance(expect_refusal(call_service, spend_commitment, reserved, **again), Conflict)


def test_a_proposal_from_a_commitment_leaves_it_open_until_it_is_approved(make, call_service) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    reserved = make.commitment(by="rina", grant=pot, case=case, amount=8 * MILLION)
    proposal = call_service(
        spend_commitment, reserved, amount=9 * MILLION, spent_on=clock.today(), description="A", by="rina"
    )
    assert (reserved.state, get_balance(pot).remaining) == (CommitmentState.open, 2 * MILLION)
    call_service(approve_expenditure, proposal)
    assert (reserved.state, get_balance(pot).remaining) == (CommitmentState.spent, MILLION)


def test_released_commitment_reserves_nothing_and_its_proposal_is_not_approved(make, call_service) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    reserved = make.commitment(grant=pot, case=case, amount=8 * MILLION)
    proposal = call_service(
        spend_commitment, reserved, amount=1, spent_on=clock.today(), description="A", by="rina"
    )
    assert expect_refusal(call_service, release_commitment, reserved, reason=" ").field == "reason"
    call_service(release_commitment, reserved, reason="Batal dibeli.")
    assert (reserved.state, get_balance(pot).remaining) == (CommitmentState.released, 10 * MILLION)
    assert isinstance(expect_refusal(call_service, approve_expenditure, proposal), Conflict)


def test_a_commitment_of_another_grant_is_refused(make) -> None:
    reserved = make.commitment(amount=5)
    error = expect_refusal(
        make.expenditure, grant=make.funded_grant(ceiling_initial=9), amount=1, commitment=reserved
    )
    assert error.field == "commitment"


@pytest.mark.parametrize("differs", ["case", "purpose"])
def test_a_commitment_for_another_case_or_purpose_is_refused(make, differs: str) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    reserved = make.commitment(grant=pot, case=case, purpose=Purpose.client_aid, amount=5)
    spending = {
        "grant": pot,
        "case": case,
        "purpose": Purpose.client_aid,
        "commitment": reserved,
        "amount": 1,
    }
    other = {"case": make.case(), "purpose": Purpose.activity}[differs]
    assert expect_refusal(make.expenditure, **{**spending, differs: other}).field == "commitment"
    make.expenditure(**spending)


def test_a_reversal_is_the_opposite_entry_and_frees_the_money(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    spent = make.expenditure(grant=pot, amount=4 * MILLION)
    assert expect_refusal(call_service, reverse_expenditure, spent, reason="").field == "reason"
    call_service(reverse_expenditure, spent, reason="Salah jumlah.")
    opposite = db.session.scalars(db.select(Expenditure).filter_by(reverses_id=spent.id)).one()
    assert (spent.state, opposite.state, opposite.amount) == (
        ExpenditureState.reversed,
        ExpenditureState.reversed,
        4 * MILLION,
    )
    assert (get_balance(pot).spent, get_balance(pot).remaining) == (0, 10 * MILLION)
    for item in (spent, opposite):
        assert isinstance(expect_refusal(call_service, reverse_expenditure, item, reason="Lagi."), Conflict)


def test_evidence_is_attached_after_the_approval(make, call_service, upload_receipt) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    proposal = make.expenditure(by="rina", grant=pot, amount=4 * MILLION)
    proof = {"evidence": upload_receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    assert isinstance(expect_refusal(call_service, attach_evidence, proposal, **proof), Conflict)
    call_service(approve_expenditure, proposal)
    assert (
        expect_refusal(call_service, attach_evidence, proposal, **{**proof, "evidence": None}).field
        == "evidence"
    )
    ahead = {**proof, "evidence_on": clock.today() + timedelta(days=1)}
    assert expect_refusal(call_service, attach_evidence, proposal, **ahead).field == "evidence_on"
    call_service(attach_evidence, proposal, **proof)
    assert (get_balance(pot).evidenced, get_balance(pot).spent_without_evidence) == (4 * MILLION, 0)


def test_open_commitments_and_proposals_keep_a_case_open(make, call_service, people) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    reserved = make.commitment(by="rina", grant=pot, case=case, amount=MILLION)
    proposal = make.expenditure(by="rina", grant=pot, case=case, amount=MILLION)
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah."}
    error = expect_refusal(call_service, close_case, case, by="rina", **end)
    assert [link.ref for link in error.links] == [
        RecordRef(Commitment, reserved.id),
        RecordRef(Expenditure, proposal.id),
    ]
    call_service(release_commitment, reserved, reason="Batal.")
    call_service(reject_expenditure, proposal, reason="Batal.")
    call_service(close_case, case, by="rina", **end)


def test_each_step_that_concerns_a_case_writes_one_event(make, call_service, upload_receipt) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()

    def list_event_kinds() -> list[str]:
        query = db.select(CaseEvent.kind).filter_by(case_id=case.id).order_by(CaseEvent.id)
        return list(db.session.scalars(query))[1:]

    reserved = make.commitment(by="rina", grant=pot, case=case, amount=MILLION)
    proposal = call_service(
        spend_commitment, reserved, amount=1, spent_on=clock.today(), description="A", by="rina"
    )
    call_service(approve_expenditure, proposal)
    proof = {"evidence": upload_receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    call_service(attach_evidence, proposal, **proof)
    call_service(reverse_expenditure, proposal, reason="Salah.")
    call_service(reject_expenditure, make.expenditure(by="rina", grant=pot, case=case), reason="Tidak.")
    call_service(release_commitment, make.commitment(by="rina", grant=pot, case=case), reason="Batal.")
    assert list_event_kinds() == [
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
