"""`siaga demo` fills an empty database and refuses a used one."""

import pytest
from sqlalchemy import URL

from app import demo
from app.clients.services.clients import register_client
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from tests.operations.conftest import PASSWORD, Installation
from tests.operations.test_init import execute_sql


def register_one_client(_cast: object) -> None:
    """Replaces the demo data, which is tested elsewhere."""
    with transaction(by=SYSTEM):
        register_client({"name": "Aminah"}, by=SYSTEM)


def test_demo_fills_an_empty_database_and_refuses_one_with_clients(
    installation: Installation, empty_database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "create_background_cases", register_one_client)
    monkeypatch.setattr(demo, "STORIES", ())
    monkeypatch.setattr(demo, "create_remaining_records", lambda _cast: None)
    monkeypatch.setattr(demo, "create_shifts", lambda _cast: None)
    assert installation.run_siaga("init").exit_code == 0
    filled = installation.run_siaga("demo", SIAGA_DEMO_PASSWORD=PASSWORD)
    assert filled.exit_code == 0, filled.output
    assert f"rina\t{PASSWORD}\t" in filled.stdout
    assert execute_sql(empty_database, "SELECT name FROM client") == [("Aminah",)]
    again = installation.run_siaga("demo")
    assert again.exit_code == 2
    assert "has clients" in again.stderr
    assert execute_sql(empty_database, "SELECT name FROM client") == [("Aminah",)]
    assert installation.run_siaga("--demo", "check").exit_code == 0
