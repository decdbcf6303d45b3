"""Helpers that the services of a referral share: access, state, owner, time limit, events, messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.enums import ActorKind
from app.cases.events import EventType
from app.cases.models.case import Case
from app.cases.policy import CasePolicy
from app.cases.services.events import record_event
from app.core import clock
from app.core.actor import ADMIN, PEKSOS, SYSTEM, Actor, has_role
from app.core.errors import Forbidden
from app.core.transitions import get_transition
from app.db.records import lock
from app.extensions import db
from app.partners.models import PartnerService
from app.reference.queries import get_holidays_from
from app.referrals.enums import MessageKind, ReferralState, Step, ToldHow, Turn
from app.referrals.event_types import REFERRAL_OVERDUE
from app.referrals.models.exchange import ReferralMessage
from app.referrals.models.referral import Referral
from app.referrals.models.terms import ResponseTime
from app.referrals.policy import ReferralPolicy, get_acting_link
from app.referrals.services import clocks
from app.referrals.transitions import REFERRAL_TRANSITIONS, STEP_BY_STATE, TURN_BY_STATE

PARTNER_TRANSITIONS = ("accept", "decline", "start", "complete", "ask_document")
"""Transitions that a partner may run by its link."""


class Respondent(TypedDict, total=False):
    """Person who answered for the partner, and the channel; with a link the channel is always the link."""

    answered_by: str | None
    answered_position: str | None
    told_how: ToldHow | None


def begin_transition(referral: Referral, name: str, by: Actor) -> None:
    """Lock the referral, check actor and state, and record an overdue event if one is due.

    Raises Forbidden if the actor may not act, and Conflict if the state does not allow the transition.
    """
    lock(referral)
    require_can_act(referral, name, by)
    get_transition(REFERRAL_TRANSITIONS, name).check_allowed(referral)
    escalate_locked_referral(referral)


def require_can_act(referral: Referral, name: str, by: Actor) -> None:
    """Raise Forbidden unless `by` has a link of this referral for `name`, or may change the referral."""
    if get_acting_link(by, referral) is None or name not in PARTNER_TRANSITIONS:
        require_case_access(referral.case_id, by)
        refusal = ReferralPolicy.explain_refusal(referral, by)
        if refusal is not None:
            raise Forbidden(refusal)


def require_case_access(case_id: int, by: Actor) -> None:
    """Raise Forbidden unless `by` sees the case now and is an administrator or a peksos."""
    query = select(Case.id).where(Case.id == case_id, CasePolicy.visible_to(by))
    if not has_role(by, ADMIN, PEKSOS) or db.session.scalar(query) is None:
        raise Forbidden(_("You are not allowed to do this with this referral."))


def set_state(referral: Referral, state: ReferralState, by: Actor) -> None:
    """Set the state; derive `owner_id` and `due_at` from it."""
    referral.state = state
    referral.owner_id = choose_owner_id(referral, by) if TURN_BY_STATE[state] is Turn.office else None
    step = STEP_BY_STATE.get(state)
    start_clock(referral, None if step is None else compute_step_due_at(referral, step))


def choose_owner_id(referral: Referral, by: Actor) -> int | None:
    """Return the user id of the case's worker, else of `by`, else of the user who drafted the referral."""
    return referral.case.worker_id or by.actor_id or referral.created_by_id


def start_clock(referral: Referral, due_at: datetime | None) -> None:
    """Start a new time limit; None: no limit runs."""
    # `begin_transition` has recorded the overdue event of the old limit, so the mark can be cleared.
    referral.due_at, referral.escalated_at = due_at, None


def compute_step_due_at(referral: Referral, step: Step) -> datetime | None:
    """Compute the due time (UTC) of a step that begins now; None: no time limit."""
    promised_hours = select(PartnerService.response_hours).where(
        PartnerService.partner_id == referral.partner_id,
        PartnerService.need_kind_id == referral.need_kind_id,
    )
    limit = clocks.find_time_limit(
        db.session.scalars(select(ResponseTime).where(ResponseTime.step == step)),
        step,
        referral.partner.kind,
        referral.urgency,
        db.session.scalar(promised_hours),
    )
    if limit is None:
        return None
    now = clock.now()
    return clocks.compute_due_at(now, limit, get_holidays_from(now.astimezone(clock.WITA).date()))


def escalate_referral(referral: Referral, *, by: Actor) -> bool:
    """Lock the referral and record that the step is overdue; return False if it is not or was recorded."""
    lock(referral)
    return escalate_locked_referral(referral)


def escalate_locked_referral(referral: Referral) -> bool:
    """Record the overdue event of a locked referral, once per time limit; return whether it was recorded."""
    if not referral.is_overdue or referral.escalated_at is not None:
        return False
    step = referral.step
    referral.escalated_at = clock.now()
    data = {"due_at": referral.due_at, "step": step}
    record_referral_event(referral, REFERRAL_OVERDUE, by=SYSTEM, data=data)
    return True


def record_referral_event(
    referral: Referral,
    event_type: EventType,
    *,
    by: Actor,
    data: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Record the event of a transition in the case; `reason` is stored beside the event, not in its data."""
    record_event(
        referral.case,
        event_type,
        by=by,
        source=referral,
        data={
            "number": referral.number,
            "need": referral.need_kind.name,
            "partner_id": referral.partner_id,
            **(data or {}),
        },
        actor_kind=ActorKind.partner_link if get_acting_link(by, referral) is not None else None,
        reason=reason,
    )


def add_message(
    referral: Referral, kind: MessageKind, *, by: Actor, text: str | None = None, respondent: Respondent
) -> None:
    """Add a message with the partner's answer, person and channel.

    Without text, name and link nothing is stored. Without a channel, or if `link` is claimed without a link,
    the channel is the phone.
    """
    link, name = get_acting_link(by, referral), respondent.get("answered_by")
    if not (text or name or link):
        return
    told_how = respondent.get("told_how")
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
            position=respondent.get("answered_position"),
            told_how=told_how,
            link_id=None if link is None else link.id,
        )
    )
