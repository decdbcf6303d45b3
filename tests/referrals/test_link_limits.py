"""Transitions that a partner link cannot make, and answers by a link that is revoked meanwhile."""

from types import ModuleType
from typing import Any

import pytest

from app.core import clock
from app.core.errors import Conflict, Forbidden
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.enums import Outcome
from app.referrals.models.referral import Referral
from app.referrals.policy import PartnerLinkActor
from app.referrals.services import links
from app.referrals.services.answers import accept_referral
from app.referrals.services.office import (
    cancel_referral,
    confirm_referral,
    dispute_referral,
    reply_to_partner,
)
from tests.referrals.partner_link import ANSWERED_BY, create_link, list_event_kinds, open_link, reload
from tests.support.client import PortalClient

OFFICE_TRANSITIONS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "confirm": (
        "completed",
        confirm_referral,
        {"outcome": Outcome.met, "confirmed_how": "Telepon", "confirmed_by": "Ibu"},
    ),
    "dispute": ("completed", dispute_referral, {"reason": "Belum"}),
    "cancel": ("sent", cancel_referral, {"reason": "Salah"}),
    "reply": ("sent", reply_to_partner, {"reply": "Terima kasih"}),
}


@pytest.mark.parametrize("transition", OFFICE_TRANSITIONS)
def test_partner_link_cannot_make_transitions_of_the_office(
    make: ModuleType, anonymous_client: PortalClient, transition: str
) -> None:
    state, service, fields = OFFICE_TRANSITIONS[transition]
    referral = make.referral_in_state(state)
    key = create_link(referral)
    open_link(anonymous_client, key)
    typed = {name: getattr(value, "name", value) for name, value in fields.items()}
    assert anonymous_client.post(f"{key.url}/{transition}", data={**ANSWERED_BY, **typed}).status_code == 404
    link = links.find_link(key.token)
    assert link is not None
    before = referral.version, len(referral.messages)
    with pytest.raises(Forbidden), transaction(by=PartnerLinkActor(link)):
        links.answer_by_link(link, service, fields)
    now = reload(referral)
    assert (now.state.name, now.version, len(now.messages)) == (state, *before)


@pytest.mark.both_databases
def test_answer_by_a_link_revoked_at_the_same_moment_is_rolled_back(make: ModuleType) -> None:
    referral = make.sent_referral()
    link = links.find_link(create_link(referral).token)
    assert link is not None

    def accept(referral: Referral, **fields: Any) -> Referral:
        made = accept_referral(referral, **fields)
        link.revoked_at = clock.now()  # as if a colleague revoked it in a concurrent transaction
        db.session.flush()
        return made

    with pytest.raises(Conflict), transaction(by=PartnerLinkActor(link)):
        links.answer_by_link(link, accept, {"answered_by": "Abdul"})
    assert reload(referral).state.name == "sent"


def test_right_code_opens_no_link_whose_referral_ended_meanwhile(make: ModuleType) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    link = links.find_link(key.token)
    assert link is not None
    make.apply_transition(referral, cancel_referral, reason="Salah")
    with transaction(by=PartnerLinkActor(link)):
        assert not links.open_link(link, key.code)
    assert list_event_kinds(referral)[-1] == "referral_cancelled"
    assert link.last_used_at is None
