"""Factories of referrals; `tests.factories` re-exports them."""

from typing import Any

from sqlalchemy import select

from app.clients.enums import ConsentPurpose
from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from app.partners.models import Partner
from app.reference.models import NeedKind
from app.referrals.enums import DeclinedBy, Outcome, Refusal, SharedField
from app.referrals.models.referral import Referral
from app.referrals.services.answers import (
    accept_referral,
    complete_referral,
    decline_referral,
    start_referral,
)
from app.referrals.services.drafts import draft_referral
from app.referrals.services.office import cancel_referral, confirm_referral, send_referral
from tests import factories as make


def get_need_kind(code: str = "wheelchair") -> NeedKind:
    """Return a kind of need of the reference data."""
    return db.session.scalars(select(NeedKind).where(NeedKind.code == code)).one()


def partner_offering(
    need_kind: NeedKind | None = None, *, documents: str | None = None, **data: Any
) -> Partner:
    """Create a partner with a service for this need."""
    made = make.partner(**data)
    make.partner_service(need_kind or get_need_kind(), partner=made, required_documents=documents)
    return made


def referral(*, by: str = "rina", documents: str | None = None, **data: Any) -> Referral:
    """Draft a referral for a wheelchair to a new partner, which requires no documents by default."""
    kind = data.get("need_kind") or get_need_kind()
    values = {"need_kind": kind, "request": f"Permintaan {make.next_number()}", **data}
    values["partner"] = data.get("partner") or partner_offering(kind, documents=documents)
    return make.create_record(draft_referral, {"case": data.get("case") or make.case(by=by), **values}, by=by)


def sent_referral(*, by: str = "rina", **data: Any) -> Referral:
    """Send a referral for whose client a consent exists."""
    made = referral(by=by, **data)
    make.consent(client=made.case.client, purpose=ConsentPurpose.share_with_partner)
    return apply_transition(made, send_referral, by=by, shared_fields=[SharedField.identity])


def apply_transition(record: Referral, service: Any, *, by: str = "rina", **values: Any) -> Referral:
    """Run a transition service on the record in a transaction of its own."""
    actor = make.get_user(by)
    with transaction(by=actor):
        changed: Referral = service(record, by=actor, **values)
    return changed


def referral_in_state(state: str, *, by: str = "rina", **data: Any) -> Referral:
    """Create a referral and take it to the state through the transition services."""
    if state == "draft":
        return referral(by=by, **data)
    if state == "cancelled":
        return apply_transition(referral(by=by, **data), cancel_referral, by=by, reason="Salah")
    made = sent_referral(by=by, **data)
    if state == "declined":
        refused = {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner}
        return apply_transition(made, decline_referral, by=by, **refused)
    steps = {
        "accepted": (accept_referral, {"answered_by": "Abdul"}),
        "in_service": (start_referral, {}),
        "completed": (complete_referral, {"completed_on": clock.today(), "result": "Sudah diserahkan"}),
        "closed": (
            confirm_referral,
            {"outcome": Outcome.met, "confirmed_how": "Kunjungan", "confirmed_by": "Ibu"},
        ),
    }
    for name, (service, values) in steps.items() if state != "sent" else ():
        apply_transition(made, service, by=by, **values)
        if name == state:
            break
    return made
