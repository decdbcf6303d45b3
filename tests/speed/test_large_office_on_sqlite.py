"""Query plans of all pages with 50,000 clients, on SQLite."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.speed.large_office import open_office
from tests.speed.page_plans import PagePlans
from tests.speed.query_traps import QueryTraps

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def large_app() -> Iterator[Flask]:
    with open_office("sqlite") as app:
        yield app


class TestPagePlans(PagePlans):
    """On SQLite."""


class TestQueryTraps(QueryTraps):
    """On SQLite."""
