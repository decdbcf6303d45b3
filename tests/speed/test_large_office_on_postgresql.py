"""Plans of every page at 50,000 clients."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.speed.office import office
from tests.speed.traps import Traps
from tests.speed.walks import Walks


@pytest.fixture(scope="module")
def large() -> Iterator[Flask]:
    with office("postgresql") as app:
        yield app


class TestWalks(Walks):
    """On PostgreSQL."""


class TestTraps(Traps):
    """On PostgreSQL."""
