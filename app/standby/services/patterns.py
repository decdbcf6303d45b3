"""From one form to many shifts: the first one, and how it is repeated."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.cases.services.rules import must_be_peksos
from app.core import clock
from app.core.errors import PortalError
from app.security.models import PortalUser
from app.standby.choices import Pattern
from app.standby.models import ENDS_FIRST, LONGEST, TOO_LONG

OTHERS = ("second", "third", "fourth")
"""Fields of those who take turns with the first worker."""
FURTHEST = timedelta(days=62)
"""How far one form plans."""
_EVERY = {Pattern.daily: timedelta(days=1), Pattern.weekly: timedelta(days=7)}


class Slot(NamedTuple):
    """Somebody, from one moment to another."""

    starts_at: datetime
    ends_at: datetime
    worker: PortalUser

    def meets(self, other: Any) -> bool:
        """Whether the two share some time."""
        return bool(self.starts_at < other.ends_at and other.starts_at < self.ends_at)


def slots_of(data: Mapping[str, Any]) -> list[Slot]:
    """Spread what the form says over the days, in order of time."""
    starts_at, ends_at = data["starts_at"], data["ends_at"]
    check_hours(starts_at, ends_at)
    crew = _crew(data)
    pattern = data.get("pattern") or Pattern.once
    if pattern is Pattern.once:
        if len(crew) > 1:
            raise PortalError(_("Say how the shifts of several people are repeated."), field="pattern")
        return [Slot(starts_at, ends_at, crew[0])]
    if pattern is Pattern.in_turn and len(crew) == 1:
        raise PortalError(_("Say who follows: nobody takes over from himself."), field="second")
    count = _repeats(starts_at, data.get("until"), step := _EVERY.get(pattern, ends_at - starts_at))
    return [Slot(starts_at + n * step, ends_at + n * step, crew[n % len(crew)]) for n in range(count)]


def check_hours(starts_at: datetime, ends_at: datetime) -> None:
    """Refuse a shift that ends before it starts, and one that nobody stays awake for."""
    if ends_at <= starts_at:
        raise PortalError(str(ENDS_FIRST), field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise PortalError(str(TOO_LONG), field="ends_at")


def _crew(data: Mapping[str, Any]) -> list[PortalUser]:
    crew = []
    for field in ("worker", *OTHERS):
        if data.get(field) is not None:
            must_be_peksos(data[field], field)
            crew.append(data[field])
    return crew


def _repeats(starts_at: datetime, until: date | None, step: timedelta) -> int:
    """How many shifts begin until the end of that day in Bontang."""
    first = starts_at.astimezone(clock.WITA)
    if until is None:
        raise PortalError(_("Say until which day."), field="until")
    if until < first.date():
        raise PortalError(_("The last day is before the first one."), field="until")
    if until - first.date() > FURTHEST:
        raise PortalError(_("Plan two months at most with one form."), field="until")
    midnight = datetime.combine(until + timedelta(days=1), datetime.min.time(), clock.WITA)
    return -((first - midnight) // step)
