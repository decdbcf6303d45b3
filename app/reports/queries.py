"""Counts for the charts, computed by the database over what the user may see."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, cast, extract, func, literal, select
from sqlalchemy import case as either

from app.cases.enums import Channel, ReportState
from app.cases.models.case import Case
from app.cases.models.report import IncomingReport
from app.cases.policy import CasePolicy, IncomingReportPolicy
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.extensions import db
from app.security.models import PortalUser

LOOK_BACK_MONTHS = 12
"""Number of months whose reports are counted, the current one included."""


class ResponseTimes(NamedTuple):
    """How soon the reports of a month were taken up, by everybody (`worker` None) or by one worker."""

    month: date
    worker: str | None
    reports: int
    median_seconds: float
    """Time from receipt to answer, in seconds."""
    in_time: int


def count_clients_per_year(user: Actor) -> dict[int, int]:
    """Count per year (in WITA) the clients for whom a case was opened, each client once a year."""
    first_opened_at = db.session.scalar(select(func.min(Case.opened_at)).where(CasePolicy.visible_to(user)))
    if first_opened_at is None:
        return {}
    # Compare with instants computed here, so that both databases agree where a year in WITA begins.
    oldest_year = first_opened_at.astimezone(clock.WITA).year
    years = range(clock.current_year(), oldest_year, -1)
    year_cases = [(Case.opened_at >= datetime(year, 1, 1, tzinfo=clock.WITA), year) for year in years]
    year_column = either(*year_cases, else_=oldest_year) if year_cases else literal(oldest_year)
    opened_cases = (
        select(year_column.label("year"), Case.client_id).where(CasePolicy.visible_to(user)).subquery()
    )
    query = select(opened_cases.c.year, func.count(opened_cases.c.client_id.distinct())).group_by(
        opened_cases.c.year
    )
    return dict(db.session.execute(query).all())


def list_last_months() -> list[date]:
    """Return the first days of the months whose reports are counted, the current month first."""
    current_month = clock.today().replace(day=1)
    months = [current_month]
    while len(months) < LOOK_BACK_MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def _get_month_start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=clock.WITA).astimezone(UTC)


def _build_report_conditions(user: Actor) -> tuple[ColumnElement[bool], ...]:
    return IncomingReport.received_at >= _get_month_start(
        list_last_months()[-1]
    ), IncomingReportPolicy.visible_to(user)


def count_reports_by_hour(user: Actor) -> dict[tuple[int, Channel], int]:
    """Count the reports of the last months by hour of the day (in WITA) and channel."""
    # WITA is UTC+8 all year, so adding 8 hours is enough.
    hour = (_to_epoch_seconds(IncomingReport.received_at) // 3600 + 8) % 24
    query = select(hour.label("hour"), IncomingReport.channel, func.count()).where(
        *_build_report_conditions(user)
    )
    rows = db.session.execute(query.group_by(hour, IncomingReport.channel))
    return {(int(hour_value), channel): report_count for hour_value, channel, report_count in rows}


def count_overdue_reports(user: Actor) -> dict[date, int]:
    """Count by month the reports that nobody has taken up although they are past their due time."""
    month = _build_month_index()
    is_overdue = IncomingReport.state == ReportState.new, IncomingReport.due_at < clock.now()
    query = (
        select(month.label("month"), func.count())
        .where(*_build_report_conditions(user), *is_overdue)
        .group_by(month)
    )
    return {
        list_last_months()[month_index]: report_count
        for month_index, report_count in db.session.execute(query)
    }


def list_response_times(user: Actor) -> list[ResponseTimes]:
    """Return the response times of the last months: each month as a whole, then by worker."""
    taken_up = (
        select(
            _build_month_index().label("month"),
            IncomingReport.answered_by_id.label("worker"),
            (
                _to_epoch_seconds(IncomingReport.answered_at) - _to_epoch_seconds(IncomingReport.received_at)
            ).label("seconds"),
            either((IncomingReport.answered_at <= IncomingReport.due_at, 1), else_=0).label("in_time"),
        )
        .where(*_build_report_conditions(user), IncomingReport.state == ReportState.taken_up)
        .subquery()
    )
    months = list_last_months()
    names = {record.id: record.full_name for record in db.session.scalars(select(PortalUser))}
    month_rows = db.session.execute(_select_medians(taken_up, [taken_up.c.month]))
    worker_rows = db.session.execute(_select_medians(taken_up, [taken_up.c.month, taken_up.c.worker]))
    response_times = [ResponseTimes(months[row[0]], None, *row[1:]) for row in month_rows]
    response_times += [
        ResponseTimes(months[row[0]], names.get(row[1], SYSTEM.full_name), *row[2:]) for row in worker_rows
    ]
    return sorted(response_times, key=lambda record: (record.month, record.worker or ""))


def _select_medians(responses: Any, keys: list[Any]) -> Select[Any]:
    """Select per group: number of reports, median of the seconds, number taken up in time.

    The median is found by rank, because both databases support that.
    """
    rank = func.row_number().over(partition_by=keys, order_by=responses.c.seconds)
    total = func.count().over(partition_by=keys)
    ranked = select(
        *keys, responses.c.seconds, responses.c.in_time, rank.label("rank"), total.label("total")
    ).subquery()
    groups = [ranked.c[key.name] for key in keys]
    is_middle = ranked.c.rank.in_([(ranked.c.total + 1) // 2, (ranked.c.total + 2) // 2])
    median = func.avg(either((is_middle, ranked.c.seconds)))
    return select(*groups, func.count(), median, func.sum(ranked.c.in_time)).group_by(*groups)


def _build_month_index() -> ColumnElement[int]:
    """Index in `list_last_months()` of the month in which a report came in.

    The month boundaries are computed here, so that both databases agree.
    """
    month_cases = [
        (IncomingReport.received_at >= _get_month_start(month), index)
        for index, month in enumerate(list_last_months())
    ]
    return either(*month_cases, else_=len(month_cases))


def _to_epoch_seconds(moment: Any) -> ColumnElement[int]:
    return cast(extract("epoch", moment), BigInteger)
