"""Backup: one zip with the database, the uploads and a manifest, verified before it counts as made.

The secret key is left out on purpose: a new one only logs all users out. The key of the books is left out,
too: somebody who has a backup must not be able to seal a changed one.
"""

import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from flask import current_app
from tqdm import tqdm

from app.core import clock, files, zip_archives
from app.core.errors import StartupError
from app.extensions import db
from app.operations import backup_archive, database_copy, setup, uploads
from app.operations.backup_check import BackupReport, verify_backup
from app.operations.lock import file_lock

DATED_NAME_FORMAT = "siaga-%Y%m%d-%H%M%S.zip"
"""Name of a backup in a folder, with the time in WITA."""
_DATED_NAME_GLOB = "siaga-????????-??????.zip"

ManifestValues = Mapping[str, Any]


def write_backup(target: Path, book_info: ManifestValues, address: str) -> BackupReport:
    """Write a backup with mode 0600, verify it, and return what it holds and what is wrong with it.

    It is written under a temporary name and renamed when it is verified, so that no partial or damaged file
    appears; with `damage` in the report there is no file. `book_info` describes the audit book and `address`
    the database in the manifest. Raises `StartupError` if `target` exists or cannot be written.
    """
    if target.exists():
        raise StartupError(f"{target} exists already; name a file that does not.")
    try:
        with _backup_lock(target.parent, str(book_info.get("id"))) as temporary_folder:
            partial = temporary_folder / "backup.zip"
            with backup_archive.create_private_file(partial) as stream:
                _write_archive(stream, temporary_folder, book_info, address)
                stream.flush()
                os.fsync(stream.fileno())
            report = verify_backup(partial, temporary_folder)
            if not report.damage:
                partial.replace(target)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return BackupReport(address=address, damage=[str(error)])
        raise StartupError(
            f"{target} cannot be written ({error}); make room or name another place."
        ) from error
    except OSError as error:
        raise StartupError(f"{target} cannot be written ({error.strerror}); name another place.") from error
    return report


def write_dated_backup(
    folder: Path, keep: int, book_info: ManifestValues, address: str
) -> tuple[Path, BackupReport]:
    """Write a backup with a dated name into the folder, and return its path and report.

    After a good one the oldest of the same audit book are deleted until `keep` are left; after a faulty one
    none is deleted.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(f"The folder {folder} cannot be made ({error.strerror}).") from error
    target = folder / clock.machine_now().astimezone(clock.WITA).strftime(DATED_NAME_FORMAT)
    report = write_backup(target, book_info, address)
    if not report.faults:
        for old in _list_dated_backups(folder, str(book_info.get("id")))[:-keep]:
            old.unlink(missing_ok=True)
    return target, report


def _list_dated_backups(folder: Path, book_id: str) -> list[Path]:
    """Return the dated backups of this audit book, the oldest first; without those of other offices."""
    backups = []
    for file in sorted(folder.glob(_DATED_NAME_GLOB)):
        with suppress(StartupError, *zip_archives.ARCHIVE_ERRORS), zipfile.ZipFile(file) as archive:
            book_info = backup_archive.read_manifest(archive).get("book") or {}
            if str(book_info.get("id")) == book_id:
                backups.append(file)
    return backups


@contextmanager
def _backup_lock(folder: Path, book_id: str) -> Iterator[Path]:
    """Let one process at a time write a backup; yield a temporary folder in `folder`.

    What a killed run of this office left in `folder` is deleted first: it holds data of the office.
    """
    prefix = f".siaga-backup-{book_id}-"
    with file_lock(Path(current_app.instance_path) / "backup.lock"):
        for leftover in folder.glob(f"{prefix}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=prefix) as temporary_folder:
            yield Path(temporary_folder)


def _write_archive(
    stream: IO[bytes], temporary_folder: Path, book_info: ManifestValues, address: str
) -> None:
    revision = setup.get_revision()
    if revision is None:
        raise StartupError("The database has not been set up; there is nothing to back up.")
    kind = db.engine.dialect.name
    members: dict[str, str] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        # Database first: an upload is written before its record is saved, so no upload can be missing.
        copy = temporary_folder / backup_archive.DATABASE_FILE_NAMES[kind]
        rows = database_copy.write_copy(copy)
        members[copy.name] = backup_archive.add_member(archive, copy.name, copy)
        copy.unlink()
        for key in tqdm(_list_upload_keys(), desc="uploads", unit="file", disable=None):
            name = backup_archive.get_member_name(key)
            with suppress(
                FileNotFoundError
            ):  # deleted meanwhile, or in the wrong folder: verified afterwards
                members[name] = backup_archive.add_member(archive, name, files.get_path(key))
        backup_archive.write_manifest(
            archive,
            {
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "database": kind,
                "server_version": database_copy.get_server_version(),
                "address": address,
                "revision": revision,
                "rows": rows,
                "book": dict(book_info),
                "members": members,
            },
        )


def _list_upload_keys() -> list[str]:
    """List the uploads on the disk without those that are being saved; a backup renames and deletes none."""
    unfinished = files.list_unfinished_keys()
    return sorted(set(files.iter_keys_on_disk()) - (unfinished - uploads.find_saved_keys(unfinished)))
