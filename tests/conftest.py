"""Fixtures and hooks for all tests: application, users, factories, databases."""

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
    del os.environ[name]  # settings of this machine must not affect the tests

from tests.support import fixed_clock  # noqa: E402

fixed_clock.fix_domain_clock()  # at import, as parameters are computed during collection

from tests import factories  # noqa: E402
from tests.support import databases, dialects, portal, postgres, slow_tests  # noqa: E402
from tests.support import statements as counting  # noqa: E402
from tests.support.client import PortalClient  # noqa: E402

_run_stack = ExitStack()

settings.register_profile("everywhere", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)  # failures are reproducible
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    slow_tests.add_option(parser)
    parser.addoption(
        "--machine-clock",
        type=datetime.fromisoformat,
        metavar="INSTANT",
        help="run all tests as if the machine's clock said this (2024-02-29T23:59:59+08:00) at the start",
    )


def pytest_configure(config: pytest.Config) -> None:
    if instant := config.getoption("--machine-clock"):
        _run_stack.enter_context(fixed_clock.machine_clock(instant))
    if not hasattr(config, "workerinput"):
        postgres.open_shared_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    portal.close_portal_instances()
    _run_stack.close()
    if not hasattr(config, "workerinput"):
        postgres.close_shared_folder()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    dialects.parametrize_dialects(metafunc)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow_tests.deselect_slow(config, items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    slow_tests.send_count_to_controller(session)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    slow_tests.receive_count_from_worker(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    slow_tests.write_summary(terminalreporter, config)


@pytest.fixture(autouse=True)
def fixed_now() -> datetime:
    """The fixed instant of the test, in this process and in its subprocesses."""
    fixed_clock.fix_domain_clock()
    return fixed_clock.NOW


@pytest.fixture
def portal_instance(request: pytest.FixtureRequest) -> Iterator[portal.PortalInstance]:
    """This worker's portal on one database, in its initial state; see `tests/support/dialects.py`."""
    chosen = portal.get_portal_instance(request.param)
    chosen.reset()
    yield chosen
    chosen.release()


@pytest.fixture
def shared_app() -> Iterator[Flask]:
    """The application for read-only tests that do not depend on a database."""
    with portal.get_portal_instance("sqlite").app.app_context() as context:
        yield context.app


@pytest.fixture
def app(portal_instance: portal.PortalInstance) -> Iterator[Flask]:
    """The application, with its context pushed."""
    with portal_instance.app.app_context():
        yield portal_instance.app


@pytest.fixture
def as_user(portal_instance: portal.PortalInstance, app: Flask) -> Callable[[str], PortalClient]:
    """`as_user("rina")` returns a client logged in as admin, rina, dodi, sari or kabid."""
    return lambda username: portal.log_in_client(portal_instance, username)


@pytest.fixture
def anonymous_client(app: Flask) -> PortalClient:
    """A client that is not logged in."""
    client = app.test_client()
    assert isinstance(client, PortalClient)
    return client


@pytest.fixture
def people(app: Flask) -> SimpleNamespace:
    """The standard users: people.admin, .rina, .dodi, .sari, .kabid."""
    return portal.get_cast()


@pytest.fixture
def make(app: Flask) -> ModuleType:
    """The factories: `make.client(…)`, `make.case(…)`."""
    return factories


@pytest.fixture
def capture_statements(app: Flask) -> Callable[..., object]:
    """`with capture_statements() as sent:` collects the SQL statements of the block."""
    return counting.capture_statements


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """URL of a database without tables."""
    name = f"blank_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.drop_database(request.param, name)
    yield databases.create_empty_database(request.param, tmp_path, name)
    databases.drop_database(request.param, name)
