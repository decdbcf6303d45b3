"""When a step is due: hours run day and night, working days are Monday to Friday without holidays (WITA)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from app.cases.choices import Urgency
from app.core.clock import WITA
from app.partners.choices import PartnerKind
from app.referrals.choices import Step

_DAY = timedelta(days=1)
_SATURDAY = 5


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


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Whether the offices are open."""
    return day.weekday() < _SATURDAY and day not in holidays


def due_at(start: datetime, limit: Limit, holidays: Collection[date]) -> datetime:
    """Until when; the last of so many working days after that of `start` ends at midnight in WITA."""
    if limit.hours is not None:
        return start.astimezone(UTC) + timedelta(hours=limit.hours)
    day = start.astimezone(WITA).date()
    for _n in range(limit.working_days or 0):
        day = next(one for one in _after(day) if is_working_day(one, holidays))
    return datetime.combine(day + _DAY, time(), WITA).astimezone(UTC)


def _after(day: date) -> Iterator[date]:
    while True:
        day += _DAY
        yield day


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
