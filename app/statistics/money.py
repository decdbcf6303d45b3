"""The money of a fiscal year: what each pot may spend, promised, spent and proved, and what will lapse."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.aid.queries import mobilised_in
from app.core import clock, display
from app.core.views import PortalInterface
from app.grants.models import Grant
from app.grants.queries import money_of_year, years_of_money
from app.grants.services import Forecast, Pot, Told, tell_pots
from app.grants.wording import amount, figure, share
from app.statistics.charts import Figure, PortalChart

UNSTATED = "none"
"""What the address says for the grants whose year was not stated."""


class Line(NamedTuple):
    """One row of the table: a pot, or the sum of those of one source."""

    title: str
    url: str | None
    state: Any
    cells: list[tuple[Any, str]]
    warns: bool
    lapses: str = ""
    """What will be left, as a warning says it."""


class Year(NamedTuple):
    """What was asked for, and the pots of it."""

    year: int | None
    pots: list[tuple[Pot, Told]]

    @property
    def label(self) -> str:
        """The year in words."""
        return _("Year not stated") if self.year is None else str(self.year)


class MoneyPerYearView(PortalChart):
    """Every pot of a fiscal year, by who gives."""

    datamodel = PortalInterface(Grant)
    route_base = "/statistics/money"
    list_title = _l("Money per year")
    chart_title = list_title
    label_columns = {"name": _l("Grant"), "ceiling_shown": _l("Ceiling")}
    definitions = [{"label": label_columns["name"], "group": "name", "series": ["ceiling_shown"]}]
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
        for pot, told in _asked().pots:
            name, source = pot.grant.name, pot.grant.source.name
            drawn = [(_("Ceiling"), told.ceiling, "bar-2"), (_("Spent"), told.spent, "bar")]
            if told.committed:
                drawn.append((_("Reserved"), told.committed, "bar-part"))
            found += [
                Figure(name, value, amount(value), kind, source, tone=tone)
                for kind, value, tone in drawn
                if value is not None
            ]
        return found

    def more(self) -> dict[str, Any]:
        """Give the table, by source, and the years to choose from."""
        asked = _asked()
        sources = [
            (source.name, [_line(*pot) for pot in those], _sum_line([told for _pot, told in those]))
            for source, group in groupby(asked.pots, key=lambda pot: pot[0].grant.source)
            if (those := list(group))
        ]
        return {
            "year": asked.label,
            "years": _years(asked.year),
            "sources": sources,
            "warnings": [line for _name, lines, _sum in sources for line in lines if line.warns],
            "mobilised": display.rupiah(found) if (found := _mobilised(asked.year)) else None,
        }


def _asked() -> Year:
    text = request.args.get("year") or str(clock.year())
    if text != UNSTATED and not re.fullmatch(r"20[0-9]{2}", text):
        abort(400)
    year = None if text == UNSTATED else int(text)
    return Year(year, tell_pots(money_of_year(current_user, year)))


def _mobilised(year: int | None) -> int:
    return 0 if year is None else mobilised_in(year, current_user)


def _years(current: int | None) -> list[tuple[str, str, bool]]:
    known = sorted({clock.year(), *years_of_money(current_user)}, reverse=True)
    years: list[tuple[str, str, int | None]] = [(str(year), str(year), year) for year in known]
    years.append((UNSTATED, _("Year not stated"), None))
    return [
        (label, url_for("MoneyPerYearView.chart", year=code), year == current) for code, label, year in years
    ]


def _line(pot: Pot, told: Told) -> Line:
    grant, ahead = pot.grant, told.ahead
    warns = ahead is not None and ahead.warns
    url = url_for("GrantView.show", pk=grant.id)
    lapses = amount(None if ahead is None else ahead.lapses)
    return Line(grant.name, url, display.badge(grant.state), _cells(told), warns, lapses)


def _cells(told: Told) -> list[tuple[Any, str]]:
    return [
        (_("Ceiling"), figure(told.ceiling)),
        (_("Disbursed"), figure(told.disbursed)),
        (_("Reserved"), figure(told.committed)),
        (_("Spent"), figure(told.spent)),
        (_("With evidence"), figure(told.evidenced)),
        (_("Left"), figure(told.left)),
        (_("Absorption"), share(told.absorption)),
        (_("Will lapse"), figure(None if told.ahead is None else told.ahead.lapses)),
    ]


def _sum_line(pots: list[Told]) -> Line:
    """Sum up one source; what is unknown of one pot is unknown of the sum."""
    ceiling, spent = (_known([getattr(one, name) for one in pots]) for name in ("ceiling", "spent"))
    lapses = _known([None if one.ahead is None else one.ahead.lapses for one in pots])
    total = Told(
        ceiling,
        _arrived([one.disbursed for one in pots]),
        _known([one.committed for one in pots]),
        spent,
        _known([one.evidenced for one in pots]),
        _known([one.left for one in pots]),
        spent / ceiling if ceiling and spent is not None else None,
        None if lapses is None else Forecast(lapses, final=False, warns=False),
    )
    return Line(_("Sum"), None, "", _cells(total), warns=False)


def _known(amounts: list[int | None]) -> int | None:
    """Sum up where each is known: else the sum would be a lie."""
    known = [one for one in amounts if one is not None]
    return sum(known) if len(known) == len(amounts) else None


def _arrived(amounts: list[int | None]) -> int | None:
    """Sum up what arrived anywhere; None when nothing was ever recorded."""
    known = [one for one in amounts if one is not None]
    return sum(known) if known else None
