"""Month grid of shifts: one cell for each day, with the hours that nobody covers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app.core import clock
from app.standby.models import Shift


class CalendarDay(NamedTuple):
    """Cell of the month grid."""

    day: date
    shifts: list[Shift]
    """Shifts that begin on this day."""
    gaps: list[tuple[datetime, datetime]]
    """Uncovered periods, from now on: past hours count as covered."""


def get_month_bounds(month: date) -> tuple[date, date]:
    """Return the first and the last day of the month."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return month.replace(day=1), following - timedelta(days=1)


def get_neighbour_months(month: date) -> tuple[date, date]:
    """Return one day of the previous month and one of the next month."""
    first, last = get_month_bounds(month)
    return first - timedelta(days=1), last + timedelta(days=1)


def build_month_days(month: date, shifts: Sequence[Shift]) -> list[CalendarDay]:
    """Build the cells of a month; `shifts` are those that overlap it, sorted by start."""
    first, last = get_month_bounds(month)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [
        CalendarDay(
            day,
            [shift for shift in shifts if _to_local_date(shift.starts_at) == day],
            _find_gaps(day, shifts),
        )
        for day in days
    ]


def _to_local_date(moment: datetime) -> date:
    return moment.astimezone(clock.WITA).date()


def _find_gaps(day: date, shifts: Sequence[Shift]) -> list[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, datetime.min.time(), clock.WITA)
    covered_until, end = max(midnight, clock.now().astimezone(clock.WITA)), midnight + timedelta(days=1)
    gaps = []
    for shift in shifts:
        if shift.starts_at >= end or shift.ends_at <= covered_until:
            continue
        if shift.starts_at > covered_until:
            gaps.append((covered_until, shift.starts_at))
        covered_until = shift.ends_at
    return [*gaps, (covered_until, end)] if covered_until < end else gaps
