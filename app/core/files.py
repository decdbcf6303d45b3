"""Uploaded files: checked by content, kept under a random key outside the web root, served by record id.

A file is written before its record is saved, under a name that says so; once the record is there it gets its
own. So a power cut between the two leaves nothing that looks like a file of somebody (see
`core.operations.uploads`). Images lose their metadata before they are written; PDF and office files are kept
as they are, since rewriting them breaks signatures and forms. `core.stored_files` keeps a row of each file.
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
"""A DOCX or XLSX that unpacks to more is a bomb."""

UNFINISHED_SUFFIX = ".new"
"""How the name of a file ends whose record is not saved yet."""

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
"""How the name of an image may end: programs often keep the name when they change the format."""
PDF_HEADER_PATTERN = re.compile(rb"(?:\xef\xbb\xbf|\s)*%PDF-")
"""Some programs write a byte order mark or line breaks first; readers look past them."""
HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc")
OFFICE_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}


class SavedFile(NamedTuple):
    """A file that has been checked and written, whose record is yet to be saved."""

    key: str
    sha256: str
    size: int
    removed_metadata: frozenset[str] | None
    """Kinds of metadata that were removed; None: the file is kept as it was sent."""

    @property
    def is_first_frame(self) -> bool:
        """Whether an animation was sent, of which only the first frame is kept."""
        return "animation" in (self.removed_metadata or ())

    def to_row(self) -> dict[str, Any]:
        """Return the columns of its `stored_file`."""
        removed = None if self.removed_metadata is None else ",".join(sorted(self.removed_metadata)) or "none"
        return {
            "key": self.key,
            "sha256": self.sha256,
            "size": self.size,
            "media_type": get_media_type(self.key),
            "removed_metadata": removed,
        }


def save_upload(upload: FileStorage) -> SavedFile:
    """Check the upload, free an image of its metadata and write it; the key names it from now on.

    Raises `PortalError` when it is empty, larger than 10 MB, or not a PDF, JPEG, PNG, WebP, HEIC, DOCX or
    XLSX, when its content is not what its name says, or when an image is damaged or too large.
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
    """Write a file of this kind under a new key, an image without its metadata."""
    if kind in images.IMAGE_KINDS:
        return write_image(images.clean_image(content, kind))
    return SavedFile(_write_file(content, kind), hashlib.sha256(content).hexdigest(), len(content), None)


def write_image(image: images.CleanImage) -> SavedFile:
    """Write an image that has lost its metadata under a new key."""
    content = image.content
    key = _write_file(content, image.kind)
    return SavedFile(key, hashlib.sha256(content).hexdigest(), len(content), image.removed_metadata)


def _has_matching_name(kind: str, file_name: str) -> bool:
    named = Path(file_name).suffix.lower().lstrip(".")
    return not named or named == kind or (kind in images.IMAGE_KINDS and named in IMAGE_SUFFIXES)


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
    except OSError:  # no room is left: what was written of it would only take more
        path.unlink(missing_ok=True)
        raise
    return key


def get_path(key: str) -> Path:
    """Where the file lies."""
    own = _get_finished_path(key)
    return _get_unfinished_path(key) if not own.exists() and _get_unfinished_path(key).exists() else own


def _get_finished_path(key: str) -> Path:
    if Path(key).name != key or key.count(".") != 1:
        raise ValueError("not a key")
    return get_upload_folder() / key[:2] / key


def _get_unfinished_path(key: str) -> Path:
    own = _get_finished_path(key)
    return own.with_name(own.name + UNFINISHED_SUFFIX)


def finish_uploads(keys: Iterable[str]) -> None:
    """Give files their own names: their records are saved."""
    for key in keys:
        with suppress(OSError):  # it is found under the other name too, and the next start tries again
            _get_unfinished_path(key).replace(_get_finished_path(key))


def compute_sha256(key: str) -> str:
    """The checksum of the file's content."""
    with get_path(key).open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def delete_file(key: str) -> None:
    """Remove a file whose record was not saved after all."""
    get_path(key).unlink(missing_ok=True)


def get_kind(key: str) -> str:
    """Return what the file is: the ending of its key."""
    return key.rpartition(".")[2]


def get_media_type(key: str) -> str:
    """Return the type under which the file is served."""
    return MEDIA_TYPES[get_kind(key)]


def has_own_metadata(key: str) -> bool:
    """Whether the file is kept as it was sent, with what it says of its author."""
    return get_kind(key) not in images.IMAGE_KINDS


def iter_keys_on_disk() -> Iterator[str]:
    """All keys that have a file."""
    return (path.name.removesuffix(UNFINISHED_SUFFIX) for path in get_upload_folder().glob("??/*.*"))


def list_unfinished_keys(min_age_seconds: float = 0) -> set[str]:
    """The keys whose records are not saved yet, or never were; of files that were written so long ago."""
    until = time.time() - min_age_seconds
    found = set()
    for path in get_upload_folder().glob(f"??/*{UNFINISHED_SUFFIX}"):
        with suppress(FileNotFoundError):  # it has just been settled or forgotten
            if path.stat().st_mtime <= until:
                found.add(path.name.removesuffix(UNFINISHED_SUFFIX))
    return found


def get_upload_folder() -> Path:
    """The folder of all uploads."""
    return Path(current_app.config["UPLOAD_FOLDER"])
