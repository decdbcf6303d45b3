"""The page of a grant: how much is left, what is still to be proved, and its LPJ."""

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
    """One part of the bar."""

    tone: str
    width: float
    """Per cent."""
    x: float


def build_overview(grant: Grant, user: Actor) -> dict[str, Any]:
    """What stands on the page beside the facts."""
    if grant.form is not GrantForm.cash:
        return {}
    sums, told = grant_figures(grant)
    due, warning = grant.report_due, None
    # Beside the link to the list of proposals, which shows the visible ones alone.
    proposed = sum_proposed_expenditures(grant, user) if sums.proposed else 0
    if told.forecast is not None and told.forecast.has_warning:
        warning = _(
            "At the present pace %(amount)s will be left at the end of the year and lapse.",
            amount=format_amount(told.forecast.lapsing_amount),
        )
    return {
        "sums": [
            (_("Ceiling"), format_amount(told.ceiling)),
            (_("Disbursed"), format_amount(told.disbursed)),
            (_("Reserved"), format_amount(told.committed)),
            (_("Spent"), format_amount(told.spent)),
            (_("With evidence"), format_amount(told.evidenced)),
            (_("Left"), format_amount(told.remaining)),
            (_("Absorption"), format_share(told.absorption)),
        ],
        "segments": _build_bar_segments(sums) if told.remaining is not None else [],
        "proposed": format_amount(proposed) if proposed else None,
        "spent_without_evidence": format_amount(sums.spent_without_evidence)
        if sums.spent_without_evidence
        else None,
        "report_due": formats.format_day(due) if due is not None else None,
        "warning": warning,
    }


def _build_bar_segments(balance: Balance) -> list[BarSegment]:
    """Draw spent and reserved as parts of what may be spent; nothing where that is not known."""
    if not balance.limit:
        return []
    spent, reserved = (round(100 * one / balance.limit, 2) for one in (balance.spent, balance.committed))
    return [BarSegment("bar", spent, 0), BarSegment("bar-part", reserved, spent)]
