"""Aid from the plan to the handover: from a grant or from a partner, with a numbered note."""

from datetime import timedelta

import pytest

from app.aid import services as aid_services
from app.aid.models import Aid
from app.aid.states import AidKind, AidState
from app.cases.choices import ClosingReason
from app.cases.models import CaseEvent
from app.cases.services import close_case
from app.core import clock
from app.core.errors import Conflict, Forbidden
from app.core.unit import unit
from app.extensions import db
from app.grants import services as grants
from app.grants.choices import Purpose
from app.grants.services import balance_of
from app.grants.states import ExpenditureState
from app.reference.choices import Confidentiality
from tests.grants.support import JUTA, refused


@pytest.fixture
def pot(make):
    return make.pot(Purpose.client_aid, ceiling_initial=10 * JUTA)


def told(case) -> list[str]:
    query = db.select(CaseEvent.kind).filter_by(case_id=case.id).order_by(CaseEvent.id)
    return [kind.name for kind in db.session.scalars(query)][1:]


def test_aid_from_a_grant_proposes_its_spending_and_is_told_once(make, pot) -> None:
    case = make.case()
    aid = make.aid(case=case, grant=pot, kind=AidKind.cash, value=JUTA, item="Uang sekolah")
    paid = aid.expenditure
    assert (paid.grant, paid.case, paid.purpose, paid.amount, paid.state) == (
        pot,
        case,
        Purpose.client_aid,
        JUTA,
        ExpenditureState.proposed,
    )
    assert told(case) == ["aid_planned"]


def test_it_is_handed_over_once_its_spending_is_approved(make, pot, do) -> None:
    aid = make.aid(grant=pot, value=JUTA)
    told_first = refused(do, aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert told_first.link[0] == f"/expenditures/show/{aid.expenditure_id}"
    do(grants.approve_expenditure, aid.expenditure)
    do(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert (aid.state, aid.handover_number) == (AidState.handed_over, f"001/BAST/LK3/{clock.year()}")
    assert told(aid.case) == ["aid_planned", "expenditure_approved", "aid_handed_over"]
    assert isinstance(refused(do, aid_services.hand_over_aid, aid, received_by="Siti"), Conflict)


def test_what_a_partner_gives_is_never_on_our_budget_and_counts_as_found(make, pot, do) -> None:
    aid = make.aid(kind=AidKind.cash, value=3 * JUTA, partner=make.partner())
    do(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert (aid.expenditure, balance_of(pot).spent, aid.mobilised) == (None, 0, 3 * JUTA)
    assert db.session.scalar(db.select(db.func.sum(Aid.mobilised))) == 3 * JUTA


def test_handover_notes_are_numbered_without_gaps(make, do) -> None:
    first, second = make.aid(), make.aid()
    refused(do, aid_services.hand_over_aid, first, received_by="  ", by="rina")
    for aid in (second, first):
        do(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert [one.handover_number[:3] for one in (second, first)] == ["001", "002"]


@pytest.mark.parametrize(
    ("givers", "field"), [({"partner": None, "grant": None}, "grant"), ({"both": True}, "partner")]
)
def test_aid_has_one_giver(make, pot, givers, field: str) -> None:
    data = {"partner": make.partner(), "grant": pot, "value": 5} if "both" in givers else givers
    assert refused(make.aid, case=make.case(), **data).field == field


def test_a_grant_that_does_not_allow_aid_gives_none(make) -> None:
    pot = make.pot(Purpose.operational, ceiling_initial=25 * JUTA)
    assert refused(make.aid, case=make.case(), grant=pot, value=JUTA).field == "grant"


def test_a_grant_gives_no_more_than_it_has(make, pot) -> None:
    told_first = refused(make.aid, case=make.case(), grant=pot, value=11 * JUTA)
    assert (told_first.field, "Rp\xa010.000.000" in str(told_first)) == ("value", True)


def test_spending_that_is_there_can_be_handed_over(make, pot, do) -> None:
    case = make.case()
    paid = make.expenditure(grant=pot, case=case, purpose=Purpose.client_aid, amount=JUTA)
    aid = make.aid(case=case, expenditure=paid)
    assert aid.value == JUTA
    do(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert refused(make.aid, case=make.case(), expenditure=paid).field == "expenditure"


def test_cancelled_aid_takes_its_proposal_with_it(make, pot, do) -> None:
    aid = make.aid(grant=pot, value=JUTA)
    do(aid_services.cancel_aid, aid, reason="Klien menolak.", by="rina")
    assert (aid.state, aid.expenditure.state) == (AidState.cancelled, ExpenditureState.rejected)
    assert told(aid.case) == ["aid_planned", "aid_cancelled"]
    paid = make.aid(by="admin", grant=pot, value=JUTA, case=aid.case, again_reason="x")
    assert refused(do, aid_services.cancel_aid, paid, reason="Batal.").link


def test_planned_aid_keeps_a_case_open(make, do) -> None:
    aid = make.aid()
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah."}
    assert refused(do, close_case, aid.case, by="rina", **end).links[0][0] == f"/aid/show/{aid.id}"
    do(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    do(close_case, aid.case, by="rina", **end)


def test_nobody_plans_or_hands_over_for_a_case_that_he_does_not_see(make, people) -> None:
    case = make.case(confidentiality=Confidentiality.limited)
    aid = make.aid(case=case)
    for verb, data in (
        (aid_services.plan_aid, {"case": case, "kind": AidKind.goods, "item": "x", "partner": aid.partner}),
    ):
        with pytest.raises(Forbidden), unit(by=people.sari):
            verb(data, by=people.sari)
    with pytest.raises(Forbidden), unit(by=people.sari):
        aid_services.hand_over_aid(aid, received_by="x", by=people.sari)


def test_evidence_may_follow_the_handover_also_when_the_case_is_closed(make, do, receipt) -> None:
    aid = make.aid()
    do(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert refused(do, aid_services.prove_aid, aid, by="rina").field == "evidence"
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah."}
    do(close_case, aid.case, by="rina", **end)
    do(aid_services.prove_aid, aid, evidence=receipt(), by="rina")
    assert told(aid.case)[-1] == "evidence_attached"


def test_a_handover_stands_on_the_timeline_when_it_was(make, do) -> None:
    aid, yesterday = make.aid(), clock.now() - timedelta(days=1)
    do(aid_services.hand_over_aid, aid, received_by="Siti", handed_over_at=yesterday, by="rina")
    query = db.select(CaseEvent.occurred_at).filter_by(case_id=aid.case_id, source="aid")
    assert db.session.scalars(query.order_by(CaseEvent.id.desc())).first() == yesterday


def test_cash_that_was_proposed_before_needs_no_amount_again(make, pot) -> None:
    case = make.case()
    paid = make.expenditure(grant=pot, case=case, purpose=Purpose.client_aid, amount=JUTA)
    aid = make.aid(case=case, kind=AidKind.cash, expenditure=paid)
    assert aid.value == JUTA


def test_handover_is_not_dated_ahead(make, do) -> None:
    aid = make.aid()
    ahead = clock.now() + timedelta(minutes=1)
    told = refused(do, aid_services.hand_over_aid, aid, received_by="Siti", handed_over_at=ahead, by="rina")
    assert told.field == "handed_over_at"


def test_who_does_not_see_the_case_proves_no_aid(make, do, receipt) -> None:
    aid = make.aid(by="dodi", case=make.case(by="dodi", confidentiality=Confidentiality.limited))
    do(aid_services.hand_over_aid, aid, received_by="Siti", by="dodi")
    told = refused(do, aid_services.prove_aid, aid, evidence=receipt(), by="sari")
    assert isinstance(told, Forbidden)
