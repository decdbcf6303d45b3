"""Policy of shifts and hand-overs: who may see and edit them and make their transitions."""

from sqlalchemy import ColumnElement, false, true

from app.core import clock
from app.core.actor import PEKSOS, STAFF_ROLES, Actor, has_role
from app.standby.enums import HandoverState, ShiftState
from app.standby.models import Handover, Shift


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Show shifts and hand-overs to all staff; `queries.get_sheet` filters the sheet for its reader."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def can_edit_shift(shift: Shift, user: Actor) -> bool:  # noqa: ARG001
    """Allow editing while the shift is planned and has not ended."""
    return shift.state is ShiftState.planned and shift.ends_at > clock.now()


def can_transition_shift(shift: Shift, user: Actor, transition: str) -> bool:
    """Allow calls to the shift's worker once it has begun, and other transitions until it has ended."""
    if transition == "take_call":
        return shift.worker_id == user.actor_id and shift.starts_at <= clock.now()
    return shift.ends_at > clock.now()


def can_edit_handover(handover: Handover, user: Actor) -> bool:  # noqa: ARG001
    """Allow editing of the note until somebody has taken over."""
    return handover.state is HandoverState.sent


def can_transition_handover(handover: Handover, user: Actor, transition: str) -> bool:  # noqa: ARG001
    """Allow the transition to whoever can take over."""
    return can_take_over(handover, user)


def can_take_over(handover: Handover, user: Actor) -> bool:
    """Whether the user is the worker of the next shift, or any other peksos if none is planned."""
    next_shift = handover.to_shift
    if next_shift is not None and next_shift.state is ShiftState.planned:
        return next_shift.worker_id == user.actor_id
    return has_role(user, PEKSOS) and handover.from_shift.worker_id != user.actor_id
