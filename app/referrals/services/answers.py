"""What a partner answers: by its link, or told to a peksos who writes it down."""

from datetime import date, datetime, time
from typing import Unpack

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.cases.services.rules import said, touch
from app.cases.states import EventKind
from app.core import clock
from app.core.actor import Actor
from app.core.errors import PortalError
from app.extensions import db
from app.referrals.actor import link_of
from app.referrals.choices import DeclinedBy, MessageKind, Refusal
from app.referrals.models import (
    DeclineReason,
    Referral,
    ReferralDocument,
    ReferralLink,
    ReferralMessage,
)
from app.referrals.services.rules import Answer, begin, owner_of, say, stand, write_down
from app.referrals.states import ReferralState


def accept_referral(
    referral: Referral, *, by: Actor, message: str | None = None, **who: Unpack[Answer]
) -> Referral:
    """The partner takes it on."""
    begin(referral, "accept", by)
    who["answered_by"] = said(who.get("answered_by"), "answered_by")
    referral.responded_at = clock.now()
    stand(referral, ReferralState.accepted, by)
    say(referral, MessageKind.accept, by=by, text=message, who=who)
    write_down(referral, EventKind.referral_accepted, by=by)
    return referral


def decline_referral(
    referral: Referral,
    *,
    decline_reason: Refusal,
    declined_by: DeclinedBy,
    by: Actor,
    note: str | None = None,
    may_refer_again: bool | None = None,
    **who: Unpack[Answer],
) -> Referral:
    """The partner or the client does not want it: the peksos of the case looks for another way."""
    begin(referral, "decline", by)
    usual = db.session.scalars(select(DeclineReason).where(DeclineReason.code == decline_reason.name)).first()
    _must_be_given_by(usual, declined_by)
    if decline_reason is Refusal.other:
        note = said(note, "note")
    if may_refer_again is None:
        may_refer_again = usual is None or usual.may_refer_again
    referral.declined_at = clock.now()
    referral.responded_at = referral.responded_at or referral.declined_at
    referral.decline_reason, referral.declined_by = decline_reason, declined_by
    referral.decline_note, referral.may_refer_again = note, may_refer_again
    stand(referral, ReferralState.declined, by)
    say(referral, MessageKind.decline, by=by, text=note, who=who)
    told = {
        "decline_reason": decline_reason,
        "declined_by": declined_by,
        "may_refer_again": may_refer_again,
    }
    write_down(referral, EventKind.referral_declined, by=by, data=told)
    return referral


def _must_be_given_by(usual: DeclineReason | None, declined_by: DeclinedBy) -> None:
    giver = None if usual is None else usual.declined_by
    if giver not in (None, declined_by):
        raise PortalError(
            _("This reason can be given by: %(who)s.", who=str(giver.value)), field="declined_by"
        )


def start_referral(
    referral: Referral, *, by: Actor, message: str | None = None, **who: Unpack[Answer]
) -> Referral:
    """The partner has begun."""
    begin(referral, "start", by)
    referral.started_at = clock.now()
    stand(referral, ReferralState.in_service, by)
    say(referral, MessageKind.start, by=by, text=message, who=who)
    write_down(referral, EventKind.referral_started, by=by)
    return referral


def complete_referral(
    referral: Referral, *, completed_on: date, result: str, by: Actor, **who: Unpack[Answer]
) -> Referral:
    """The partner has done what it could: now the client is asked."""
    begin(referral, "complete", by)
    result = said(result, "result")
    _must_be_possible(referral, completed_on)
    referral.completed_at, referral.completed_on, referral.result = clock.now(), completed_on, result
    stand(referral, ReferralState.completed, by)
    say(referral, MessageKind.complete, by=by, text=result, who=who)
    write_down(referral, EventKind.referral_completed, by=by, data={"completed_on": completed_on})
    return referral


def _must_be_possible(referral: Referral, day: date) -> None:
    if day > clock.today():
        raise PortalError(_("This day has not come yet."), field="completed_on")
    if day < _day(referral.sent_at, day):
        raise PortalError(_("This is before the referral was sent."), field="completed_on")
    if day < _day(referral.started_at, day):
        raise PortalError(_("This is before the partner began."), field="completed_on")


def _day(moment: datetime | None, otherwise: date) -> date:
    return otherwise if moment is None else moment.astimezone(clock.WITA).date()


MAX_REQUESTS = 5
"""Documents that may be asked for by one link on one day: each of them is work for the office."""


def ask_document(referral: Referral, *, text: str, by: Actor, **who: Unpack[Answer]) -> Referral:
    """The partner wants to see one more document: it comes onto the checklist, and the office must act."""
    begin(referral, "ask_document", by)
    text = " ".join(said(text, "text").split())[:200]
    known = next((document for document in referral.documents if document.title == text), None)
    if known is not None and known.is_missing:
        return referral  # asked already: a button that was pressed twice asks once
    _refuse_too_many_requests(link_of(by, referral))
    if known is None:
        referral.documents.append(ReferralDocument(title=text))
    referral.owner_id = owner_of(referral, by)
    say(referral, MessageKind.ask_document, by=by, text=text, who=who)
    touch(referral)
    write_down(referral, EventKind.referral_asked, by=by)
    return referral


def _refuse_too_many_requests(link: ReferralLink | None) -> None:
    """Count what was asked by this link today; the referral is locked, so that two cannot be the fifth."""
    if link is None:
        return
    today = select(func.count()).where(
        ReferralMessage.link_id == link.id,
        ReferralMessage.kind == MessageKind.ask_document,
        ReferralMessage.said_at >= datetime.combine(clock.today(), time(), clock.WITA),
    )
    if (db.session.scalar(today) or 0) >= MAX_REQUESTS:
        raise PortalError(
            _(
                "At most %(count)s documents can be asked for here in a day. Ask again tomorrow, or call us.",
                count=MAX_REQUESTS,
            ),
            field="text",
        )
