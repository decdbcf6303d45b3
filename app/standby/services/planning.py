"""Services of shifts: plan, edit, swap, cancel."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core import clock, formats, phones
from app.core.actor import Actor
from app.core.checks import require_text
from app.core.errors import Conflict, PortalError
from app.core.transitions import get_transition
from app.db.records import create, lock_and_check_version, update
from app.extensions import db
from app.security.models import PortalUser
from app.security.services.users import require_active_peksos
from app.standby.enums import ShiftState
from app.standby.models import Handover, Shift
from app.standby.services.patterns import Slot, build_slots, require_valid_hours
from app.standby.transitions import SHIFT_TRANSITIONS

NEIGHBOUR_PERIOD = timedelta(days=7)
"""How long before and after the new shifts existing ones are compared."""
MAX_REMARKS = 5
"""Maximum number of gaps and overlaps that one error message names."""


def plan_shifts(data: Mapping[str, Any], *, by: Actor) -> Shift:
    """Create the shifts of the planning form in one transaction; return the first.

    Gaps and overlaps raise PortalError unless the user has ticked `accepted`. The phone number of the form
    belongs to the first worker; otherwise a worker's last shift supplies it.
    """
    slots = build_slots(data)
    phone = phones.validate_phone(data.get("phone"), "phone")
    phone_by_worker: dict[int, str | None] = {slots[0].worker.id: phone} if phone else {}
    _lock_workers(slot.worker.id for slot in slots)
    neighbours = _find_neighbours(slots)
    _refuse_double_shifts(slots, neighbours)
    _refuse_gaps_and_overlaps(slots, neighbours, accepted=bool(data.get("accepted")))
    shifts = []
    for slot in slots:
        worker_phone = phone_by_worker.setdefault(slot.worker.id, _get_last_phone(slot.worker))
        shifts.append(create(Shift, {**slot._asdict(), "phone": worker_phone}, by=by))
    return shifts[0]


def edit_shift(shift: Shift, data: Mapping[str, Any], *, by: Actor) -> Shift:
    """Update hours or phone of a planned shift; after a hand-over only the phone."""
    lock_and_check_version(shift)
    _require_planned(shift)
    starts_at, ends_at = data["starts_at"], data["ends_at"]
    require_valid_hours(starts_at, ends_at)
    if (starts_at, ends_at) != (shift.starts_at, shift.ends_at):
        _require_no_handover(shift)
        slots = [Slot(starts_at, ends_at, shift.worker)]
        _lock_workers([shift.worker_id])
        neighbours = _find_neighbours(slots, shift)
        _refuse_double_shifts(slots, neighbours)
        _refuse_gaps_and_overlaps(slots, neighbours, accepted=bool(data.get("accepted")))
    phone = phones.validate_phone(data.get("phone"), "phone")
    return update(shift, {"starts_at": starts_at, "ends_at": ends_at, "phone": phone}, by=by)


def swap_shift(shift: Shift, *, worker: PortalUser, reason: str, by: Actor) -> Shift:
    """Give a shift that has not ended to another peksos."""
    _begin_transition(shift, "swap")
    require_active_peksos(worker, "worker")
    if worker.id == shift.worker_id:
        raise PortalError(_("This is %(name)s's shift already.", name=worker.full_name), field="worker")
    slot = Slot(shift.starts_at, shift.ends_at, worker)
    _lock_workers([worker.id])
    _refuse_double_shifts([slot], _find_neighbours([slot], shift))
    values = {"worker": worker, "phone": _get_last_phone(worker), "reason": require_text(reason, "reason")}
    return update(shift, values, by=by)


def cancel_shift(shift: Shift, *, reason: str, by: Actor) -> Shift:
    """Cancel a shift that has not ended; a reason is required."""
    _begin_transition(shift, "cancel")
    return update(shift, {"state": ShiftState.cancelled, "reason": require_text(reason, "reason")}, by=by)


def _begin_transition(shift: Shift, transition: str) -> None:
    lock_and_check_version(shift)
    get_transition(SHIFT_TRANSITIONS, transition).check_allowed(shift)
    if shift.ends_at <= clock.now():
        raise Conflict(_("This shift is over: it stays as it was."))
    _require_no_handover(shift)


def _require_planned(shift: Shift) -> None:
    if shift.state is not ShiftState.planned:
        raise Conflict(_("This shift is cancelled."))


def _require_no_handover(shift: Shift) -> None:
    if db.session.scalar(select(Handover.id).where(Handover.from_shift_id == shift.id)) is not None:
        raise Conflict(_("This shift was handed over already."))


def _lock_workers(ids: Iterable[int]) -> None:
    """Lock the users, so that no other transaction plans shifts for them meanwhile."""
    # sorted by id, so that two transactions cannot deadlock
    query = select(PortalUser.id).where(PortalUser.id.in_(set(ids))).order_by(PortalUser.id)
    db.session.execute(query.with_for_update(key_share=True))


def _find_neighbours(slots: Sequence[Slot], exclude: Shift | None = None) -> list[Shift]:
    """Return the planned shifts during the slots and within NEIGHBOUR_PERIOD of them."""
    query = select(Shift).where(
        Shift.state == ShiftState.planned,
        Shift.ends_at > slots[0].starts_at - NEIGHBOUR_PERIOD,
        Shift.starts_at < slots[-1].ends_at + NEIGHBOUR_PERIOD,
    )
    shifts = db.session.scalars(query.options(joinedload(Shift.worker)).order_by(Shift.starts_at))
    return [shift for shift in shifts if shift is not exclude]


def _refuse_double_shifts(slots: Sequence[Slot], existing: Sequence[Shift]) -> None:
    for index, slot in enumerate(slots):
        for other in _list_other_shifts(slots, existing, index):
            if other.worker.id == slot.worker.id and slot.overlaps(other):
                placeholders = {"name": slot.worker.full_name, "hours": _format_hours(other)}
                message = _("%(name)s has another shift at that time: %(hours)s.", **placeholders)
                raise PortalError(message, field="worker")


def _refuse_gaps_and_overlaps(slots: Sequence[Slot], existing: Sequence[Shift], *, accepted: bool) -> None:
    """Raise PortalError that names gaps and overlaps, unless the user has accepted them."""
    remarks = [] if accepted else [*_describe_gaps(slots, existing), *_describe_overlaps(slots, existing)]
    if not remarks:
        return
    unnamed_count = len(remarks) - MAX_REMARKS
    sentences = remarks[:MAX_REMARKS] + (
        [_("And %(count)s more.", count=unnamed_count)] if unnamed_count > 0 else []
    )
    raise PortalError(" ".join([*sentences, _("Change the hours, or tick here and save again.")]), "accepted")


def _describe_gaps(slots: Sequence[Slot], existing: Sequence[Shift]) -> list[str]:
    """Describe the uncovered periods that border on a new shift."""
    spans = sorted(
        (shift.starts_at, shift.ends_at) for shift in _list_other_shifts(slots, existing, len(slots))
    )
    starts, ends = ({slot[index] for slot in slots} for index in (0, 1))
    gaps, covered_until = [], spans[0][1]
    for start, end in spans[1:]:
        if start > covered_until and (covered_until in ends or start in starts):
            gaps.append(_("Nobody is on standby %(hours)s.", hours=_format_period(covered_until, start)))
        covered_until = max(covered_until, end)
    return gaps


def _describe_overlaps(slots: Sequence[Slot], existing: Sequence[Shift]) -> list[str]:
    overlaps = [
        (slot, other)
        for index, slot in enumerate(slots)
        for other in _list_other_shifts(slots, existing, index)
        if slot.overlaps(other)
    ]
    return [
        _(
            "Two are on standby %(hours)s: %(names)s.",
            hours=_format_period(max(slot.starts_at, other.starts_at), min(slot.ends_at, other.ends_at)),
            names=", ".join((other.worker.full_name, slot.worker.full_name)),
        )
        for slot, other in overlaps
    ]


def _list_other_shifts(slots: Sequence[Slot], existing: Sequence[Shift], n: int) -> list[Any]:
    """Return what the slot at index `n` is compared with: existing shifts and the slots before it."""
    return [*existing, *slots[:n]]


def _format_hours(shift: Any) -> str:
    return _format_period(shift.starts_at, shift.ends_at)


def _format_period(first: datetime, last: datetime) -> str:
    return f"{formats.format_instant(first)} \N{EN DASH} {formats.format_instant(last)}"


def _get_last_phone(worker: PortalUser) -> str | None:
    """Return the phone number of the worker's last shift."""
    query = select(Shift.phone).where(Shift.worker_id == worker.id).order_by(Shift.starts_at.desc())
    return db.session.scalar(query.limit(1))
