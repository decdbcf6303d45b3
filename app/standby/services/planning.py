"""Who is on standby when: planned by the week, changed by giving a shift away or cancelling it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.services.rules import must_be_as_seen, must_be_peksos, said
from app.core import clock, display, phones
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.moves import move_named
from app.core.services import create, update
from app.extensions import db
from app.security.models import PortalUser
from app.standby.models import Handover, Shift
from app.standby.services.patterns import Slot, check_hours, slots_of
from app.standby.states import SHIFT_MOVES, ShiftState

AROUND = timedelta(days=7)
"""How far from a shift its neighbours are looked for."""
TOLD = 5
"""Gaps and overlaps that one refusal names."""


def plan_shifts(data: Mapping[str, Any], *, by: Actor) -> Shift:
    """Enter one shift or a pattern of them, all or none; gaps and overlaps are told before, once."""
    slots = slots_of(data)
    phone = phones.checked(data.get("phone"), "phone")
    numbers: dict[int, str | None] = {slots[0].worker.id: phone} if phone else {}
    _lock_workers(slot.worker.id for slot in slots)
    known = _around(slots)
    _refuse_two_at_once(slots, known)
    _tell(slots, known, accepted=bool(data.get("accepted")))
    shifts = []
    for slot in slots:
        number = numbers.setdefault(slot.worker.id, _last_phone(slot.worker))
        shifts.append(create(Shift, {**slot._asdict(), "phone": number}, by=by))
    return shifts[0]


def edit_shift(shift: Shift, data: Mapping[str, Any], *, by: Actor) -> Shift:
    """Correct hours or phone of a shift that nobody handed over yet."""
    must_be_as_seen(shift)
    _must_count(shift)
    starts_at, ends_at = data["starts_at"], data["ends_at"]
    check_hours(starts_at, ends_at)
    if (starts_at, ends_at) != (shift.starts_at, shift.ends_at):
        _must_not_be_handed_over(shift)
        slots = [Slot(starts_at, ends_at, shift.worker)]
        _lock_workers([shift.worker_id])
        known = _around(slots, shift)
        _refuse_two_at_once(slots, known)
        _tell(slots, known, accepted=bool(data.get("accepted")))
    phone = phones.checked(data.get("phone"), "phone")
    return update(shift, {"starts_at": starts_at, "ends_at": ends_at, "phone": phone}, by=by)


def swap_shift(shift: Shift, *, worker: PortalUser, reason: str, by: Actor) -> Shift:
    """Give a shift that is not over yet to somebody else."""
    _begin(shift, "swap")
    must_be_peksos(worker, "worker")
    if worker.id == shift.worker_id:
        raise PortalError(_("This is %(name)s's shift already.", name=worker.full_name), field="worker")
    slot = Slot(shift.starts_at, shift.ends_at, worker)
    _lock_workers([worker.id])
    _refuse_two_at_once([slot], _around([slot], shift))
    values = {"worker": worker, "phone": _last_phone(worker), "reason": said(reason, "reason")}
    return update(shift, values, by=by)


def cancel_shift(shift: Shift, *, reason: str, by: Actor) -> Shift:
    """Say that a shift that is not over yet will not be kept, and why."""
    _begin(shift, "cancel")
    return update(shift, {"state": ShiftState.cancelled, "reason": said(reason, "reason")}, by=by)


def _begin(shift: Shift, move: str) -> None:
    must_be_as_seen(shift)
    move_named(SHIFT_MOVES, move).check(shift)
    if shift.ends_at <= clock.now():
        raise Conflict(_("This shift is over: it stays as it was."))
    _must_not_be_handed_over(shift)


def _must_count(shift: Shift) -> None:
    if shift.state is not ShiftState.planned:
        raise Conflict(_("This shift is cancelled."))


def _must_not_be_handed_over(shift: Shift) -> None:
    if db.session.scalar(select(Handover.id).where(Handover.from_shift_id == shift.id)) is not None:
        raise Conflict(_("This shift was handed over already."))


def _lock_workers(ids: Iterable[int]) -> None:
    """Let nobody else give these people a shift meanwhile."""
    query = select(PortalUser.id).where(PortalUser.id.in_(set(ids))).order_by(PortalUser.id)
    db.session.execute(query.with_for_update(key_share=True))


def _around(slots: Sequence[Slot], but: Shift | None = None) -> list[Shift]:
    """Find the shifts at that time and around it."""
    query = select(Shift).where(
        Shift.state == ShiftState.planned,
        Shift.ends_at > slots[0].starts_at - AROUND,
        Shift.starts_at < slots[-1].ends_at + AROUND,
    )
    found = db.session.scalars(query.options(joinedload(Shift.worker)).order_by(Shift.starts_at))
    return [shift for shift in found if shift is not but]


def _refuse_two_at_once(slots: Sequence[Slot], known: Sequence[Shift]) -> None:
    for n, slot in enumerate(slots):
        for other in _others(slots, known, n):
            if other.worker.id == slot.worker.id and slot.meets(other):
                words = {"name": slot.worker.full_name, "hours": _hours(other)}
                sentence = _("%(name)s has another shift at that time: %(hours)s.", **words)
                raise PortalError(sentence, field="worker")


def _tell(slots: Sequence[Slot], known: Sequence[Shift], *, accepted: bool) -> None:
    """Flag gaps and overlaps, unless whoever plans has seen them and saves all the same."""
    remarks = [] if accepted else [*_gaps(slots, known), *_overlaps(slots, known)]
    if not remarks:
        return
    more = len(remarks) - TOLD
    told = remarks[:TOLD] + ([_("And %(count)s more.", count=more)] if more > 0 else [])
    raise PortalError(" ".join([*told, _("Change the hours, or tick here and save again.")]), "accepted")


def _gaps(slots: Sequence[Slot], known: Sequence[Shift]) -> list[str]:
    """Times beside the new shifts at which nobody would be on standby."""
    spans = sorted((one.starts_at, one.ends_at) for one in _others(slots, known, len(slots)))
    starts, ends = ({slot[n] for slot in slots} for n in (0, 1))
    found, covered = [], spans[0][1]
    for begins, stops in spans[1:]:
        if begins > covered and (covered in ends or begins in starts):
            found.append(_("Nobody is on standby %(hours)s.", hours=_span(covered, begins)))
        covered = max(covered, stops)
    return found


def _overlaps(slots: Sequence[Slot], known: Sequence[Shift]) -> list[str]:
    both = [
        (slot, other)
        for n, slot in enumerate(slots)
        for other in _others(slots, known, n)
        if slot.meets(other)
    ]
    return [
        _(
            "Two are on standby %(hours)s: %(names)s.",
            hours=_span(max(slot.starts_at, other.starts_at), min(slot.ends_at, other.ends_at)),
            names=", ".join((other.worker.full_name, slot.worker.full_name)),
        )
        for slot, other in both
    ]


def _others(slots: Sequence[Slot], known: Sequence[Shift], n: int) -> list[Any]:
    """What a new shift may meet: those that are there, and the new ones before it."""
    return [*known, *slots[:n]]


def _hours(one: Any) -> str:
    return _span(one.starts_at, one.ends_at)


def _span(first: datetime, last: datetime) -> str:
    return f"{display.moment(first)} \N{EN DASH} {display.moment(last)}"


def _last_phone(worker: PortalUser) -> str | None:
    """The number at which this worker answered the last time."""
    query = select(Shift.phone).where(Shift.worker_id == worker.id).order_by(Shift.starts_at.desc())
    return db.session.scalar(query.limit(1))
