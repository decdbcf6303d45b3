"""Days on which the offices of Indonesia work: Monday to Friday, without holidays and joint leave."""

from datetime import date, timedelta
from functools import cache

import holidays

SATURDAY = 5


@cache
def _closed(year: int) -> frozenset[date]:
    """The holidays of a year; a year that nobody has announced yet has those that never move."""
    return frozenset(holidays.country_holidays("ID", years=year, categories=("public", "government")))


def is_working_day(day: date) -> bool:
    """Whether offices are open."""
    return day.weekday() < SATURDAY and day not in _closed(day.year)


def working_days_after(day: date, count: int) -> date:
    """The working day that comes so many working days after a day."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
