"""Every command and the server store the head of the audit book outside the database."""

import json
import re
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from tests.operations.conftest import Installation
from tests.support import databases, fixed_clock

LATER_INSTANTS = [(fixed_clock.NOW + timedelta(hours=hours)).isoformat() for hours in (1, 2)]
HEAD_LINE = re.compile(r"^audit book head: (\S+ \d+ [0-9a-f]{64})$", re.MULTILINE)


@pytest.fixture
def initialised_installation(installation: Installation) -> Installation:
    installation.initialise()
    return installation


def read_heads(installation: Installation) -> list[str]:
    (file,) = Path(installation.settings["SIAGA_INSTANCE_DIR"]).glob("heads-*")
    return file.read_text().splitlines()[1:]


def create_administrator(installation: Installation, name: str, **settings: str) -> None:
    assert installation.run_siaga("create-admin", "--username", name, **settings).exit_code == 0


def run_check(installation: Installation, *arguments: str, **settings: str) -> tuple[int, str]:
    result = installation.run_siaga("check", *arguments, **settings)
    return result.exit_code, result.output


def recreate_database(url: URL) -> None:
    """Delete the database and create an empty one at the same URL."""
    dialect, name = url.get_backend_name(), Path(str(url.database)).stem
    if dialect == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{url.database}{suffix}").unlink(missing_ok=True)
    else:
        databases.drop_database(dialect, name)
        databases.create_empty_database(dialect, Path(), name)


def execute_without_triggers(url: URL, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            named = "SELECT sql FROM sqlite_master WHERE name = 'audit_entry_no_delete'"
            trigger = str(connection.scalar(text(named)))
            connection.execute(text("DROP TRIGGER audit_entry_no_delete"))
            connection.execute(text(statement))
            connection.exec_driver_sql(trigger)
        else:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text(statement))
    engine.dispose()


def test_check_stores_the_head_and_prints_it_on_one_line(initialised_installation: Installation) -> None:
    code, printed = run_check(initialised_installation)
    assert code == 0, printed
    (head,) = HEAD_LINE.findall(printed)
    assert read_heads(initialised_installation) == [head]
    run_check(initialised_installation)
    assert read_heads(initialised_installation) == [head], "the book has not grown"


def test_head_on_the_command_line_detects_a_shortened_book(
    initialised_installation: Installation, empty_database: URL
) -> None:
    create_administrator(initialised_installation, "second")
    (head,) = HEAD_LINE.findall(run_check(initialised_installation)[1])
    (file,) = Path(initialised_installation.settings["SIAGA_INSTANCE_DIR"]).glob("heads-*")
    file.unlink()
    assert run_check(initialised_installation, "--head", head)[0] == 0
    execute_without_triggers(
        empty_database, "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)"
    )
    file.unlink()
    assert "kept heads" not in run_check(initialised_installation)[1]
    file.unlink()

    code, printed = run_check(initialised_installation, "--head", f"audit book head: {head}")

    assert code == 1
    assert f"1 kept heads are not in the book, the first is line {head.split()[1]} " in printed
    assert initialised_installation.run_siaga("check", "--head", "no head").exit_code == 2


def test_backup_contains_head_and_key_id_but_not_the_key(
    initialised_installation: Installation, tmp_path: Path
) -> None:
    assert initialised_installation.run_siaga("backup", str(tmp_path / "night.zip")).exit_code == 0
    key = (Path(initialised_installation.settings["SIAGA_INSTANCE_DIR"]) / "book_key").read_text().strip()
    with zipfile.ZipFile(tmp_path / "night.zip") as archive:
        book = json.loads(archive.read("manifest.json"))["book"]
        assert key.encode() not in b"".join(archive.read(name) for name in archive.namelist())
    assert read_heads(initialised_installation) == [book["head"]]
    assert re.fullmatch("[0-9a-f]{16}", book["key_id"])
    assert book["key_id"] != key[:16]


def test_heads_later_than_the_restored_backup_are_a_note_not_a_fault(
    initialised_installation: Installation, empty_database: URL, tmp_path: Path
) -> None:
    file = tmp_path / "night.zip"
    assert initialised_installation.run_siaga("backup", str(file)).exit_code == 0
    create_administrator(initialised_installation, "second")
    run_check(initialised_installation)
    recreate_database(empty_database)

    result = initialised_installation.run_siaga("restore", str(file), SIAGA_NOW=LATER_INSTANTS[0])

    assert result.exit_code == 0, result.output
    assert "note: 1 kept heads are later than the backup that was restored on" in result.output
    assert len(read_heads(initialised_installation)) == 3
    create_administrator(initialised_installation, "third", SIAGA_NOW=LATER_INSTANTS[1])
    assert run_check(initialised_installation, SIAGA_NOW=LATER_INSTANTS[1])[0] == 0
    engine = create_engine(empty_database)
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT changes, seal FROM audit_entry WHERE action = 'restored'")
        ).one()
    engine.dispose()
    changes = json.loads(row.changes) if isinstance(row.changes, str) else row.changes
    with zipfile.ZipFile(file) as archive:
        assert changes["made_at"] == json.loads(archive.read("manifest.json"))["made_at"]
    assert row.seal
    execute_without_triggers(
        empty_database, "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)"
    )
    code, printed = run_check(initialised_installation, SIAGA_NOW=LATER_INSTANTS[1])
    assert code == 1
    assert "1 kept heads are not in the book" in printed


def test_database_replaced_without_restore_is_a_fault(
    initialised_installation: Installation, empty_database: URL
) -> None:
    create_administrator(initialised_installation, "second")
    run_check(initialised_installation)
    recreate_database(empty_database)
    assert initialised_installation.run_siaga("init").exit_code == 0

    code, printed = run_check(initialised_installation)

    assert code == 1
    assert "another book was kept for this database" in printed


def test_server_stores_the_head_at_start_and_stop(
    default_installation: Installation, free_port: Callable[[], str]
) -> None:
    with default_installation.serve(SIAGA_PORT=free_port()) as (address, _printed):
        with urllib.request.urlopen(f"{address}/login/", timeout=30) as response:
            form = response.read().decode()
            cookie = response.headers["Set-Cookie"].split(";")[0]
        (token,) = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', form)[:1]
        data = urllib.parse.urlencode({"username": "admin", "password": "salah", "csrf_token": token})
        request = urllib.request.Request(f"{address}/login/", data.encode(), {"Cookie": cookie})
        urllib.request.urlopen(request, timeout=30).close()
    assert default_installation.process.wait(30) == 0
    engine = create_engine(f"sqlite:///{default_installation.folder}/instance/siaga.sqlite")
    with engine.connect() as connection:
        last = connection.execute(
            text("SELECT action, id, hash FROM audit_entry ORDER BY id DESC LIMIT 1")
        ).one()
    engine.dispose()
    assert last.action == "login_failed"
    assert len(read_heads(default_installation)) == 2
    assert read_heads(default_installation)[-1].split()[1:] == [str(last.id), last.hash]
