"""One zip with all that cannot be made again: the database, the uploads, and their checksums.

The key of the sessions is left out on purpose: a new one only logs everybody out. So is the key of the books:
who has a backup must not be able to seal another one.
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

from app.core import files, unpacking
from app.core.errors import StartupError
from app.core.operations import postgres, setup, uploads
from app.extensions import db

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
_MEMBER = re.compile(r"database\.(sqlite|pgdump)|uploads/\w\w/\w+\.\w+", re.ASCII)
_CHUNK = 1 << 20
MAX_MANIFEST = 256 << 20
"""Bytes that are read of a list of files: more than two million uploads have."""


class Restored(NamedTuple):
    """What a restore brought back, and from where."""

    uploads: int
    made_at: str
    sha256: str
    """Of the backup's manifest: with `made_at` it names the backup."""


def backup(target: Path, about: Mapping[str, str | int | None]) -> int:
    """Write the backup, for its owner's eyes only, and tell its number of uploads; it appears whole.

    `about` is what its manifest says of the audit book.
    """
    if target.exists():
        raise StartupError(f"{target} exists already; name a file that does not.")
    half = target.with_name(target.name + ".part")
    try:
        half.unlink(missing_ok=True)
        with _create(half) as stream:
            count = _write(stream, target.parent, about)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(target)
    except OSError as problem:
        raise StartupError(
            f"{target} cannot be written ({problem.strerror}); name another place."
        ) from problem
    finally:
        half.unlink(missing_ok=True)
    return count


def _create(file: Path) -> BinaryIO:
    """Make a file that only its owner may read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(file, flags, 0o600), "wb")


def _write(stream: IO[bytes], folder: Path, about: Mapping[str, str | int | None]) -> int:
    revision = setup.revision()
    if revision is None:
        raise StartupError("The database has not been set up; there is nothing to back up.")
    kind = db.engine.dialect.name
    members: dict[str, str] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        # The database first: an upload is on the disk before its record is saved, so none can be missing.
        with tempfile.TemporaryDirectory(dir=folder) as place:
            copy = Path(place) / DATABASE[kind]
            _copy_out(copy)
            members[copy.name] = _add(archive, copy.name, copy)
        saved = uploads.tidy()
        keys = sorted(set(files.keys_on_disk()) - (files.unfinished() - saved))
        for key in tqdm(keys, desc="uploads", unit="file", disable=None):
            name = _member(key)
            members[name] = _add(archive, name, files.path_of(key))
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": kind,
            "revision": revision,
            "book": dict(about),
            "members": members,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return len(keys)


def _copy_out(target: Path) -> None:
    if db.engine.dialect.name == "sqlite":
        _copy_sqlite(_sqlite_file(), target)
    else:
        postgres.dump(db.engine, target)


def _sqlite_file() -> Path:
    return Path(str(db.engine.url.database))


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that may be in use: what a committed reader would see at this moment."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _member(key: str) -> str:
    return f"uploads/{key[:2]}/{key}"


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> str:
    """Put a file into the archive and tell its checksum."""
    member_info = zipfile.ZipInfo.from_file(source, name, strict_timestamps=False)
    member_info.compress_type = zipfile.ZIP_DEFLATED
    with source.open("rb") as stream, archive.open(member_info, "w", force_zip64=True) as member:
        return _checksum(stream, copy=member)


def _checksum(stream: IO[bytes], *, copy: IO[bytes] | None = None) -> str:
    checksum = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        checksum.update(chunk)
        if copy is not None:
            copy.write(chunk)
    return checksum.hexdigest()


def restore(source: Path) -> Restored:
    """Fill an empty database and an empty upload folder, after every checksum has been found right."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive)
            _refuse_unfit(manifest)
            _refuse_used_target()
            _refuse_bomb(archive)
            _verify(archive, manifest["members"])
            return Restored(_unpack(archive, manifest), str(manifest["made_at"]), _manifest_sha256(archive))
    except OSError as problem:
        raise StartupError(f"{problem.filename or source}: {problem.strerror}.") from problem
    except unpacking.DAMAGED as problem:
        raise StartupError(f"{source} is damaged, or not a backup of Siaga.") from problem


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    with suppress(KeyError, ValueError):
        with archive.open(MANIFEST) as member:
            manifest = json.loads(member.read(MAX_MANIFEST))
        if isinstance(manifest, dict) and manifest.get("format") == FORMAT:
            return manifest
    raise StartupError(f"{archive.filename} is not a backup of this release of Siaga.")


def _manifest_sha256(archive: zipfile.ZipFile) -> str:
    with archive.open(MANIFEST) as member:
        return _checksum(member)


def _refuse_unfit(manifest: dict[str, Any]) -> None:
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
    if manifest["revision"] not in setup.known_revisions():
        raise StartupError("The backup was made by a newer release of Siaga; install that release first.")


def _refuse_used_target() -> None:
    if not setup.is_blank():
        raise StartupError("The database is not empty; restore into a new one (SIAGA_DATABASE_URL).")
    if any(files.keys_on_disk()):
        raise StartupError("The upload folder is not empty; restore into a new one (SIAGA_UPLOAD_DIR).")


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Unpack everything once, keeping nothing: what does not fit on the disk must not fill it."""
    room = min(shutil.disk_usage(place).free for place in (current_app.instance_path, files.folder()))
    try:
        unpacking.count_bytes(archive, archive.infolist(), room)
    except unpacking.TooLargeError:
        raise StartupError(
            f"{archive.filename} unpacks to more than there is room for ({room // 1_000_000} MB); "
            "make room, or look where the file comes from."
        ) from None


def _verify(archive: zipfile.ZipFile, members: dict[str, str]) -> None:
    fit = all(_MEMBER.fullmatch(name) for name in members)
    if not fit or set(archive.namelist()) - {MANIFEST} != set(members):
        raise StartupError(f"{archive.filename} is damaged: its list of files is not what it holds.")
    for name, checksum in tqdm(members.items(), desc="checksums", unit="file", disable=None):
        with archive.open(name) as member:
            if _checksum(member) != checksum:
                raise StartupError(f"{archive.filename} is damaged: {name} has another checksum.")


def _unpack(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> int:
    uploads = [name for name in manifest["members"] if name.startswith("uploads/")]
    targets = {name: files.path_of(name.rpartition("/")[2]) for name in uploads}
    try:
        for name, target in tqdm(targets.items(), desc="uploads", unit="file", disable=None):
            _take(archive, name, target)
        with tempfile.TemporaryDirectory(dir=current_app.instance_path) as place:
            copy = Path(place) / "database"
            _take(archive, DATABASE[manifest["database"]], copy)
            _copy_in(copy)
    except BaseException:  # the target was empty, and a second attempt wants it so
        for target in targets.values():
            target.unlink(missing_ok=True)
        raise
    return len(uploads)


def _take(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with archive.open(name) as member, _create(target) as stream:
        shutil.copyfileobj(member, stream, _CHUNK)


def _copy_in(copy: Path) -> None:
    db.session.remove()
    db.engine.dispose()
    if db.engine.dialect.name == "sqlite":
        _copy_sqlite(copy, _sqlite_file())
    else:
        postgres.load(db.engine, copy)
