"""Every move of a referral from every state, by every role, as `states.py` says it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from app.cases.models import CaseEvent
from app.core import clock
from app.core.moves import Move
from app.extensions import db
from app.referrals.choices import ReferralState
from app.referrals.models import Referral
from app.referrals.states import REFERRAL_MOVES
from app.security.roles import allows
from tests.support.client import PortalClient
from tests.support.html import message_beside
from tests.support.portal import person

AsUser = Callable[[str], PortalClient]


def said_for(move: Move, make: ModuleType, referral: Referral) -> dict[str, Any]:
    fields = {
        "shared_fields": "identity",
        "legal_basis": "emergency",
        "reason": "Nyawa dalam bahaya",
        "partner": make.offering(referral.need_kind).id if "partner" in move.asks else "",
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
    return {name: fields[name] for name in move.asks if name in fields}


def events_of(referral: Referral) -> int:
    db.session.rollback()
    told = select(func.count(CaseEvent.id)).where(CaseEvent.source_id == referral.id)
    return db.session.scalar(told.where(CaseEvent.source == "referral")) or 0


def expected(move: Move, referral: Referral, who: str) -> int:
    if not allows(person(who), f"can_{move.name}", "ReferralView"):
        return 403
    return 302 if move.starts_from(referral) else 409


@pytest.mark.parametrize("who", ["admin", "rina", "kabid"])
@pytest.mark.parametrize("state", ReferralState, ids=lambda state: state.name)
def test_a_move_is_made_from_where_it_is_legal_by_who_may_and_tells_one_event(
    make: ModuleType, as_user: AsUser, who: str, state: ReferralState
) -> None:
    client, wrong = as_user(who), []
    referral = make.referral_at(state.name)
    for move in REFERRAL_MOVES:
        wanted, before = expected(move, referral, who), events_of(referral)
        data = {"version": referral.version, **said_for(move, make, referral)}
        answer = client.post(f"/referrals/{referral.id}/{move.name}", data=data)
        told = events_of(referral) - before
        db.session.refresh(referral)
        reached = referral.state.name
        target = (move.target or state.name) if wanted == 302 else state.name
        due = 1 if wanted == 302 and move.name != "refer_on" else 0
        if answer.status_code != wanted or reached != target or told != due:
            wrong.append(f"{move.name}: {answer.status_code}, not {wanted}; {reached}; {told} events")
        if wanted == 302:
            referral = make.referral_at(state.name)
    assert wrong == []


@pytest.mark.parametrize("move", REFERRAL_MOVES, ids=lambda move: move.name)
def test_a_colleague_moves_what_he_sees_and_gets_404_for_what_he_does_not(
    make: ModuleType, as_user: AsUser, move: Move
) -> None:
    source = move.sources[0]
    seen = make.referral_at(source)
    hidden = make.referral_at(source, case=make.case(by="rina", tags=[make.tag(make.Confidentiality.secret)]))
    data = {"version": seen.version, **said_for(move, make, seen)}
    assert as_user("sari").post(f"/referrals/{seen.id}/{move.name}", data=data).status_code == 302
    data = {"version": hidden.version, **said_for(move, make, hidden)}
    assert as_user("sari").post(f"/referrals/{hidden.id}/{move.name}", data=data).status_code == 404


@pytest.mark.parametrize("move", REFERRAL_MOVES, ids=lambda move: move.name)
def test_pressing_twice_acts_once(make: ModuleType, as_user: AsUser, move: Move) -> None:
    referral = make.referral_at(move.sources[0])
    data = {"version": referral.version, **said_for(move, make, referral)}
    first, second = (as_user("rina").post(f"/referrals/{referral.id}/{move.name}", data=data) for _n in "12")
    assert (first.status_code, second.status_code) == (302, 409)
    drafts = db.session.scalar(select(func.count(Referral.id)).where(Referral.previous_id == referral.id))
    assert drafts == (1 if move.name == "refer_on" else 0)


def test_a_field_that_a_move_needs_is_asked_for_and_the_rest_is_kept(
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
    for move in (move for move in REFERRAL_MOVES if move.name in needed):
        referral = make.referral_at(move.sources[0])
        said = said_for(move, make, referral) | {needed[move.name]: ""}
        data = {"version": referral.version, **said}
        answer = as_user("rina").post(f"/referrals/{referral.id}/{move.name}", data=data)
        assert answer.status_code == 200, move.name
        assert f'id="{needed[move.name]}-error"' in answer.text, move.name
        db.session.refresh(referral)
        assert referral.state.name == move.sources[0]


def test_without_a_partner_nothing_is_chosen(as_user: AsUser, make: ModuleType) -> None:
    draft = make.referral()
    answer = as_user("rina").post(f"/referrals/{draft.id}/choose_partner", data={"version": draft.version})
    assert message_beside(answer, "partner")
