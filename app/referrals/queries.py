"""Queries for referrals: the named queues, the history of a referral, the scorecard of a partner."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from statistics import median
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union
from sqlalchemy.orm import aliased, joinedload

from app.cases.models.case import Case
from app.cases.models.event import CaseEvent, CaseReason
from app.core import clock, formats
from app.core.actor import Actor
from app.db.query_hints import id_in
from app.extensions import db
from app.partners.models import Partner
from app.referrals.enums import Outcome, ReferralState, Refusal
from app.referrals.models.referral import Referral
from app.referrals.policy import ReferralPolicy
from app.referrals.transitions import STATES_WITH_PARTNER

_STATES_WITH_PARTNER = [ReferralState[name] for name in STATES_WITH_PARTNER]


class WaitingReferrals(NamedTuple):
    """Counts of the referrals in which it is the user's turn and of those overdue, and the first of both.

    A referral can be in both counts.
    """

    own_count: int
    overdue_count: int
    first: list[Referral]


def is_in_queue(name: str, user: Actor) -> ColumnElement[bool]:
    """Return a condition on `Referral`: it is in the queue `name`, a key of `_QUEUE_CONDITIONS`."""
    # A subquery of ids, so that an index finds the few waiting rows whatever order the list has.
    return Referral.id.in_(select(_QUEUED_REFERRAL.id).where(*_QUEUE_CONDITIONS[name](user)))


_QUEUED_REFERRAL = aliased(Referral)
_QUEUE_CONDITIONS: dict[str, Callable[[Actor], tuple[ColumnElement[bool], ...]]] = {
    # owner_id > 0 means IS NOT NULL, in a form for which the partial index is used.
    "mine": lambda user: (
        _QUEUED_REFERRAL.owner_id > 0,
        _QUEUED_REFERRAL.state != ReferralState.cancelled,
        _is_responsible_for(user, _QUEUED_REFERRAL),
    ),
    "overdue": lambda _user: (_QUEUED_REFERRAL.due_at <= clock.now(),),
    "partner": lambda _user: (
        _QUEUED_REFERRAL.state.in_(_STATES_WITH_PARTNER),
        _QUEUED_REFERRAL.due_at.is_not(None),
        _QUEUED_REFERRAL.owner_id.is_(None),
    ),
    "confirm": lambda _user: (_QUEUED_REFERRAL.state == ReferralState.completed,),
}


def _is_responsible_for(user: Actor, referral: Any) -> ColumnElement[bool]:
    """Return a condition: the user leads the case or, if the case has no worker, owns the referral."""
    is_responsible = or_(
        Case.worker_id == user.actor_id,
        and_(Case.worker_id.is_(None), referral.owner_id == user.actor_id),
    )
    return exists().where(Case.id == referral.case_id, is_responsible).correlate(referral)


def count_queues(user: Actor, names: tuple[str, ...]) -> list[int]:
    """Count the referrals of each queue that the user sees, in one statement; same order as `names`."""
    subqueries = [
        select(func.count(Referral.id))
        .where(is_in_queue(name, user), ReferralPolicy.visible_to(user))
        .scalar_subquery()
        for name in names
    ]
    return list(db.session.execute(select(*subqueries)).one())


def get_waiting_referrals(user: Actor, limit: int) -> WaitingReferrals:
    """Return the referrals in which it is the user's turn, or that are overdue in the user's cases."""
    is_overdue = and_(
        is_in_queue("overdue", user), _is_responsible_for(user, Referral), ReferralPolicy.visible_to(user)
    )
    is_own = and_(is_in_queue("mine", user), ReferralPolicy.visible_to(user))
    subqueries = [
        select(func.count(Referral.id)).where(condition).scalar_subquery()
        for condition in (is_own, is_overdue)
    ]
    own_count, overdue_count = db.session.execute(select(*subqueries)).one()
    # A union, not an OR: each part uses its own index; an OR of both uses none.
    id_query = union(*(select(Referral.id).where(condition) for condition in (is_own, is_overdue)))
    query = (
        select(Referral)
        .where(id_in(Referral.id, id_query))
        .options(
            joinedload(Referral.case).joinedload(Case.client),
            joinedload(Referral.partner),
            joinedload(Referral.need_kind),
        )
        .order_by(Referral.due_at.is_(None), Referral.due_at, Referral.id)
        .limit(limit)
    )
    return WaitingReferrals(
        own_count, overdue_count, list(db.session.scalars(query)) if own_count or overdue_count else []
    )


class HistoryEntry(NamedTuple):
    """An event of the case with the reason that was written for it, if any."""

    event: CaseEvent
    reason: str | None


def list_history(referral: Referral, limit: int) -> list[HistoryEntry]:
    """Return the newest `limit` events of this referral from the case, newest first, with their reasons."""
    query = (
        select(CaseEvent, CaseReason.text)
        .outerjoin(CaseReason, CaseReason.event_id == CaseEvent.id)
        .where(
            CaseEvent.case_id == referral.case_id,
            CaseEvent.source == Referral.__tablename__,
            CaseEvent.source_id == referral.id,
        )
        .order_by(CaseEvent.occurred_at.desc(), CaseEvent.id.desc())
        .limit(limit)
    )
    return [HistoryEntry(event, reason) for event, reason in db.session.execute(query)]


def list_unescalated_overdue_ids(limit: int) -> list[int]:
    """Return the ids of overdue referrals that have no overdue event yet, the longest overdue first."""
    query = select(Referral.id).where(
        Referral.due_at.is_not(None), Referral.due_at <= clock.now(), Referral.escalated_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Referral.due_at, Referral.id).limit(limit)))


SCORECARD_PERIOD = timedelta(days=365)
MAX_SCORED_REFERRALS = 1000
"""Only the newest referrals of the period are read: enough for the figures, and the page stays fast."""
MAX_REASONS = 3

_ACCEPTED_STATES = (
    ReferralState.accepted,
    ReferralState.in_service,
    ReferralState.completed,
    ReferralState.closed,
)


class Scorecard(NamedTuple):
    """Figures of a partner; None means unknown, not zero."""

    sent_count: int
    is_capped: bool
    answered_count: int
    median_hours: float | None
    """Median of the hours from sending to the first answer."""
    accepted_share: float | None
    """Share (0 to 1) of the answered referrals, without those that the office cancelled."""
    top_reasons: Sequence[tuple[Refusal, int]]
    completed_share: float | None
    """Share (0 to 1) of the accepted referrals."""
    confirmed_share: float | None
    """Share (0 to 1) of the completed referrals whose client stated a result."""


def get_scorecard(partner: Partner, user: Actor) -> Scorecard:
    """Compute the figures from the partner's referrals of the last 365 days that the user sees."""
    rows = db.session.execute(
        select(
            Referral.state,
            Referral.sent_at,
            Referral.responded_at,
            Referral.decline_reason,
            Referral.completed_at,
            Referral.outcome,
        )
        .where(
            Referral.partner_id == partner.id,
            Referral.sent_at >= clock.now() - SCORECARD_PERIOD,
            ReferralPolicy.visible_to(user),
        )
        .order_by(Referral.sent_at.desc(), Referral.id.desc())
        .limit(MAX_SCORED_REFERRALS + 1)
    ).all()
    return _build_scorecard(rows[:MAX_SCORED_REFERRALS], is_capped=len(rows) > MAX_SCORED_REFERRALS)


def _build_scorecard(rows: Sequence[Any], *, is_capped: bool) -> Scorecard:
    answered = [row for row in rows if row.responded_at is not None]
    decided = [row for row in answered if row.state is not ReferralState.cancelled]  # cancelled by the office
    accepted = [row for row in decided if row.state in _ACCEPTED_STATES]
    completed = [row for row in accepted if row.completed_at is not None]
    confirmed = [row for row in completed if row.outcome not in (None, Outcome.unreachable)]
    hours = [(row.responded_at - row.sent_at).total_seconds() / 3600 for row in answered]
    reasons = Counter(row.decline_reason for row in answered if row.decline_reason is not None)
    return Scorecard(
        len(rows),
        is_capped,
        len(answered),
        median(hours) if hours else None,
        _compute_share(accepted, decided),
        reasons.most_common(MAX_REASONS),
        _compute_share(completed, accepted),
        _compute_share(confirmed, completed),
    )


def _compute_share(part: Sequence[Any], whole: Sequence[Any]) -> float | None:
    return len(part) / len(whole) if whole else None


def list_scorecard_details(partner: Partner, user: Actor) -> list[tuple[str, str]]:
    """Return label and formatted value of each figure for the detail page of the partner."""
    card = get_scorecard(partner, user)
    sent_text = formats.format_number(card.sent_count) + ("+" if card.is_capped else "")
    reasons_text = "; ".join(
        f"{reason.value} ({formats.format_number(count)})" for reason, count in card.top_reasons
    )
    verified_text = formats.format_day(partner.verified_on) if partner.verified_on else formats.EMPTY_VALUE
    return [
        (_("Sent in the last 12 months"), sent_text),
        (_("Answered"), formats.format_number(card.answered_count)),
        (_("Half of the answers within"), _format_hours(card.median_hours)),
        (_("Accepted, of those answered"), _format_percent(card.accepted_share)),
        (_("Most frequent reasons to decline"), reasons_text or formats.EMPTY_VALUE),
        (_("Completed, of those accepted"), _format_percent(card.completed_share)),
        (_("Confirmed by the client, of those completed"), _format_percent(card.confirmed_share)),
        (_("Last verified on"), verified_text),
    ]


def _format_hours(hours: float | None) -> str:
    if hours is None:
        return formats.EMPTY_VALUE
    return str(_("%(hours)s hours", hours=formats.format_number(round(hours, 1))))


def _format_percent(share: float | None) -> str:
    return formats.EMPTY_VALUE if share is None else f"{formats.format_number(round(100 * share))}%"
