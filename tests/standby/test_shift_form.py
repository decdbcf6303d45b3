"""Validation of the form of a shift."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.support.client import PortalClient
from tests.support.html import field_error
from tests.support.portal import get_user


@pytest.mark.parametrize("pattern", ["once", "daily"])
def test_shift_beyond_the_last_date_is_refused(as_user: Callable[[str], PortalClient], pattern: str) -> None:
    data = {"worker": get_user("rina").id, "starts_at": f"{date.max}T20:00", "ends_at": f"{date.max}T23:59"}
    answer = as_user("admin").post("/shifts/add", data={**data, "pattern": pattern, "until": str(date.max)})
    assert field_error(answer, "starts_at")
