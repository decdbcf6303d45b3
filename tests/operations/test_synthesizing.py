"""`siaga synthesize`: invented data at scale that the portal cannot tell from its own."""

from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from app.cli.portal import opened
from app.clients.services import register_client
from app.core.actor import SYSTEM
from app.core.unit import unit
from tests.operations.conftest import Machine
from tests.operations.test_setting_up import ask

PEOPLE = "SELECT name, nik, search_text FROM client ORDER BY id"


def test_invented_data_stands_every_check_and_work_goes_on_in_it(
    machine: Machine, blank: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = machine.siaga("synthesize", "--clients", "300", "--seed", "7")
    assert made.exit_code == 0, made.output
    assert ask(blank, "SELECT count(*) FROM client") == [(300,)]
    checked = machine.siaga("check")
    assert checked.exit_code == 0, checked.output
    ((cases, events),) = ask(
        blank, "SELECT count(DISTINCT case_id), count(*) FROM case_event WHERE kind <> 'case_closed'"
    )
    assert 1.3 < cases / 300 < 1.7
    assert 3 < events / cases < 5
    again = machine.siaga("synthesize", "--clients", "1")
    assert again.exit_code == 2
    assert "has clients" in again.stderr
    for name, value in machine.settings.items():
        monkeypatch.setenv(name, value)
    with opened(), unit(by=SYSTEM):
        register_client({"name": "Aminah"}, by=SYSTEM)
    assert ask(blank, "SELECT count(*) FROM client") == [(301,)]


def test_a_seed_invents_the_same_people_again(machine: Machine, blank: URL, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Machine(tmp_path / "other")
    for one in (machine, other):
        assert one.siaga("synthesize", "--clients", "40", "--seed", "3").exit_code == 0
    there = make_url(f"sqlite:///{tmp_path}/other/instance/siaga.sqlite")
    assert ask(blank, PEOPLE) == ask(there, PEOPLE)
