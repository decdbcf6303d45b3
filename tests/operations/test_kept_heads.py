"""The head of the audit book is kept outside the database by every command and by the server."""

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

from tests.operations.conftest import Machine
from tests.support import databases, now

LATER = [(now.NOW + timedelta(hours=hours)).isoformat() for hours in (1, 2)]
HEAD = re.compile(r"^audit book head: (\S+ \d+ [0-9a-f]{64})$", re.MULTILINE)


@pytest.fixture
def used(machine: Machine) -> Machine:
    assert machine.siaga("init").exit_code == 0
    return machine


def kept(machine: Machine) -> list[str]:
    (file,) = Path(machine.settings["SIAGA_INSTANCE_DIR"]).glob("heads-*")
    return file.read_text().splitlines()[1:]


def work(machine: Machine, name: str, **settings: str) -> None:
    assert machine.siaga("create-admin", "--username", name, **settings).exit_code == 0


def check(machine: Machine, *arguments: str, **settings: str) -> tuple[int, str]:
    answer = machine.siaga("check", *arguments, **settings)
    return answer.exit_code, answer.output


def wipe(url: URL) -> None:
    """Make the database empty, at its old address."""
    dialect, name = url.get_backend_name(), Path(str(url.database)).stem
    if dialect == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{url.database}{suffix}").unlink(missing_ok=True)
    else:
        databases.drop_blank(dialect, name)
        databases.make_blank(dialect, Path(), name)


def behind_the_back(url: URL, statement: str) -> None:
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


def test_check_keeps_the_head_and_prints_it_on_one_line(used: Machine) -> None:
    code, printed = check(used)
    assert code == 0, printed
    (head,) = HEAD.findall(printed)
    assert kept(used) == [head]
    check(used)
    assert kept(used) == [head], "the book has not grown"


def test_head_from_the_safe_finds_what_was_cut_where_the_machine_keeps_none(
    used: Machine, blank: URL
) -> None:
    work(used, "second")
    (head,) = HEAD.findall(check(used)[1])
    (file,) = Path(used.settings["SIAGA_INSTANCE_DIR"]).glob("heads-*")
    file.unlink()
    assert check(used, "--head", head)[0] == 0
    behind_the_back(blank, "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")
    file.unlink()
    assert "kept heads" not in check(used)[1]
    file.unlink()

    code, printed = check(used, "--head", f"audit book head: {head}")

    assert code == 1
    assert f"1 kept heads are not in the book, the first is line {head.split()[1]} " in printed
    assert used.siaga("check", "--head", "no head").exit_code == 2


def test_backup_keeps_the_head_and_names_the_key_without_holding_it(used: Machine, tmp_path: Path) -> None:
    assert used.siaga("backup", str(tmp_path / "night.zip")).exit_code == 0
    key = (Path(used.settings["SIAGA_INSTANCE_DIR"]) / "book_key").read_text().strip()
    with zipfile.ZipFile(tmp_path / "night.zip") as archive:
        book = json.loads(archive.read("manifest.json"))["book"]
        assert key.encode() not in b"".join(archive.read(name) for name in archive.namelist())
    assert kept(used) == [book["head"]]
    assert re.fullmatch("[0-9a-f]{16}", book["key_id"])
    assert book["key_id"] != key[:16]


def test_heads_later_than_the_restored_backup_are_told_and_are_no_fault(
    used: Machine, blank: URL, tmp_path: Path
) -> None:
    file = tmp_path / "night.zip"
    assert used.siaga("backup", str(file)).exit_code == 0
    work(used, "second")
    check(used)
    wipe(blank)

    answer = used.siaga("restore", str(file), SIAGA_NOW=LATER[0])

    assert answer.exit_code == 0, answer.output
    assert "note: 1 kept heads are later than the backup that was restored on" in answer.output
    assert len(kept(used)) == 3
    work(used, "third", SIAGA_NOW=LATER[1])
    assert check(used, SIAGA_NOW=LATER[1])[0] == 0
    engine = create_engine(blank)
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT changes, seal FROM audit_entry WHERE action = 'restored'")
        ).one()
    engine.dispose()
    changes = json.loads(row.changes) if isinstance(row.changes, str) else row.changes
    with zipfile.ZipFile(file) as archive:
        assert changes["made_at"] == json.loads(archive.read("manifest.json"))["made_at"]
    assert row.seal
    behind_the_back(blank, "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")
    code, printed = check(used, SIAGA_NOW=LATER[1])
    assert code == 1
    assert "1 kept heads are not in the book" in printed


def test_database_put_back_without_restore_is_a_fault(used: Machine, blank: URL) -> None:
    work(used, "second")
    check(used)
    wipe(blank)
    assert used.siaga("init").exit_code == 0

    code, printed = check(used)

    assert code == 1
    assert "another book was kept for this database" in printed


def test_server_keeps_the_head_when_it_starts_and_when_it_stops(
    laptop: Machine, free_port: Callable[[], str]
) -> None:
    with laptop.serving(SIAGA_PORT=free_port()) as (address, _printed):
        with urllib.request.urlopen(f"{address}/login/", timeout=30) as answer:
            form = answer.read().decode()
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        (token,) = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', form)[:1]
        data = urllib.parse.urlencode({"username": "admin", "password": "salah", "csrf_token": token})
        request = urllib.request.Request(f"{address}/login/", data.encode(), {"Cookie": cookie})
        urllib.request.urlopen(request, timeout=30).close()
    assert laptop.process.wait(30) == 0
    engine = create_engine(f"sqlite:///{laptop.folder}/instance/siaga.sqlite")
    with engine.connect() as connection:
        last = connection.execute(
            text("SELECT action, id, hash FROM audit_entry ORDER BY id DESC LIMIT 1")
        ).one()
    engine.dispose()
    assert last.action == "login_failed"
    assert len(kept(laptop)) == 2
    assert kept(laptop)[-1].split()[1:] == [str(last.id), last.hash]
