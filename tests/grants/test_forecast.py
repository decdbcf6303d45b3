"""What will lapse at the end of the year, and the warning while there is time to spend it."""

from datetime import datetime

import pytest

from app.core import clock
from app.grants.queries.figures import grant_figures
from app.grants.queries.forecast import Forecast
from tests.grants.support import MILLION


def forecast_at(make, month: int, *, year: int = 0, spent: int = 0, reserved: int = 0) -> Forecast | None:
    """The forecast on the first of the month for a grant of 100 million, so many years later."""
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
def test_a_tenth_of_the_ceiling_that_will_lapse_is_warned_of_from_july_on(
    make, month: int, reserved: int, is_warned: bool
) -> None:
    ahead = forecast_at(make, month, reserved=reserved)
    assert ahead == Forecast(100 * MILLION - reserved, is_final=False, has_warning=is_warned)


def test_spending_goes_on_as_before_in_the_forecast(make) -> None:
    ahead = forecast_at(make, 7, spent=40 * MILLION)
    assert ahead == Forecast(100 * MILLION - 40 * MILLION * 365 // 182, is_final=False, has_warning=True)


def test_what_was_not_spent_when_the_year_ended_has_lapsed(make) -> None:
    ahead = forecast_at(make, 1, year=1, spent=40 * MILLION, reserved=50 * MILLION)
    assert ahead == Forecast(60 * MILLION, is_final=True, has_warning=False)
