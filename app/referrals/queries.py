"""What the queue asks: whose turn it is, what is late, what waits for a partner or for the client's word."""

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
from app.referrals.policy import visible_to
from app.referrals.transitions import STATES_WITH_PARTNER

_STATES_WITH_PARTNER = [ReferralState[name] for name in STATES_WITH_PARTNER]


class WaitingReferrals(NamedTuple):
    """How many referrals wait for this user, how many of them are late, and the first of them."""

    own_count: int
    overdue_count: int
    first: list[Referral]


def is_in_queue(name: str, user: Actor) -> ColumnElement[bool]:
    """Say that a referral stands in the queue of that name.

    A set of ids on purpose: in whatever order the list is asked for, an index finds the few that wait.
    """
    return Referral.id.in_(select(_QUEUED_REFERRAL.id).where(*_QUEUE_CONDITIONS[name](user)))


_QUEUED_REFERRAL = aliased(Referral)
_QUEUE_CONDITIONS: dict[str, Callable[[Actor], tuple[ColumnElement[bool], ...]]] = {
    # A number above 0 is there: it says so in a way that the index is asked for.
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
    """Say that the case is this peksos's, or, while it has none, that the referral is."""
    led = or_(
        Case.worker_id == user.actor_id,
        and_(Case.worker_id.is_(None), referral.owner_id == user.actor_id),
    )
    return exists().where(Case.id == referral.case_id, led).correlate(referral)


def count_queues(user: Actor, names: tuple[str, ...]) -> list[int]:
    """Count every queue in one statement, as far as the user sees its referrals."""
    counted = [
        select(func.count(Referral.id)).where(is_in_queue(name, user), visible_to(user)).scalar_subquery()
        for name in names
    ]
    return list(db.session.execute(select(*counted)).one())


def get_waiting_referrals(user: Actor, limit: int) -> WaitingReferrals:
    """Give the referrals that the user must see to: his turn, or a partner of his cases is late."""
    late = and_(is_in_queue("overdue", user), _is_responsible_for(user, Referral), visible_to(user))
    mine = and_(is_in_queue("mine", user), visible_to(user))
    counted = [select(func.count(Referral.id)).where(one).scalar_subquery() for one in (mine, late)]
    count, overdue = db.session.execute(select(*counted)).one()
    # A union, not an OR: each part is found by an index of its own, an OR of both by none.
    either = union(*(select(Referral.id).where(one) for one in (mine, late)))
    query = (
        select(Referral)
        .where(id_in(Referral.id, either))
        .options(
            joinedload(Referral.case).joinedload(Case.client),
            joinedload(Referral.partner),
            joinedload(Referral.need_kind),
        )
        .order_by(Referral.due_at.is_(None), Referral.due_at, Referral.id)
        .limit(limit)
    )
    return WaitingReferrals(count, overdue, list(db.session.scalars(query)) if count or overdue else [])


class HistoryEntry(NamedTuple):
    """An event, and what somebody wrote to say why."""

    event: CaseEvent
    reason: str | None


def list_history(referral: Referral, limit: int) -> list[HistoryEntry]:
    """Give what the case's book says of this referral, the newest first, each with its reason."""
    told = (
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
    return [HistoryEntry(event, reason) for event, reason in db.session.execute(told)]


def list_unescalated_overdue_ids(limit: int) -> list[int]:
    """Give the referrals whose present breach nobody has been told of yet."""
    late = select(Referral.id).where(
        Referral.due_at.is_not(None), Referral.due_at <= clock.now(), Referral.escalated_at.is_(None)
    )
    return list(db.session.scalars(late.order_by(Referral.due_at, Referral.id).limit(limit)))


SCORECARD_PERIOD = timedelta(days=365)
MAX_SCORED_REFERRALS = 1000
"""The newest so many referrals of the last year: more say no more, and the page stays quick."""
MAX_REASONS = 3

_ACCEPTED_STATES = (
    ReferralState.accepted,
    ReferralState.in_service,
    ReferralState.completed,
    ReferralState.closed,
)


class Scorecard(NamedTuple):
    """The figures; None: not known, which is never zero."""

    sent_count: int
    is_capped: bool
    answered_count: int
    median_hours: float | None
    """Half of the answers came within so many hours."""
    accepted_share: float | None
    """Part of the answered ones."""
    top_reasons: Sequence[tuple[Refusal, int]]
    completed_share: float | None
    """Part of the accepted ones."""
    confirmed_share: float | None
    """Part of the completed ones whose client said what came of it."""


def get_scorecard(partner: Partner, user: Actor) -> Scorecard:
    """Sum up the partner's referrals of the last year, as far as the user sees them."""
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
            visible_to(user),
        )
        .order_by(Referral.sent_at.desc(), Referral.id.desc())
        .limit(MAX_SCORED_REFERRALS + 1)
    ).all()
    return _build_scorecard(rows[:MAX_SCORED_REFERRALS], is_capped=len(rows) > MAX_SCORED_REFERRALS)


def _build_scorecard(rows: Sequence[Any], *, is_capped: bool) -> Scorecard:
    answered = [row for row in rows if row.responded_at is not None]
    judged = [row for row in answered if row.state is not ReferralState.cancelled]  # the office took it back
    accepted = [row for row in judged if row.state in _ACCEPTED_STATES]
    completed = [row for row in accepted if row.completed_at is not None]
    confirmed = [row for row in completed if row.outcome not in (None, Outcome.unreachable)]
    hours = [(row.responded_at - row.sent_at).total_seconds() / 3600 for row in answered]
    reasons = Counter(row.decline_reason for row in answered if row.decline_reason is not None)
    return Scorecard(
        len(rows),
        is_capped,
        len(answered),
        median(hours) if hours else None,
        _compute_share(accepted, judged),
        reasons.most_common(MAX_REASONS),
        _compute_share(completed, accepted),
        _compute_share(confirmed, completed),
    )


def _compute_share(part: Sequence[Any], whole: Sequence[Any]) -> float | None:
    return len(part) / len(whole) if whole else None


def list_scorecard_details(partner: Partner, user: Actor) -> list[tuple[str, str]]:
    """Label and value of each figure, as the partner's page shows them."""
    card = get_scorecard(partner, user)
    sent = formats.format_number(card.sent_count) + ("+" if card.is_capped else "")
    reasons = "; ".join(
        f"{reason.value} ({formats.format_number(count)})" for reason, count in card.top_reasons
    )
    verified = formats.format_day(partner.verified_on) if partner.verified_on else formats.EMPTY_VALUE
    return [
        (_("Sent in the last 12 months"), sent),
        (_("Answered"), formats.format_number(card.answered_count)),
        (_("Half of the answers within"), _format_hours(card.median_hours)),
        (_("Accepted, of those answered"), _format_percent(card.accepted_share)),
        (_("Most frequent reasons to decline"), reasons or formats.EMPTY_VALUE),
        (_("Completed, of those accepted"), _format_percent(card.completed_share)),
        (_("Confirmed by the client, of those completed"), _format_percent(card.confirmed_share)),
        (_("Last verified on"), verified),
    ]


def _format_hours(hours: float | None) -> str:
    if hours is None:
        return formats.EMPTY_VALUE
    return str(_("%(hours)s hours", hours=formats.format_number(round(hours, 1))))


def _format_percent(share: float | None) -> str:
    return formats.EMPTY_VALUE if share is None else f"{formats.format_number(round(100 * share))}%"
