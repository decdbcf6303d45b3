"""What an administrator should see coming."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from app.core.actor import Actor
from app.extensions import db
from app.partners.access import visible_to
from app.partners.models import Partner


def ending_agreements(user: Actor, start: date, end: date, most: int) -> tuple[int, Sequence[Partner]]:
    """Count the agreements in use that end in these days, and give the partners whose end first."""
    ending = (Partner.agreement_until.between(start, end), Partner.archived_at.is_(None), visible_to(user))
    count = db.session.scalar(select(func.count(Partner.id)).where(*ending)) or 0
    first = select(Partner).where(*ending).order_by(Partner.agreement_until, Partner.id).limit(most)
    return count, db.session.scalars(first).all()
