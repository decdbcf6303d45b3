"""Every transition of a referral from every state, by every role; see `REFERRAL_TRANSITIONS`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from app.cases.enums import CaseStatus, ClosingReason
from app.cases.models.event import CaseEvent
from app.core import clock
from app.core.errors import Forbidden
from app.core.transitions import Transition
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.enums import ReferralState
from app.referrals.models.referral import Referral
from app.referrals.services.office import cancel_referral
from app.referrals.transitions import REFERRAL_TRANSITIONS
from tests.support.accounts import is_permitted
from tests.support.client import PortalClient
from tests.support.html import field_error
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]


def transition_fields(transition: Transition, make: ModuleType, referral: Referral) -> dict[str, Any]:
    fields = {
        "shared_fields": "identity",
        "legal_basis": "emergency",
        "reason": "Nyawa dalam bahaya",
        "partner": make.partner_offering(referral.need_kind).id if "partner" in transition.fields else "",
        "answered_by": "Abdul Karim",
        "completed_on": clock.today().isoformat(),
        "result": "Sudah diserahkan",
        "outcome": "met",
        "confirmed_how": "Kunjungan rumah",
        "confirmed_by": "Ibu klien",
        "decline_reason": "capacity_full",
        "declined_by": "partner",
        "document": "Fotokopi KK",
        "reply": "Besok kami antar",
    }
    return {name: fields[name] for name in transition.fields if name in fields}


def count_events(referral: Referral) -> int:
    db.session.rollback()
    event_count = select(func.count(CaseEvent.id)).where(CaseEvent.source_id == referral.id)
    return db.session.scalar(event_count.where(CaseEvent.source == "referral")) or 0


def expected_status(transition: Transition, referral: Referral, who: str) -> int:
    if not is_permitted(get_user(who), f"can_{transition.name}", "ReferralView"):
        return 403
    return 302 if transition.is_allowed(referral) else 409


@pytest.mark.parametrize("who", ["admin", "rina", "kabid"])
@pytest.mark.parametrize("state", ReferralState, ids=lambda state: state.name)
def test_transition_is_made_from_its_sources_by_permitted_roles_and_writes_one_event(
    make: ModuleType, as_user: AsUser, who: str, state: ReferralState
) -> None:
    client, wrong = as_user(who), []
    referral = make.referral_in_state(state.name)
    for transition in REFERRAL_TRANSITIONS:
        wanted, before = expected_status(transition, referral, who), count_events(referral)
        data = {"version": referral.version, **transition_fields(transition, make, referral)}
        answer = client.post(f"/referrals/{referral.id}/{transition.name}", data=data)
        event_count = count_events(referral) - before
        db.session.refresh(referral)
        reached = referral.state.name
        target = (transition.target or state.name) if wanted == 302 else state.name
        due = 1 if wanted == 302 and transition.name != "refer_on" else 0
        if answer.status_code != wanted or reached != target or event_count != due:
            wrong.append(
                f"{transition.name}: {answer.status_code}, not {wanted}; {reached}; {event_count} events"
            )
        if wanted == 302:
            referral = make.referral_in_state(state.name)
    assert wrong == []


@pytest.mark.parametrize("transition", REFERRAL_TRANSITIONS, ids=lambda transition: transition.name)
def test_colleague_makes_transitions_on_visible_referrals_and_gets_404_for_hidden_ones(
    make: ModuleType, as_user: AsUser, transition: Transition
) -> None:
    source = transition.sources[0]
    seen = make.referral_in_state(source)
    hidden = make.referral_in_state(
        source, case=make.case(by="rina", tags=[make.tag(make.Confidentiality.secret)])
    )
    data = {"version": seen.version, **transition_fields(transition, make, seen)}
    assert as_user("sari").post(f"/referrals/{seen.id}/{transition.name}", data=data).status_code == 302
    data = {"version": hidden.version, **transition_fields(transition, make, hidden)}
    assert as_user("sari").post(f"/referrals/{hidden.id}/{transition.name}", data=data).status_code == 404


@pytest.mark.parametrize("transition", REFERRAL_TRANSITIONS, ids=lambda transition: transition.name)
def test_repeated_transition_is_made_once(make: ModuleType, as_user: AsUser, transition: Transition) -> None:
    referral = make.referral_in_state(transition.sources[0])
    data = {"version": referral.version, **transition_fields(transition, make, referral)}
    first, second = (
        as_user("rina").post(f"/referrals/{referral.id}/{transition.name}", data=data) for _n in "12"
    )
    assert (first.status_code, second.status_code) == (302, 409)
    drafts = db.session.scalar(select(func.count(Referral.id)).where(Referral.previous_id == referral.id))
    assert drafts == (1 if transition.name == "refer_on" else 0)


def test_missing_required_field_of_a_transition_is_refused_and_nothing_changes(
    make: ModuleType, as_user: AsUser
) -> None:
    needed = {
        "send": "shared_fields",
        "accept": "answered_by",
        "complete": "result",
        "confirm": "confirmed_by",
        "dispute": "reason",
        "decline": "decline_reason",
        "cancel": "reason",
    }
    for transition in (transition for transition in REFERRAL_TRANSITIONS if transition.name in needed):
        referral = make.referral_in_state(transition.sources[0])
        form_data = transition_fields(transition, make, referral) | {needed[transition.name]: ""}
        data = {"version": referral.version, **form_data}
        answer = as_user("rina").post(f"/referrals/{referral.id}/{transition.name}", data=data)
        assert answer.status_code == 200, transition.name
        assert f'id="{needed[transition.name]}-error"' in answer.text, transition.name
        db.session.refresh(referral)
        assert referral.state.name == transition.sources[0]


def test_service_refuses_a_supervisor_who_sees_the_case(make: ModuleType) -> None:
    referral, kabid = make.sent_referral(), get_user("kabid")
    with pytest.raises(Forbidden), transaction(by=kabid):
        cancel_referral(referral, reason="Salah", by=kabid)
    db.session.refresh(referral)
    assert referral.state is ReferralState.sent


def test_draft_of_a_closed_case_is_not_edited(as_user: AsUser, make: ModuleType) -> None:
    draft, rina = make.referral(), as_user("rina")
    edit, show = f"/referrals/edit/{draft.id}", f"/referrals/show/{draft.id}"
    assert edit in rina.get_page(show)
    with transaction(by=get_user("admin")):  # past the service, which closes no case with a draft
        draft.case.status, draft.case.closed_at = CaseStatus.closed, clock.now()
        draft.case.closing_reason, draft.case.closing_summary = ClosingReason.moved, "Pindah"
    assert edit not in rina.get_page(show)
    assert rina.get(edit).status_code == 403


def test_choosing_a_partner_requires_one(as_user: AsUser, make: ModuleType) -> None:
    draft = make.referral()
    answer = as_user("rina").post(f"/referrals/{draft.id}/choose_partner", data={"version": draft.version})
    assert field_error(answer, "partner")
