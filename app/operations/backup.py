"""Backup and restore: one zip with the database, the uploads and a manifest of their checksums.

The secret key is left out on purpose: a new one only logs all users out. The key of the books is left out,
too: somebody who has a backup must not be able to seal a changed one.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from flask import current_app
from tqdm import tqdm

from app.core import files, zip_archives
from app.core.errors import StartupError
from app.extensions import db
from app.operations import postgres, setup, uploads

BACKUP_FORMAT = 1
MANIFEST_NAME = "manifest.json"
DATABASE_FILE_NAMES = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
_MEMBER_PATTERN = re.compile(r"database\.(sqlite|pgdump)|uploads/\w\w/\w+\.\w+", re.ASCII)
_CHUNK_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 256 << 20
"""Bytes of a manifest that are read: enough for more than two million uploads."""


class RestoreResult(NamedTuple):
    """The result of a restore: number of uploads, and which backup it was."""

    upload_count: int
    made_at: str
    manifest_sha256: str
    """Checksum of the backup's manifest; together with `made_at` it identifies the backup."""


def write_backup(target: Path, book_info: Mapping[str, str | int | None]) -> int:
    """Write a backup with mode 0600 and return its number of uploads.

    It is written under a temporary name and renamed, so that no partial file appears. `book_info` describes
    the audit book in the manifest. Raises `StartupError` if `target` exists or cannot be written.
    """
    if target.exists():
        raise StartupError(f"{target} exists already; name a file that does not.")
    partial = target.with_name(target.name + ".part")
    try:
        partial.unlink(missing_ok=True)
        with _create_private_file(partial) as stream:
            count = _write_archive(stream, target.parent, book_info)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    except OSError as error:
        raise StartupError(f"{target} cannot be written ({error.strerror}); name another place.") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def _create_private_file(file: Path) -> BinaryIO:
    """Create a file with mode 0600; an existing file is an error."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(file, flags, 0o600), "wb")


def _write_archive(stream: IO[bytes], folder: Path, book_info: Mapping[str, str | int | None]) -> int:
    revision = setup.get_revision()
    if revision is None:
        raise StartupError("The database has not been set up; there is nothing to back up.")
    kind = db.engine.dialect.name
    members: dict[str, str] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        # Database first: an upload is written before its record is saved, so no upload can be missing.
        with tempfile.TemporaryDirectory(dir=folder) as temporary_folder:
            copy = Path(temporary_folder) / DATABASE_FILE_NAMES[kind]
            _dump_database(copy)
            members[copy.name] = _add_member(archive, copy.name, copy)
        saved = uploads.clean_up_uploads()
        keys = sorted(set(files.iter_keys_on_disk()) - (files.list_unfinished_keys() - saved))
        for key in tqdm(keys, desc="uploads", unit="file", disable=None):
            name = _get_member_name(key)
            members[name] = _add_member(archive, name, files.get_path(key))
        manifest = {
            "format": BACKUP_FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": kind,
            "revision": revision,
            "book": dict(book_info),
            "members": members,
        }
        archive.writestr(MANIFEST_NAME, json.dumps(manifest, indent=1))
    return len(keys)


def _dump_database(target: Path) -> None:
    if db.engine.dialect.name == "sqlite":
        _copy_sqlite(_get_sqlite_path(), target)
    else:
        postgres.dump_database(db.engine, target)


def _get_sqlite_path() -> Path:
    return Path(str(db.engine.url.database))


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that may be in use: a consistent snapshot of what is committed now."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _get_member_name(key: str) -> str:
    return f"uploads/{key[:2]}/{key}"


def _add_member(archive: zipfile.ZipFile, name: str, source: Path) -> str:
    """Add a file to the archive and return its SHA-256."""
    member_info = zipfile.ZipInfo.from_file(source, name, strict_timestamps=False)
    member_info.compress_type = zipfile.ZIP_DEFLATED
    with source.open("rb") as stream, archive.open(member_info, "w", force_zip64=True) as member:
        return _compute_checksum(stream, copy=member)


def _compute_checksum(stream: IO[bytes], *, copy: IO[bytes] | None = None) -> str:
    checksum = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        checksum.update(chunk)
        if copy is not None:
            copy.write(chunk)
    return checksum.hexdigest()


def restore_backup(source: Path) -> RestoreResult:
    """Restore a backup into an empty database and upload folder, after verifying every checksum.

    Raises `StartupError` if the backup is damaged or does not fit this release, this kind of database or the
    free disk space, or if the target is not empty.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _read_manifest(archive)
            _require_compatible_backup(manifest)
            _require_empty_target()
            _require_disk_space(archive)
            _verify_members(archive, manifest["members"])
            return RestoreResult(
                _unpack_archive(archive, manifest), str(manifest["made_at"]), _hash_manifest(archive)
            )
    except OSError as error:
        raise StartupError(f"{error.filename or source}: {error.strerror}.") from error
    except zip_archives.ARCHIVE_ERRORS as error:
        raise StartupError(f"{source} is damaged, or not a backup of Siaga.") from error


def _read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    with suppress(KeyError, ValueError):
        with archive.open(MANIFEST_NAME) as member:
            manifest = json.loads(member.read(MAX_MANIFEST_BYTES))
        if isinstance(manifest, dict) and manifest.get("format") == BACKUP_FORMAT:
            return manifest
    raise StartupError(f"{archive.filename} is not a backup of this release of Siaga.")


def _hash_manifest(archive: zipfile.ZipFile) -> str:
    with archive.open(MANIFEST_NAME) as member:
        return _compute_checksum(member)


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


def _require_disk_space(archive: zipfile.ZipFile) -> None:
    """Unpack everything once without storing it: a backup that does not fit must not fill the disk."""
    free_bytes = min(
        shutil.disk_usage(folder).free for folder in (current_app.instance_path, files.get_upload_folder())
    )
    try:
        zip_archives.count_unpacked_bytes(archive, archive.infolist(), free_bytes)
    except zip_archives.TooLargeError:
        raise StartupError(
            f"{archive.filename} unpacks to more than there is room for ({free_bytes // 1_000_000} MB); "
            "make room, or look where the file comes from."
        ) from None


def _verify_members(archive: zipfile.ZipFile, members: dict[str, str]) -> None:
    has_valid_names = all(_MEMBER_PATTERN.fullmatch(name) for name in members)
    if not has_valid_names or set(archive.namelist()) - {MANIFEST_NAME} != set(members):
        raise StartupError(f"{archive.filename} is damaged: its list of files is not what it holds.")
    for name, checksum in tqdm(members.items(), desc="checksums", unit="file", disable=None):
        with archive.open(name) as member:
            if _compute_checksum(member) != checksum:
                raise StartupError(f"{archive.filename} is damaged: {name} has another checksum.")


def _unpack_archive(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> int:
    upload_names = [name for name in manifest["members"] if name.startswith("uploads/")]
    targets = {name: files.get_path(name.rpartition("/")[2]) for name in upload_names}
    try:
        for name, target in tqdm(targets.items(), desc="uploads", unit="file", disable=None):
            _extract_member(archive, name, target)
        with tempfile.TemporaryDirectory(dir=current_app.instance_path) as temporary_folder:
            copy = Path(temporary_folder) / "database"
            _extract_member(archive, DATABASE_FILE_NAMES[manifest["database"]], copy)
            _load_database(copy)
    except BaseException:  # leave the target empty, as a second attempt requires
        for target in targets.values():
            target.unlink(missing_ok=True)
        raise
    return len(upload_names)


def _extract_member(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with archive.open(name) as member, _create_private_file(target) as stream:
        shutil.copyfileobj(member, stream, _CHUNK_BYTES)


def _load_database(copy: Path) -> None:
    db.session.remove()
    db.engine.dispose()
    if db.engine.dialect.name == "sqlite":
        _copy_sqlite(copy, _get_sqlite_path())
    else:
        postgres.load_database(db.engine, copy)
