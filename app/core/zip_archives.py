"""Safe reading of zip archives: sizes are measured by unpacking, as an archive's directory can be forged."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable

CHUNK_BYTES = 1 << 16
UNLIMITED_BYTES = 1 << 60
MAX_ARCHIVE_ENTRIES = 10_000
"""Limit of entries in an uploaded archive; an office file has some dozens."""
ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    RuntimeError,  # encrypted; also NotImplementedError: a compression method that Python does not know
    ValueError,
    OSError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
"""Exceptions that `zipfile` raises for a damaged or malicious archive."""


class TooLargeError(Exception):
    """The archive unpacks to more than the limit."""


def count_unpacked_bytes(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], max_bytes: int) -> int:
    """Unpack the entries without storing anything and return their total size in bytes.

    Raises `TooLargeError` as soon as the total exceeds `max_bytes`, and `BadZipFile` if an entry has another
    size than the archive's directory says.
    """
    total = 0
    for entry in entries:
        declared_size, size = entry.file_size, 0
        entry.file_size = UNLIMITED_BYTES  # zipfile would stop at the declared size and ignore the rest
        try:
            with archive.open(entry) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    size += len(chunk)
                    if total + size > max_bytes:
                        raise TooLargeError
        finally:
            entry.file_size = declared_size
        if size != declared_size:
            raise zipfile.BadZipFile(f"{entry.filename} has another size than its list says")
        total += size
    return total
