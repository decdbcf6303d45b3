"""The file of a backup: one zip with the database, the uploads and a manifest of their checksums.

The manifest (`manifest.json`) names the format, when and from which database the backup was made, its
revision, the number of rows of each table, the head of the audit book, and the SHA-256 of every member.
"""

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from tqdm import tqdm

from app.core import zip_archives
from app.core.errors import StartupError

BACKUP_FORMAT = 1
MANIFEST_NAME = "manifest.json"
DATABASE_FILE_NAMES = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
CHUNK_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 256 << 20
"""Bytes of a manifest that are read: enough for more than two million uploads."""

_MEMBER_PATTERN = re.compile(r"database\.(sqlite|pgdump)|uploads/\w\w/\w+\.\w+", re.ASCII)


def create_private_file(file: Path) -> BinaryIO:
    """Create a file with mode 0600; an existing file is an error."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(file, flags, 0o600), "wb")


def get_member_name(key: str) -> str:
    """Return the name of an upload in the archive."""
    return f"uploads/{key[:2]}/{key}"


def add_member(archive: zipfile.ZipFile, name: str, source: Path) -> str:
    """Add a file to the archive and return its SHA-256."""
    member_info = zipfile.ZipInfo.from_file(source, name, strict_timestamps=False)
    member_info.compress_type = zipfile.ZIP_DEFLATED
    with source.open("rb") as stream, archive.open(member_info, "w", force_zip64=True) as member:
        return compute_checksum(stream, copy=member)


def compute_checksum(stream: IO[bytes], *, copy: IO[bytes] | None = None) -> str:
    """Return the SHA-256 of a stream, and write what is read to `copy`."""
    checksum = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        checksum.update(chunk)
        if copy is not None:
            copy.write(chunk)
    return checksum.hexdigest()


def write_manifest(archive: zipfile.ZipFile, values: Mapping[str, Any]) -> None:
    """Add the manifest, the last member of the archive."""
    archive.writestr(MANIFEST_NAME, json.dumps({"format": BACKUP_FORMAT, **values}, indent=1))


def read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return the manifest; raise `StartupError` if this is no backup of a known format."""
    with suppress(KeyError, ValueError):
        with archive.open(MANIFEST_NAME) as member:
            manifest = json.loads(member.read(MAX_MANIFEST_BYTES))
        if isinstance(manifest, dict) and manifest.get("format") == BACKUP_FORMAT:
            return manifest
    raise StartupError(f"{archive.filename} is not a backup of this release of Siaga.")


def hash_manifest(archive: zipfile.ZipFile) -> str:
    """Return the SHA-256 of the manifest, which identifies the backup."""
    with archive.open(MANIFEST_NAME) as member:
        return compute_checksum(member)


def find_member_fault(archive: zipfile.ZipFile, members: Mapping[str, str]) -> str | None:
    """Compare the members with the manifest's checksums; return the first difference, or None."""
    has_valid_names = all(_MEMBER_PATTERN.fullmatch(name) for name in members)
    if not has_valid_names or set(archive.namelist()) - {MANIFEST_NAME} != set(members):
        return "its list of files is not what it holds"
    for name, checksum in tqdm(members.items(), desc="checksums", unit="file", disable=None):
        with archive.open(name) as member:
            if compute_checksum(member) != checksum:
                return f"{name} has another checksum"
    return None


def require_disk_space(archive: zipfile.ZipFile, names: Iterable[str], *folders: Path) -> None:
    """Unpack the members once without storing them: a backup that does not fit must not fill the disk."""
    free_bytes = min(shutil.disk_usage(folder).free for folder in folders)
    try:
        zip_archives.count_unpacked_bytes(archive, map(archive.getinfo, names), free_bytes)
    except zip_archives.TooLargeError:
        raise StartupError(
            f"{archive.filename} unpacks to more than there is room for ({free_bytes // 1_000_000} MB); "
            "make room, or look where the file comes from."
        ) from None


def extract_member(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Write one member into a new file with mode 0600."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with archive.open(name) as member, create_private_file(target) as stream:
        compute_checksum(member, copy=stream)
