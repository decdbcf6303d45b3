"""What the tests of the money share."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.db.transaction import transaction
from tests.grants.support import store_receipt


@pytest.fixture
def upload_receipt(app: Flask) -> Callable[[], str]:
    """`receipt()`: a receipt that was uploaded, by its key."""
    return store_receipt


@pytest.fixture
def call_service(people):
    """Run a verb in the name of somebody."""

    def run(verb, *args, by="admin", **fields):
        actor = getattr(people, by)
        with transaction(by=actor):
            return verb(*args, by=actor, **fields)

    return run
