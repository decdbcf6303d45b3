"""`siaga demo`: into an empty database, never into one in use."""

import pytest
from sqlalchemy import URL

from app import demo
from app.clients.services import register_client
from app.core.actor import SYSTEM
from app.core.unit import unit
from tests.operations.conftest import PASSWORD, Machine
from tests.operations.test_setting_up import ask


def one_client(_cast: object) -> None:
    """The stories have tests of their own; here it is about the door."""
    with unit(by=SYSTEM):
        register_client({"name": "Aminah"}, by=SYSTEM)


def test_the_demo_fills_an_empty_database_and_refuses_one_with_clients(
    machine: Machine, blank: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "fill_the_years", one_client)
    monkeypatch.setattr(demo, "STORIES", ())
    monkeypatch.setattr(demo, "every_other_state", lambda _cast: None)
    monkeypatch.setattr(demo, "a_month_of_standby", lambda _cast: None)
    assert machine.siaga("init").exit_code == 0
    filled = machine.siaga("demo", SIAGA_DEMO_PASSWORD=PASSWORD)
    assert filled.exit_code == 0, filled.output
    assert f"rina\t{PASSWORD}\t" in filled.stdout
    assert ask(blank, "SELECT name FROM client") == [("Aminah",)]
    again = machine.siaga("demo")
    assert again.exit_code == 2
    assert "has clients" in again.stderr
    assert ask(blank, "SELECT name FROM client") == [("Aminah",)]
    assert machine.siaga("--demo", "check").exit_code == 0
