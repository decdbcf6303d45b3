"""Whom to ask: partners that offer the need, take referrals, cover the kelurahan, the fastest first."""

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.cases.models.case import Case
from app.clients.models.client import Client
from app.clients.visibility import can_read_personal_details
from app.core import clock
from app.core.actor import Actor
from app.extensions import db
from app.partners.models import Partner, PartnerService, partner_coverage
from app.referrals.enums import ReferralState
from app.referrals.models.referral import Referral
from app.referrals.transitions import STATES_WITH_PARTNER

ANSWER_TIME_PERIOD = timedelta(days=365)
"""Of what a partner answered longer ago, nothing follows."""
_BUSY_STATES = [*(ReferralState[name] for name in STATES_WITH_PARTNER), ReferralState.completed]


class Proposal(NamedTuple):
    """A partner, and how many hours it needed to answer (None: it has not been asked lately)."""

    partner: Partner
    hours: float | None


def list_proposals(
    case: Case, need_kind_id: int, limit: int, *, by: Actor, exclude: Partner | None = None
) -> list[Proposal]:
    """Give partners for this need of this case, without those that have it or said no for good.

    The kelurahan of a client whose personal details `by` may not read leaves no partner out.
    """
    hours = _build_answer_hours()
    query = (
        select(Partner, hours)
        .join(PartnerService, PartnerService.partner_id == Partner.id)
        .where(
            PartnerService.need_kind_id == need_kind_id,
            Partner.active,
            Partner.accepting,
            _is_serving_kelurahan(_get_readable_kelurahan_id(case.client, by)),
            ~_has_blocking_referral(case, need_kind_id),
        )
        .order_by(hours.is_(None), hours, Partner.name)
        .limit(limit)
    )
    if exclude is not None:
        query = query.where(Partner.id != exclude.id)
    return [Proposal(partner, found) for partner, found in db.session.execute(query)]


def _get_readable_kelurahan_id(client: Client, by: Actor) -> int | None:
    if client.kelurahan_id is None or not can_read_personal_details(client, by):
        return None
    return client.kelurahan_id


def _is_serving_kelurahan(kelurahan_id: int | None) -> ColumnElement[bool]:
    """Say that the partner serves the kelurahan; one that names none serves everywhere."""
    served = partner_coverage.c.partner_id == Partner.id
    if kelurahan_id is None:
        return Partner.id.is_not(None)
    return or_(
        exists().where(served, partner_coverage.c.kelurahan_id == kelurahan_id).correlate(Partner),
        ~exists().where(served).correlate(Partner),
    )


def _has_blocking_referral(case: Case, need_kind_id: int) -> ColumnElement[bool]:
    """Say that it has the same need of this case now, or declined it for good."""
    asked = aliased(Referral)
    return (
        exists()
        .where(
            asked.case_id == case.id,
            asked.partner_id == Partner.id,
            asked.need_kind_id == need_kind_id,
            or_(asked.state.in_(_BUSY_STATES), asked.may_refer_again.is_(False)),
        )
        .correlate(Partner)
    )


def _build_answer_hours() -> ColumnElement[Any]:
    """Tell how long the partner needed on average; one index holds partner and time of sending."""
    asked = aliased(Referral)
    return (
        select(func.avg(build_hours_between(asked.sent_at, asked.responded_at)))
        .where(
            asked.partner_id == Partner.id,
            asked.sent_at >= clock.now() - ANSWER_TIME_PERIOD,
            asked.responded_at.is_not(None),
        )
        .correlate(Partner)
        .scalar_subquery()
    )


def build_hours_between(start: Any, end: Any) -> ColumnElement[Any]:
    """Count the hours between two instants, on either database."""
    if db.engine.dialect.name == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * 24.0
    return cast(func.extract("epoch", end - start), Float) / 3600.0
