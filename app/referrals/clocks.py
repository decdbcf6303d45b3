"""When a step is due: hours run day and night, working days are Monday to Friday without holidays (WITA)."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from app.cases.choices import Urgency
from app.core.clock import WITA
from app.partners.choices import PartnerKind
from app.reference.workdays import working_days_after
from app.referrals.choices import Step


class Limit(NamedTuple):
    """How long a step may take: one of the two."""

    hours: int | None = None
    working_days: int | None = None


class Term(Protocol):
    """A row of the table of response times."""

    step: Step
    partner_kind: PartnerKind | None
    urgency: Urgency | None
    hours: int | None
    working_days: int | None


def due_at(start: datetime, limit: Limit, holidays: Collection[date]) -> datetime:
    """Until when; the last minute, in WITA, of the last of so many working days after that of `start`."""
    if limit.hours is not None:
        return start.astimezone(UTC) + timedelta(hours=limit.hours)
    day = start.astimezone(WITA).date()
    day = working_days_after(day, limit.working_days or 0, holidays)
    return datetime.combine(day, time(23, 59), WITA).astimezone(UTC)


def limit_of(
    terms: Iterable[Term], step: Step, kind: PartnerKind, urgency: Urgency, promised_hours: int | None = None
) -> Limit | None:
    """Choose the row that says most about partner and urgency; None: no row fits, no clock runs.

    A partner's promise to answer counts for an ordinary referral, and for a pressing one if it is shorter.
    """
    fitting = [
        term
        for term in terms
        if term.step is step and term.partner_kind in (None, kind) and term.urgency in (None, urgency)
    ]
    best = max(fitting, key=_says, default=None)
    limit = None if best is None else Limit(best.hours, best.working_days)
    if step is not Step.answer or promised_hours is None:
        return limit
    if urgency is Urgency.ordinary or limit is None or limit.hours is None:
        return Limit(hours=promised_hours)
    return Limit(hours=min(promised_hours, limit.hours))


def _says(term: Term) -> tuple[bool, bool]:
    return term.partner_kind is not None, term.urgency is not None
