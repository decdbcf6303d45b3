"""What every test can ask for: the portal on each database, its people, its records."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import URL

for name in [name for name in os.environ if name.startswith("SIAGA_") and name != "SIAGA_TEST_SHARED"]:
    del os.environ[name]  # what this machine is set to is none of the tests' business

from tests.support import now  # noqa: E402

now.hold()  # parameters are computed while the tests are collected

from tests import factories  # noqa: E402
from tests.support import databases, portal, postgres  # noqa: E402
from tests.support import statements as counting  # noqa: E402
from tests.support.client import PortalClient  # noqa: E402

DIALECTS = ("sqlite", "postgresql")
_of_the_run = ExitStack()

settings.register_profile("everywhere", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)  # what is found is found again
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--machine-clock",
        type=datetime.fromisoformat,
        metavar="INSTANT",
        help="run all tests as if the machine's clock said this (2024-02-29T23:59:59+08:00) at the start",
    )


def pytest_configure(config: pytest.Config) -> None:
    if instant := config.getoption("--machine-clock"):
        _of_the_run.enter_context(now.machine_clock(instant))
    if not hasattr(config, "workerinput"):
        postgres.open_shared_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    portal.close_all()
    _of_the_run.close()
    if not hasattr(config, "workerinput"):
        postgres.close_shared_folder()


@pytest.fixture(autouse=True)
def fixed_now() -> datetime:
    """The instant at which the test takes place, in this process and in those that it starts."""
    now.hold()
    return now.NOW


@pytest.fixture(params=DIALECTS)
def house(request: pytest.FixtureRequest) -> Iterator[portal.Portal]:
    """The portal of this worker on one database, in its first state."""
    chosen = portal.of_dialect(request.param)
    chosen.reset()
    yield chosen
    chosen.leave()


@pytest.fixture
def built() -> Iterator[Flask]:
    """The application as it is put together, for what does not depend on a database; reads only."""
    with portal.of_dialect("sqlite").app.app_context() as context:
        yield context.app


@pytest.fixture
def app(house: portal.Portal) -> Iterator[Flask]:
    """The application, its context pushed; the test runs once on SQLite and once on PostgreSQL."""
    with house.app.app_context():
        yield house.app


@pytest.fixture
def as_user(house: portal.Portal, app: Flask) -> Callable[[str], PortalClient]:
    """`as_user("rina")`: a client logged in as one of the cast: admin, rina, dodi, sari, kabid."""
    return lambda username: portal.logged_in(house, username)


@pytest.fixture
def nobody(app: Flask) -> PortalClient:
    """A client that has not logged in."""
    client = app.test_client()
    assert isinstance(client, PortalClient)
    return client


@pytest.fixture
def people(app: Flask) -> SimpleNamespace:
    """The standing cast: people.admin, .rina, .dodi, .sari, .kabid."""
    return portal.people()


@pytest.fixture
def make(app: Flask) -> ModuleType:
    """The factories: make.client(…), make.case(…)."""
    return factories


@pytest.fixture
def statements(app: Flask) -> Callable[..., object]:
    """`with statements() as sent:` collects the SQL statements of the block."""
    return counting.statements


@pytest.fixture(params=DIALECTS)
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """The address of a database with nothing in it."""
    name = f"blank_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.drop_blank(request.param, name)
    yield databases.make_blank(request.param, tmp_path, name)
    databases.drop_blank(request.param, name)
