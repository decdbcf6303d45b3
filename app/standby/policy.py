"""Who sees shifts and hand-overs, and whose move is next."""

from sqlalchemy import ColumnElement, false, true

from app.core import clock
from app.core.actor import PEKSOS, STAFF_ROLES, Actor, has_role
from app.standby.enums import HandoverState, ShiftState
from app.standby.models import Handover, Shift


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Let all staff know who is on standby; what stands on a sheet is filtered for its reader."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def can_edit_shift(shift: Shift, user: Actor) -> bool:  # noqa: ARG001
    """Let a shift be corrected while it counts and has not ended."""
    return shift.state is ShiftState.planned and shift.ends_at > clock.now()


def can_transition_shift(shift: Shift, user: Actor, transition: str) -> bool:
    """Let its worker write down calls once it has begun; what is over is not given away."""
    if transition == "take_call":
        return shift.worker_id == user.actor_id and shift.starts_at <= clock.now()
    return shift.ends_at > clock.now()


def can_edit_handover(handover: Handover, user: Actor) -> bool:  # noqa: ARG001
    """Let the words be completed until somebody has taken over."""
    return handover.state is HandoverState.sent


def can_transition_handover(handover: Handover, user: Actor, transition: str) -> bool:  # noqa: ARG001
    """Let who comes take over."""
    return can_take_over(handover, user)


def can_take_over(handover: Handover, user: Actor) -> bool:
    """Whether it is this user's turn: the next shift is his, or there is none and he is a colleague."""
    coming = handover.to_shift
    if coming is not None and coming.state is ShiftState.planned:
        return coming.worker_id == user.actor_id
    return has_role(user, PEKSOS) and handover.from_shift.worker_id != user.actor_id
