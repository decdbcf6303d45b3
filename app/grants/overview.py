"""Extra content of a grant's detail page: sums and bar, missing evidence, due day of the LPJ, forecast."""

from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.core import formats
from app.core.actor import Actor
from app.grants.enums import GrantForm
from app.grants.models.pots import Grant
from app.grants.presentation import format_amount, format_share
from app.grants.queries.balance import Balance
from app.grants.queries.figures import grant_figures
from app.grants.queries.grants import sum_proposed_expenditures


class BarSegment(NamedTuple):
    """One segment of the bar; `width` and `x` are per cent of the grant's limit."""

    tone: str
    width: float
    x: float


def build_overview(grant: Grant, user: Actor) -> dict[str, Any]:
    """Return the template context with the sums of the grant; empty for goods."""
    if grant.form is not GrantForm.cash:
        return {}
    balance, figures = grant_figures(grant)
    report_due, warning = grant.report_due, None
    # Visible proposals only, as in the list of proposals to which the link beside the sum leads.
    proposed = sum_proposed_expenditures(grant, user) if balance.proposed else 0
    if figures.forecast is not None and figures.forecast.has_warning:
        warning = _(
            "At the present pace %(amount)s will be left at the end of the year and lapse.",
            amount=format_amount(figures.forecast.lapsing_amount),
        )
    return {
        "sums": [
            (_("Ceiling"), format_amount(figures.ceiling)),
            (_("Disbursed"), format_amount(figures.disbursed)),
            (_("Reserved"), format_amount(figures.committed)),
            (_("Spent"), format_amount(figures.spent)),
            (_("With evidence"), format_amount(figures.evidenced)),
            (_("Left"), format_amount(figures.remaining)),
            (_("Absorption"), format_share(figures.absorption)),
        ],
        "segments": _build_bar_segments(balance) if figures.remaining is not None else [],
        "proposed": format_amount(proposed) if proposed else None,
        "spent_without_evidence": format_amount(balance.spent_without_evidence)
        if balance.spent_without_evidence
        else None,
        "report_due": formats.format_day(report_due) if report_due is not None else None,
        "warning": warning,
    }


def _build_bar_segments(balance: Balance) -> list[BarSegment]:
    """Return spent and reserved as parts of the limit; empty if the limit is unknown."""
    if not balance.limit:
        return []
    spent, reserved = (
        round(100 * amount / balance.limit, 2) for amount in (balance.spent, balance.committed)
    )
    return [BarSegment("bar", spent, 0), BarSegment("bar-part", reserved, spent)]
