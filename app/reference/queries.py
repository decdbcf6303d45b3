"""Working days of Indonesian offices: Monday to Friday, except holidays and joint leave."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from app.extensions import db
from app.reference.models import Holiday

SATURDAY = 5  # as date.weekday() counts


def get_holidays_from(day: date) -> set[date]:
    """Return the recorded holidays from that day on."""
    return set(db.session.scalars(select(Holiday.day).where(Holiday.day >= day)))


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Whether the day is from Monday to Friday and no holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(day: date, count: int, holidays: Collection[date]) -> date:
    """Return the day that is `count` working days after `day`; with 0 it is `day` itself."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day
