"""What the office does with a referral: sends it, asks the client, takes it back."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models import Case
from app.cases.services.rules import must_be_open, said, touch
from app.cases.standing import Standing, closing_checks
from app.cases.states import EventKind
from app.clients.choices import ConsentPurpose
from app.clients.models import Consent
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.extensions import db
from app.partners.choices import PartnerKind
from app.referrals.choices import LegalBasis, MessageKind, Outcome, SharedField
from app.referrals.models import Referral, ReferralMessage
from app.referrals.services.disclosures import disclose_sent, refuse_restricted
from app.referrals.services.drafts import offer_of, referral_search_text
from app.referrals.services.letters import give_letter_number
from app.referrals.services.links import add_letter_link
from app.referrals.services.rules import begin, stand, start_clock, write_down
from app.referrals.states import LIVE, ReferralState

_UNDER_WAY = [ReferralState[name] for name in LIVE if name != "draft"]


def send_referral(
    referral: Referral,
    *,
    shared_fields: Iterable[SharedField],
    by: Actor,
    legal_basis: LegalBasis | None = None,
    reason: str | None = None,
) -> Referral:
    """Let the ticked data go to the partner, and start the clock."""
    begin(referral, "send", by)
    must_be_open(referral.case)
    fields = set(shared_fields)
    shared = sorted(field.name for field in fields)
    if not shared:
        raise PortalError(_("Tick what the partner may know."), field="shared_fields")
    refuse_restricted(referral, fields, by, "shared_fields")
    offer_of(referral.partner, referral.need_kind)
    _refuse_missing(referral)
    _refuse_second(referral)
    _found_on(referral, legal_basis, reason)
    referral.shared_fields = shared
    referral.sent_at = clock.now()
    give_letter_number(referral)
    add_letter_link(referral)
    referral.search_text = referral_search_text(referral)
    if referral.partner.kind is PartnerKind.uptd_ppa:  # as a service of this kind does: the 72 hours stop
        referral.case.violence_reported_at = referral.case.violence_reported_at or referral.sent_at
    stand(referral, ReferralState.sent, by)
    told = {"shared_fields": shared, "legal_basis": legal_basis, "consent_id": referral.consent_id}
    told |= disclose_sent(referral)
    write_down(referral, EventKind.referral_sent, by=by, data=told, reason=referral.legal_reason)
    return referral


def _refuse_missing(referral: Referral) -> None:
    missing = [document for document in referral.documents if document.is_missing]
    if missing:
        raise PortalError(
            _("The checklist is not complete: attach, enclose or waive what is missing."),
            links=[(f"/referral-documents/show/{document.id}", document.title) for document in missing],
        )


def _refuse_second(referral: Referral) -> None:
    other = db.session.scalars(
        select(Referral).where(
            Referral.case_id == referral.case_id,
            Referral.partner_id == referral.partner_id,
            Referral.need_kind_id == referral.need_kind_id,
            Referral.state.in_(_UNDER_WAY),
            Referral.id != referral.id,
        )
    ).first()
    if other is not None:
        raise PortalError(
            _("A referral of this need to this partner is under way already."),
            link=(f"/referrals/{other.id}/", other.number),
        )


def _found_on(referral: Referral, legal_basis: LegalBasis | None, reason: str | None) -> None:
    """Say what allows the sharing: the client's consent, or a basis in the law with a reason."""
    if legal_basis is not None:
        referral.legal_basis, referral.legal_reason = legal_basis, said(reason, "reason")
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
        .with_for_update(key_share=True)  # nobody withdraws it while it is relied on
    ).first()
    if consent is None:
        raise PortalError(
            _("No consent to share data with a partner is in force: record it, or name a legal basis."),
            field="legal_basis",
            link=(
                f"/consents/add?client={referral.case.client_id}&purpose=share_with_partner",
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
    """Close the loop with the client's own word, or with what was tried to get it."""
    begin(referral, "confirm", by)
    if outcome is Outcome.unreachable:
        referral.unreachable_reason = said(reason, "reason")
    else:
        referral.confirmed_how = said(confirmed_how, "confirmed_how")
        referral.confirmed_by = said(confirmed_by, "confirmed_by")
    referral.outcome, referral.confirmed_at = outcome, clock.now()
    stand(referral, ReferralState.closed, by)
    data = {"outcome": outcome}
    write_down(referral, EventKind.referral_confirmed, by=by, data=data, reason=referral.unreachable_reason)
    return referral


def dispute_referral(referral: Referral, *, reason: str, by: Actor) -> Referral:
    """The client says it is not done: the partner has it again, and reads the reason as a message.

    The event keeps when it was called done.
    """
    begin(referral, "dispute", by)
    reason = said(reason, "reason")
    told: dict[str, Any] = {
        "completed_at": referral.completed_at,
        "completed_on": referral.completed_on,
    }
    referral.completed_at = referral.completed_on = referral.result = None
    referral.started_at = referral.started_at or clock.now()
    stand(referral, ReferralState.in_service, by)
    db.session.add(ReferralMessage(referral_id=referral.id, kind=MessageKind.reply, text=reason))
    write_down(referral, EventKind.referral_disputed, by=by, data=told, reason=reason)
    return referral


def cancel_referral(referral: Referral, *, reason: str, by: Actor) -> Referral:
    """Take it back; also when the partner is no longer one of ours."""
    begin(referral, "cancel", by)
    referral.cancelled_at, referral.cancelled_reason = clock.now(), said(reason, "reason")
    stand(referral, ReferralState.cancelled, by)
    write_down(referral, EventKind.referral_cancelled, by=by, reason=referral.cancelled_reason)
    return referral


def settle_referral(referral: Referral, *, reason: str, by: Actor) -> Referral:
    """Say why it is not passed on to anybody else: nobody has to act any more."""
    begin(referral, "settle", by)
    reason = said(reason, "reason")
    if referral.owner_id is None:
        raise Conflict(_("Nothing waits here any more."))
    referral.owner_id = None
    start_clock(referral, None)
    write_down(referral, EventKind.referral_settled, by=by, reason=reason)
    return referral


def reply_to_partner(referral: Referral, *, reply: str, by: Actor) -> Referral:
    """Write to the partner: it reads this on its page."""
    begin(referral, "reply", by)
    text = said(reply, "reply")
    db.session.add(ReferralMessage(referral_id=referral.id, kind=MessageKind.reply, text=text))
    touch(referral)
    write_down(referral, EventKind.referral_answered, by=by)
    return referral


def live_referrals(case: Case) -> list[Standing]:
    """List the referrals of a case whose loop is not closed."""
    live = select(Referral).where(
        Referral.case_id == case.id, Referral.state.in_([ReferralState[name] for name in LIVE])
    )
    return [
        Standing(
            _("Referral %(number)s: %(state)s", number=each.number, state=str(each.state.value)),
            "referrals",
            each.id,
        )
        for each in db.session.scalars(live.order_by(Referral.id))
    ]


closing_checks.append(live_referrals)
