"""Expansion of the planning form into slots: the first shift and its repetitions."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.core import clock
from app.core.errors import PortalError
from app.security.models import PortalUser
from app.security.services.users import require_active_peksos
from app.standby.enums import ShiftPattern
from app.standby.models import END_BEFORE_START_MESSAGE, MAX_SHIFT_LENGTH, SHIFT_TOO_LONG_MESSAGE

COLLEAGUE_FIELDS = ("second", "third", "fourth")
"""Form fields of the colleagues who take turns with the first worker."""
MAX_PLANNING_PERIOD = timedelta(days=62)
"""Longest period that one form can plan."""
_PATTERN_INTERVALS = {ShiftPattern.daily: timedelta(days=1), ShiftPattern.weekly: timedelta(days=7)}


class Slot(NamedTuple):
    """Worker and hours of a shift that is not saved yet."""

    starts_at: datetime
    ends_at: datetime
    worker: PortalUser

    def overlaps(self, other: Any) -> bool:
        """Whether the slot shares some time with another slot or shift."""
        return bool(self.starts_at < other.ends_at and other.starts_at < self.ends_at)


def build_slots(data: Mapping[str, Any]) -> list[Slot]:
    """Return the slots that the form describes, sorted by start."""
    starts_at, ends_at = data["starts_at"], data["ends_at"]
    require_valid_hours(starts_at, ends_at)
    workers = _get_workers(data)
    pattern = data.get("pattern") or ShiftPattern.once
    if pattern is ShiftPattern.once:
        if len(workers) > 1:
            raise PortalError(_("Say how the shifts of several people are repeated."), field="pattern")
        return [Slot(starts_at, ends_at, workers[0])]
    if pattern is ShiftPattern.in_turn and len(workers) == 1:
        raise PortalError(_("Say who follows: nobody takes over from himself."), field="second")
    count = _count_repeats(
        starts_at, data.get("until"), step := _PATTERN_INTERVALS.get(pattern, ends_at - starts_at)
    )
    return [
        Slot(starts_at + index * step, ends_at + index * step, workers[index % len(workers)])
        for index in range(count)
    ]


def require_valid_hours(starts_at: datetime, ends_at: datetime) -> None:
    """Raise PortalError if a shift ends before it starts or is longer than 24 hours."""
    if ends_at <= starts_at:
        raise PortalError(str(END_BEFORE_START_MESSAGE), field="ends_at")
    if ends_at - starts_at > MAX_SHIFT_LENGTH:
        raise PortalError(str(SHIFT_TOO_LONG_MESSAGE), field="ends_at")


def _get_workers(data: Mapping[str, Any]) -> list[PortalUser]:
    workers = []
    for field in ("worker", *COLLEAGUE_FIELDS):
        if data.get(field) is not None:
            require_active_peksos(data[field], field)
            workers.append(data[field])
    return workers


def _count_repeats(starts_at: datetime, until: date | None, step: timedelta) -> int:
    """Count the shifts that begin until the end of the day `until` in WITA."""
    first_start = starts_at.astimezone(clock.WITA)
    if until is None:
        raise PortalError(_("Say until which day."), field="until")
    if until < first_start.date():
        raise PortalError(_("The last day is before the first one."), field="until")
    if until - first_start.date() > MAX_PLANNING_PERIOD:
        raise PortalError(_("Plan two months at most with one form."), field="until")
    midnight = datetime.combine(until + timedelta(days=1), datetime.min.time(), clock.WITA)
    return -((first_start - midnight) // step)
