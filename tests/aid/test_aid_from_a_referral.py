"""Aid from a partner after a referral: handing it over completes the referral."""

import pytest

from app.aid.services import aid as aid_services
from app.cases.models.event import CaseEvent
from app.extensions import db
from app.referrals.enums import ReferralState
from tests.grants.support import expect_refusal


def _event_kinds(case) -> list[str]:
    query = db.select(CaseEvent.kind).filter_by(case_id=case.id).order_by(CaseEvent.id)
    return list(db.session.scalars(query))


@pytest.mark.parametrize("state", ["accepted", "in_service"])
def test_handing_over_completes_the_referral_that_it_came_from(make, call_service, state: str) -> None:
    referral = make.referral_in_state(state)
    aid = make.aid(case=referral.case, referral=referral, partner=None)
    assert aid.partner == referral.partner
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert referral.state is ReferralState.completed
    assert aid.handover_number in referral.result
    assert _event_kinds(referral.case)[-2:] == ["referral_completed", "aid_handed_over"]


def test_handing_over_leaves_an_unaccepted_referral_unchanged(make, call_service) -> None:
    referral = make.referral_in_state("sent")
    aid = make.aid(case=referral.case, referral=referral, partner=None)
    call_service(aid_services.hand_over_aid, aid, received_by="Siti", by="rina")
    assert referral.state is ReferralState.sent


def test_referral_of_another_case_or_partner_or_a_finished_one_is_refused(make) -> None:
    referral = make.referral_in_state("accepted")
    assert expect_refusal(make.aid, case=make.case(), referral=referral, partner=None).field == "referral"
    assert (
        expect_refusal(make.aid, case=referral.case, referral=referral, partner=make.partner()).field
        == "referral"
    )
    over = make.referral_in_state("declined")
    assert expect_refusal(make.aid, case=over.case, referral=over, partner=None).field == "referral"
