"""What others published about the office's clients."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core.actor import Actor
from app.extensions import db
from app.grants.access import visible_to
from app.grants.choices import Measure
from app.grants.models import PublishedFigure

CLIENTS = (Measure.clients, Measure.new_clients, Measure.continuing_clients)


def published_clients(user: Actor) -> Sequence[PublishedFigure]:
    """Give every figure about clients, contradicting ones side by side; without a year last."""
    year = PublishedFigure.year
    query = select(PublishedFigure).where(PublishedFigure.measure.in_(CLIENTS), visible_to(user))
    return db.session.scalars(query.order_by(year.is_(None), year, PublishedFigure.id)).all()
