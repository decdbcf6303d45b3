"""Counts over the rooms, made by the database and only of what the user may see."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, cast, extract, func, literal, select
from sqlalchemy import case as either

from app.cases.enums import Channel, ReportState
from app.cases.models.case import Case
from app.cases.models.report import IncomingReport
from app.cases.policy import reports_visible_to
from app.cases.visibility import visible_to
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.extensions import db
from app.security.models import PortalUser

LOOK_BACK_MONTHS = 12
"""How far back reports are looked at."""


class ResponseTimes(NamedTuple):
    """How soon the reports of a month were taken up, by everybody or by one worker."""

    month: date
    worker: str | None
    reports: int
    median_seconds: float
    """Seconds."""
    in_time: int


def count_clients_per_year(user: Actor) -> dict[int, int]:
    """Count by year (in WITA) the clients for whom a case was opened, each client once a year."""
    first = db.session.scalar(select(func.min(Case.opened_at)).where(visible_to(user)))
    if first is None:
        return {}
    # The edges are instants of ours, so that both databases agree where a year in Bontang begins.
    oldest = first.astimezone(clock.WITA).year
    years = range(clock.current_year(), oldest, -1)
    edges = [(Case.opened_at >= datetime(year, 1, 1, tzinfo=clock.WITA), year) for year in years]
    year_of = either(*edges, else_=oldest) if edges else literal(oldest)
    opened = select(year_of.label("year"), Case.client_id).where(visible_to(user)).subquery()
    counted = select(opened.c.year, func.count(opened.c.client_id.distinct())).group_by(opened.c.year)
    return dict(db.session.execute(counted).all())


def list_last_months() -> list[date]:
    """The first days of the months that are looked at, the present one first."""
    first = clock.today().replace(day=1)
    months = [first]
    while len(months) < LOOK_BACK_MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def _get_month_start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=clock.WITA).astimezone(UTC)


def _build_report_conditions(user: Actor) -> tuple[ColumnElement[bool], ...]:
    return IncomingReport.received_at >= _get_month_start(list_last_months()[-1]), reports_visible_to(user)


def count_reports_by_hour(user: Actor) -> dict[tuple[int, Channel], int]:
    """Count the reports of a year by the hour in Bontang and by how they came in."""
    hour = (_to_epoch_seconds(IncomingReport.received_at) // 3600 + 8) % 24
    counted = select(hour.label("hour"), IncomingReport.channel, func.count()).where(
        *_build_report_conditions(user)
    )
    rows = db.session.execute(counted.group_by(hour, IncomingReport.channel))
    return {(int(which), channel): number for which, channel, number in rows}


def count_overdue_reports(user: Actor) -> dict[date, int]:
    """Count by month the reports that nobody has taken up though their time is over."""
    month = _build_month_index()
    late = IncomingReport.state == ReportState.new, IncomingReport.due_at < clock.now()
    counted = (
        select(month.label("month"), func.count())
        .where(*_build_report_conditions(user), *late)
        .group_by(month)
    )
    return {list_last_months()[which]: number for which, number in db.session.execute(counted)}


def list_response_times(user: Actor) -> list[ResponseTimes]:
    """Tell how soon reports were taken up: each month as a whole, then by worker."""
    taken = (
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
    names = {one.id: one.full_name for one in db.session.scalars(select(PortalUser))}
    whole = db.session.execute(_select_medians(taken, [taken.c.month]))
    each = db.session.execute(_select_medians(taken, [taken.c.month, taken.c.worker]))
    found = [ResponseTimes(months[row[0]], None, *row[1:]) for row in whole]
    found += [ResponseTimes(months[row[0]], names.get(row[1], SYSTEM.full_name), *row[2:]) for row in each]
    return sorted(found, key=lambda one: (one.month, one.worker or ""))


def _select_medians(responses: Any, keys: list[Any]) -> Select[Any]:
    """Count, median and share in time for each group; the median by rank, which both databases know."""
    rank = func.row_number().over(partition_by=keys, order_by=responses.c.seconds)
    total = func.count().over(partition_by=keys)
    ranked = select(
        *keys, responses.c.seconds, responses.c.in_time, rank.label("rank"), total.label("total")
    ).subquery()
    groups = [ranked.c[key.name] for key in keys]
    middle = ranked.c.rank.in_([(ranked.c.total + 1) // 2, (ranked.c.total + 2) // 2])
    median = func.avg(either((middle, ranked.c.seconds)))
    return select(*groups, func.count(), median, func.sum(ranked.c.in_time)).group_by(*groups)


def _build_month_index() -> ColumnElement[int]:
    """Which of the last months a report came in; the edges are ours, so that both databases agree."""
    edges = [
        (IncomingReport.received_at >= _get_month_start(month), number)
        for number, month in enumerate(list_last_months())
    ]
    return either(*edges, else_=len(edges))


def _to_epoch_seconds(moment: Any) -> ColumnElement[int]:
    return cast(extract("epoch", moment), BigInteger)
