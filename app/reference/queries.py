"""Days on which the offices of Indonesia work: Monday to Friday, without holidays and joint leave."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from app.extensions import db
from app.reference.models import Holiday

SATURDAY = 5


def get_holidays_from(day: date) -> set[date]:
    """Give the holidays that are known from that day on."""
    return set(db.session.scalars(select(Holiday.day).where(Holiday.day >= day)))


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Whether offices are open."""
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(day: date, count: int, holidays: Collection[date]) -> date:
    """The working day that comes so many working days after a day."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day
