"""Query plans of all pages with 50,000 clients, on PostgreSQL."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.speed.large_office import open_office
from tests.speed.page_plans import PagePlans
from tests.speed.query_traps import QueryTraps

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def large_app() -> Iterator[Flask]:
    with open_office("postgresql") as app:
        yield app


class TestPagePlans(PagePlans):
    """On PostgreSQL."""


class TestQueryTraps(QueryTraps):
    """On PostgreSQL."""
