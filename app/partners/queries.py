"""What an administrator should see coming."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor
from app.core.firsts import first_and_count
from app.partners.access import visible_to
from app.partners.models import Partner


def ending_agreements(user: Actor, start: date, end: date, most: int) -> tuple[int, Sequence[Partner]]:
    """Count the agreements in use that end in these days, and give the partners whose end first."""
    ending = (Partner.agreement_until.between(start, end), Partner.archived_at.is_(None), visible_to(user))
    return _counted(ending, Partner.agreement_until, most)


def unverified(user: Actor, before: date, most: int) -> tuple[int, Sequence[Partner]]:
    """Count the partners in use whom nobody has checked since that day, those never checked first."""
    old = or_(Partner.verified_on.is_(None), Partner.verified_on < before)
    return _counted((old, Partner.archived_at.is_(None), visible_to(user)), Partner.verified_on, most)


def _counted(
    asked: Sequence[ColumnElement[bool]], order: InstrumentedAttribute[date | None], most: int
) -> tuple[int, Sequence[Partner]]:
    return first_and_count(
        select(Partner).where(*asked).order_by(order.is_not(None), order, Partner.id), most
    )
