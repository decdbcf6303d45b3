"""Rules that the verbs of a referral share: who may, whose turn it is, until when, what the book keeps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.access import visible_to
from app.cases.models import Case
from app.cases.services import record
from app.cases.services.rules import lock
from app.cases.states import ActorKind, EventKind
from app.cases.visibility import is_guest
from app.core import clock
from app.core.actor import ADMIN, PEKSOS, SYSTEM, Actor, has_role
from app.core.errors import Forbidden
from app.core.moves import move_named
from app.extensions import db
from app.partners.models import PartnerService
from app.reference.workdays import holidays_from
from app.referrals import clocks
from app.referrals.actor import link_of
from app.referrals.choices import MessageKind, Step, ToldHow, Turn
from app.referrals.models import Referral, ReferralMessage, ResponseTime
from app.referrals.states import CLOCK, REFERRAL_MOVES, TURN, ReferralState

FOR_PARTNERS = ("accept", "decline", "start", "complete", "ask_document")
"""What a partner may do by its link."""


class Answer(TypedDict, total=False):
    """Who spoke for the partner, and how it reached the office; by a link it is the link."""

    answered_by: str | None
    answered_position: str | None
    told_how: ToldHow | None


def begin(referral: Referral, name: str, by: Actor) -> None:
    """Lock the referral, then look again: may this actor, does the state allow it; tell a breach so far."""
    lock(referral)
    must_act_on(referral, name, by)
    move_named(REFERRAL_MOVES, name).check(referral)
    escalate(referral)


def must_act_on(referral: Referral, name: str, by: Actor) -> None:
    """Refuse whoever does not see the case (any more), and a link that is not this referral's."""
    if link_of(by, referral) is None or name not in FOR_PARTNERS:
        must_work_for(referral.case_id, by)
        refusal = act_refusal(referral, by)
        if refusal is not None:
            raise Forbidden(refusal)


def act_refusal(referral: Referral, user: Actor) -> str | None:
    """Return why a guest of the case may not change this referral: it is not the guest's own draft.

    None: nothing forbids it.
    """
    if not is_guest(referral.case, user) or referral.created_by_id == user.actor_id:
        return None
    refusal: str = _(
        "You see this case by emergency access: you read its referrals, and may draft and send one yourself."
    )
    return refusal


def must_work_for(case_id: int, by: Actor) -> None:
    """Refuse whoever does not see the case (any more), and who only reads."""
    sees = select(Case.id).where(Case.id == case_id, visible_to(by))
    if not has_role(by, ADMIN, PEKSOS) or db.session.scalar(sees) is None:
        raise Forbidden(_("You are not allowed to do this with this referral."))


def stand(referral: Referral, state: ReferralState, by: Actor) -> None:
    """Put the referral into the state: whose turn it is and until when follow from it."""
    referral.state = state
    referral.owner_id = owner_of(referral, by) if TURN[state] is Turn.office else None
    step = CLOCK.get(state)
    start_clock(referral, None if step is None else due_of(referral, step))


def owner_of(referral: Referral, by: Actor) -> int | None:
    """Who in the office sees to it: the peksos of the case, else who is here, else who drafted it."""
    return referral.case.worker_id or by.actor_id or referral.created_by_id


def start_clock(referral: Referral, due_at: datetime | None) -> None:
    """Begin a new clock; the breach of the old one is told already."""
    referral.due_at, referral.escalated_at = due_at, None


def due_of(referral: Referral, step: Step) -> datetime | None:
    """Until when this step is due if it begins now."""
    promised = select(PartnerService.response_hours).where(
        PartnerService.partner_id == referral.partner_id,
        PartnerService.need_kind_id == referral.need_kind_id,
    )
    limit = clocks.limit_of(
        db.session.scalars(select(ResponseTime).where(ResponseTime.step == step)),
        step,
        referral.partner.kind,
        referral.urgency,
        db.session.scalar(promised),
    )
    if limit is None:
        return None
    now = clock.now()
    return clocks.due_at(now, limit, holidays_from(now.astimezone(clock.WITA).date()))


def escalate_referral(referral: Referral, *, by: Actor) -> bool:  # noqa: ARG001  the portal itself tells it
    """Tell that the next step is late: once for each breach, however often anybody looks."""
    lock(referral)
    return escalate(referral)


def escalate(referral: Referral) -> bool:
    """Tell a breach of the referral that is locked already."""
    if not referral.is_overdue or referral.escalated_at is not None:
        return False
    step = referral.step
    referral.escalated_at = clock.now()
    data = {"due_at": referral.due_at, "step": step}
    write_down(referral, EventKind.referral_overdue, by=SYSTEM, data=data)
    return True


def write_down(
    referral: Referral,
    kind: EventKind,
    *,
    by: Actor,
    data: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write the one event of a move into the case's book; `reason` is kept beside it, not in it."""
    record(
        referral.case,
        kind,
        by=by,
        source=referral,
        data={
            "number": referral.number,
            "need": referral.need_kind.name,
            "partner_id": referral.partner_id,
            **(data or {}),
        },
        actor_kind=ActorKind.partner_link if link_of(by, referral) is not None else None,
        reason=reason,
    )


def say(referral: Referral, kind: MessageKind, *, by: Actor, text: str | None = None, who: Answer) -> None:
    """Keep what the partner said, who said it and how it came in; without a word there is nothing to keep."""
    link, name = link_of(by, referral), who.get("answered_by")
    if not (text or name or link):
        return
    told_how = who.get("told_how")
    if link is not None:
        told_how = ToldHow.link
    elif told_how in (None, ToldHow.link):
        told_how = ToldHow.phone
    db.session.add(
        ReferralMessage(
            referral_id=referral.id,
            kind=kind,
            text=text,
            name=name,
            position=who.get("answered_position"),
            told_how=told_how,
            link_id=None if link is None else link.id,
        )
    )
