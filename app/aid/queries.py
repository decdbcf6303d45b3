"""What clients received beside the office's own money."""

from datetime import datetime

from sqlalchemy import func, select

from app.aid.models import Aid
from app.core import clock
from app.core.actor import STAFF, Actor, has_role
from app.extensions import db


def mobilised_in(year: int, user: Actor) -> int:
    """Sum up what partners gave in a year: help that was found, never the office's budget.

    A sum tells of nobody, so it holds the cases that the user may not see, too.
    """
    if not has_role(user, *STAFF):
        return 0
    begin, end = (datetime(each, 1, 1, tzinfo=clock.WITA) for each in (year, year + 1))
    query = select(func.sum(Aid.mobilised)).where(Aid.handed_over_at >= begin, Aid.handed_over_at < end)
    return int(db.session.scalar(query) or 0)
