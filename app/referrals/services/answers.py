"""Services for the partner's answers, given by its link or recorded by a peksos.

Each raises Forbidden if the actor may not act, and Conflict if the state does not allow the transition.
"""

from datetime import date, datetime, time
from typing import Unpack

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import Actor
from app.core.checks import require_text
from app.core.errors import PortalError
from app.db.records import touch
from app.extensions import db
from app.referrals.enums import DeclinedBy, MessageKind, ReferralState, Refusal
from app.referrals.event_types import (
    REFERRAL_ACCEPTED,
    REFERRAL_COMPLETED,
    REFERRAL_DECLINED,
    REFERRAL_DOCUMENT_REQUESTED,
    REFERRAL_STARTED,
)
from app.referrals.models.exchange import ReferralDocument, ReferralLink, ReferralMessage
from app.referrals.models.referral import Referral
from app.referrals.models.terms import DeclineReason
from app.referrals.policy import get_acting_link
from app.referrals.services.rules import (
    Respondent,
    add_message,
    begin_transition,
    choose_owner_id,
    record_referral_event,
    set_state,
)


def accept_referral(
    referral: Referral, *, by: Actor, message: str | None = None, **respondent: Unpack[Respondent]
) -> Referral:
    """Accept the referral for the partner; `answered_by` is required."""
    begin_transition(referral, "accept", by)
    respondent["answered_by"] = require_text(respondent.get("answered_by"), "answered_by")
    referral.responded_at = clock.now()
    set_state(referral, ReferralState.accepted, by)
    add_message(referral, MessageKind.accept, by=by, text=message, respondent=respondent)
    record_referral_event(referral, REFERRAL_ACCEPTED, by=by)
    return referral


def decline_referral(
    referral: Referral,
    *,
    decline_reason: Refusal,
    declined_by: DeclinedBy,
    by: Actor,
    note: str | None = None,
    may_refer_again: bool | None = None,
    **respondent: Unpack[Respondent],
) -> Referral:
    """Decline the referral for partner or client; the next step goes to the office (refer on or settle).

    `may_refer_again` None takes the value of the reason; a reason that is not in the table allows it.
    Raises PortalError if `declined_by` cannot give the reason, or the reason `other` has no note.
    """
    begin_transition(referral, "decline", by)
    reason = db.session.scalars(
        select(DeclineReason).where(DeclineReason.code == decline_reason.name)
    ).first()
    _require_declining_party(reason, declined_by)
    if decline_reason is Refusal.other:
        note = require_text(note, "note")
    if may_refer_again is None:
        may_refer_again = reason is None or reason.may_refer_again
    referral.declined_at = clock.now()
    referral.responded_at = referral.responded_at or referral.declined_at
    referral.decline_reason, referral.declined_by = decline_reason, declined_by
    referral.decline_note, referral.may_refer_again = note, may_refer_again
    set_state(referral, ReferralState.declined, by)
    add_message(referral, MessageKind.decline, by=by, text=note, respondent=respondent)
    data = {
        "decline_reason": decline_reason,
        "declined_by": declined_by,
        "may_refer_again": may_refer_again,
    }
    record_referral_event(referral, REFERRAL_DECLINED, by=by, data=data)
    return referral


def _require_declining_party(reason: DeclineReason | None, declined_by: DeclinedBy) -> None:
    allowed_party = None if reason is None else reason.declined_by
    if allowed_party not in (None, declined_by):
        raise PortalError(
            _("This reason can be given by: %(who)s.", who=str(allowed_party.value)), field="declined_by"
        )


def start_referral(
    referral: Referral, *, by: Actor, message: str | None = None, **respondent: Unpack[Respondent]
) -> Referral:
    """Record that the partner has begun."""
    begin_transition(referral, "start", by)
    referral.started_at = clock.now()
    set_state(referral, ReferralState.in_service, by)
    add_message(referral, MessageKind.start, by=by, text=message, respondent=respondent)
    record_referral_event(referral, REFERRAL_STARTED, by=by)
    return referral


def complete_referral(
    referral: Referral, *, completed_on: date, result: str, by: Actor, **respondent: Unpack[Respondent]
) -> Referral:
    """Record that the partner is done; the next step is to ask the client.

    Raises PortalError if `completed_on` is in the future, or before the sending or the start.
    """
    begin_transition(referral, "complete", by)
    result = require_text(result, "result")
    _require_possible_day(referral, completed_on)
    referral.completed_at, referral.completed_on, referral.result = clock.now(), completed_on, result
    set_state(referral, ReferralState.completed, by)
    add_message(referral, MessageKind.complete, by=by, text=result, respondent=respondent)
    record_referral_event(referral, REFERRAL_COMPLETED, by=by, data={"completed_on": completed_on})
    return referral


def _require_possible_day(referral: Referral, day: date) -> None:
    if day > clock.today():
        raise PortalError(_("This day has not come yet."), field="completed_on")
    if day < _to_local_date(referral.sent_at, day):
        raise PortalError(_("This is before the referral was sent."), field="completed_on")
    if day < _to_local_date(referral.started_at, day):
        raise PortalError(_("This is before the partner began."), field="completed_on")


def _to_local_date(moment: datetime | None, default: date) -> date:
    return default if moment is None else moment.astimezone(clock.WITA).date()


MAX_DOCUMENT_REQUESTS_PER_DAY = 5
"""Limit of documents per link and day (WITA), because each one is work for the office."""


def ask_document(referral: Referral, *, text: str, by: Actor, **respondent: Unpack[Respondent]) -> Referral:
    """Add a document that the partner requires to the checklist; it becomes the office's turn.

    Raises PortalError above `MAX_DOCUMENT_REQUESTS_PER_DAY`.
    """
    begin_transition(referral, "ask_document", by)
    text = " ".join(require_text(text, "text").split())[:200]
    existing = next((document for document in referral.documents if document.title == text), None)
    if existing is not None and existing.is_missing:
        return referral  # requested already: a button that is pressed twice asks once
    _refuse_too_many_requests(get_acting_link(by, referral))
    if existing is None:
        referral.documents.append(ReferralDocument(title=text))
    referral.owner_id = choose_owner_id(referral, by)
    add_message(referral, MessageKind.ask_document, by=by, text=text, respondent=respondent)
    touch(referral)
    record_referral_event(referral, REFERRAL_DOCUMENT_REQUESTED, by=by)
    return referral


def _refuse_too_many_requests(link: ReferralLink | None) -> None:
    if link is None:
        return
    # The referral is locked, so two requests at once cannot both count as the fifth.
    requests_today = select(func.count()).where(
        ReferralMessage.link_id == link.id,
        ReferralMessage.kind == MessageKind.ask_document,
        ReferralMessage.said_at >= datetime.combine(clock.today(), time(), clock.WITA),
    )
    if (db.session.scalar(requests_today) or 0) >= MAX_DOCUMENT_REQUESTS_PER_DAY:
        raise PortalError(
            _(
                "At most %(count)s documents can be asked for here in a day. Ask again tomorrow, or call us.",
                count=MAX_DOCUMENT_REQUESTS_PER_DAY,
            ),
            field="text",
        )
