"""Every rupiah from the ceiling to the evidence: each refusal says what is left and why."""

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
from app.grants.transitions import CommitmentState, ExpenditureState
from app.reference.enums import Confidentiality
from tests.grants.support import MILLION, expect_refusal


def test_spending_beyond_the_ceiling_is_refused_and_says_what_is_left(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    make.expenditure(grant=pot, amount=5 * MILLION)
    make.commitment(grant=pot, amount=2 * MILLION)
    told = expect_refusal(make.expenditure, grant=pot, amount=3 * MILLION + 1)
    assert told.field == "amount"
    assert "Rp\xa03.000.000" in str(told)
    make.expenditure(grant=pot, amount=3 * MILLION)
    assert get_balance(pot).remaining == 0


def test_revised_ceiling_applies(make) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, ceiling_revised=4 * MILLION)
    assert expect_refusal(make.expenditure, grant=pot, amount=5 * MILLION).field == "amount"
    make.expenditure(grant=pot, amount=4 * MILLION)


def test_what_has_not_arrived_cannot_be_spent_once_something_has(make) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION, arrived=4 * MILLION)
    assert "Rp\xa04.000.000" in str(expect_refusal(make.expenditure, grant=pot, amount=5 * MILLION))
    make.commitment(grant=pot, amount=6 * MILLION)
    make.expenditure(grant=pot, amount=4 * MILLION)


def test_without_a_ceiling_only_what_arrived_is_spent_and_without_both_nothing(make) -> None:
    unknown = make.funded_grant()
    assert expect_refusal(make.expenditure, grant=unknown, amount=1).field == "amount"
    assert expect_refusal(make.commitment, grant=unknown, amount=1).field == "amount"
    pot = make.funded_grant(arrived=4 * MILLION)
    make.expenditure(grant=pot, amount=3 * MILLION)
    assert "Rp\xa01.000.000" in str(expect_refusal(make.expenditure, grant=pot, amount=MILLION + 1))


def test_money_for_operations_never_pays_aid_to_a_client(make) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=25 * MILLION)
    told = expect_refusal(make.expenditure, grant=pot, purpose=Purpose.client_aid, amount=MILLION)
    assert told.field == "purpose"
    assert expect_refusal(make.commitment, grant=pot, purpose=Purpose.client_aid).field == "purpose"


def test_aid_to_a_client_names_its_case(make) -> None:
    pot = make.funded_grant(Purpose.client_aid, ceiling_initial=25 * MILLION)
    assert expect_refusal(make.expenditure, grant=pot, purpose=Purpose.client_aid).field == "case"
    make.expenditure(grant=pot, purpose=Purpose.client_aid, case=make.case())


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_more_than_zero(make, amount: int) -> None:
    pot = make.funded_grant(ceiling_initial=10)
    assert expect_refusal(make.expenditure, grant=pot, amount=amount).field == "amount"


def test_the_day_lies_in_the_fiscal_year_and_not_ahead(make) -> None:
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
        told = expect_refusal(make.expenditure, grant=pot, amount=1, spent_on=day, late_reason="Lagi.")
        assert isinstance(told, Conflict)
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


def test_a_proposal_of_the_new_year_is_approved_late_for_its_own_reason_only(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    day, year = clock.today(), clock.current_year()
    with clock.freeze_time(datetime(year + 1, 1, 5, tzinfo=clock.WITA)):
        late = {"spent_on": day, "late_reason": "Nota baru sampai."}
        asked = make.expenditure(by="rina", grant=pot, amount=MILLION, **late)
        call_service(approve_expenditure, asked)
        assert asked.late_reason == "Nota baru sampai."


def test_approval_checks_again_what_the_money_is_for(make, call_service) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=10 * MILLION)
    asked = make.expenditure(by="rina", grant=pot, amount=MILLION)
    call_service(edit_grant, pot, {"purposes": [Purpose.activity]})
    told = expect_refusal(call_service, approve_expenditure, asked)
    assert (told.field, str(Purpose.activity.value).lower() in str(told)) == ("purpose", True)


def test_a_peksos_proposes_for_a_case_that_he_sees_and_it_does_not_count_yet(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    asked = make.expenditure(by="rina", grant=pot, amount=3 * MILLION)
    assert (asked.state, asked.posted_on, get_balance(pot).spent) == (ExpenditureState.proposed, None, 0)
    call_service(approve_expenditure, asked)
    assert (asked.state, get_balance(pot).spent) == (ExpenditureState.approved, 3 * MILLION)
    assert isinstance(expect_refusal(call_service, approve_expenditure, asked), Conflict)


def test_a_peksos_spends_for_no_hidden_case_and_for_no_office(make, people) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    secret = make.case(by="dodi", confidentiality=Confidentiality.limited)
    data = {"grant": pot, "purpose": Purpose.operational, "amount": 1, "description": "Beras"}
    for case, kind in ((None, PortalError), (secret, Forbidden)):
        with pytest.raises(kind), transaction(by=people.sari):
            propose_expenditure({**data, "case": case}, by=people.sari)


def test_approval_checks_again_that_the_money_is_still_available(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    asked = make.expenditure(by="rina", grant=pot, amount=6 * MILLION)
    make.expenditure(grant=pot, amount=5 * MILLION)
    assert "Rp\xa05.000.000" in str(expect_refusal(call_service, approve_expenditure, asked))


def test_a_commitment_reserves_is_spent_and_gives_back_what_it_did_not_need(make, call_service) -> None:
    pot = make.funded_grant(ceiling_initial=10 * MILLION)
    held = make.commitment(grant=pot, amount=8 * MILLION)
    assert get_balance(pot).remaining == 2 * MILLION
    spent = call_service(
        spend_commitment, held, amount=7 * MILLION, spent_on=clock.today(), description="Ranjang"
    )
    assert (spent.commitment, spent.state, held.state) == (
        held,
        ExpenditureState.approved,
        CommitmentState.spent,
    )
    assert get_balance(pot).remaining == 3 * MILLION
    again = {"amount": 1, "spent_on": clock.today(), "description": "Lagi"}
    assert isinstance(expect_refusal(call_service, spend_commitment, held, **again), Conflict)


def test_a_proposal_from_a_commitment_leaves_it_open_until_it_is_approved(make, call_service) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    held = make.commitment(by="rina", grant=pot, case=case, amount=8 * MILLION)
    asked = call_service(
        spend_commitment, held, amount=9 * MILLION, spent_on=clock.today(), description="A", by="rina"
    )
    assert (held.state, get_balance(pot).remaining) == (CommitmentState.open, 2 * MILLION)
    call_service(approve_expenditure, asked)
    assert (held.state, get_balance(pot).remaining) == (CommitmentState.spent, MILLION)


def test_a_released_commitment_holds_nothing_back_and_its_proposal_is_not_approved(
    make, call_service
) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    held = make.commitment(grant=pot, case=case, amount=8 * MILLION)
    asked = call_service(spend_commitment, held, amount=1, spent_on=clock.today(), description="A", by="rina")
    assert expect_refusal(call_service, release_commitment, held, reason=" ").field == "reason"
    call_service(release_commitment, held, reason="Batal dibeli.")
    assert (held.state, get_balance(pot).remaining) == (CommitmentState.released, 10 * MILLION)
    assert isinstance(expect_refusal(call_service, approve_expenditure, asked), Conflict)


def test_a_commitment_of_another_grant_is_refused(make) -> None:
    held = make.commitment(amount=5)
    told = expect_refusal(
        make.expenditure, grant=make.funded_grant(ceiling_initial=9), amount=1, commitment=held
    )
    assert told.field == "commitment"


@pytest.mark.parametrize("differs", ["case", "purpose"])
def test_a_commitment_for_another_case_or_purpose_is_refused(make, differs: str) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    held = make.commitment(grant=pot, case=case, purpose=Purpose.client_aid, amount=5)
    spending = {"grant": pot, "case": case, "purpose": Purpose.client_aid, "commitment": held, "amount": 1}
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
    asked = make.expenditure(by="rina", grant=pot, amount=4 * MILLION)
    proof = {"evidence": upload_receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    assert isinstance(expect_refusal(call_service, attach_evidence, asked, **proof), Conflict)
    call_service(approve_expenditure, asked)
    assert (
        expect_refusal(call_service, attach_evidence, asked, **{**proof, "evidence": None}).field
        == "evidence"
    )
    ahead = {**proof, "evidence_on": clock.today() + timedelta(days=1)}
    assert expect_refusal(call_service, attach_evidence, asked, **ahead).field == "evidence_on"
    call_service(attach_evidence, asked, **proof)
    assert (get_balance(pot).evidenced, get_balance(pot).spent_without_evidence) == (4 * MILLION, 0)


def test_open_commitments_and_proposals_keep_a_case_open(make, call_service, people) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    held = make.commitment(by="rina", grant=pot, case=case, amount=MILLION)
    asked = make.expenditure(by="rina", grant=pot, case=case, amount=MILLION)
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah."}
    told = expect_refusal(call_service, close_case, case, by="rina", **end)
    assert [link.ref for link in told.links] == [
        RecordRef(Commitment, held.id),
        RecordRef(Expenditure, asked.id),
    ]
    call_service(release_commitment, held, reason="Batal.")
    call_service(reject_expenditure, asked, reason="Batal.")
    call_service(close_case, case, by="rina", **end)


def test_each_step_that_concerns_a_case_writes_one_event(make, call_service, upload_receipt) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()

    def told() -> list[str]:
        query = db.select(CaseEvent.kind).filter_by(case_id=case.id).order_by(CaseEvent.id)
        return list(db.session.scalars(query))[1:]

    held = make.commitment(by="rina", grant=pot, case=case, amount=MILLION)
    asked = call_service(spend_commitment, held, amount=1, spent_on=clock.today(), description="A", by="rina")
    call_service(approve_expenditure, asked)
    proof = {"evidence": upload_receipt(), "evidence_number": "KW-01", "evidence_on": clock.today()}
    call_service(attach_evidence, asked, **proof)
    call_service(reverse_expenditure, asked, reason="Salah.")
    call_service(reject_expenditure, make.expenditure(by="rina", grant=pot, case=case), reason="Tidak.")
    call_service(release_commitment, make.commitment(by="rina", grant=pot, case=case), reason="Batal.")
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
