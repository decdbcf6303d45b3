"""What a partner may not do by its link, and what a link may no longer do."""

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
from tests.referrals.partner_link import ANSWERED_BY, create_link, open_link, reload
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


@pytest.mark.parametrize("move", OFFICE_TRANSITIONS)
def test_partner_does_nothing_of_the_office_by_its_link(
    make: ModuleType, anonymous_client: PortalClient, move: str
) -> None:
    state, verb, said = OFFICE_TRANSITIONS[move]
    referral = make.referral_in_state(state)
    key = create_link(referral)
    open_link(anonymous_client, key)
    typed = {name: getattr(value, "name", value) for name, value in said.items()}
    assert anonymous_client.post(f"{key.url}/{move}", data={**ANSWERED_BY, **typed}).status_code == 404
    link = links.find_link(key.token)
    assert link is not None
    before = referral.version, len(referral.messages)
    with pytest.raises(Forbidden), transaction(by=PartnerLinkActor(link)):
        links.answer_by_link(link, verb, said)
    now = reload(referral)
    assert (now.state.name, now.version, len(now.messages)) == (state, *before)


@pytest.mark.both_databases
def test_answer_by_a_link_that_ends_at_the_same_moment_is_undone(make: ModuleType) -> None:
    referral = make.sent_referral()
    link = links.find_link(create_link(referral).token)
    assert link is not None

    def accept(referral: Referral, **said: Any) -> Referral:
        made = accept_referral(referral, **said)
        link.revoked_at = clock.now()  # as a colleague ends it who was a moment faster
        db.session.flush()
        return made

    with pytest.raises(Conflict), transaction(by=PartnerLinkActor(link)):
        links.answer_by_link(link, accept, {"answered_by": "Abdul"})
    assert reload(referral).state.name == "sent"
