"""Zip archives read by what they really hold: their lists promise whatever their maker wrote into them."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable

CHUNK_BYTES = 1 << 16
UNLIMITED_BYTES = 1 << 60
MAX_ARCHIVE_ENTRIES = 10_000
"""Entries of an archive that somebody sent; an office file has some dozens."""
ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    RuntimeError,  # encrypted; also NotImplementedError: a method that Python does not know
    ValueError,
    OSError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
"""What the library raises over an archive that is damaged, or made to damage."""


class TooLargeError(Exception):
    """The archive unpacks to more than the limit."""


def count_unpacked_bytes(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], max_bytes: int) -> int:
    """Unpack the parts, keep nothing, and return their bytes; end at the first byte beyond the limit.

    Raises `TooLargeError`, or `BadZipFile` when a part holds more or less than the archive's list says.
    """
    total = 0
    for part in entries:
        promised, size = part.file_size, 0
        part.file_size = UNLIMITED_BYTES  # the library would stop at the promised size and never see the rest
        try:
            with archive.open(part) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    size += len(chunk)
                    if total + size > max_bytes:
                        raise TooLargeError
        finally:
            part.file_size = promised
        if size != promised:
            raise zipfile.BadZipFile(f"{part.filename} has another size than its list says")
        total += size
    return total
