"""How a partner answers: what a peksos wants to know before the next referral goes there."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock, display
from app.core.actor import Actor
from app.extensions import db
from app.partners.models import Partner
from app.referrals.access import visible_to
from app.referrals.choices import Outcome, Refusal
from app.referrals.models import Referral
from app.referrals.states import ReferralState

SINCE = timedelta(days=365)
MOST = 1000
"""The newest so many referrals of the last year: more say no more, and the page stays quick."""
TOP_REASONS = 3

_ACCEPTED = (
    ReferralState.accepted,
    ReferralState.in_service,
    ReferralState.completed,
    ReferralState.closed,
)


class Scorecard(NamedTuple):
    """The figures; None: not known, which is never zero."""

    sent: int
    capped: bool
    answered: int
    hours: float | None
    """Half of the answers came within so many hours."""
    accepted: float | None
    """Part of the answered ones."""
    reasons: Sequence[tuple[Refusal, int]]
    completed: float | None
    """Part of the accepted ones."""
    confirmed: float | None
    """Part of the completed ones whose client said what came of it."""


def scorecard(partner: Partner, user: Actor) -> Scorecard:
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
            Referral.sent_at >= clock.now() - SINCE,
            visible_to(user),
        )
        .order_by(Referral.sent_at.desc(), Referral.id.desc())
        .limit(MOST + 1)
    ).all()
    return _summed(rows[:MOST], capped=len(rows) > MOST)


def _summed(rows: Sequence[Any], *, capped: bool) -> Scorecard:
    answered = [row for row in rows if row.responded_at is not None]
    judged = [row for row in answered if row.state is not ReferralState.cancelled]  # the office took it back
    accepted = [row for row in judged if row.state in _ACCEPTED]
    completed = [row for row in accepted if row.completed_at is not None]
    confirmed = [row for row in completed if row.outcome not in (None, Outcome.unreachable)]
    hours = [(row.responded_at - row.sent_at).total_seconds() / 3600 for row in answered]
    reasons = Counter(row.decline_reason for row in answered if row.decline_reason is not None)
    return Scorecard(
        len(rows),
        capped,
        len(answered),
        median(hours) if hours else None,
        _part(accepted, judged),
        reasons.most_common(TOP_REASONS),
        _part(completed, accepted),
        _part(confirmed, completed),
    )


def _part(some: Sequence[Any], of: Sequence[Any]) -> float | None:
    return len(some) / len(of) if of else None


def scorecard_facts(partner: Partner, user: Actor) -> list[tuple[str, str]]:
    """Label and value of each figure, as the partner's page shows them."""
    card = scorecard(partner, user)
    sent = display.number(card.sent) + ("+" if card.capped else "")
    reasons = "; ".join(f"{reason.value} ({display.number(count)})" for reason, count in card.reasons)
    verified = display.day(partner.verified_on) if partner.verified_on else display.UNKNOWN
    return [
        (_("Sent in the last 12 months"), sent),
        (_("Answered"), display.number(card.answered)),
        (_("Half of the answers within"), _hours(card.hours)),
        (_("Accepted, of those answered"), _percent(card.accepted)),
        (_("Most frequent reasons to decline"), reasons or display.UNKNOWN),
        (_("Completed, of those accepted"), _percent(card.completed)),
        (_("Confirmed by the client, of those completed"), _percent(card.confirmed)),
        (_("Last verified on"), verified),
    ]


def _hours(hours: float | None) -> str:
    if hours is None:
        return display.UNKNOWN
    return str(_("%(hours)s hours", hours=display.number(round(hours, 1))))


def _percent(part: float | None) -> str:
    return display.UNKNOWN if part is None else f"{display.number(round(100 * part))}%"
