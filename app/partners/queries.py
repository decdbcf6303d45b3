"""Queries for the dashboard: agreements that end soon and partners that need verification."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor
from app.db.queries import first_and_count
from app.partners.models import Partner
from app.partners.policy import PartnerPolicy


def list_ending_agreements(user: Actor, start: date, end: date, limit: int) -> tuple[int, Sequence[Partner]]:
    """Count the active partners whose agreement ends from `start` to `end`; return the first `limit`."""
    ending = (
        Partner.agreement_until.between(start, end),
        Partner.archived_at.is_(None),
        PartnerPolicy.visible_to(user),
    )
    return _list_with_count(ending, Partner.agreement_until, limit)


def list_unverified_partners(user: Actor, before: date, limit: int) -> tuple[int, Sequence[Partner]]:
    """Count the active partners not verified since `before`; return up to `limit`, never verified first."""
    unverified = or_(Partner.verified_on.is_(None), Partner.verified_on < before)
    return _list_with_count(
        (unverified, Partner.archived_at.is_(None), PartnerPolicy.visible_to(user)),
        Partner.verified_on,
        limit,
    )


def _list_with_count(
    conditions: Sequence[ColumnElement[bool]], order: InstrumentedAttribute[date | None], limit: int
) -> tuple[int, Sequence[Partner]]:
    return first_and_count(
        select(Partner).where(*conditions).order_by(order.is_not(None), order, Partner.id), limit
    )
