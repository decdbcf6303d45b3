"""Counts over the rooms, made by the database and only of what the user may see."""

from datetime import datetime

from sqlalchemy import case as either
from sqlalchemy import func, literal, select

from app.cases.access import visible_to
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor
from app.extensions import db


def clients_per_year(user: Actor) -> dict[int, int]:
    """Count by year (in WITA) the clients for whom a case was opened, each client once a year."""
    first = db.session.scalar(select(func.min(Case.opened_at)).where(visible_to(user)))
    if first is None:
        return {}
    # The edges are instants of ours, so that both databases agree where a year in Bontang begins.
    oldest = first.astimezone(clock.WITA).year
    years = range(clock.year(), oldest, -1)
    edges = [(Case.opened_at >= datetime(year, 1, 1, tzinfo=clock.WITA), year) for year in years]
    year_of = either(*edges, else_=oldest) if edges else literal(oldest)
    opened = select(year_of.label("year"), Case.client_id).where(visible_to(user)).subquery()
    counted = select(opened.c.year, func.count(opened.c.client_id.distinct())).group_by(opened.c.year)
    return dict(db.session.execute(counted).all())
