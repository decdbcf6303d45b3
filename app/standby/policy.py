"""Policies of shifts and hand-overs."""

from app.core import clock
from app.core.actor import PEKSOS, Actor, has_role
from app.db.policy import StaffPolicy
from app.standby.enums import HandoverState, ShiftState
from app.standby.models import Handover, Shift


class ShiftPolicy(StaffPolicy[Shift]):
    """All staff see the shifts."""

    model = Shift

    @classmethod
    def can_edit(cls, shift: Shift, user: Actor) -> bool:
        """Allow editing while the shift is planned and has not ended."""
        return shift.state is ShiftState.planned and shift.ends_at > clock.now()

    @classmethod
    def can_transition(cls, shift: Shift, user: Actor, name: str) -> bool:
        """Allow calls to the shift's worker once it has begun, and other transitions until it has ended."""
        if name == "take_call":
            return shift.worker_id == user.actor_id and shift.starts_at <= clock.now()
        return shift.ends_at > clock.now()


class HandoverPolicy(StaffPolicy[Handover]):
    """All staff see the hand-overs; `queries.get_sheet` filters the sheet for its reader."""

    model = Handover

    @classmethod
    def can_edit(cls, handover: Handover, user: Actor) -> bool:
        """Allow editing of the note until somebody has taken over."""
        return handover.state is HandoverState.sent

    @classmethod
    def can_transition(cls, handover: Handover, user: Actor, name: str) -> bool:
        """Allow the transition to whoever can take over."""
        return can_take_over(handover, user)


def can_take_over(handover: Handover, user: Actor) -> bool:
    """Return whether the user is the worker of the next shift, or any other peksos if none is planned."""
    next_shift = handover.to_shift
    if next_shift is not None and next_shift.state is ShiftState.planned:
        return next_shift.worker_id == user.actor_id
    return has_role(user, PEKSOS) and handover.from_shift.worker_id != user.actor_id
