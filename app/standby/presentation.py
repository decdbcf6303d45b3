"""A month of shifts as a grid of days, with the hours at which nobody answers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app.core import clock
from app.standby.models import Shift


class CalendarDay(NamedTuple):
    """One day of the grid."""

    day: date
    shifts: list[Shift]
    """Those that begin on it."""
    gaps: list[tuple[datetime, datetime]]
    """Hours without anybody, from now on."""


def get_month_bounds(month: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return month.replace(day=1), following - timedelta(days=1)


def get_neighbour_months(month: date) -> tuple[date, date]:
    """A day of the month before, and one of the month after."""
    first, last = get_month_bounds(month)
    return first - timedelta(days=1), last + timedelta(days=1)


def build_month_days(month: date, shifts: Sequence[Shift]) -> list[CalendarDay]:
    """Lay the shifts out; `shifts` are those that touch the month, in order of time."""
    first, last = get_month_bounds(month)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        CalendarDay(
            day, [one for one in shifts if _to_local_date(one.starts_at) == day], _find_gaps(day, shifts)
        )
        for day in days
    ]


def _to_local_date(moment: datetime) -> date:
    return moment.astimezone(clock.WITA).date()


def _find_gaps(day: date, shifts: Sequence[Shift]) -> list[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, datetime.min.time(), clock.WITA)
    covered, end = max(midnight, clock.now().astimezone(clock.WITA)), midnight + timedelta(days=1)
    found = []
    for shift in shifts:
        if shift.starts_at >= end or shift.ends_at <= covered:
            continue
        if shift.starts_at > covered:
            found.append((covered, shift.starts_at))
        covered = shift.ends_at
    return [*found, (covered, end)] if covered < end else found
