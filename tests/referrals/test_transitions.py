"""Every move of a referral from every state, by every role, as `states.py` says it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from app.cases.models.event import CaseEvent
from app.core import clock
from app.core.transitions import Transition
from app.extensions import db
from app.referrals.enums import ReferralState
from app.referrals.models.referral import Referral
from app.referrals.transitions import REFERRAL_TRANSITIONS
from tests.support.accounts import is_permitted
from tests.support.client import PortalClient
from tests.support.html import field_error
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]


def transition_fields(move: Transition, make: ModuleType, referral: Referral) -> dict[str, Any]:
    fields = {
        "shared_fields": "identity",
        "legal_basis": "emergency",
        "reason": "Nyawa dalam bahaya",
        "partner": make.partner_offering(referral.need_kind).id if "partner" in move.fields else "",
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
    return {name: fields[name] for name in move.fields if name in fields}


def count_events(referral: Referral) -> int:
    db.session.rollback()
    told = select(func.count(CaseEvent.id)).where(CaseEvent.source_id == referral.id)
    return db.session.scalar(told.where(CaseEvent.source == "referral")) or 0


def expected_status(move: Transition, referral: Referral, who: str) -> int:
    if not is_permitted(get_user(who), f"can_{move.name}", "ReferralView"):
        return 403
    return 302 if move.is_allowed(referral) else 409


@pytest.mark.parametrize("who", ["admin", "rina", "kabid"])
@pytest.mark.parametrize("state", ReferralState, ids=lambda state: state.name)
def test_transition_is_made_from_its_sources_by_permitted_roles_and_writes_one_event(
    make: ModuleType, as_user: AsUser, who: str, state: ReferralState
) -> None:
    client, wrong = as_user(who), []
    referral = make.referral_in_state(state.name)
    for move in REFERRAL_TRANSITIONS:
        wanted, before = expected_status(move, referral, who), count_events(referral)
        data = {"version": referral.version, **transition_fields(move, make, referral)}
        answer = client.post(f"/referrals/{referral.id}/{move.name}", data=data)
        told = count_events(referral) - before
        db.session.refresh(referral)
        reached = referral.state.name
        target = (move.target or state.name) if wanted == 302 else state.name
        due = 1 if wanted == 302 and move.name != "refer_on" else 0
        if answer.status_code != wanted or reached != target or told != due:
            wrong.append(f"{move.name}: {answer.status_code}, not {wanted}; {reached}; {told} events")
        if wanted == 302:
            referral = make.referral_in_state(state.name)
    assert wrong == []


@pytest.mark.parametrize("move", REFERRAL_TRANSITIONS, ids=lambda move: move.name)
def test_colleague_makes_transitions_on_visible_referrals_and_gets_404_for_hidden_ones(
    make: ModuleType, as_user: AsUser, move: Transition
) -> None:
    source = move.sources[0]
    seen = make.referral_in_state(source)
    hidden = make.referral_in_state(
        source, case=make.case(by="rina", tags=[make.tag(make.Confidentiality.secret)])
    )
    data = {"version": seen.version, **transition_fields(move, make, seen)}
    assert as_user("sari").post(f"/referrals/{seen.id}/{move.name}", data=data).status_code == 302
    data = {"version": hidden.version, **transition_fields(move, make, hidden)}
    assert as_user("sari").post(f"/referrals/{hidden.id}/{move.name}", data=data).status_code == 404


@pytest.mark.parametrize("move", REFERRAL_TRANSITIONS, ids=lambda move: move.name)
def test_repeated_transition_is_made_once(make: ModuleType, as_user: AsUser, move: Transition) -> None:
    referral = make.referral_in_state(move.sources[0])
    data = {"version": referral.version, **transition_fields(move, make, referral)}
    first, second = (as_user("rina").post(f"/referrals/{referral.id}/{move.name}", data=data) for _n in "12")
    assert (first.status_code, second.status_code) == (302, 409)
    drafts = db.session.scalar(select(func.count(Referral.id)).where(Referral.previous_id == referral.id))
    assert drafts == (1 if move.name == "refer_on" else 0)


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
    for move in (move for move in REFERRAL_TRANSITIONS if move.name in needed):
        referral = make.referral_in_state(move.sources[0])
        said = transition_fields(move, make, referral) | {needed[move.name]: ""}
        data = {"version": referral.version, **said}
        answer = as_user("rina").post(f"/referrals/{referral.id}/{move.name}", data=data)
        assert answer.status_code == 200, move.name
        assert f'id="{needed[move.name]}-error"' in answer.text, move.name
        db.session.refresh(referral)
        assert referral.state.name == move.sources[0]


def test_choosing_a_partner_requires_one(as_user: AsUser, make: ModuleType) -> None:
    draft = make.referral()
    answer = as_user("rina").post(f"/referrals/{draft.id}/choose_partner", data={"version": draft.version})
    assert field_error(answer, "partner")
