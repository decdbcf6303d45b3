"""Forecast of the money that lapses at the end of the year; warns while there is time to spend it."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from app.core import clock
from app.grants.models.db_rules import SPENDABLE_STATES
from app.grants.models.pots import Grant
from app.grants.queries.balance import Balance

WARNING_START_MONTH = 7
"""First month of the third quarter; no warning before it."""
WARNING_CEILING_DIVISOR = 10
"""Warn if at least 1/10 of the ceiling will lapse."""


@dataclass(frozen=True)
class Forecast:
    """Amount in whole rupiah that lapses at the end of the fiscal year."""

    lapsing_amount: int
    is_final: bool
    """Whether the year is over, so that the amount is no estimate any more."""
    has_warning: bool


def forecast_lapse(grant: Grant, balance: Balance) -> Forecast | None:
    """Extrapolate the spending of the year so far to its end; reserved money counts as spent.

    Returns None if ceiling or fiscal year is unknown, or if the year has not begun.
    """
    today, year = clock.today(), grant.fiscal_year
    if balance.ceiling is None or year is None or year > today.year:
        return None
    if year < today.year:
        return Forecast(max(0, balance.ceiling - balance.spent), is_final=True, has_warning=False)
    days_in_year = 366 if isleap(year) else 365
    projected_spending = balance.spent * days_in_year // (today - date(year - 1, 12, 31)).days
    lapsing_amount = max(0, balance.ceiling - max(projected_spending, balance.spent + balance.committed))
    has_warning = (
        today.month >= WARNING_START_MONTH
        and lapsing_amount * WARNING_CEILING_DIVISOR >= balance.ceiling
        and grant.state.name in SPENDABLE_STATES
    )
    return Forecast(lapsing_amount, is_final=False, has_warning=has_warning)
