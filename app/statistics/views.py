"""Charts."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from flask_babel import format_date, format_percent
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.cases.choices import Channel
from app.cases.models import Case, IncomingReport
from app.core import clock, display
from app.core.views import PortalInterface
from app.grants.choices import Measure, Qualifier
from app.grants.models import PublishedFigure
from app.grants.queries import published_clients
from app.statistics.charts import Figure, PortalChart
from app.statistics.queries import Answered, answered, clients_per_year, reports_by_hour, still_waiting


class ClientsPerYearView(PortalChart):
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
        own, published = clients_per_year(current_user), published_clients(current_user)
        by_year = {year: list(those) for year, those in groupby(published, lambda one: one.year)}
        years = [year for year in (*own, *by_year) if year is not None]
        figures: list[Figure] = []
        unknown: list[int] = []
        for year in range(min(years, default=clock.year()), clock.year() + 1):
            found = [*_own(year, own), *(_published(one) for one in by_year.get(year, ()))]
            if found:
                figures += [
                    *_no_data(unknown),
                    *([] if any(one.drawn for one in found) else _no_data([year])),
                ]
                unknown = []
            else:
                unknown.append(year)
            figures += found
        return [*figures, *(_published(one) for one in by_year.get(None, ()))]


def _own(year: int, own: dict[int, int]) -> Iterator[Figure]:
    current = year == clock.year()
    if year not in own and not current:
        return
    value = own.get(year, 0)
    note = _("until %(day)s", day=display.day(clock.today())) if current else ""
    yield Figure(
        str(year),
        value,
        display.number(value),
        Measure.clients.value,
        _("This portal"),
        note,
        tone="bar-part" if current else "bar",
    )


def _published(one: PublishedFigure) -> Figure:
    whole = one.measure is Measure.clients
    return Figure(
        str(one.year) if one.year is not None else _("Year not stated"),
        one.value,
        one.value_shown or display.UNKNOWN,
        one.measure.value,
        one.published_by,
        one.note or "",
        drawn=whole and one.year is not None,
        tone="bar-part bar-2" if one.qualifier is Qualifier.minimum else "bar-2",
    )


def _no_data(years: Sequence[int]) -> Iterator[Figure]:
    """One line for the years whose clients nobody has counted."""
    if years:
        label = "–".join(str(year) for year in sorted({years[0], years[-1]}))  # noqa: RUF001  from, to
        yield Figure(label, None, display.UNKNOWN, Measure.clients.value, _("no data"))


class ReportsByHourView(PortalChart):
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
        counted = reports_by_hour(current_user)
        hours = [
            _hour(hour, {way: number for (h, way), number in counted.items() if h == hour})
            for hour in range(24)
        ]
        ways = [(way, sum(number for (_h, w), number in counted.items() if w is way)) for way in Channel]
        return [*hours, *(_way(way, number) for way, number in ways if number)]


def _hour(hour: int, ways: dict[Channel, int]) -> Figure:
    total = sum(ways.values())
    told = ", ".join(f"{way.value} {number}" for way, number in sorted(ways.items(), key=lambda one: -one[1]))
    return Figure(f"{hour:02}.00", total, display.number(total), "", told)


def _way(way: Channel, number: int) -> Figure:
    return Figure(str(way.value), number, display.number(number), _("All hours"), "", drawn=False)


class TimeToTakeUpView(PortalChart):
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
        waiting = still_waiting(current_user)
        taken = [(one.month, _taken_up(one, waiting.pop(one.month, 0))) for one in answered(current_user)]
        unheard = [(month, _unheard(month, number)) for month, number in waiting.items()]
        return [figure for _month, figure in sorted([*taken, *unheard], key=lambda pair: pair[0])]


def _taken_up(one: Answered, waiting: int) -> Figure:
    total = one.reports + waiting
    share = _(
        "%(share)s (%(count)s of %(total)s)",
        share=format_percent(one.in_time / total),
        count=display.number(one.in_time),
        total=display.number(total),
    )
    minutes = round(one.median / 60)
    note = _still_waiting(waiting) if waiting else ""
    return Figure(
        one.worker or _month_name(one.month),
        minutes,
        _lasting(minutes),
        "",
        share,
        note,
        tone="bar" if one.worker is None else "bar-2",
    )


def _unheard(month: date, waiting: int) -> Figure:
    """A month in which nobody took anything up."""
    return Figure(_month_name(month), None, display.UNKNOWN, "", "", _still_waiting(waiting))


def _still_waiting(number: int) -> str:
    return str(_("%(count)s still waiting", count=display.number(number)))


def _month_name(month: date) -> str:
    return str(format_date(month, "MMM y"))


def _lasting(minutes: int) -> str:
    if minutes < 120:
        return str(_("%(count)s min", count=minutes))
    if minutes < 48 * 60:
        return str(_("%(count)s h", count=display.number(round(minutes / 60, 1))))
    return str(_("%(count)s d", count=display.number(round(minutes / 60 / 24, 1))))
