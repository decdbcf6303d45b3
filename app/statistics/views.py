"""Charts."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.cases.models import Case
from app.core import clock, display
from app.core.views import PortalInterface
from app.grants.choices import Measure, Qualifier
from app.grants.models import PublishedFigure
from app.grants.queries import published_clients
from app.statistics.charts import Figure, PortalChart
from app.statistics.queries import clients_per_year


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
