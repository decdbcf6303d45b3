"""What an administrator should see coming."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor
from app.db.queries import first_and_count
from app.partners.models import Partner
from app.partners.policy import visible_to


def list_ending_agreements(user: Actor, start: date, end: date, limit: int) -> tuple[int, Sequence[Partner]]:
    """Count the agreements in use that end in these days, and give the partners whose end first."""
    ending = (Partner.agreement_until.between(start, end), Partner.archived_at.is_(None), visible_to(user))
    return _list_with_count(ending, Partner.agreement_until, limit)


def list_unverified_partners(user: Actor, before: date, limit: int) -> tuple[int, Sequence[Partner]]:
    """Count the partners in use whom nobody has checked since that day, those never checked first."""
    old = or_(Partner.verified_on.is_(None), Partner.verified_on < before)
    return _list_with_count(
        (old, Partner.archived_at.is_(None), visible_to(user)), Partner.verified_on, limit
    )


def _list_with_count(
    conditions: Sequence[ColumnElement[bool]], order: InstrumentedAttribute[date | None], limit: int
) -> tuple[int, Sequence[Partner]]:
    return first_and_count(
        select(Partner).where(*conditions).order_by(order.is_not(None), order, Partner.id), limit
    )
