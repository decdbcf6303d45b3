"""Fixtures for the tests of money."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.db.transaction import transaction
from tests.grants.support import store_receipt


@pytest.fixture
def upload_receipt(app: Flask) -> Callable[[], str]:
    """`upload_receipt()` stores a receipt and returns its file key."""
    return store_receipt


@pytest.fixture
def call_service(people):
    """`call_service(service, ...)` calls it in a transaction of the user `by`."""

    def run(service, *args, by="admin", **fields):
        actor = getattr(people, by)
        with transaction(by=actor):
            return service(*args, by=actor, **fields)

    return run
