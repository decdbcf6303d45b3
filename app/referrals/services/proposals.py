"""Proposals of partners that offer the need, take referrals and cover the kelurahan; fastest first."""

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.cases.models.case import Case
from app.clients.models.client import Client
from app.clients.policy import can_read_personal_details
from app.core import clock
from app.core.actor import Actor
from app.extensions import db
from app.partners.models import Partner, PartnerService, partner_coverage
from app.referrals.enums import ReferralState
from app.referrals.models.referral import Referral
from app.referrals.transitions import STATES_WITH_PARTNER

ANSWER_TIME_PERIOD = timedelta(days=365)
"""Only referrals sent within this period count for the answer time."""
_BUSY_STATES = [*(ReferralState[name] for name in STATES_WITH_PARTNER), ReferralState.completed]


class Proposal(NamedTuple):
    """A partner with its mean answer time in hours; None: no answer within `ANSWER_TIME_PERIOD`."""

    partner: Partner
    hours: float | None


def list_proposals(
    case: Case, need_kind_id: int, limit: int, *, by: Actor, exclude: Partner | None = None
) -> list[Proposal]:
    """Return up to `limit` partners for a need of the case, fastest answers first.

    Partners that have this need of the case now, or declined it for good, are left out. If `by` may not read
    the client's personal details, the kelurahan filters nothing: the list must not disclose it.
    """
    mean_hours = _build_answer_hours()
    query = (
        select(Partner, mean_hours)
        .join(PartnerService, PartnerService.partner_id == Partner.id)
        .where(
            PartnerService.need_kind_id == need_kind_id,
            Partner.active,
            Partner.accepting,
            _is_serving_kelurahan(_get_readable_kelurahan_id(case.client, by)),
            ~_has_blocking_referral(case, need_kind_id),
        )
        .order_by(mean_hours.is_(None), mean_hours, Partner.name)
        .limit(limit)
    )
    if exclude is not None:
        query = query.where(Partner.id != exclude.id)
    return [Proposal(partner, answer_hours) for partner, answer_hours in db.session.execute(query)]


def _get_readable_kelurahan_id(client: Client, by: Actor) -> int | None:
    if client.kelurahan_id is None or not can_read_personal_details(client, by):
        return None
    return client.kelurahan_id


def _is_serving_kelurahan(kelurahan_id: int | None) -> ColumnElement[bool]:
    """Return a condition: the partner serves the kelurahan; a partner without coverage rows serves all."""
    served = partner_coverage.c.partner_id == Partner.id
    if kelurahan_id is None:
        return Partner.id.is_not(None)
    return or_(
        exists().where(served, partner_coverage.c.kelurahan_id == kelurahan_id).correlate(Partner),
        ~exists().where(served).correlate(Partner),
    )


def _has_blocking_referral(case: Case, need_kind_id: int) -> ColumnElement[bool]:
    """Return a condition: the partner has the same need of this case now, or declined it for good."""
    other_referral = aliased(Referral)
    return (
        exists()
        .where(
            other_referral.case_id == case.id,
            other_referral.partner_id == Partner.id,
            other_referral.need_kind_id == need_kind_id,
            or_(other_referral.state.in_(_BUSY_STATES), other_referral.may_refer_again.is_(False)),
        )
        .correlate(Partner)
    )


def _build_answer_hours() -> ColumnElement[Any]:
    """Build the subquery of the mean answer time in hours; it uses the index (partner_id, sent_at)."""
    other_referral = aliased(Referral)
    return (
        select(func.avg(build_hours_between(other_referral.sent_at, other_referral.responded_at)))
        .where(
            other_referral.partner_id == Partner.id,
            other_referral.sent_at >= clock.now() - ANSWER_TIME_PERIOD,
            other_referral.responded_at.is_not(None),
        )
        .correlate(Partner)
        .scalar_subquery()
    )


def build_hours_between(start: Any, end: Any) -> ColumnElement[Any]:
    """Build an expression for the hours between two instants, on SQLite or PostgreSQL."""
    if db.engine.dialect.name == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * 24.0
    return cast(func.extract("epoch", end - start), Float) / 3600.0
