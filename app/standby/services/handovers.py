"""From one shift to the next: sent with words, read, taken over."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select

from app.cases.services.emergency import on_duty
from app.cases.services.rules import lock, must_be_as_seen, said, user_of
from app.core import clock
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.moves import move_named
from app.core.services import create, update
from app.extensions import db
from app.standby.models import Handover, Shift
from app.standby.services.sheets import collect
from app.standby.states import HANDOVER_MOVES, HandoverState, ShiftState


def send_handover(data: Mapping[str, Any], *, by: Actor) -> Handover:
    """Hand one's shift over to the next one; an administrator may do it for somebody who forgot."""
    shift = data.get("from_shift") or shift_to_hand_over(by)
    if shift is None:
        raise PortalError(_("You have no shift to hand over: choose the one that you mean."), "from_shift")
    lock(shift)
    _check(shift, by)
    coming = data.get("to_shift") or next_shift(shift)
    if coming is not None and (coming.state is not ShiftState.planned or coming.ends_at <= shift.ends_at):
        raise PortalError(_("Choose the shift that comes after it."), field="to_shift")
    values = {"from_shift": shift, "to_shift": coming, "note": said(data.get("note"), "note")}
    return create(Handover, values, by=by)


def correct_handover(handover: Handover, data: Mapping[str, Any], *, by: Actor) -> Handover:
    """Complete the words, until somebody has taken over."""
    must_be_as_seen(handover)
    move_named(HANDOVER_MOVES, "acknowledge").check(handover)
    return update(handover, {"note": said(data.get("note"), "note")}, by=by)


def acknowledge(handover: Handover, *, by: Actor) -> Handover:
    """Take over: what stands on the sheet now is kept as it is."""
    lock(handover)
    move_named(HANDOVER_MOVES, "acknowledge").check(handover)
    if not takes_over(handover, by):
        raise Forbidden(_("Only who has the next shift takes over."))
    handover.to_shift = handover.to_shift or running_shift(by)
    handover.sheet = collect(handover.from_shift, handover.to_shift)
    handover.state, handover.acknowledged_at = HandoverState.acknowledged, clock.now()
    handover.acknowledged_by = user_of(by)
    db.session.flush()
    return handover


def takes_over(handover: Handover, user: Actor) -> bool:
    """Whether it is this user's turn: the next shift is his, or there is none and he is a colleague."""
    coming = handover.to_shift
    if coming is not None and coming.state is ShiftState.planned:
        return coming.worker_id == user.actor_id
    return has_role(user, PEKSOS) and handover.from_shift.worker_id != user.actor_id


def next_shift(shift: Shift) -> Shift | None:
    """Find the shift that goes on when this one has ended."""
    query = select(Shift).where(
        Shift.state == ShiftState.planned, Shift.starts_at > shift.starts_at, Shift.ends_at > shift.ends_at
    )
    return db.session.scalar(query.order_by(Shift.starts_at, Shift.id).limit(1))


def running_shift(user: Actor) -> Shift | None:
    """Find the shift in which the user is now."""
    now = clock.now()
    return _mine(user, Shift.ends_at > now)


def shift_to_hand_over(user: Actor) -> Shift | None:
    """Find the user's last shift that has begun and that he has not handed over."""
    return _mine(user, ~exists().where(Handover.from_shift_id == Shift.id))


def _mine(user: Actor, condition: Any) -> Shift | None:
    query = select(Shift).where(
        Shift.worker_id == user.actor_id,
        Shift.state == ShiftState.planned,
        Shift.starts_at <= clock.now(),
        condition,
    )
    return db.session.scalar(query.order_by(Shift.starts_at.desc()).limit(1))


def _check(shift: Shift, by: Actor) -> None:
    if shift.worker_id != by.actor_id and not has_role(by, ADMIN):
        raise PortalError(_("This is a colleague's shift: only your own can be handed over."), "from_shift")
    if shift.state is not ShiftState.planned:
        raise PortalError(_("This shift is cancelled."), "from_shift")
    if shift.starts_at > clock.now():
        raise PortalError(_("This shift has not begun yet."), "from_shift")
    known = db.session.scalar(select(Handover.id).where(Handover.from_shift_id == shift.id))
    if known is not None:
        link = (f"/handovers/show/{known}", _("Open the hand-over"))
        raise Conflict(_("This shift was handed over already."), link=link)


def is_on_duty(user: Actor) -> bool:
    """Tell whether the user has the shift that runs now."""
    return running_shift(user) is not None


on_duty.append(is_on_duty)
