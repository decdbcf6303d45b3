"""What will lapse when the year ends as it went so far: a warning while there is time to spend."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from app.core import clock
from app.grants.models.db_rules import SPENDABLE_STATES
from app.grants.models.pots import Grant
from app.grants.queries.balance import Balance

WARNING_START_MONTH = 7
"""The month in which the third quarter begins."""
WARNING_CEILING_DIVISOR = 10
"""One part in so many of the ceiling."""


@dataclass(frozen=True)
class Forecast:
    """What falls back at the end of the year."""

    lapsing_amount: int
    is_final: bool
    """Whether the year is over: then it is no guess any more."""
    has_warning: bool


def forecast_lapse(grant: Grant, balance: Balance) -> Forecast | None:
    """Go on at the pace of the year so far; None where ceiling or year are not known, or it has not begun."""
    today, year = clock.today(), grant.fiscal_year
    if balance.ceiling is None or year is None or year > today.year:
        return None
    if year < today.year:
        return Forecast(max(0, balance.ceiling - balance.spent), is_final=True, has_warning=False)
    days = 366 if isleap(year) else 365
    pace = balance.spent * days // (today - date(year - 1, 12, 31)).days
    lapses = max(0, balance.ceiling - max(pace, balance.spent + balance.committed))
    warns = (
        today.month >= WARNING_START_MONTH
        and lapses * WARNING_CEILING_DIVISOR >= balance.ceiling
        and grant.state.name in SPENDABLE_STATES
    )
    return Forecast(lapses, is_final=False, has_warning=warns)
