"""Services of the office: send, confirm, dispute, cancel, settle, reply.

Each raises Forbidden if the actor may not act, and Conflict if the state does not allow the transition.
"""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.services.rules import require_open_case
from app.clients.enums import ConsentPurpose
from app.clients.models.client import Consent
from app.core import clock
from app.core.actor import Actor
from app.core.checks import require_text
from app.core.errors import Conflict, PortalError
from app.core.records import AddFormRef, RecordLink, RecordRef
from app.db.records import touch
from app.extensions import db
from app.partners.enums import PartnerKind
from app.referrals.enums import LegalBasis, MessageKind, Outcome, ReferralState, SharedField
from app.referrals.event_types import (
    REFERRAL_ANSWERED,
    REFERRAL_CANCELLED,
    REFERRAL_CONFIRMED,
    REFERRAL_DISPUTED,
    REFERRAL_SENT,
    REFERRAL_SETTLED,
)
from app.referrals.models.exchange import ReferralDocument, ReferralMessage
from app.referrals.models.referral import Referral
from app.referrals.services.disclosures import disclose_on_sending, refuse_restricted_details
from app.referrals.services.drafts import build_referral_search_text, require_offer
from app.referrals.services.letters import assign_letter_number
from app.referrals.services.links import add_letter_link
from app.referrals.services.rules import begin_transition, record_referral_event, set_state, start_clock
from app.referrals.transitions import LIVE_STATES

_STATES_UNDER_WAY = [ReferralState[name] for name in LIVE_STATES if name != "draft"]


def send_referral(
    referral: Referral,
    *,
    shared_fields: Iterable[SharedField],
    by: Actor,
    legal_basis: LegalBasis | None = None,
    reason: str | None = None,
) -> Referral:
    """Send the referral: store the disclosure, assign the letter number, start the time limit.

    `reason` is required with a `legal_basis`; without one the newest valid consent is the basis. Raises
    PortalError without a basis, for missing documents, for a second live referral, for a partner that cannot
    take it, and for personal details that `by` may not read.
    """
    begin_transition(referral, "send", by)
    require_open_case(referral.case)
    fields = set(shared_fields)
    shared_codes = sorted(field.name for field in fields)
    if not shared_codes:
        raise PortalError(_("Tick what the partner may know."), field="shared_fields")
    refuse_restricted_details(referral, fields, by, "shared_fields")
    require_offer(referral.partner, referral.need_kind)
    _refuse_missing_documents(referral)
    _refuse_second_referral(referral)
    _set_legal_basis(referral, legal_basis, reason)
    referral.shared_fields = shared_codes
    referral.sent_at = clock.now()
    assign_letter_number(referral)
    add_letter_link(referral)
    referral.search_text = build_referral_search_text(referral)
    if referral.partner.kind is PartnerKind.uptd_ppa:  # stops the 72 hours, like a service of this kind
        referral.case.violence_reported_at = referral.case.violence_reported_at or referral.sent_at
    set_state(referral, ReferralState.sent, by)
    data = {"shared_fields": shared_codes, "legal_basis": legal_basis, "consent_id": referral.consent_id}
    data |= disclose_on_sending(referral)
    record_referral_event(referral, REFERRAL_SENT, by=by, data=data, reason=referral.legal_reason)
    return referral


def _refuse_missing_documents(referral: Referral) -> None:
    missing = [document for document in referral.documents if document.is_missing]
    if missing:
        raise PortalError(
            _("The checklist is not complete: attach, enclose or waive what is missing."),
            links=[
                RecordLink(RecordRef(ReferralDocument, document.id), document.title) for document in missing
            ],
        )


def _refuse_second_referral(referral: Referral) -> None:
    other = db.session.scalars(
        select(Referral).where(
            Referral.case_id == referral.case_id,
            Referral.partner_id == referral.partner_id,
            Referral.need_kind_id == referral.need_kind_id,
            Referral.state.in_(_STATES_UNDER_WAY),
            Referral.id != referral.id,
        )
    ).first()
    if other is not None:
        raise PortalError(
            _("A referral of this need to this partner is under way already."),
            link=RecordLink(RecordRef(Referral, other.id, "desk"), other.number),
        )


def _set_legal_basis(referral: Referral, legal_basis: LegalBasis | None, reason: str | None) -> None:
    """Set the legal basis with its reason or, without one, the client's newest valid consent."""
    if legal_basis is not None:
        referral.legal_basis, referral.legal_reason = legal_basis, require_text(reason, "reason")
        referral.consent_id = None
        return
    consent = db.session.scalars(
        select(Consent)
        .where(
            Consent.client_id == referral.case.client_id,
            Consent.purpose == ConsentPurpose.share_with_partner,
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Consent.given_on.desc(), Consent.id.desc())
        .with_for_update(key_share=True)  # the consent cannot be withdrawn while it is used
    ).first()
    if consent is None:
        raise PortalError(
            _("No consent to share data with a partner is in force: record it, or name a legal basis."),
            field="legal_basis",
            link=RecordLink(
                AddFormRef(
                    Consent,
                    {
                        "client": referral.case.client_id,
                        "purpose": ConsentPurpose.share_with_partner.name,
                    },
                ),
                _("Record consent"),
            ),
        )
    referral.consent_id, referral.legal_basis, referral.legal_reason = consent.id, None, None


def confirm_referral(
    referral: Referral,
    *,
    outcome: Outcome,
    by: Actor,
    confirmed_how: str | None = None,
    confirmed_by: str | None = None,
    reason: str | None = None,
) -> Referral:
    """Close the referral with the result that the client states.

    `confirmed_how` and `confirmed_by` are required; for `unreachable` only `reason`: what was tried.
    """
    begin_transition(referral, "confirm", by)
    if outcome is Outcome.unreachable:
        referral.unreachable_reason = require_text(reason, "reason")
    else:
        referral.confirmed_how = require_text(confirmed_how, "confirmed_how")
        referral.confirmed_by = require_text(confirmed_by, "confirmed_by")
    referral.outcome, referral.confirmed_at = outcome, clock.now()
    set_state(referral, ReferralState.closed, by)
    data = {"outcome": outcome}
    record_referral_event(referral, REFERRAL_CONFIRMED, by=by, data=data, reason=referral.unreachable_reason)
    return referral


def dispute_referral(referral: Referral, *, reason: str, by: Actor) -> Referral:
    """Return the referral to the partner, because the client says it is not done.

    The partner reads the reason as a message. The event keeps the completion times, which are cleared.
    """
    begin_transition(referral, "dispute", by)
    reason = require_text(reason, "reason")
    data: dict[str, Any] = {
        "completed_at": referral.completed_at,
        "completed_on": referral.completed_on,
    }
    referral.completed_at = referral.completed_on = referral.result = None
    referral.started_at = referral.started_at or clock.now()
    set_state(referral, ReferralState.in_service, by)
    db.session.add(ReferralMessage(referral_id=referral.id, kind=MessageKind.reply, text=reason))
    record_referral_event(referral, REFERRAL_DISPUTED, by=by, data=data, reason=reason)
    return referral


def cancel_referral(referral: Referral, *, reason: str, by: Actor) -> Referral:
    """Cancel the referral; possible for an archived partner, too."""
    begin_transition(referral, "cancel", by)
    referral.cancelled_at, referral.cancelled_reason = clock.now(), require_text(reason, "reason")
    set_state(referral, ReferralState.cancelled, by)
    record_referral_event(referral, REFERRAL_CANCELLED, by=by, reason=referral.cancelled_reason)
    return referral


def settle_referral(referral: Referral, *, reason: str, by: Actor) -> Referral:
    """End a declined or cancelled referral without referring on; clear owner and time limit.

    Raises Conflict if it was settled or referred on already.
    """
    begin_transition(referral, "settle", by)
    reason = require_text(reason, "reason")
    if referral.owner_id is None:
        raise Conflict(_("Nothing waits here any more."))
    referral.owner_id = None
    start_clock(referral, None)
    record_referral_event(referral, REFERRAL_SETTLED, by=by, reason=reason)
    return referral


def reply_to_partner(referral: Referral, *, reply: str, by: Actor) -> Referral:
    """Add a message that the partner reads on its page."""
    begin_transition(referral, "reply", by)
    text = require_text(reply, "reply")
    db.session.add(ReferralMessage(referral_id=referral.id, kind=MessageKind.reply, text=text))
    touch(referral)
    record_referral_event(referral, REFERRAL_ANSWERED, by=by)
    return referral


def list_live_referrals(case: Case) -> list[RecordLink]:
    """List the open referrals of a case, which block its closing."""
    query = select(Referral).where(
        Referral.case_id == case.id, Referral.state.in_([ReferralState[name] for name in LIVE_STATES])
    )
    return [
        RecordLink(
            RecordRef(Referral, referral.id),
            _("Referral %(number)s: %(state)s", number=referral.number, state=str(referral.state.value)),
        )
        for referral in db.session.scalars(query.order_by(Referral.id))
    ]
