"""What a partner may not do by its link, and what a link may no longer do."""

from types import ModuleType
from typing import Any

import pytest

from app.core import clock
from app.core.errors import Conflict, Forbidden
from app.core.unit import unit
from app.extensions import db
from app.referrals import services
from app.referrals.actor import PartnerByLink
from app.referrals.choices import Outcome
from app.referrals.models import Referral
from app.referrals.services import links
from tests.referrals.door import WHO, enter, fresh, linked
from tests.support.client import PortalClient

OFFICE_ALONE: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "confirm": (
        "completed",
        services.confirm_referral,
        {"outcome": Outcome.met, "confirmed_how": "Telepon", "confirmed_by": "Ibu"},
    ),
    "dispute": ("completed", services.dispute_referral, {"reason": "Belum"}),
    "cancel": ("sent", services.cancel_referral, {"reason": "Salah"}),
    "reply": ("sent", services.reply_to_partner, {"reply": "Terima kasih"}),
}


@pytest.mark.parametrize("move", OFFICE_ALONE)
def test_partner_does_nothing_of_the_office_by_its_link(
    make: ModuleType, nobody: PortalClient, move: str
) -> None:
    state, verb, said = OFFICE_ALONE[move]
    referral = make.referral_at(state)
    key = linked(referral)
    enter(nobody, key)
    typed = {name: getattr(value, "name", value) for name, value in said.items()}
    assert nobody.post(f"{key.url}/{move}", data={**WHO, **typed}).status_code == 404
    link = links.find_link(key.token)
    assert link is not None
    before = referral.version, len(referral.messages)
    with pytest.raises(Forbidden), unit(by=PartnerByLink(link)):
        links.answer_by(link, verb, said)
    now = fresh(referral)
    assert (now.state.name, now.version, len(now.messages)) == (state, *before)


def test_answer_by_a_link_that_ends_at_the_same_moment_is_undone(make: ModuleType) -> None:
    referral = make.sent()
    link = links.find_link(linked(referral).token)
    assert link is not None

    def accept(referral: Referral, **said: Any) -> Referral:
        made = services.accept_referral(referral, **said)
        link.revoked_at = clock.now()  # as a colleague ends it who was a moment faster
        db.session.flush()
        return made

    with pytest.raises(Conflict), unit(by=PartnerByLink(link)):
        links.answer_by(link, accept, {"answered_by": "Abdul"})
    assert fresh(referral).state.name == "sent"
