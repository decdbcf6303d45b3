"""Services of hand-overs: send, correct, acknowledge."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock
from app.core.actor import ADMIN, Actor, has_role
from app.core.checks import require_text
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.records import RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.records import create, lock, lock_and_check_version, update
from app.extensions import db
from app.security.services.users import get_acting_user
from app.standby.enums import HandoverState, ShiftState
from app.standby.models import Handover, Shift
from app.standby.policy import can_take_over
from app.standby.queries import collect_sheet, find_next_shift, find_running_shift, find_shift_to_hand_over
from app.standby.transitions import HANDOVER_TRANSITIONS


def send_handover(data: Mapping[str, Any], *, by: Actor) -> Handover:
    """Hand the user's shift over to the next one.

    An administrator may hand over a colleague's shift, for somebody who forgot.
    """
    shift = data.get("from_shift") or find_shift_to_hand_over(by)
    if shift is None:
        raise PortalError(_("You have no shift to hand over: choose the one that you mean."), "from_shift")
    lock(shift)
    _require_can_hand_over(shift, by)
    next_shift = data.get("to_shift") or find_next_shift(shift)
    if next_shift is not None and (
        next_shift.state is not ShiftState.planned or next_shift.ends_at <= shift.ends_at
    ):
        raise PortalError(_("Choose the shift that comes after it."), field="to_shift")
    values = {"from_shift": shift, "to_shift": next_shift, "note": require_text(data.get("note"), "note")}
    return create(Handover, values, by=by)


def correct_handover(handover: Handover, data: Mapping[str, Any], *, by: Actor) -> Handover:
    """Update the note of a hand-over that nobody has acknowledged."""
    lock_and_check_version(handover)
    get_transition(HANDOVER_TRANSITIONS, "acknowledge").check_allowed(handover)
    return update(handover, {"note": require_text(data.get("note"), "note")}, by=by)


def acknowledge_handover(handover: Handover, *, by: Actor) -> Handover:
    """Acknowledge a hand-over and store a snapshot of its sheet."""
    lock(handover)
    get_transition(HANDOVER_TRANSITIONS, "acknowledge").check_allowed(handover)
    if not can_take_over(handover, by):
        raise Forbidden(_("Only who has the next shift takes over."))
    handover.to_shift = handover.to_shift or find_running_shift(by)
    handover.sheet = collect_sheet(handover.from_shift, handover.to_shift)
    handover.state, handover.acknowledged_at = HandoverState.acknowledged, clock.now()
    handover.acknowledged_by = get_acting_user(by)
    db.session.flush()
    return handover


def _require_can_hand_over(shift: Shift, by: Actor) -> None:
    if shift.worker_id != by.actor_id and not has_role(by, ADMIN):
        raise PortalError(_("This is a colleague's shift: only your own can be handed over."), "from_shift")
    if shift.state is not ShiftState.planned:
        raise PortalError(_("This shift is cancelled."), "from_shift")
    if shift.starts_at > clock.now():
        raise PortalError(_("This shift has not begun yet."), "from_shift")
    existing_id = db.session.scalar(select(Handover.id).where(Handover.from_shift_id == shift.id))
    if existing_id is not None:
        link = RecordLink(RecordRef(Handover, existing_id), _("Open the hand-over"))
        raise Conflict(_("This shift was handed over already."), link=link)


def is_on_duty(user: Actor) -> bool:
    """Whether the user has a running shift."""
    return find_running_shift(user) is not None
