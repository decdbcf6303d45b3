"""`siaga backup` and `siaga restore`: a restore is complete, and a refused one changes nothing."""

import errno
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL

from app.cli.portal import open_portal
from app.core import files
from app.core.errors import StartupError
from app.core.files import get_path, iter_keys_on_disk
from app.operations import database_copy, postgres
from tests import factories
from tests.operations.conftest import Installation
from tests.support import databases, rows
from tests.support.portal import create_cast

SCAN = b"%PDF-1.7 a letter"


@pytest.fixture
def used_installation(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with a client, her case and the scan of her consent."""
    installation.initialise()
    with open_app(installation, monkeypatch):
        create_cast()
        mother = factories.client(name="Nur'aini", by="rina")
        factories.case(client=mother, by="rina")
        factories.consent(client=mother, scan=factories.store_file(SCAN), by="rina")
    return installation


@pytest.fixture
def empty_installation(
    installation: Installation, empty_database: URL, tmp_path: Path
) -> Iterator[Installation]:
    """A second installation with an empty database of the same kind."""
    dialect = empty_database.get_backend_name()
    name = f"{Path(str(empty_database.database)).stem}_other"
    databases.drop_database(dialect, name)
    yield Installation(tmp_path / "other", databases.create_empty_database(dialect, tmp_path, name))
    databases.drop_database(dialect, name)


def open_app(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[Flask]:
    for name, text in installation.settings.items():
        monkeypatch.setenv(name, text)
    return open_portal()


def dump_installation(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, list[str]], list[bytes]]:
    with open_app(installation, monkeypatch):
        tables = rows.dump_tables()
        del tables["command_run"]  # the backup itself is recorded after its copy
        return tables, [get_path(key).read_bytes() for key in sorted(iter_keys_on_disk())]


def test_restored_portal_equals_the_backed_up_one(
    used_installation: Installation,
    empty_installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "night.zip"
    result = used_installation.run_siaga("backup", str(file))
    assert result.exit_code == 0, result.output
    result = empty_installation.run_siaga("restore", str(file))
    assert result.exit_code == 0, result.output
    assert "books: ok" in result.stdout
    tables, uploads = dump_installation(empty_installation, monkeypatch)
    assert (tables, uploads) == dump_installation(used_installation, monkeypatch)
    assert "Nur'aini" in "".join(tables["client"])
    assert uploads == [SCAN]
    assert empty_installation.run_siaga("check").exit_code == 0


def test_backup_is_readable_by_its_owner_only_and_lists_its_parts(
    used_installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "night.zip"
    used_installation.run_siaga("backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert set(archive.namelist()) == {*manifest["members"], "manifest.json"}
    assert len(manifest["members"]) == 2
    assert manifest["revision"]
    assert sorted(path.name for path in tmp_path.iterdir() if "night" in path.name) == ["night.zip"]


def test_saved_file_not_yet_renamed_is_in_the_backup(
    used_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        files, "finish_uploads", lambda _keys: None
    )  # the process that makes the backup may lack the right to rename
    with open_app(used_installation, monkeypatch):
        assert files.list_unfinished_keys()
    file = tmp_path / "night.zip"
    used_installation.run_siaga("backup", str(file))
    with zipfile.ZipFile(file) as archive:
        assert SCAN in [archive.read(name) for name in archive.namelist()]


def test_backup_does_not_overwrite_a_file(used_installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "night.zip"
    file.write_text("yesterday")
    result = used_installation.run_siaga("backup", str(file))
    assert result.exit_code == 2
    assert file.read_text() == "yesterday"


def test_restore_into_a_used_database_is_refused(used_installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "night.zip"
    used_installation.run_siaga("backup", str(file))
    result = used_installation.run_siaga("restore", str(file))
    assert result.exit_code == 2
    assert "not empty" in result.stderr


def test_restore_into_a_used_upload_folder_is_refused(
    used_installation: Installation, empty_installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "night.zip"
    used_installation.run_siaga("backup", str(file))
    folder = Path(used_installation.settings["SIAGA_INSTANCE_DIR"]) / "uploads"
    result = empty_installation.run_siaga("restore", str(file), SIAGA_UPLOAD_DIR=str(folder))
    assert result.exit_code == 2
    assert "SIAGA_UPLOAD_DIR" in result.stderr


def alter_zip(file: Path, change: dict[str, bytes], *, leave_out: str = "") -> Path:
    """Copy the zip with some members replaced, added or left out."""
    target = file.with_name("altered.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in {*old.namelist(), *change} - {leave_out}:
            new.writestr(name, change.get(name) or old.read(name))
    return target


def expect_refused_restore(installation: Installation, file: Path) -> str:
    result = installation.run_siaga("restore", str(file))
    assert result.exit_code == 2, result.output
    assert "tables" not in result.stderr
    return result.stderr


def test_damaged_backup_is_refused_before_anything_is_written(
    used_installation: Installation,
    empty_installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "night.zip"
    used_installation.run_siaga("backup", str(file))
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    upload = next(name for name in manifest["members"] if name.startswith("uploads/"))
    assert "another checksum" in expect_refused_restore(
        empty_installation, alter_zip(file, {upload: b"%PDF-1.7 another letter"})
    )
    assert "list of files" in expect_refused_restore(
        empty_installation, alter_zip(file, {}, leave_out=upload)
    )
    assert "list of files" in expect_refused_restore(
        empty_installation, alter_zip(file, {"uploads/ab/more.pdf": b"%PDF"})
    )
    astray = {**manifest, "members": {**manifest["members"], "uploads/../../etc/passwd": "0"}}
    escape = {"manifest.json": json.dumps(astray).encode(), "uploads/../../etc/passwd": b"root"}
    assert "damaged" in expect_refused_restore(empty_installation, alter_zip(file, escape))
    newer = json.dumps({**manifest, "revision": "ffffffffffff"}).encode()
    assert "newer release" in expect_refused_restore(
        empty_installation, alter_zip(file, {"manifest.json": newer})
    )
    older = json.dumps({**manifest, "revision": "0007"}).encode()
    assert "restore it with release 0.1" in expect_refused_restore(
        empty_installation, alter_zip(file, {"manifest.json": older})
    )
    foreign = json.dumps({**manifest, "database": "oracle"}).encode()
    assert "kind oracle" in expect_refused_restore(
        empty_installation, alter_zip(file, {"manifest.json": foreign})
    )
    (tmp_path / "half.zip").write_bytes(file.read_bytes()[:-200])
    assert "damaged" in expect_refused_restore(empty_installation, tmp_path / "half.zip")
    assert "night2.zip" in expect_refused_restore(empty_installation, tmp_path / "night2.zip")
    with open_app(empty_installation, monkeypatch):
        assert list(iter_keys_on_disk()) == []
    assert empty_installation.run_siaga("restore", str(file)).exit_code == 0


def test_backup_larger_than_the_free_space_is_refused(
    used_installation: Installation,
    empty_installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "night.zip"
    used_installation.run_siaga("backup", str(file))
    small = shutil.disk_usage(tmp_path)._replace(free=50_000)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _place: small)
        assert "more than there is room for" in expect_refused_restore(empty_installation, file)
    with open_app(empty_installation, monkeypatch):
        assert list(iter_keys_on_disk()) == []
    assert empty_installation.run_siaga("restore", str(file)).exit_code == 0


def test_failed_restore_leaves_nothing_behind(
    used_installation: Installation,
    empty_installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "night.zip"
    used_installation.run_siaga("backup", str(file))

    def raise_no_space(_copy: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "database")

    with monkeypatch.context() as patch:
        patch.setattr(database_copy, "load_copy", raise_no_space)
        assert "No space left" in expect_refused_restore(empty_installation, file)
    with open_app(empty_installation, monkeypatch):
        assert list(iter_keys_on_disk()) == []
    assert empty_installation.run_siaga("restore", str(file)).exit_code == 0


def test_backup_before_init_is_refused(installation: Installation, tmp_path: Path) -> None:
    result = installation.run_siaga("backup", str(tmp_path / "night.zip"))
    assert result.exit_code == 2
    assert not (tmp_path / "night.zip").exists()


def test_missing_postgresql_programs_are_named_with_their_package() -> None:
    with pytest.raises(StartupError, match="postgresql-client"):
        postgres.find_program("pg_dump", 999)
