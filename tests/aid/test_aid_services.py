"""Aid from a grant or a partner, from the plan to the numbered handover note."""

from datetime import UTC, datetime, timedelta

import pytest

from app.aid.models import Aid
from app.aid.services import aid as aid_services
from app.aid.transitions import AidKind, AidState
from app.cases.enums import ClosingReason
from app.cases.models.event import CaseEvent
from app.cases.services.closing import close_case
from app.core import clock
from app.core.errors import Conflict, Forbidden
from app.core.records import RecordRef
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.queries.balance import get_balance
from app.grants.services.spending import approve_expenditure, reject_expenditure, reverse_expenditure
from app.grants.transitions import ExpenditureState
from app.reference.enums import Confidentiality
from tests.grants.support import MILLION, expect_refusal


@pytest.fixture
def funded_grant(make):
    return make.funded_grant(Purpose.client_aid, ceiling_initial=10 * MILLION)


def event_kinds(case) -> list[str]:
    query = db.select(CaseEvent.kind).filter_by(case_id=case.id).order_by(CaseEvent.id)
    return list(db.session.scalars(query))[1:]


def test_aid_from_a_grant_proposes_its_expenditure_and_writes_one_event(make, funded_grant) -> None:
    case = make.case()
    aid = make.aid(case=case, grant=funded_grant, kind=AidKind.cash, value=MILLION, item="Uang sekolah")
    paid = aid.expenditure
    assert (paid.grant, paid.case, paid.purpose, paid.amount, paid.state) == (
        funded_grant,
        case,
        Purpose.client_aid,
        MILLION,
        ExpenditureState.proposed,
    )
    assert event_kinds(case) == ["aid_planned"]


def test_aid_is_handed_over_once_its_expenditure_is_approved(make, funded_grant, call_service) -> None:
    aid = make.aid(grant=funded_grant, value=MILLION)
    error = expect_refusal(call_service, aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert error.link.ref == RecordRef(Expenditure, aid.expenditure_id)
    call_service(approve_expenditure, aid.expenditure)
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert (aid.state, aid.handover_number) == (AidState.handed_over, f"001/BAST/LK3/{clock.current_year()}")
    assert event_kinds(aid.case) == ["aid_planned", "expenditure_approved", "aid_handed_over"]
    assert isinstance(
        expect_refusal(call_service, aid_services.hand_over_aid, aid, received_by="Siti"), Conflict
    )


def test_aid_from_a_partner_is_not_in_the_budget_and_counts_as_mobilised(
    make, funded_grant, call_service
) -> None:
    aid = make.aid(kind=AidKind.cash, value=3 * MILLION, partner=make.partner())
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert (aid.expenditure, get_balance(funded_grant).spent, aid.mobilised_amount) == (None, 0, 3 * MILLION)
    assert db.session.scalar(db.select(db.func.sum(Aid.mobilised_amount))) == 3 * MILLION


def test_handover_notes_are_numbered_without_gaps(make, call_service) -> None:
    first, second = make.aid(), make.aid()
    expect_refusal(call_service, aid_services.hand_over_aid, first, received_by="  ", by="rina")
    for aid in (second, first):
        call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert [one.handover_number[:3] for one in (second, first)] == ["001", "002"]


@pytest.mark.parametrize(
    ("givers", "field"), [({"partner": None, "grant": None}, "grant"), ({"both": True}, "partner")]
)
def test_aid_comes_from_one_source(make, funded_grant, givers, field: str) -> None:
    data = {"partner": make.partner(), "grant": funded_grant, "value": 5} if "both" in givers else givers
    assert expect_refusal(make.aid, case=make.case(), **data).field == field


def test_grant_without_the_purpose_of_aid_is_refused(make) -> None:
    pot = make.funded_grant(Purpose.operational, ceiling_initial=25 * MILLION)
    assert expect_refusal(make.aid, case=make.case(), grant=pot, value=MILLION).field == "grant"


def test_a_grant_gives_no_more_than_it_has(make, funded_grant) -> None:
    error = expect_refusal(make.aid, case=make.case(), grant=funded_grant, value=11 * MILLION)
    assert (error.field, "Rp\xa010.000.000" in str(error)) == ("value", True)


def test_existing_expenditure_can_be_handed_over(make, funded_grant, call_service) -> None:
    case = make.case()
    paid = make.expenditure(grant=funded_grant, case=case, purpose=Purpose.client_aid, amount=MILLION)
    aid = make.aid(case=case, expenditure=paid)
    assert aid.value == MILLION
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert expect_refusal(make.aid, case=make.case(), expenditure=paid).field == "expenditure"


def test_only_valid_spending_on_aid_for_this_case_is_handed_over(make, call_service) -> None:
    pot, case = make.funded_grant(ceiling_initial=10 * MILLION), make.case()
    of_aid = {"grant": pot, "purpose": Purpose.client_aid}
    of_office = make.expenditure(grant=pot, case=case, purpose=Purpose.operational)
    of_other_case = make.expenditure(**of_aid, case=make.case())
    rejected, taken_back = (
        make.expenditure(**of_aid, case=case, by="rina"),
        make.expenditure(**of_aid, case=case),
    )
    call_service(reject_expenditure, rejected, reason="Tidak.")
    call_service(reverse_expenditure, taken_back, reason="Salah.")
    for spending in (of_office, of_other_case, rejected, taken_back):
        assert expect_refusal(make.aid, case=case, expenditure=spending).field == "expenditure"


def test_a_note_is_numbered_in_the_year_of_bontang(make, call_service) -> None:
    aid, year = make.aid(), clock.current_year()
    with clock.freeze_time(datetime(year, 12, 31, 16, 30, tzinfo=UTC)):
        call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert aid.handover_number == f"001/BAST/LK3/{year + 1}"


def test_cancelling_aid_rejects_its_proposed_expenditure(make, funded_grant, call_service) -> None:
    aid = make.aid(grant=funded_grant, value=MILLION)
    call_service(aid_services.cancel_aid, aid, reason="Klien menolak.", by="rina")
    assert (aid.state, aid.expenditure.state) == (AidState.cancelled, ExpenditureState.rejected)
    assert event_kinds(aid.case) == ["aid_planned", "aid_cancelled"]
    paid = make.aid(by="admin", grant=funded_grant, value=MILLION, case=aid.case, again_reason="x")
    assert expect_refusal(call_service, aid_services.cancel_aid, paid, reason="Batal.").link


def test_planned_aid_keeps_a_case_open(make, call_service) -> None:
    aid = make.aid()
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah."}
    refusal = expect_refusal(call_service, close_case, aid.case, by="rina", **end)
    assert [link.ref for link in refusal.links] == [RecordRef(Aid, aid.id)]
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    call_service(close_case, aid.case, by="rina", **end)


def test_aid_for_a_hidden_case_is_neither_planned_nor_handed_over(make, people) -> None:
    case = make.case(confidentiality=Confidentiality.limited)
    aid = make.aid(case=case)
    for service, data in (
        (aid_services.plan_aid, {"case": case, "kind": AidKind.goods, "item": "x", "partner": aid.partner}),
    ):
        with pytest.raises(Forbidden), transaction(by=people.sari):
            service(data, by=people.sari)
    with pytest.raises(Forbidden), transaction(by=people.sari):
        aid_services.hand_over_aid(aid, received_by="x", by=people.sari)


def test_evidence_may_follow_the_handover_also_when_the_case_is_closed(
    make, call_service, upload_receipt
) -> None:
    aid = make.aid()
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert expect_refusal(call_service, aid_services.prove_aid, aid, by="rina").field == "evidence"
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah."}
    call_service(close_case, aid.case, by="rina", **end)
    call_service(aid_services.prove_aid, aid, evidence=upload_receipt(), by="rina")
    assert event_kinds(aid.case)[-1] == "evidence_attached"


def test_handover_is_on_the_timeline_at_its_own_time(make, call_service) -> None:
    aid, yesterday = make.aid(), clock.now() - timedelta(days=1)
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", handed_over_at=yesterday, by="rina")
    query = db.select(CaseEvent.occurred_at).filter_by(case_id=aid.case_id, source="aid")
    assert db.session.scalars(query.order_by(CaseEvent.id.desc())).first() == yesterday


def test_cash_aid_takes_the_amount_of_an_existing_expenditure(make, funded_grant) -> None:
    case = make.case()
    paid = make.expenditure(grant=funded_grant, case=case, purpose=Purpose.client_aid, amount=MILLION)
    aid = make.aid(case=case, kind=AidKind.cash, expenditure=paid)
    assert aid.value == MILLION


def test_handover_is_not_dated_ahead(make, call_service) -> None:
    aid = make.aid()
    ahead = clock.now() + timedelta(minutes=1)
    error = expect_refusal(
        call_service, aid_services.hand_over_aid, aid, received_by="Siti", handed_over_at=ahead, by="rina"
    )
    assert error.field == "handed_over_at"


def test_user_who_does_not_see_the_case_attaches_no_evidence(make, call_service, upload_receipt) -> None:
    aid = make.aid(by="dodi", case=make.case(by="dodi", confidentiality=Confidentiality.limited))
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="dodi")
    error = expect_refusal(call_service, aid_services.prove_aid, aid, evidence=upload_receipt(), by="sari")
    assert isinstance(error, Forbidden)
