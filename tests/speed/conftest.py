"""Who looks at the large office."""

import pytest
from flask import Flask

from tests.speed.office import entered
from tests.support.client import PortalClient


@pytest.fixture
def rina(large: Flask) -> PortalClient:
    """A peksos, logged in there."""
    return entered(large, "rina")
