"""What will lapse when the year ends as it went so far: a warning while there is time to spend."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from app.core import clock
from app.grants.models import Grant
from app.grants.models.held import TAKES_MONEY
from app.grants.services.balance import Balance

WARNING_FROM = 7
"""The month in which the third quarter begins."""
WORTH_A_WARNING = 10
"""One part in so many of the ceiling."""


@dataclass(frozen=True)
class Forecast:
    """What falls back at the end of the year."""

    lapses: int
    final: bool
    """Whether the year is over: then it is no guess any more."""
    warns: bool


def forecast(grant: Grant, balance: Balance) -> Forecast | None:
    """Go on at the pace of the year so far; None where ceiling or year are not known, or it has not begun."""
    today, year = clock.today(), grant.fiscal_year
    if balance.ceiling is None or year is None or year > today.year:
        return None
    if year < today.year:
        return Forecast(max(0, balance.ceiling - balance.spent), final=True, warns=False)
    days = 366 if isleap(year) else 365
    pace = balance.spent * days // (today - date(year - 1, 12, 31)).days
    lapses = max(0, balance.ceiling - max(pace, balance.spent + balance.committed))
    warns = (
        today.month >= WARNING_FROM
        and lapses * WORTH_A_WARNING >= balance.ceiling
        and grant.state.name in TAKES_MONEY
    )
    return Forecast(lapses, final=False, warns=warns)
