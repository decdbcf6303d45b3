"""Chart and table of a fiscal year's money: ceiling, reservations, spending, evidence and what will lapse."""

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
"""Value of the URL parameter `year` for grants without a fiscal year."""


class MoneyRow(NamedTuple):
    """One row of the table: a grant, or the sum of the grants of one source."""

    title: str
    url: str | None
    state: Any
    cells: list[tuple[Any, str]]
    has_warning: bool
    lapsing_amount: str = ""
    """Amount that will be left, formatted for the warning."""


class FiscalYear(NamedTuple):
    """Requested fiscal year (None: not stated) and its grants."""

    year: int | None
    grants: list[tuple[GrantBalance, GrantFigures]]

    @property
    def label(self) -> str:
        """Year as a heading."""
        return _("Year not stated") if self.year is None else str(self.year)


def build_money_figures() -> Sequence[Figure]:
    """Return the bars of each grant: ceiling, spent, reserved; unknown amounts have none."""
    chart_figures = []
    for grant_balance, figures in _get_selected_year().grants:
        name, source = grant_balance.grant.name, grant_balance.grant.source.name
        amounts = [(_("Ceiling"), figures.ceiling, "bar-2"), (_("Spent"), figures.spent, "bar")]
        if figures.committed:
            amounts.append((_("Reserved"), figures.committed, "bar-part"))
        chart_figures += [
            Figure(name, value, format_amount(value), kind, source, tone=tone)
            for kind, value, tone in amounts
            if value is not None
        ]
    return chart_figures


def build_money_tables() -> dict[str, Any]:
    """Return the table by source, the warnings, the mobilised sum and the years to choose from."""
    selected = _get_selected_year()
    sources = [
        (
            source.name,
            [_build_row(*pair) for pair in pairs],
            _build_sum_row([figures for _balance, figures in pairs]),
        )
        for source, group in groupby(selected.grants, key=lambda pair: pair[0].grant.source)
        if (pairs := list(group))
    ]
    return {
        "year": selected.label,
        "years": _build_year_links(selected.year),
        "sources": sources,
        "warnings": [row for _name, rows, _sum in sources for row in rows if row.has_warning],
        "mobilised": formats.format_rupiah(mobilised)
        if (mobilised := _sum_mobilised(selected.year))
        else None,
    }


class MoneyPerYearView(ChartView):
    """Money of all grants of a fiscal year, by funding source."""

    datamodel = PortalInterface(Grant)
    route_base = "/statistics/money"
    list_title = _l("Money per year")
    chart_template = "reports/money.html"
    labels_above = True
    caption = _l(
        "Thin bars: the ceiling. Thick bars: spent. Outlined bars: reserved. A ceiling that nobody knows is"
        " not drawn. Goods are no money and stand among the assets."
    )
    figures = staticmethod(build_money_figures)
    extra_context = staticmethod(build_money_tables)


def _get_selected_year() -> FiscalYear:
    text = request.args.get("year") or str(clock.current_year())
    if text != UNSTATED_YEAR and not re.fullmatch(r"20[0-9]{2}", text):
        abort(400)
    year = None if text == UNSTATED_YEAR else int(text)
    return FiscalYear(year, list_grant_figures(list_grant_balances_of_year(current_user, year)))


def _sum_mobilised(year: int | None) -> int:
    return 0 if year is None else sum_mobilised_aid(year, current_user)


def _build_year_links(current: int | None) -> list[tuple[str, str, bool]]:
    known_years = sorted({clock.current_year(), *list_budget_years(current_user)}, reverse=True)
    options: list[tuple[str, str, int | None]] = [(str(year), str(year), year) for year in known_years]
    options.append((UNSTATED_YEAR, _("Year not stated"), None))
    return [
        (label, url_for("MoneyPerYearView.chart", year=code), year == current)
        for code, label, year in options
    ]


def _build_row(grant_balance: GrantBalance, figures: GrantFigures) -> MoneyRow:
    grant, forecast = grant_balance.grant, figures.forecast
    has_warning = forecast is not None and forecast.has_warning
    url = url_for("GrantView.show", pk=grant.id)
    lapsing_amount = format_amount(None if forecast is None else forecast.lapsing_amount)
    return MoneyRow(
        grant.name, url, render_badge(grant.state), _build_cells(figures), has_warning, lapsing_amount
    )


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
    """Sum up the grants of one source. A sum is unknown if one part is, except for the disbursements."""
    ceiling, spent = (
        _sum_if_all_known([getattr(grant_figures, name) for grant_figures in figures])
        for name in ("ceiling", "spent")
    )
    lapsing_amount = _sum_if_all_known(
        [
            None if grant_figures.forecast is None else grant_figures.forecast.lapsing_amount
            for grant_figures in figures
        ]
    )
    total = GrantFigures(
        ceiling,
        _sum_known([grant_figures.disbursed for grant_figures in figures]),
        _sum_if_all_known([grant_figures.committed for grant_figures in figures]),
        spent,
        _sum_if_all_known([grant_figures.evidenced for grant_figures in figures]),
        _sum_if_all_known([grant_figures.remaining for grant_figures in figures]),
        spent / ceiling if ceiling and spent is not None else None,
        None if lapsing_amount is None else Forecast(lapsing_amount, is_final=False, has_warning=False),
    )
    return MoneyRow(_("Sum"), None, "", _build_cells(total), has_warning=False)


def _sum_if_all_known(amounts: list[int | None]) -> int | None:
    """Sum the amounts; None if one is unknown, because the sum would be wrong."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _sum_known(amounts: list[int | None]) -> int | None:
    """Sum the known amounts; None if none is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
