"""Who sees shifts and hand-overs, and whose move is next."""

from sqlalchemy import ColumnElement, false, true

from app.core import clock
from app.core.actor import STAFF, Actor, has_role
from app.standby.models import Handover, Shift
from app.standby.services import takes_over
from app.standby.states import HandoverState, ShiftState


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Let all staff know who is on standby; what stands on a sheet is filtered for its reader."""
    return true() if has_role(user, *STAFF) else false()


def may_edit_shift(shift: Shift, user: Actor) -> bool:  # noqa: ARG001
    """Let a shift be corrected while it counts and has not ended."""
    return shift.state is ShiftState.planned and shift.ends_at > clock.now()


def may_move_shift(shift: Shift, user: Actor, move: str) -> bool:
    """Let its worker write down calls once it has begun; what is over is not given away."""
    if move == "take_call":
        return shift.worker_id == user.actor_id and shift.starts_at <= clock.now()
    return shift.ends_at > clock.now()


def may_edit_handover(handover: Handover, user: Actor) -> bool:  # noqa: ARG001
    """Let the words be completed until somebody has taken over."""
    return handover.state is HandoverState.sent


def may_move_handover(handover: Handover, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let who comes take over."""
    return takes_over(handover, user)
