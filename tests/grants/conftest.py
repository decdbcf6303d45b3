"""What the tests of the money share."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.core.unit import unit
from tests.grants.support import a_receipt


@pytest.fixture
def receipt(app: Flask) -> Callable[[], str]:
    """`receipt()`: a receipt that was uploaded, by its key."""
    return a_receipt


@pytest.fixture
def do(people):
    """Run a verb in the name of somebody."""

    def run(verb, *args, by="admin", **fields):
        actor = getattr(people, by)
        with unit(by=actor):
            return verb(*args, by=actor, **fields)

    return run
