"""Chart views: clients per year, reports by hour, time until a report is taken up."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from flask_babel import format_date, format_percent
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.admin.charts import ChartView, Figure
from app.admin.interface import PortalInterface
from app.cases.enums import Channel
from app.cases.models.case import Case
from app.cases.models.report import IncomingReport
from app.core import clock, formats
from app.grants.enums import Measure, Qualifier
from app.grants.models.pots import PublishedFigure
from app.grants.queries.grants import list_published_client_figures
from app.reports.queries import (
    ResponseTimes,
    count_clients_per_year,
    count_overdue_reports,
    count_reports_by_hour,
    list_response_times,
)


def build_client_figures() -> Sequence[Figure]:
    """Return own counts beside published ones, from the first known year to the current one."""
    own_counts, published = (
        count_clients_per_year(current_user),
        list_published_client_figures(current_user),
    )
    by_year = {year: list(group) for year, group in groupby(published, lambda figure: figure.year)}
    years = [year for year in (*own_counts, *by_year) if year is not None]
    figures: list[Figure] = []
    unknown_years: list[int] = []
    for year in range(min(years, default=clock.current_year()), clock.current_year() + 1):
        year_figures = [
            *_build_own_figures(year, own_counts),
            *(_build_published_figure(figure) for figure in by_year.get(year, ())),
        ]
        if year_figures:
            figures += [
                *_build_no_data_figure(unknown_years),
                *([] if any(figure.is_drawn for figure in year_figures) else _build_no_data_figure([year])),
            ]
            unknown_years = []
        else:
            unknown_years.append(year)
        figures += year_figures
    return [*figures, *(_build_published_figure(figure) for figure in by_year.get(None, ()))]


class ClientsPerYearView(ChartView):
    datamodel = PortalInterface(Case)
    route_base = "/statistics/clients-per-year"
    list_title = _l("Clients per year")
    subtitle = _l("People for whom a case was opened, each counted once a year")
    caption = _l(
        "Thick bars: counted in this portal. Thin bars: published by others. An outlined bar is not the"
        " whole: the year goes on, or at least so many were meant. A year without data is not drawn as zero."
    )
    figures = staticmethod(build_client_figures)


def _build_own_figures(year: int, counts_by_year: dict[int, int]) -> Iterator[Figure]:
    is_current = year == clock.current_year()
    if year not in counts_by_year and not is_current:
        return
    value = counts_by_year.get(year, 0)
    note = _("until %(day)s", day=formats.format_day(clock.today())) if is_current else ""
    yield Figure(
        str(year),
        value,
        formats.format_number(value),
        Measure.clients.value,
        _("This portal"),
        note,
        tone="bar-part" if is_current else "bar",
    )


def _build_published_figure(published: PublishedFigure) -> Figure:
    is_total = published.measure is Measure.clients
    return Figure(
        str(published.year) if published.year is not None else _("Year not stated"),
        published.value,
        published.value_text or formats.EMPTY_VALUE,
        published.measure.value,
        published.published_by,
        published.note or "",
        is_drawn=is_total and published.year is not None,
        tone="bar-part bar-2" if published.qualifier is Qualifier.minimum else "bar-2",
    )


def _build_no_data_figure(years: Sequence[int]) -> Iterator[Figure]:
    """Return one row for the years for which no count of clients is known; none without years."""
    if years:
        label = "–".join(str(year) for year in sorted({years[0], years[-1]}))  # noqa: RUF001  from, to
        yield Figure(label, None, formats.EMPTY_VALUE, Measure.clients.value, _("no data"))


def build_hour_figures() -> Sequence[Figure]:
    """Return one figure per hour of the day, then one per channel in use."""
    report_counts = count_reports_by_hour(current_user)
    hours = [
        _build_hour_figure(
            hour,
            {
                channel: count
                for (counted_hour, channel), count in report_counts.items()
                if counted_hour == hour
            },
        )
        for hour in range(24)
    ]
    channel_counts = [
        (
            channel,
            sum(
                count
                for (_hour, counted_channel), count in report_counts.items()
                if counted_channel is channel
            ),
        )
        for channel in Channel
    ]
    return [
        *hours,
        *(_build_channel_figure(channel, count) for channel, count in channel_counts if count),
    ]


class ReportsByHourView(ChartView):
    datamodel = PortalInterface(IncomingReport)
    route_base = "/statistics/reports-by-hour"
    list_title = _l("Reports by hour")
    headings = (_l("Hour"), _l("Reports"), _l("How they came in"))
    subtitle = _l("When reports reach the office, in the last twelve months")
    caption = _l("Each bar is one hour of the day in Bontang, all days together.")
    figures = staticmethod(build_hour_figures)


def _build_hour_figure(hour: int, counts_by_channel: dict[Channel, int]) -> Figure:
    total = sum(counts_by_channel.values())
    channel_text = ", ".join(
        f"{channel.value} {count}"
        for channel, count in sorted(counts_by_channel.items(), key=lambda item: -item[1])
    )
    return Figure(f"{hour:02}.00", total, formats.format_number(total), "", channel_text)


def _build_channel_figure(channel: Channel, count: int) -> Figure:
    return Figure(str(channel.value), count, formats.format_number(count), _("All hours"), "", is_drawn=False)


def build_response_time_figures() -> Sequence[Figure]:
    """Return one figure per month and, within the month, one per worker."""
    overdue_counts = count_overdue_reports(current_user)
    answered = [
        (response.month, _build_response_figure(response, overdue_counts.pop(response.month, 0)))
        for response in list_response_times(current_user)
    ]
    unanswered = [(month, _build_unanswered_figure(month, count)) for month, count in overdue_counts.items()]
    return [figure for _month, figure in sorted([*answered, *unanswered], key=lambda pair: pair[0])]


class TimeToTakeUpView(ChartView):
    datamodel = PortalInterface(IncomingReport)
    route_base = "/statistics/time-to-take-up"
    list_title = _l("Time until taken up")
    headings = (_l("Month, worker"), _l("Median"), _l("In time"))
    subtitle = _l("How long a report waits until somebody takes it up, in the last twelve months")
    caption = _l(
        "Thick bars: the median of all reports of the month; half waited longer. Thin bars: each worker."
        " In time: within the time that its urgency allows; one that still waits too long counts as late."
    )
    figures = staticmethod(build_response_time_figures)


def _build_response_figure(response: ResponseTimes, overdue_count: int) -> Figure:
    total = response.reports + overdue_count
    share = _(
        "%(share)s (%(count)s of %(total)s)",
        share=format_percent(response.in_time / total),
        count=formats.format_number(response.in_time),
        total=formats.format_number(total),
    )
    minutes = round(response.median_seconds / 60)
    note = _format_overdue_count(overdue_count) if overdue_count else ""
    return Figure(
        response.worker or _format_month(response.month),
        minutes,
        _format_duration(minutes),
        "",
        share,
        note,
        tone="bar" if response.worker is None else "bar-2",
    )


def _build_unanswered_figure(month: date, overdue_count: int) -> Figure:
    """Return the figure of a month in which no report was taken up."""
    return Figure(
        _format_month(month), None, formats.EMPTY_VALUE, "", "", _format_overdue_count(overdue_count)
    )


def _format_overdue_count(overdue_count: int) -> str:
    return str(_("%(count)s still waiting", count=formats.format_number(overdue_count)))


def _format_month(month: date) -> str:
    return str(format_date(month, "MMM y"))


def _format_duration(minutes: int) -> str:
    if minutes < 120:
        return str(_("%(count)s min", count=minutes))
    if minutes < 48 * 60:
        return str(_("%(count)s h", count=formats.format_number(round(minutes / 60, 1))))
    return str(_("%(count)s d", count=formats.format_number(round(minutes / 60 / 24, 1))))
