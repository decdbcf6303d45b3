"""Forecast of the money that lapses at the end of the year, and the warning from July on."""

from datetime import datetime

import pytest

from app.core import clock
from app.grants.queries.figures import grant_figures
from app.grants.queries.forecast import Forecast
from tests.grants.support import MILLION


def forecast_at(make, month: int, *, year: int = 0, spent: int = 0, reserved: int = 0) -> Forecast | None:
    """Return the forecast for a grant of 100 million on the first of the month, `year` years from now."""
    pot = make.funded_grant(ceiling_initial=100 * MILLION)
    with clock.freeze_time(datetime(clock.current_year(), 1, 1, 12, tzinfo=clock.WITA)):
        if spent:
            make.expenditure(grant=pot, amount=spent)
        if reserved:
            make.commitment(grant=pot, amount=reserved)
    with clock.freeze_time(datetime(clock.current_year() + year, month, 1, 12, tzinfo=clock.WITA)):
        return grant_figures(pot)[1].forecast


@pytest.mark.parametrize(
    ("month", "reserved", "is_warned"),
    [(7, 90 * MILLION, True), (7, 90 * MILLION + 1, False), (6, 90 * MILLION, False), (12, 0, True)],
)
def test_warning_appears_from_july_if_a_tenth_of_the_ceiling_will_lapse(
    make, month: int, reserved: int, is_warned: bool
) -> None:
    ahead = forecast_at(make, month, reserved=reserved)
    assert ahead == Forecast(100 * MILLION - reserved, is_final=False, has_warning=is_warned)


def test_forecast_continues_the_spending_so_far(make) -> None:
    ahead = forecast_at(make, 7, spent=40 * MILLION)
    assert ahead == Forecast(100 * MILLION - 40 * MILLION * 365 // 182, is_final=False, has_warning=True)


def test_money_unspent_at_the_end_of_the_year_has_lapsed(make) -> None:
    ahead = forecast_at(make, 1, year=1, spent=40 * MILLION, reserved=50 * MILLION)
    assert ahead == Forecast(60 * MILLION, is_final=True, has_warning=False)
