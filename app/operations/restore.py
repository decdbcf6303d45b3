"""Restore of a backup into an empty database and upload folder."""

import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from flask import current_app
from tqdm import tqdm

from app.core import files, zip_archives
from app.core.errors import StartupError
from app.extensions import db
from app.operations import backup_archive, database_copy, setup


class RestoreResult(NamedTuple):
    """The result of a restore: number of uploads, and which backup it was."""

    upload_count: int
    made_at: str
    manifest_sha256: str
    """Checksum of the backup's manifest; together with `made_at` it identifies the backup."""


def restore_backup(source: Path) -> RestoreResult:
    """Restore a backup into an empty database and upload folder, after verifying every checksum.

    Raises `StartupError` if the backup is damaged or does not fit this release, this kind of database or the
    free disk space, or if the target is not empty.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = backup_archive.read_manifest(archive)
            _require_compatible_backup(manifest)
            _require_empty_target()
            folders = (Path(current_app.instance_path), files.get_upload_folder())
            backup_archive.require_disk_space(archive, archive.namelist(), *folders)
            if fault := backup_archive.find_member_fault(archive, manifest["members"]):
                raise StartupError(f"{archive.filename} is damaged: {fault}.")
            return RestoreResult(
                _unpack_archive(archive, manifest),
                str(manifest["made_at"]),
                backup_archive.hash_manifest(archive),
            )
    except OSError as error:
        raise StartupError(f"{error.filename or source}: {error.strerror}.") from error
    except zip_archives.ARCHIVE_ERRORS as error:
        raise StartupError(f"{source} is damaged, or not a backup of Siaga.") from error


def _require_compatible_backup(manifest: dict[str, Any]) -> None:
    if manifest["database"] != db.engine.dialect.name:
        raise StartupError(
            f"The backup holds a database of the kind {manifest['database']}; "
            "name one of that kind in SIAGA_DATABASE_URL."
        )
    if setup.is_before_first(str(manifest["revision"])):
        raise StartupError(
            f"The backup is older than release 0.1 (revision {manifest['revision']}); "
            "restore it with release 0.1, run its siaga init, and back up again."
        )
    if manifest["revision"] not in setup.list_known_revisions():
        raise StartupError("The backup was made by a newer release of Siaga; install that release first.")


def _require_empty_target() -> None:
    if not setup.is_database_empty():
        raise StartupError("The database is not empty; restore into a new one (SIAGA_DATABASE_URL).")
    if any(files.iter_keys_on_disk()):
        raise StartupError("The upload folder is not empty; restore into a new one (SIAGA_UPLOAD_DIR).")


def _unpack_archive(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> int:
    upload_names = [name for name in manifest["members"] if name.startswith("uploads/")]
    targets = {name: files.get_path(name.rpartition("/")[2]) for name in upload_names}
    try:
        for name, target in tqdm(targets.items(), desc="uploads", unit="file", disable=None):
            backup_archive.extract_member(archive, name, target)
        with tempfile.TemporaryDirectory(dir=current_app.instance_path) as temporary_folder:
            copy = Path(temporary_folder) / "database"
            backup_archive.extract_member(
                archive, backup_archive.DATABASE_FILE_NAMES[manifest["database"]], copy
            )
            database_copy.load_copy(copy)
    except BaseException:  # leave the target empty, as a second attempt requires
        for target in targets.values():
            target.unlink(missing_ok=True)
        raise
    return len(upload_names)
