"""Users of the large office."""

import pytest
from flask import Flask

from tests.speed.large_office import log_in_to_office
from tests.support.client import PortalClient


@pytest.fixture
def rina(large_app: Flask) -> PortalClient:
    """A logged-in peksos."""
    return log_in_to_office(large_app, "rina")
