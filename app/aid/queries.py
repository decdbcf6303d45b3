"""What clients received beside the office's own money."""

from datetime import datetime

from sqlalchemy import func, select

from app.aid.access import visible_to
from app.aid.models import Aid
from app.core import clock
from app.core.actor import ADMIN, STAFF, SUPERVISOR, Actor, has_role
from app.extensions import db


def mobilised_in(year: int, user: Actor) -> int:
    """Sum what partners gave in a year, in whole rupiah: help that was found, never the office's budget.

    Who answers for the money reads the sum of all cases, a peksos that of the cases which he sees: a sum that
    grows while the list of aid does not would tell him of a hidden case.
    """
    if not has_role(user, *STAFF):
        return 0
    begin, end = (datetime(each, 1, 1, tzinfo=clock.WITA) for each in (year, year + 1))
    query = select(func.sum(Aid.mobilised)).where(Aid.handed_over_at >= begin, Aid.handed_over_at < end)
    if not has_role(user, ADMIN, SUPERVISOR):
        query = query.where(visible_to(user))
    return int(db.session.scalar(query) or 0)
