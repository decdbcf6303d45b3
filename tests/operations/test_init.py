"""`siaga init`: on an empty database, repeated, concurrent, and refused."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import ProgrammingError

from app.cli.errors import report_errors
from app.db import triggers
from app.extensions import db
from app.operations import setup
from tests.operations.conftest import PASSWORD, Installation
from tests.operations.test_backup import open_app


def execute_sql(database: URL, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(database)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def test_new_database_gets_reference_data_roles_and_an_administrator(
    installation: Installation, empty_database: URL
) -> None:
    result = installation.run_siaga("init")
    assert result.exit_code == 0, result.output
    assert execute_sql(empty_database, "SELECT count(*) FROM kelurahan") == [(15,)]
    assert execute_sql(empty_database, "SELECT count(*) FROM ppks_category") == [(26,)]
    assert execute_sql(empty_database, "SELECT name FROM ab_role WHERE name <> 'Public' ORDER BY 1") == [
        ("Admin",),
        ("Peksos",),
        ("Supervisor",),
    ]
    assert execute_sql(empty_database, "SELECT username FROM ab_user") == [("admin",)]
    assert execute_sql(empty_database, "SELECT count(*) FROM client") == [(0,)]


def test_second_run_changes_nothing_and_prints_no_password(
    installation: Installation, empty_database: URL
) -> None:
    first = installation.run_siaga("init")
    counted = [
        execute_sql(empty_database, f"SELECT count(*) FROM {table}")
        for table in ("ab_permission_view", "ppks_category", "audit_entry")
    ]
    second = installation.run_siaga("init")
    assert re.search(r"user name admin\s+password \S{12}", first.output)
    assert "password" not in second.output
    assert counted == [
        execute_sql(empty_database, f"SELECT count(*) FROM {table}")
        for table in ("ab_permission_view", "ppks_category", "audit_entry")
    ]


def test_init_updates_the_statistics_of_sqlite(default_installation: Installation) -> None:
    database = URL.create("sqlite", database=str(default_installation.folder / "instance" / "siaga.sqlite"))
    default_installation.run_siaga("init")
    default_installation.run_siaga("init")
    ((known,),) = execute_sql(database, "SELECT max(stat) FROM sqlite_stat1 WHERE tbl = 'ppks_category'")
    assert str(known).startswith("26 ")


@pytest.mark.slow
def test_four_processes_may_initialise_one_database_at_once(
    installation: Installation, empty_database: URL
) -> None:
    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(installation.run_siaga_process, ["init"] * 4))
    assert all("The database is ready." in one for one in printed), printed
    assert sum("password" in one for one in printed) == 1, printed
    assert execute_sql(empty_database, "SELECT count(*) FROM ab_user") == [(1,)]


def test_database_of_a_newer_release_is_refused(installation: Installation, empty_database: URL) -> None:
    installation.initialise()
    execute_sql(empty_database, "UPDATE alembic_version SET version_num = 'ffffffffffff'")
    result = installation.run_siaga("init")
    assert result.exit_code == 2
    assert "newer release" in result.stderr
    assert result.stdout.splitlines()[1:] == []  # after the name of the database


def test_database_older_than_release_0_1_is_refused(installation: Installation, empty_database: URL) -> None:
    installation.initialise()
    execute_sql(empty_database, "UPDATE alembic_version SET version_num = '0007'")
    tables = execute_sql(empty_database, "SELECT count(*) FROM audit_entry")
    result, started = installation.run_siaga("init"), installation.run_portal()
    assert (result.exit_code, started.returncode) == (2, 2)
    assert result.stderr == (
        "siaga: The database is older than release 0.1 (revision 0007); "
        "install release 0.1, run its siaga init on this database, then this release.\n"
    )
    assert result.stderr in started.stderr
    assert result.stdout.splitlines()[1:] == []  # after the name of the database
    assert execute_sql(empty_database, "SELECT version_num FROM alembic_version") == [("0007",)]
    assert execute_sql(empty_database, "SELECT count(*) FROM audit_entry") == tables


def test_database_of_another_program_is_refused(installation: Installation, empty_database: URL) -> None:
    execute_sql(empty_database, "CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
    result = installation.run_siaga("init")
    assert result.exit_code == 2
    assert "not Siaga's" in result.stderr


def test_too_old_sqlite_is_reported_before_anything_else(
    default_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.31.1")
    result = default_installation.run_siaga("init")
    assert result.exit_code == 2
    assert "SQLite 3.31.1 is too old" in result.stderr


def test_create_admin_adds_an_administrator(installation: Installation, empty_database: URL) -> None:
    result = installation.run_siaga("create-admin", "--username", "Wati", "--password", PASSWORD)
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    roles = (
        "SELECT role_id FROM ab_user_role WHERE user_id = (SELECT id FROM ab_user WHERE username = 'wati')"
    )
    assert execute_sql(empty_database, f"SELECT name FROM ab_role WHERE id IN ({roles})") == [("Admin",)]


def test_create_admin_without_password_prints_a_temporary_one(default_installation: Installation) -> None:
    result = default_installation.run_siaga("create-admin", "--username", "wati")
    assert re.search(r"Temporary password, shown only now: \S{12}", result.stdout)


def test_create_admin_refuses_invalid_names_and_passwords(default_installation: Installation) -> None:
    for username, password in (
        ("wati", "pendek"),
        ("wati", "password1234"),
        ("w", PASSWORD),
        ("admin", PASSWORD),
    ):
        result = default_installation.run_siaga(
            "create-admin", "--username", username, "--password", password
        )
        assert result.exit_code == 2
        assert result.stderr.startswith("siaga: ")


@pytest.mark.parametrize("password", ["pendek", "password1234", "sari sari sari 7"])
def test_weak_demo_password_is_refused_before_the_database_is_created(
    default_installation: Installation, password: str
) -> None:
    result = default_installation.run_siaga("demo", SIAGA_DEMO_PASSWORD=password)
    assert result.exit_code == 2
    assert "SIAGA_DEMO_PASSWORD" in result.stderr
    assert not (default_installation.folder / "instance" / "demo.sqlite").exists()


class PermissionDenied(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("permission denied for schema public")
        self.sqlstate = sqlstate


def test_denied_database_is_reported_and_a_programming_error_is_raised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"), report_errors():
        raise ProgrammingError("CREATE TABLE …", {}, PermissionDenied("42501"))
    assert "permission denied for schema public" in capsys.readouterr().err
    with pytest.raises(ProgrammingError), report_errors():
        raise ProgrammingError("SELECT …", {}, PermissionDenied("42P01"))


def test_missing_trigger_is_found_by_check_and_recreated_by_init(
    installation: Installation, empty_database: URL
) -> None:
    installation.initialise()
    assert installation.run_siaga("check").exit_code == 0
    lost = next(
        piece
        for piece in triggers.build_expected_objects(empty_database.get_backend_name())
        if piece.kind == "trigger"
    )
    place = f" ON {lost.table}" if empty_database.get_backend_name() == "postgresql" else ""
    execute_sql(empty_database, f"DROP TRIGGER {lost.name}{place}")
    result = installation.run_siaga("check")
    assert result.exit_code == 1
    assert f"{lost} is missing" in result.stdout
    assert "1 triggers or full-text tables were missing" in installation.run_siaga("init").output
    assert installation.run_siaga("check").exit_code == 0
    assert "were missing" not in installation.run_siaga("init").output


def test_check_of_an_empty_database_points_to_init(installation: Installation) -> None:
    result = installation.run_siaga("check")
    assert result.exit_code == 2
    assert "siaga init" in result.stderr


def test_commands_use_and_name_the_database_of_the_settings_file(default_installation: Installation) -> None:
    folder = default_installation.folder / "instance"
    folder.mkdir()
    database = default_installation.folder / "office.sqlite"
    (folder / "siaga.env").write_text(f"SIAGA_DATABASE_URL=sqlite:///{database}\n")
    for command in ("init", "check", "escalate"):
        result = default_installation.run_siaga(command)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(f"Database: {database}\n")
    assert database.exists()
    assert not (folder / "siaga.sqlite").exists()
    (folder / "siaga.env").write_text("SIAGA_DATABASE_URI=sqlite:///other.sqlite\n")
    refused = default_installation.run_siaga("check")
    assert refused.exit_code == 2
    assert "SIAGA_DATABASE_URI" in refused.stderr


def test_statistics_of_a_start_reach_every_connection(
    default_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    default_installation.initialise()
    with open_app(default_installation, monkeypatch):
        before = _list_pooled_connections()
        setup.migrate_database()
        assert not any(connection in before for connection in _list_pooled_connections())


def _list_pooled_connections() -> list[Any]:
    """Return two connections that are in use at the same time, and give them back to the pool."""
    connections = [db.engine.connect() for _number in range(2)]
    found = [connection.connection.driver_connection for connection in connections]
    for connection in connections:
        connection.close()
    return found
