"""Uploaded files: checked by content, stored under a random key outside the web root, served by record id.

A file is written before its record is saved, under an unfinished name (`UNFINISHED_SUFFIX`). It gets its
final name after the record is saved. So a power cut between the two leaves no file that looks as if it
belonged to a record (see `operations.uploads`). Metadata is removed from images before they are written. PDF
and office files are stored unchanged, since rewriting them breaks signatures and forms. `db.stored_files` has
one row per file.
"""

import hashlib
import os
import re
import secrets
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.core import images, zip_archives
from app.core.errors import PortalError

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
"""Limit of an unpacked DOCX or XLSX: a larger one is treated as a zip bomb."""

UNFINISHED_SUFFIX = ".new"
"""Suffix of a file whose record is not saved yet."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
IMAGE_SUFFIXES = frozenset(("jpg", "jpeg", "jpe", "jfif", "png", "webp", "heic", "heif"))
"""Accepted suffixes of images of any kind: programs often keep the name when they change the format."""
PDF_HEADER_PATTERN = re.compile(rb"(?:\xef\xbb\xbf|\s)*%PDF-")
"""Allows a byte order mark or line breaks before the header: some programs write them, readers skip them."""
HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc")
OFFICE_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}


class SavedFile(NamedTuple):
    """A checked and written file whose record is not saved yet."""

    key: str
    sha256: str
    size: int
    removed_metadata: frozenset[str] | None
    """Kinds of metadata that were removed; None: the file is stored unchanged."""

    @property
    def is_first_frame(self) -> bool:
        """Whether the upload was an animation, of which only the first frame is stored."""
        return "animation" in (self.removed_metadata or ())

    def to_row(self) -> dict[str, Any]:
        """Return the column values of the file's `stored_file` row."""
        removed = None if self.removed_metadata is None else ",".join(sorted(self.removed_metadata)) or "none"
        return {
            "key": self.key,
            "sha256": self.sha256,
            "size": self.size,
            "media_type": get_media_type(self.key),
            "removed_metadata": removed,
        }


def save_upload(upload: FileStorage) -> SavedFile:
    """Check an upload and write it under a new key; metadata is removed from images.

    Raises `PortalError` if the file is empty, larger than 10 MB, not a PDF, JPEG, PNG, WebP, HEIC, DOCX or
    XLSX, if its content does not match its name, or if an image is damaged or too large.
    """
    head = upload.stream.read(64)
    size = upload.stream.seek(0, os.SEEK_END)
    upload.stream.seek(0)
    if not size:
        raise PortalError(_("This file is empty."))
    if size > MAX_UPLOAD_BYTES:
        raise PortalError(_("This file is larger than 10 MB. Take a smaller photo or split the document."))
    kind = _detect_kind(head, upload.stream)
    if kind is None or not _has_matching_name(kind, upload.filename or ""):
        raise PortalError(
            _("This file is not what its name says, or not a PDF, JPEG, PNG, WebP, HEIC, DOCX or XLSX file.")
        )
    return save_content(upload.stream.read(), kind)


def save_content(content: bytes, kind: str) -> SavedFile:
    """Write content of this kind under a new key; metadata is removed from images."""
    if kind in images.IMAGE_KINDS:
        return write_image(images.clean_image(content, kind))
    return SavedFile(_write_file(content, kind), hashlib.sha256(content).hexdigest(), len(content), None)


def write_image(image: images.CleanImage) -> SavedFile:
    """Write an already cleaned image under a new key."""
    content = image.content
    key = _write_file(content, image.kind)
    return SavedFile(key, hashlib.sha256(content).hexdigest(), len(content), image.removed_metadata)


def _has_matching_name(kind: str, file_name: str) -> bool:
    suffix = Path(file_name).suffix.lower().lstrip(".")
    return not suffix or suffix == kind or (kind in images.IMAGE_KINDS and suffix in IMAGE_SUFFIXES)


def _detect_kind(head: bytes, stream: IO[bytes]) -> str | None:
    if PDF_HEADER_PATTERN.match(head):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _detect_office_kind(stream)
    return _detect_image_kind(head)


def _detect_image_kind(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    return "heic" if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS else None


def _detect_office_kind(stream: IO[bytes]) -> str | None:
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if len(parts) > zip_archives.MAX_ARCHIVE_ENTRIES:
                raise zip_archives.TooLargeError
            zip_archives.count_unpacked_bytes(archive, parts, MAX_UNPACKED_BYTES)
    except zip_archives.TooLargeError:
        raise PortalError(_("This file unpacks to more than 100 MB. Save it as PDF, or split it.")) from None
    except zip_archives.ARCHIVE_ERRORS:
        return None
    finally:
        stream.seek(0)
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((kind for part, kind in OFFICE_PARTS.items() if part in names), None)


def _write_file(content: bytes, kind: str) -> str:
    key = f"{secrets.token_hex(20)}.{kind}"
    path = _get_unfinished_path(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
    except OSError:  # the disk may be full: a partial file would only take more space
        path.unlink(missing_ok=True)
        raise
    return key


def get_path(key: str) -> Path:
    """Return the path of the file, finished or unfinished."""
    finished = _get_finished_path(key)
    return (
        _get_unfinished_path(key)
        if not finished.exists() and _get_unfinished_path(key).exists()
        else finished
    )


def _get_finished_path(key: str) -> Path:
    if Path(key).name != key or key.count(".") != 1:
        raise ValueError("not a key")
    return get_upload_folder() / key[:2] / key


def _get_unfinished_path(key: str) -> Path:
    finished = _get_finished_path(key)
    return finished.with_name(finished.name + UNFINISHED_SUFFIX)


def finish_uploads(keys: Iterable[str]) -> None:
    """Rename files to their final names after their records are saved."""
    for key in keys:
        with suppress(OSError):  # `get_path` finds the unfinished name too, and the next start tries again
            _get_unfinished_path(key).replace(_get_finished_path(key))


def compute_sha256(key: str) -> str:
    """Return the SHA-256 of the file's content as hex."""
    with get_path(key).open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def delete_file(key: str) -> None:
    """Delete a file from the disk, finished or unfinished; a missing file is no error."""
    get_path(key).unlink(missing_ok=True)


def get_kind(key: str) -> str:
    """Return the kind of the file (`pdf`, `jpg`, …): the suffix of its key."""
    return key.rpartition(".")[2]


def get_media_type(key: str) -> str:
    """Return the media type with which the file is served."""
    return MEDIA_TYPES[get_kind(key)]


def has_own_metadata(key: str) -> bool:
    """Return whether the file is stored unchanged, so that its metadata may name its author."""
    return get_kind(key) not in images.IMAGE_KINDS


def iter_keys_on_disk() -> Iterator[str]:
    """Iterate over the keys of all files on the disk, finished or unfinished."""
    return (path.name.removesuffix(UNFINISHED_SUFFIX) for path in get_upload_folder().glob("??/*.*"))


def list_unfinished_keys(min_age_seconds: float = 0) -> set[str]:
    """Return the keys of unfinished files of at least this age: their records are not (or never) saved."""
    max_mtime = time.time() - min_age_seconds
    keys = set()
    for path in get_upload_folder().glob(f"??/*{UNFINISHED_SUFFIX}"):
        with suppress(FileNotFoundError):  # just renamed or deleted by another process
            if path.stat().st_mtime <= max_mtime:
                keys.add(path.name.removesuffix(UNFINISHED_SUFFIX))
    return keys


def get_upload_folder() -> Path:
    """Return the configured folder of all uploads."""
    return Path(current_app.config["UPLOAD_FOLDER"])
