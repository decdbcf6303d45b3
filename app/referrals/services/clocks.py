"""Due times of steps: hours run day and night, working days are Monday to Friday without holidays (WITA)."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from app.cases.enums import Urgency
from app.core.clock import WITA
from app.partners.enums import PartnerKind
from app.reference.queries import add_working_days
from app.referrals.enums import Step


class TimeLimit(NamedTuple):
    """Time limit of a step, in hours or in working days; one of the two is set."""

    hours: int | None = None
    working_days: int | None = None


class ResponseTimeRow(Protocol):
    """Columns of `ResponseTime` that `find_time_limit` needs."""

    step: Step
    partner_kind: PartnerKind | None
    urgency: Urgency | None
    hours: int | None
    working_days: int | None


def compute_due_at(start: datetime, limit: TimeLimit, holidays: Collection[date]) -> datetime:
    """Return the due time in UTC.

    A limit in working days ends at 23:59 WITA of the last of these days; it counts from the day after
    `start`.
    """
    if limit.hours is not None:
        return start.astimezone(UTC) + timedelta(hours=limit.hours)
    day = start.astimezone(WITA).date()
    day = add_working_days(day, limit.working_days or 0, holidays)
    return datetime.combine(day, time(23, 59), WITA).astimezone(UTC)


def find_time_limit(
    response_times: Iterable[ResponseTimeRow],
    step: Step,
    partner_kind: PartnerKind,
    urgency: Urgency,
    promised_hours: int | None = None,
) -> TimeLimit | None:
    """Return the limit of the row that is most specific about partner kind and urgency.

    `promised_hours` of the partner replace it for the step `answer`: always if the urgency is ordinary or no
    row gives hours, otherwise only if they are shorter. None: nothing fits, so there is no time limit.
    """
    fitting = [
        term
        for term in response_times
        if term.step is step and term.partner_kind in (None, partner_kind) and term.urgency in (None, urgency)
    ]
    best = max(fitting, key=_get_specificity, default=None)
    limit = None if best is None else TimeLimit(best.hours, best.working_days)
    if step is not Step.answer or promised_hours is None:
        return limit
    if urgency is Urgency.ordinary or limit is None or limit.hours is None:
        return TimeLimit(hours=promised_hours)
    return TimeLimit(hours=min(promised_hours, limit.hours))


def _get_specificity(response_time: ResponseTimeRow) -> tuple[bool, bool]:
    return response_time.partner_kind is not None, response_time.urgency is not None
