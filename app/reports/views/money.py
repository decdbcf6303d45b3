"""The money of a fiscal year: what each pot may spend, promised, spent and proved, and what will lapse."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.admin.charts import ChartView, Figure
from app.admin.interface import PortalInterface
from app.admin.values import render_badge
from app.aid.queries import sum_mobilised_aid
from app.core import clock, formats
from app.grants.models.pots import Grant
from app.grants.presentation import format_amount, format_bare_amount, format_share
from app.grants.queries.balance import GrantBalance
from app.grants.queries.figures import GrantFigures, list_grant_figures
from app.grants.queries.forecast import Forecast
from app.grants.queries.grants import list_budget_years, list_grant_balances_of_year

UNSTATED_YEAR = "none"
"""What the address says for the grants whose year was not stated."""


class MoneyRow(NamedTuple):
    """One row of the table: a pot, or the sum of those of one source."""

    title: str
    url: str | None
    state: Any
    cells: list[tuple[Any, str]]
    has_warning: bool
    lapsing_amount: str = ""
    """What will be left, as a warning says it."""


class FiscalYear(NamedTuple):
    """What was asked for, and the pots of it."""

    year: int | None
    grants: list[tuple[GrantBalance, GrantFigures]]

    @property
    def label(self) -> str:
        """The year in words."""
        return _("Year not stated") if self.year is None else str(self.year)


class MoneyPerYearView(ChartView):
    """Every pot of a fiscal year, by who gives."""

    datamodel = PortalInterface(Grant)
    route_base = "/statistics/money"
    list_title = _l("Money per year")
    chart_title = list_title
    label_columns = {"name": _l("Grant"), "ceiling_text": _l("Ceiling")}
    definitions = [{"label": label_columns["name"], "group": "name", "series": ["ceiling_text"]}]
    search_columns = ["fiscal_year"]
    chart_template = "statistics/money.html"
    labels_above = True
    caption = _l(
        "Thin bars: the ceiling. Thick bars: spent. Outlined bars: reserved. A ceiling that nobody knows is"
        " not drawn. Goods are no money and stand among the assets."
    )

    def figures(self) -> Sequence[Figure]:
        """Draw ceiling, spending and reservations of each pot."""
        found = []
        for pot, told in _get_selected_year().grants:
            name, source = pot.grant.name, pot.grant.source.name
            drawn = [(_("Ceiling"), told.ceiling, "bar-2"), (_("Spent"), told.spent, "bar")]
            if told.committed:
                drawn.append((_("Reserved"), told.committed, "bar-part"))
            found += [
                Figure(name, value, format_amount(value), kind, source, tone=tone)
                for kind, value, tone in drawn
                if value is not None
            ]
        return found

    def extra_context(self) -> dict[str, Any]:
        """Give the table, by source, and the years to choose from."""
        asked = _get_selected_year()
        sources = [
            (source.name, [_build_row(*pot) for pot in those], _build_sum_row([told for _pot, told in those]))
            for source, group in groupby(asked.grants, key=lambda pot: pot[0].grant.source)
            if (those := list(group))
        ]
        return {
            "year": asked.label,
            "years": _build_year_links(asked.year),
            "sources": sources,
            "warnings": [line for _name, lines, _sum in sources for line in lines if line.has_warning],
            "mobilised": formats.format_rupiah(found) if (found := _sum_mobilised(asked.year)) else None,
        }


def _get_selected_year() -> FiscalYear:
    text = request.args.get("year") or str(clock.current_year())
    if text != UNSTATED_YEAR and not re.fullmatch(r"20[0-9]{2}", text):
        abort(400)
    year = None if text == UNSTATED_YEAR else int(text)
    return FiscalYear(year, list_grant_figures(list_grant_balances_of_year(current_user, year)))


def _sum_mobilised(year: int | None) -> int:
    return 0 if year is None else sum_mobilised_aid(year, current_user)


def _build_year_links(current: int | None) -> list[tuple[str, str, bool]]:
    known = sorted({clock.current_year(), *list_budget_years(current_user)}, reverse=True)
    years: list[tuple[str, str, int | None]] = [(str(year), str(year), year) for year in known]
    years.append((UNSTATED_YEAR, _("Year not stated"), None))
    return [
        (label, url_for("MoneyPerYearView.chart", year=code), year == current) for code, label, year in years
    ]


def _build_row(grant_balance: GrantBalance, figures: GrantFigures) -> MoneyRow:
    grant, ahead = grant_balance.grant, figures.forecast
    warns = ahead is not None and ahead.has_warning
    url = url_for("GrantView.show", pk=grant.id)
    lapses = format_amount(None if ahead is None else ahead.lapsing_amount)
    return MoneyRow(grant.name, url, render_badge(grant.state), _build_cells(figures), warns, lapses)


def _build_cells(figures: GrantFigures) -> list[tuple[Any, str]]:
    return [
        (_("Ceiling"), format_bare_amount(figures.ceiling)),
        (_("Disbursed"), format_bare_amount(figures.disbursed)),
        (_("Reserved"), format_bare_amount(figures.committed)),
        (_("Spent"), format_bare_amount(figures.spent)),
        (_("With evidence"), format_bare_amount(figures.evidenced)),
        (_("Left"), format_bare_amount(figures.remaining)),
        (_("Absorption"), format_share(figures.absorption)),
        (
            _("Will lapse"),
            format_bare_amount(None if figures.forecast is None else figures.forecast.lapsing_amount),
        ),
    ]


def _build_sum_row(figures: list[GrantFigures]) -> MoneyRow:
    """Sum up one source; what is unknown of one pot is unknown of the sum."""
    ceiling, spent = (
        _sum_if_all_known([getattr(one, name) for one in figures]) for name in ("ceiling", "spent")
    )
    lapses = _sum_if_all_known(
        [None if one.forecast is None else one.forecast.lapsing_amount for one in figures]
    )
    total = GrantFigures(
        ceiling,
        _sum_known([one.disbursed for one in figures]),
        _sum_if_all_known([one.committed for one in figures]),
        spent,
        _sum_if_all_known([one.evidenced for one in figures]),
        _sum_if_all_known([one.remaining for one in figures]),
        spent / ceiling if ceiling and spent is not None else None,
        None if lapses is None else Forecast(lapses, is_final=False, has_warning=False),
    )
    return MoneyRow(_("Sum"), None, "", _build_cells(total), has_warning=False)


def _sum_if_all_known(amounts: list[int | None]) -> int | None:
    """Sum up where each is known: else the sum would be a lie."""
    known = [one for one in amounts if one is not None]
    return sum(known) if len(known) == len(amounts) else None


def _sum_known(amounts: list[int | None]) -> int | None:
    """Sum up what arrived anywhere; None when nothing was ever recorded."""
    known = [one for one in amounts if one is not None]
    return sum(known) if known else None
