"""`siaga init`: from nothing, again, together, and what it refuses."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import ProgrammingError

from app.cli.faults import told
from app.core import ddl
from tests.operations.conftest import PASSWORD, Machine


def ask(database: URL, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(database)
    with engine.begin() as connection:
        answer = connection.execute(text(statement))
        rows = [tuple(row) for row in answer] if answer.returns_rows else []
    engine.dispose()
    return rows


def test_a_new_database_gets_reference_data_three_roles_and_one_administrator(
    machine: Machine, blank: URL
) -> None:
    answer = machine.siaga("init")
    assert answer.exit_code == 0, answer.output
    assert ask(blank, "SELECT count(*) FROM kelurahan") == [(15,)]
    assert ask(blank, "SELECT count(*) FROM ppks_category") == [(26,)]
    assert ask(blank, "SELECT name FROM ab_role WHERE name <> 'Public' ORDER BY 1") == [
        ("Admin",),
        ("Peksos",),
        ("Supervisor",),
    ]
    assert ask(blank, "SELECT username FROM ab_user") == [("admin",)]
    assert ask(blank, "SELECT count(*) FROM client") == [(0,)]


def test_a_second_run_changes_nothing_and_prints_no_password(machine: Machine, blank: URL) -> None:
    first = machine.siaga("init")
    counted = [
        ask(blank, f"SELECT count(*) FROM {table}")
        for table in ("ab_permission_view", "ppks_category", "audit_entry")
    ]
    second = machine.siaga("init")
    assert re.search(r"user name admin\s+password \S{12}", first.output)
    assert "password" not in second.output
    assert counted == [
        ask(blank, f"SELECT count(*) FROM {table}")
        for table in ("ab_permission_view", "ppks_category", "audit_entry")
    ]


def test_sqlite_knows_from_each_start_what_its_tables_hold(laptop: Machine) -> None:
    database = URL.create("sqlite", database=str(laptop.folder / "instance" / "siaga.sqlite"))
    laptop.siaga("init")
    laptop.siaga("init")
    ((known,),) = ask(database, "SELECT max(stat) FROM sqlite_stat1 WHERE tbl = 'ppks_category'")
    assert str(known).startswith("26 ")


def test_four_processes_may_start_at_once_on_an_empty_database(machine: Machine, blank: URL) -> None:
    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(machine.siaga_apart, ["init"] * 4))
    assert all("The database is ready." in one for one in printed), printed
    assert sum("password" in one for one in printed) == 1, printed
    assert ask(blank, "SELECT count(*) FROM ab_user") == [(1,)]


def test_a_database_of_a_newer_release_is_left_alone(machine: Machine, blank: URL) -> None:
    machine.siaga("init")
    ask(blank, "UPDATE alembic_version SET version_num = 'ffffffffffff'")
    answer = machine.siaga("init")
    assert answer.exit_code == 2
    assert "newer release" in answer.stderr
    assert answer.stdout == ""


def test_a_database_from_before_release_0_1_has_to_pass_through_it(machine: Machine, blank: URL) -> None:
    machine.siaga("init")
    ask(blank, "UPDATE alembic_version SET version_num = '0007'")
    tables = ask(blank, "SELECT count(*) FROM audit_entry")
    answer, started = machine.siaga("init"), machine.run()
    assert (answer.exit_code, started.returncode) == (2, 2)
    assert answer.stderr == (
        "siaga: The database is older than release 0.1 (revision 0007); "
        "install release 0.1, run its siaga init on this database, then this release.\n"
    )
    assert answer.stderr in started.stderr
    assert answer.stdout == ""
    assert ask(blank, "SELECT version_num FROM alembic_version") == [("0007",)]
    assert ask(blank, "SELECT count(*) FROM audit_entry") == tables


def test_the_tables_of_something_else_are_left_alone(machine: Machine, blank: URL) -> None:
    ask(blank, "CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
    answer = machine.siaga("init")
    assert answer.exit_code == 2
    assert "not Siaga's" in answer.stderr


def test_an_sqlite_that_is_too_old_is_told_before_anything_else(
    laptop: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.31.1")
    answer = laptop.siaga("init")
    assert answer.exit_code == 2
    assert "SQLite 3.31.1 is too old" in answer.stderr


def test_another_administrator_can_be_made_by_hand(machine: Machine, blank: URL) -> None:
    answer = machine.siaga("create-admin", "--username", "Wati", "--password", PASSWORD)
    assert answer.exit_code == 0, answer.output
    assert PASSWORD not in answer.output
    roles = (
        "SELECT role_id FROM ab_user_role WHERE user_id = (SELECT id FROM ab_user WHERE username = 'wati')"
    )
    assert ask(blank, f"SELECT name FROM ab_role WHERE id IN ({roles})") == [("Admin",)]


def test_without_a_password_a_temporary_one_is_shown(laptop: Machine) -> None:
    answer = laptop.siaga("create-admin", "--username", "wati")
    assert re.search(r"Temporary password, shown only now: \S{12}", answer.stdout)


def test_an_administrator_who_breaks_the_rules_is_refused(laptop: Machine) -> None:
    for username, password in (
        ("wati", "pendek"),
        ("wati", "password1234"),
        ("w", PASSWORD),
        ("admin", PASSWORD),
    ):
        answer = laptop.siaga("create-admin", "--username", username, "--password", password)
        assert answer.exit_code == 2
        assert answer.stderr.startswith("siaga: ")


@pytest.mark.parametrize("password", ["pendek", "password1234", "sari sari sari 7"])
def test_a_weak_demo_password_is_refused_before_anything_is_made(laptop: Machine, password: str) -> None:
    answer = laptop.siaga("demo", SIAGA_DEMO_PASSWORD=password)
    assert answer.exit_code == 2
    assert "SIAGA_DEMO_PASSWORD" in answer.stderr
    assert not (laptop.folder / "instance" / "demo.sqlite").exists()


class Refusal(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("permission denied for schema public")
        self.sqlstate = sqlstate


def test_a_database_that_is_closed_to_the_portal_is_told_but_a_fault_of_ours_is_not_hidden(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"), told():
        raise ProgrammingError("CREATE TABLE …", {}, Refusal("42501"))
    assert "permission denied for schema public" in capsys.readouterr().err
    with pytest.raises(ProgrammingError), told():
        raise ProgrammingError("SELECT …", {}, Refusal("42P01"))


def test_a_lost_trigger_is_found_by_check_and_put_back_by_init(machine: Machine, blank: URL) -> None:
    machine.siaga("init")
    assert machine.siaga("check").exit_code == 0
    lost = next(piece for piece in ddl.expected(blank.get_backend_name()) if piece.kind == "trigger")
    place = f" ON {lost.table}" if blank.get_backend_name() == "postgresql" else ""
    ask(blank, f"DROP TRIGGER {lost.name}{place}")
    answer = machine.siaga("check")
    assert answer.exit_code == 1
    assert f"{lost} is missing" in answer.stdout
    assert "1 triggers or full-text tables were missing" in machine.siaga("init").output
    assert machine.siaga("check").exit_code == 0
    assert "missing" not in machine.siaga("init").output


def test_check_asks_for_a_database_that_was_set_up(machine: Machine) -> None:
    answer = machine.siaga("check")
    assert answer.exit_code == 2
    assert "siaga init" in answer.stderr
