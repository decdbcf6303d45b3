"""Charts."""

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


class ClientsPerYearView(ChartView):
    datamodel = PortalInterface(Case)
    route_base = "/statistics/clients-per-year"
    list_title = _l("Clients per year")
    chart_title = list_title
    label_columns = {"year": _l("Year"), "clients": _l("Clients")}
    definitions = [{"label": label_columns["year"], "group": "year", "series": ["clients"]}]
    search_columns = ["opened_at"]
    subtitle = _l("People for whom a case was opened, each counted once a year")
    caption = _l(
        "Thick bars: counted in this portal. Thin bars: published by others. An outlined bar is not the"
        " whole: the year goes on, or at least so many were meant. A year without data is not drawn as zero."
    )

    def figures(self) -> Sequence[Figure]:
        """Our own counts, and beside them what others published, from the first year known to this one."""
        own, published = count_clients_per_year(current_user), list_published_client_figures(current_user)
        by_year = {year: list(those) for year, those in groupby(published, lambda one: one.year)}
        years = [year for year in (*own, *by_year) if year is not None]
        figures: list[Figure] = []
        unknown: list[int] = []
        for year in range(min(years, default=clock.current_year()), clock.current_year() + 1):
            found = [
                *_build_own_figures(year, own),
                *(_build_published_figure(one) for one in by_year.get(year, ())),
            ]
            if found:
                figures += [
                    *_build_no_data_figure(unknown),
                    *([] if any(one.is_drawn for one in found) else _build_no_data_figure([year])),
                ]
                unknown = []
            else:
                unknown.append(year)
            figures += found
        return [*figures, *(_build_published_figure(one) for one in by_year.get(None, ()))]


def _build_own_figures(year: int, counts_by_year: dict[int, int]) -> Iterator[Figure]:
    current = year == clock.current_year()
    if year not in counts_by_year and not current:
        return
    value = counts_by_year.get(year, 0)
    note = _("until %(day)s", day=formats.format_day(clock.today())) if current else ""
    yield Figure(
        str(year),
        value,
        formats.format_number(value),
        Measure.clients.value,
        _("This portal"),
        note,
        tone="bar-part" if current else "bar",
    )


def _build_published_figure(published: PublishedFigure) -> Figure:
    whole = published.measure is Measure.clients
    return Figure(
        str(published.year) if published.year is not None else _("Year not stated"),
        published.value,
        published.value_text or formats.EMPTY_VALUE,
        published.measure.value,
        published.published_by,
        published.note or "",
        is_drawn=whole and published.year is not None,
        tone="bar-part bar-2" if published.qualifier is Qualifier.minimum else "bar-2",
    )


def _build_no_data_figure(years: Sequence[int]) -> Iterator[Figure]:
    """One line for the years whose clients nobody has counted."""
    if years:
        label = "–".join(str(year) for year in sorted({years[0], years[-1]}))  # noqa: RUF001  from, to
        yield Figure(label, None, formats.EMPTY_VALUE, Measure.clients.value, _("no data"))


class ReportsByHourView(ChartView):
    datamodel = PortalInterface(IncomingReport)
    route_base = "/statistics/reports-by-hour"
    list_title = _l("Reports by hour")
    chart_title = list_title
    label_columns = {"hour": _l("Hour"), "reports": _l("Reports")}
    definitions = [{"label": label_columns["hour"], "group": "hour", "series": ["reports"]}]
    search_columns = ["received_at"]
    headings = (_l("Hour"), _l("Reports"), _l("How they came in"))
    subtitle = _l("When reports reach the office, in the last twelve months")
    caption = _l("Each bar is one hour of the day in Bontang, all days together.")

    def figures(self) -> Sequence[Figure]:
        """The hours of a day, then the ways."""
        counted = count_reports_by_hour(current_user)
        hours = [
            _build_hour_figure(hour, {way: number for (h, way), number in counted.items() if h == hour})
            for hour in range(24)
        ]
        ways = [(way, sum(number for (_h, w), number in counted.items() if w is way)) for way in Channel]
        return [*hours, *(_build_channel_figure(way, number) for way, number in ways if number)]


def _build_hour_figure(hour: int, counts_by_channel: dict[Channel, int]) -> Figure:
    total = sum(counts_by_channel.values())
    told = ", ".join(
        f"{way.value} {number}" for way, number in sorted(counts_by_channel.items(), key=lambda one: -one[1])
    )
    return Figure(f"{hour:02}.00", total, formats.format_number(total), "", told)


def _build_channel_figure(channel: Channel, count: int) -> Figure:
    return Figure(str(channel.value), count, formats.format_number(count), _("All hours"), "", is_drawn=False)


class TimeToTakeUpView(ChartView):
    datamodel = PortalInterface(IncomingReport)
    route_base = "/statistics/time-to-take-up"
    list_title = _l("Time until taken up")
    chart_title = list_title
    label_columns = {"month": _l("Month"), "minutes": _l("Median")}
    definitions = [{"label": label_columns["month"], "group": "month", "series": ["minutes"]}]
    search_columns = ["received_at"]
    headings = (_l("Month, worker"), _l("Median"), _l("In time"))
    subtitle = _l("How long a report waits until somebody takes it up, in the last twelve months")
    caption = _l(
        "Thick bars: the median of all reports of the month; half waited longer. Thin bars: each worker."
        " In time: within the time that its urgency allows; one that still waits too long counts as late."
    )

    def figures(self) -> Sequence[Figure]:
        """Each month, and in it each worker."""
        waiting = count_overdue_reports(current_user)
        taken = [
            (one.month, _build_response_figure(one, waiting.pop(one.month, 0)))
            for one in list_response_times(current_user)
        ]
        unheard = [(month, _build_unanswered_figure(month, number)) for month, number in waiting.items()]
        return [figure for _month, figure in sorted([*taken, *unheard], key=lambda pair: pair[0])]


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
    """A month in which nobody took anything up."""
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
