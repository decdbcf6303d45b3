"""`siaga backup` and `siaga verify` notice every fault: damaged pages, lost files, the wrong database."""

import json
import re
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from app.core.files import get_path, iter_keys_on_disk
from app.operations import database_copy, lock
from tests.operations.conftest import Installation
from tests.operations.test_backup import SCAN, alter_zip, empty_installation, open_app, used_installation

__all__ = ["empty_installation", "used_installation"]

PAGE_BYTES = 4096


def run_backup(machine: Installation, file: Path) -> Result:
    return machine.run_siaga("backup", str(file))


def find_upload(machine: Installation, monkeypatch: pytest.MonkeyPatch) -> Path:
    with open_app(machine, monkeypatch):
        (key,) = iter_keys_on_disk()
        return get_path(key)


def damage_database(machine: Installation) -> None:
    """Overwrite the pages of one index of the clients, as a bad disk would."""
    file = Path(str(machine.database.database))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'client' LIMIT 1"
        (page,) = connection.execute(query).fetchone()
    with file.open("r+b") as stream:
        stream.seek((page - 1) * PAGE_BYTES)
        stream.write(b"\xff" * PAGE_BYTES)


def test_good_backup_names_its_database_and_counts_its_contents(
    used_installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "night.zip"
    result = run_backup(used_installation, file)
    assert result.exit_code == 0, result.output
    assert f"Database: {used_installation.database.database}" in result.stdout or (
        f"/{used_installation.database.database}" in result.stdout
    )
    assert "1 clients and 1 uploads" in result.stdout
    verified = used_installation.run_siaga("verify", str(file))
    assert verified.exit_code == 0, verified.output
    assert "is good: it holds 1 clients and 1 uploads" in verified.stdout


def test_damaged_page_is_a_fault_and_leaves_no_backup(
    default_installation: Installation, tmp_path: Path
) -> None:
    default_installation.initialise()
    damage_database(default_installation)
    result = run_backup(default_installation, tmp_path / "night.zip")
    assert result.exit_code == 1, result.output
    assert "fault:" in result.stderr
    assert "No backup was made" in result.stderr
    assert not list(tmp_path.glob("night*"))


def test_missing_upload_is_a_fault_and_everything_else_is_kept(
    used_installation: Installation,
    empty_installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find_upload(used_installation, monkeypatch).unlink()
    file = tmp_path / "night.zip"
    result = run_backup(used_installation, file)
    assert result.exit_code == 1, result.output
    assert "is missing" in result.stderr
    assert used_installation.run_siaga("verify", str(file)).exit_code == 1
    restored = empty_installation.run_siaga("restore", str(file))
    assert "The database and 0 uploads are back." in restored.stdout


def test_changed_upload_is_a_fault(
    used_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_upload(used_installation, monkeypatch).write_bytes(SCAN + b"!")
    result = run_backup(used_installation, tmp_path / "night.zip")
    assert result.exit_code == 1, result.output
    assert "is not what was saved" in result.stderr


def test_database_that_knows_none_of_the_uploads_is_a_fault(
    used_installation: Installation, empty_installation: Installation, tmp_path: Path
) -> None:
    used_installation.run_siaga("init")  # finishes the upload
    empty_installation.initialise()
    uploads = Path(used_installation.settings["SIAGA_INSTANCE_DIR"]) / "uploads"
    result = empty_installation.run_siaga(
        "backup", str(tmp_path / "night.zip"), SIAGA_UPLOAD_DIR=str(uploads)
    )
    assert result.exit_code == 1, result.output
    assert "none of the 1 uploads belongs to this database" in result.stderr


def test_upload_without_a_record_is_only_noted(
    used_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = find_upload(used_installation, monkeypatch).parent.parent / "ab"
    folder.mkdir(exist_ok=True)
    (folder / f"{'ab' * 20}.pdf").write_bytes(SCAN)
    (folder / f"{'cd' * 20}.pdf").write_bytes(b"in the wrong folder")
    result = run_backup(used_installation, tmp_path / "night.zip")
    assert result.exit_code == 0, result.output
    assert "note: 1 uploads belong to no record" in result.stdout


def test_lost_rows_and_altered_files_are_noticed(used_installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "night.zip"
    run_backup(used_installation, file)
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["rows"]["client"] == 1
    more_rows = {**manifest, "rows": {**manifest["rows"], "client": 2}}
    altered = alter_zip(file, {"manifest.json": json.dumps(more_rows).encode()})
    result = used_installation.run_siaga("verify", str(altered))
    assert result.exit_code == 1
    assert "table client has 1 rows in the backup and 2 in the database" in result.stderr
    foreign = alter_zip(file, {"manifest.json": json.dumps({**manifest, "database": "oracle"}).encode()})
    assert "no database" in used_installation.run_siaga("verify", str(foreign)).stderr
    upload = next(name for name in manifest["members"] if name.startswith("uploads/"))
    result = used_installation.run_siaga("verify", str(alter_zip(file, {upload: b"other"})))
    assert result.exit_code == 1
    assert "another checksum" in result.stderr
    file.write_bytes(file.read_bytes()[:-100])
    assert used_installation.run_siaga("verify", str(file)).exit_code == 1
    assert used_installation.run_siaga("verify", str(tmp_path / "none.zip")).exit_code == 2


def test_dated_backups_are_kept_up_to_the_given_number(
    used_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    names: list[str] = []
    for day in range(1, 4):
        result = used_installation.run_siaga("backup", "--into", str(folder), "--keep", "2")
        assert result.exit_code == 0, result.output
        (newest,) = {path.name for path in folder.iterdir()} - set(names)
        assert re.fullmatch(r"siaga-\d{8}-\d{6}\.zip", newest)
        (folder / newest).rename(folder / f"siaga-2020010{day}-000000.zip")
        names = [path.name for path in folder.iterdir()]
    assert sorted(names) == ["siaga-20200102-000000.zip", "siaga-20200103-000000.zip"]
    find_upload(used_installation, monkeypatch).unlink()
    assert used_installation.run_siaga("backup", "--into", str(folder), "--keep", "1").exit_code == 1
    assert len(list(folder.iterdir())) == 3, "a faulty backup replaces no good one"


def test_dated_backups_of_another_office_are_left_alone(
    used_installation: Installation, empty_installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    empty_installation.run_siaga("init")
    empty_installation.run_siaga("backup", "--into", str(folder))
    (other,) = folder.iterdir()
    other.rename(folder / "siaga-20200101-000000.zip")
    (folder / "siaga-20200102-000000.zip").write_text("no backup at all")
    result = used_installation.run_siaga("backup", "--into", str(folder), "--keep", "1")
    assert result.exit_code == 0, result.output
    assert len(list(folder.iterdir())) == 3


def test_leftovers_of_a_killed_run_are_deleted(used_installation: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    run_backup(used_installation, tmp_path / "first.zip")
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        book = json.loads(archive.read("manifest.json"))["book"]["id"]
    for owner in (book, "other"):  # the folder may be shared with an office that is being backed up now
        copy = folder / f".siaga-backup-{owner}-x1" / "database.sqlite"
        copy.parent.mkdir(parents=True)
        copy.write_text("clients")
    assert used_installation.run_siaga("backup", "--into", str(folder)).exit_code == 0
    assert {path.suffix or path.name for path in folder.iterdir()} == {".zip", ".siaga-backup-other-x1"}


def test_full_disk_is_no_damage_of_the_database(
    used_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_disk(_target: Path) -> dict[str, int]:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    monkeypatch.setattr(database_copy, "write_copy", fill_disk)
    result = run_backup(used_installation, tmp_path / "night.zip")
    assert result.exit_code == 2
    assert "disk is full" in result.stderr
    assert "restore" not in result.stderr


def test_backup_needs_a_file_or_a_folder(used_installation: Installation, tmp_path: Path) -> None:
    assert used_installation.run_siaga("backup").exit_code == 2
    both = used_installation.run_siaga("backup", str(tmp_path / "a.zip"), "--into", str(tmp_path))
    assert both.exit_code == 2
    assert list(tmp_path.glob("*.zip")) == []


def test_one_backup_runs_at_a_time(
    used_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "LOCK_TIMEOUT_SECONDS", 0)
    file = Path(used_installation.settings["SIAGA_INSTANCE_DIR"]) / "backup.lock"
    with lock.file_lock(file):
        result = run_backup(used_installation, tmp_path / "night.zip")
    assert result.exit_code == 2, result.output
    assert "another command" in result.stderr
    assert not list(tmp_path.glob("night*"))
    assert run_backup(used_installation, tmp_path / "night.zip").exit_code == 0


def test_backup_larger_than_the_free_space_is_not_unpacked_to_verify_it(
    used_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "night.zip"
    run_backup(used_installation, file)
    little = shutil.disk_usage(tmp_path)._replace(free=50_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: little)
    result = used_installation.run_siaga("verify", str(file))
    assert result.exit_code == 2, result.output
    assert "more than there is room for" in result.stderr
