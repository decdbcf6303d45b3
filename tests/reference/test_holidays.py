"""The shipped holidays contain every public holiday on a weekday that the `holidays` library knows."""

from datetime import date

import holidays
import pytest

from app.reference import seed


@pytest.mark.parametrize("year", [2025, 2026])
def test_no_public_holiday_of_the_decrees_is_missing(year: int) -> None:
    decreed = {
        day
        for day in holidays.country_holidays("ID", years=year, categories=("public",))
        if day.weekday() < 5
    }
    known = {date.fromisoformat(str(row["day"])) for row in seed.read_rows("holidays")}
    assert decreed - known == set()
