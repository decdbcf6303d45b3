"""What the form of a shift refuses."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.support.client import PortalClient
from tests.support.html import message_beside
from tests.support.portal import person


@pytest.mark.parametrize("pattern", ["once", "daily"])
def test_nobody_is_on_standby_at_the_end_of_time(
    as_user: Callable[[str], PortalClient], pattern: str
) -> None:
    data = {"worker": person("rina").id, "starts_at": f"{date.max}T20:00", "ends_at": f"{date.max}T23:59"}
    answer = as_user("admin").post("/shifts/add", data={**data, "pattern": pattern, "until": str(date.max)})
    assert message_beside(answer, "starts_at")
